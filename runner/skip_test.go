package runner

import (
	"regexp"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// TestNoRecordIsNoLag: what transactions leave behind their records, markers and what they aborted, is passed and committed
// like records that are finished; nobody is behind for it.
func TestNoRecordIsNoLag(t *testing.T) {
	noLag := regexp.MustCompile(contract.MetricLag + `\{[^}]*topic="in"\} 0\n`)
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 1, "in", "out", "dlq")
			n := copyNode()
			n.Delivery = delivery
			r := c.start(n)
			writer := c.client(kgo.TransactionalID("writer"))
			write := func(end kgo.TransactionEndTry) {
				t.Helper()
				if err := writer.BeginTransaction(); err != nil {
					t.Fatal(err)
				}
				if err := writer.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Value: []byte("v")}).FirstErr(); err != nil {
					t.Fatal(err)
				}
				if err := writer.EndTransaction(t.Context(), end); err != nil {
					t.Fatal(err)
				}
			}
			even := func() {
				t.Helper()
				end := c.count("in")
				eventually(t, "all passed", func() bool { return c.committed(n.Group) == end })
				if _, text := r.get("/metrics"); !noLag.MatchString(text) {
					t.Errorf("it seems to be behind:\n%s", text)
				}
			}
			write(kgo.TryCommit)
			even()
			write(kgo.TryAbort)
			even()
			write(kgo.TryAbort)
			write(kgo.TryCommit)
			even()
			if got := c.readCommitted("out", 2); len(got) != 2 {
				t.Errorf("%d results of 2 records", len(got))
			}
		})
	}
}
