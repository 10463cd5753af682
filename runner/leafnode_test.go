package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

func webhookNode() *contract.Node {
	n := copyNode()
	n.Outputs, n.Webhook = nil, &contract.Webhook{URL: "http://a/hook", Headers: map[string]string{"X-Team": "media"}}
	return n
}

func failingNode() *contract.Node { return execNode("false") }

func nodeExperiments() map[string]experiment {
	type node = contract.Node
	cat := func() *node { return execNode("cat") }
	return map[string]experiment{
		"Node.Version":  of(copyNode, func(n *node) { n.Version++ }),
		"Node.Pipeline": of(copyNode, func(n *node) { n.Pipeline = "other" }),
		"Node.Node":     of(copyNode, func(n *node) { n.Node = "other" }),
		"Node.Group":    of(copyNode, func(n *node) { n.Group = "other" }),

		"Node.Inputs[].Name":         of(httpNode, func(n *node) { n.Inputs[0].Name = "other" }),
		"Node.Inputs[].Topic":        of(copyNode, func(n *node) { n.Inputs[0].Topic = "in2" }),
		"Node.Inputs[].ContentType":  of(httpNode, func(n *node) { n.Inputs[0].ContentType = "image/png" }),
		"Node.Outputs[].Name":        of(copyNode, func(n *node) { n.Outputs[0].Name = "other" }),
		"Node.Outputs[].Topic":       of(copyNode, func(n *node) { n.Outputs[0].Topic = "out2" }),
		"Node.Outputs[].ContentType": of(cat, func(n *node) { n.Outputs[0].ContentType = "image/png" }),
		"Node.DeadLetters":           of(failingNode, func(n *node) { n.DeadLetters = "dlq2" }),

		"Node.Retries": tierOf(func(n *node) *contract.FailurePolicy { return &n.OnFailure.FailurePolicy }, func(n *node) {
			n.Retries = []string{"retry2"}
		}),

		"Node.Inputs[].Park": func(t *testing.T, changed bool) string {
			w, n := newWorld(t), httpNode()
			w.fail = 99
			n.Ordering, n.Inputs[0].Park, n.HTTP.Port = contract.OrderKey, "retry", w.port(w.a)
			n.OnFailure.Delayed = []contract.Delay{{After: contract.Duration(time.Hour), Times: 1}}
			if changed {
				n.Inputs[0].Park = "retry2"
			}
			r := w.start(n)
			eventually(t, "parked", func() bool { return w.count("retry")+w.count("retry2") > 0 })
			r.stop()
			return fmt.Sprint(w.count("retry"), w.count("retry2"))
		},

		"Node.Ingest.Path":        of(ingestNode, func(n *node) { n.Ingest.Path = "/other" }),
		"Node.Ingest.MaxBytes":    of(ingestNode, func(n *node) { n.Ingest.MaxBytes = 10 }),
		"Node.Ingest.ContentType": of(ingestNode, func(n *node) { n.Ingest.ContentType = "image/*" }),

		"Node.Exec.Command": of(cat, func(n *node) { n.Exec.Command = []string{"tr", "v", "w"} }),
		"Node.Exec.Input": of(func() *node { return execNode("sh", "-c", "cat; echo end") }, func(n *node) {
			n.Exec.Input = contract.InputFile
		}),
		"Node.Exec.Output": of(cat, func(n *node) { n.Exec.Output = contract.OutputFile }),

		"Node.HTTP.Port":       of(httpNode, func(n *node) { n.HTTP.Port = otherPort }),
		"Node.HTTP.Path":       of(httpNode, func(n *node) { n.HTTP.Path = "/other" }),
		"Node.HTTP.Ready":      of(httpNode, func(n *node) { n.HTTP.Ready = "/ready" }),
		"Node.Webhook.URL":     of(webhookNode, func(n *node) { n.Webhook.URL = "http://a/other" }),
		"Node.Webhook.Headers": of(webhookNode, func(n *node) { n.Webhook.Headers["X-Team"] = "other" }),

		"Node.Ordering": sideBySideOf(func(n *node) { n.Ordering = contract.OrderNone }),
		"Node.Delivery": func(t *testing.T, changed bool) string {
			c, n := newCluster(t, 1, "in", "out", "dlq"), copyNode()
			if changed {
				n.Delivery = contract.ExactlyOnce
			}
			c.produce(numbered("in", 1, 1)...)
			r := c.start(n).ready()
			eventually(t, "all committed", func() bool { return c.committed(n.Group) == 1 })
			r.stop()
			return fmt.Sprint(c.count("out"), " offsets are taken: the end of a transaction has one")
		},
		"Node.Concurrency": sideBySideOf(func(n *node) { n.Ordering, n.Concurrency = contract.OrderNone, 1 }, func(n *node) { n.Ordering = contract.OrderNone }),
		"Node.Timeout": of(func() *node {
			n := execNode("sh", "-c", "sleep 0.2; cat")
			n.OnFailure.InPlace.Attempts = 1
			return n
		}, func(n *node) { n.Timeout = contract.Duration(10 * time.Millisecond) }),

		"Node.Drain": drains,
	}
}

// sideBySideOf counts how many records the server has at once.
func sideBySideOf(change func(*contract.Node), prepare ...func(*contract.Node)) experiment {
	return func(t *testing.T, changed bool) string {
		w := newWorld(t)
		w.slow = 300 * time.Millisecond
		w.produce(&kgo.Record{Topic: "in", Key: []byte("other"), Value: []byte("second")})
		w.observe(func() *contract.Node {
			n := httpNode()
			for _, f := range prepare {
				f(n)
			}
			return n
		}, change, changed)
		return strconv.Itoa(w.most)
	}
}

// failing lets the server fail a few times.
func failing(times int, change func(*contract.Node)) experiment {
	return func(t *testing.T, changed bool) string {
		w := newWorld(t)
		w.fail = times
		return w.observe(httpNode, change, changed)
	}
}

// pausesOf tells whether any pause between attempts was longer than the 10 ms that copyNode allows.
func pausesOf(change func(*contract.Node), prepare ...func(*contract.Node)) experiment {
	return func(t *testing.T, changed bool) string {
		w := newWorld(t)
		w.fail = 9
		base := func() *contract.Node {
			n := httpNode()
			n.OnFailure.InPlace.Attempts = 10
			if !changed {
				return n
			}
			for _, f := range prepare {
				f(n)
			}
			return n
		}
		w.settled = func(*running) bool { return w.count("out") == 1 }
		n := base()
		n.HTTP.Port = w.port(w.a)
		if changed {
			change(n)
		}
		r := w.start(n)
		eventually(t, "written", func() bool { return w.count("out") == 1 })
		longest := time.Duration(0)
		for _, m := range regexp.MustCompile(` wait=(\S+)`).FindAllStringSubmatch(r.log.String(), -1) {
			d, err := time.ParseDuration(m[1])
			if err != nil {
				t.Fatal(err)
			}
			longest = max(longest, d)
		}
		r.stop()
		return strconv.FormatBool(longest > 10*time.Millisecond)
	}
}

// drains stops a runner while a process is under way that takes longer than one of the two budgets.
func drains(t *testing.T, changed bool) string {
	w := newWorld(t)
	started := filepath.Join(t.TempDir(), "started")
	n := execNode("sh", "-c", "touch "+started+"; sleep 0.5; cat")
	n.Drain = contract.Duration(20 * time.Second)
	if changed {
		n.Drain = contract.Duration(200 * time.Millisecond)
	}
	r := w.start(n)
	eventually(t, "the process", func() bool { _, err := os.Stat(started); return err == nil })
	r.stop()
	return w.dump()
}
