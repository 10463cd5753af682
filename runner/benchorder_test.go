package runner

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// BenchmarkExactlyOnce copies records in transactions beside the same node with at-least-once. A result counts when a
// reader of committed records sees it.
func BenchmarkExactlyOnce(b *testing.B) {
	const n = 120_000
	c := newBench(b, benchPartitions)
	c.fill(n, 1024, n)
	pairs(b, n, func(round string) cost {
		node := copyNode()
		node.Delivery = contract.ExactlyOnce
		// A transaction commits its position, too; the topic's end has its markers in it.
		return c.follow(node, "once-"+round, n, func() int64 { return c.committed(node.Group) })
	}, func(round string) cost { return c.handle(copyNode(), "least-"+round, n) })
}

// BenchmarkKeyOrder has code that takes 5 ms handle the records of one partition in the order of their keys, beside the same
// in the order of the partition.
func BenchmarkKeyOrder(b *testing.B) {
	const n, keys, workers, fewer = 16_000, 100, 64, 40
	c := newBench(b, 1)
	c.fill(n, 100, keys)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(5 * time.Millisecond)
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	run := func(ordering contract.Ordering, round string, n int64) cost {
		node := httpNode()
		node.Ordering, node.Concurrency = ordering, workers
		return c.handle(node, string(ordering)+"-"+round, n, func(e *contract.Environment) { e.URL = server.URL })
	}
	pairs(b, n, func(round string) cost {
		return run(contract.OrderKey, round, n)
	}, func(round string) cost { // of a part of them, which takes long enough
		part := run(contract.OrderPartition, round, n/fewer)
		return cost{fewer * part.time, fewer * part.cpu}
	})
}
