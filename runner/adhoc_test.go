package runner

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

func TestAdhocKill(t *testing.T) {
	addr := os.Getenv("KAFKA_BOOTSTRAP")
	if addr == "" {
		t.Skip("x")
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		t.Fatal(err)
	}
	adm := kadm.NewClient(cl)
	ctx := context.Background()
	sfx := fmt.Sprint(time.Now().UnixNano())
	n := copyNode()
	n.Inputs[0].Topic, n.Outputs[0].Topic, n.DeadLetters, n.Group = "in"+sfx, "out"+sfx, "dlq"+sfx, "g"+sfx
	n.Exec = &contract.Exec{Command: []string{"cat"}, Input: "stdin", Output: "stdout"}
	n.Ordering = contract.OrderKey
	for _, tp := range []string{n.Inputs[0].Topic, n.Outputs[0].Topic, n.DeadLetters} {
		if _, err := adm.CreateTopic(ctx, 3, 1, nil, tp); err != nil {
			t.Fatal(err)
		}
	}
	const total = 10000
	recs := numbered(n.Inputs[0].Topic, total, 500)
	if err := cl.ProduceSync(ctx, recs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	env := contract.Environment{BootstrapServers: addr}
	r := start(t, n, env)
	control := os.Getenv("KAFKA_CONTROL")
	for i := range 3 {
		time.Sleep(2 * time.Second)
		out, err := exec.Command(control, "kill", "0").CombinedOutput()
		t.Log(i, string(out), err)
		time.Sleep(time.Duration(i) * 6 * time.Second)
		out, err = exec.Command(control, "start", "0").CombinedOutput()
		t.Log(i, string(out), err)
	}
	seen := map[string]bool{}
	got := 0
	var all []*kgo.Record
	rd, _ := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics(n.Outputs[0].Topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	end := time.Now().Add(90 * time.Second)
	for len(seen) < total && time.Now().Before(end) {
		c2, cancel := context.WithTimeout(ctx, time.Second)
		f := rd.PollFetches(c2)
		cancel()
		for _, rec := range f.Records() {
			seen[string(rec.Value)] = true
			all = append(all, rec)
			got++
		}
	}
	t.Log("distinct", len(seen), "records", got)
	if len(seen) < total {
		t.Errorf("lost")
	}
	last := map[string]int{}
	re := 0
	for _, rec := range all {
		var v int
		fmt.Sscan(string(rec.Value), &v)
		if v < last[string(rec.Key)] {
			re++
		}
		last[string(rec.Key)] = max(v, last[string(rec.Key)])
	}
	t.Log("reordered (incl. redelivery)", re)
	r.stop()
}
