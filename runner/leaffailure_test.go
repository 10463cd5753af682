package runner

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// failureExperiments are those of the failure policy: of the node, and of an input that has one of its own.
func failureExperiments() map[string]experiment {
	type node = contract.Node
	out := policyExperiments("Node.OnFailure.FailurePolicy", func(n *node) *contract.FailurePolicy { return &n.OnFailure.FailurePolicy })
	maps.Copy(out, policyExperiments("Node.Inputs[].OnFailure", func(n *node) *contract.FailurePolicy {
		if n.Inputs[0].OnFailure == nil {
			own := n.OnFailure.FailurePolicy
			own.Routes = maps.Clone(own.Routes)
			n.Inputs[0].OnFailure = &own
		}
		return n.Inputs[0].OnFailure
	}))
	out["Node.OnFailure.Exit"] = of(func() *node { return execNode("sh", "-c", "exit 3") }, func(n *node) {
		n.OnFailure.Exit = map[int]contract.Class{3: contract.Permanent}
	})
	out["Node.OnFailure.HTTP"] = failing(9, func(n *node) { n.OnFailure.HTTP = map[int]contract.Class{500: contract.Permanent} })
	return out
}

// tierOf has a policy with a tier and a server that fails, and tells where entries wait, whether that is for long and, if
// not, what becomes of the record.
func tierOf(at func(*contract.Node) *contract.FailurePolicy, change func(*contract.Node)) experiment {
	return func(t *testing.T, changed bool) string {
		w := newWorld(t)
		w.fail = 99
		n := httpNode()
		n.Ordering, n.Retries = contract.OrderNone, []string{"retry"}
		at(n).Delayed = []contract.Delay{{After: contract.Duration(10 * time.Millisecond), Times: 1}}
		if changed {
			change(n)
		}
		n.HTTP.Port = w.port(w.a)
		r := w.start(n)
		entry := w.read(n.Retries[0], 1)[0]
		due, err := time.Parse(time.RFC3339Nano, header(entry, contract.HeaderRetryDue))
		if err != nil {
			t.Fatal(err)
		}
		long := due.Sub(entry.Timestamp) > time.Minute
		if !long {
			eventually(t, "given up", func() bool { return w.count("dlq") == 1 })
		}
		r.stop()
		return fmt.Sprintln(w.count("retry"), w.count("retry2"), long, w.dump())
	}
}

func policyExperiments(path string, at func(*contract.Node) *contract.FailurePolicy) map[string]experiment {
	type node = contract.Node
	const second = contract.Duration(time.Second)
	return map[string]experiment{
		path + ".InPlace.Attempts": failing(1, func(n *node) { at(n).InPlace.Attempts = 1 }),
		path + ".InPlace.Backoff": pausesOf(func(n *node) { at(n).InPlace.Backoff, at(n).InPlace.Max = second, second },
			func(n *node) { at(n).InPlace.Max = second }),
		path + ".InPlace.Max":     pausesOf(func(n *node) { at(n).InPlace.Max = second }),
		path + ".InPlace.Within":  failing(2, func(n *node) { at(n).InPlace.Within = 1 }),
		path + ".Delayed[].After": tierOf(at, func(n *node) { at(n).Delayed[0].After = contract.Duration(time.Hour) }),
		path + ".Delayed[].Times": tierOf(at, func(n *node) { at(n).Delayed[0].Times = 2 }),
		path + ".Within":          failing(2, func(n *node) { at(n).Within = 1 }),
		path + ".Routes{}.To":     failing(9, func(n *node) { at(n).Routes[contract.Transient] = contract.Route{To: contract.RouteDrop} }),
		path + ".Routes{}.Output": func(t *testing.T, changed bool) string {
			w := newWorld(t)
			w.fail = 9
			return w.observe(func() *node {
				n := httpNode()
				n.Outputs = append(n.Outputs, contract.Output{Name: "failed", Topic: "out2"}, contract.Output{Name: "other", Topic: "dlq2"})
				at(n).Routes[contract.Transient] = contract.Route{To: contract.RouteOutput, Output: "failed"}
				return n
			}, func(n *node) {
				at(n).Routes[contract.Transient] = contract.Route{To: contract.RouteOutput, Output: "other"}
			}, changed)
		},
	}
}
