package runner

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// hesitant is user's code that answers with what it was given, unless it is held up.
type hesitant struct{ sync.RWMutex }

// Call implements Caller.
func (h *hesitant) Call(_ context.Context, r *call.Request) (call.Result, error) {
	h.RLock()
	defer h.RUnlock()
	return call.Result{Key: r.Record.Key, Value: r.Record.Value}, nil
}

// lag writes n records of a size, uncompressed, in batches of an ordinary size: a broker gives whole ones.
func (c *cluster) lag(topic string, n, size int) {
	c.tb.Helper()
	client := c.client(kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.ProducerBatchMaxBytes(64<<10))
	defer client.Close()
	value := make([]byte, size)
	var pending sync.WaitGroup
	for i := range n {
		pending.Add(1)
		client.Produce(context.Background(), &kgo.Record{Topic: topic, Key: fmt.Append(nil, i), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				c.tb.Error(err)
			}
			pending.Done()
		})
	}
	pending.Wait()
}

// liveHeap is what the collector finds in use. What is allocated while it looks counts as well, and pools keep something
// for a round or two, so it is the least of some.
func liveHeap() int64 {
	least := int64(math.MaxInt64)
	for range 5 {
		runtime.GC()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		least = min(least, int64(live[0].Value.Uint64()))
	}
	return least
}

// carried is the size of what the partitions hold.
func (l *loop) carried() (bytes int, paused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.partitions {
		p.mu.Lock()
		bytes += p.track.bytes
		if p.paused {
			paused++
		}
		p.mu.Unlock()
	}
	return bytes, paused
}

// TestMemory: with many times its memory to read, a runner takes no more than its share whenever its user's code stands
// still, however much it has read before; and what it says that it holds is what it holds.
func TestMemory(t *testing.T) {
	for _, delivery := range []contract.Delivery{contract.AtLeastOnce, contract.ExactlyOnce} {
		t.Run(string(delivery), func(t *testing.T) { underLag(t, delivery) })
	}
}

func underLag(t *testing.T, delivery contract.Delivery) {
	const (
		partitions = 8
		records    = 200_000
		limit      = 64 << 20
		budget     = limit / 4
	)
	c := &cluster{tb: t, addr: startBroker(t)} // its memory is not ours
	c.kgo = c.client()
	if _, err := kadm.NewClient(c.kgo).CreateTopics(t.Context(), partitions, 1, nil, "in", "out", "dlq"); err != nil {
		t.Fatal(err)
	}
	c.lag("in", records, 1024)

	n := httpNode()
	n.Ordering, n.Concurrency, n.Delivery, n.Drain = contract.OrderNone, 16, delivery, contract.Duration(patience)
	n.Timeout = contract.Duration(patience)
	before := liveHeap()
	deps := Deps{Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Admin: listener(t)}.filled(n)
	r, err := newRunner(Config{Node: n, Environment: contract.Environment{BootstrapServers: c.addr, MemoryLimit: limit}}, deps)
	if err != nil {
		t.Fatal(err)
	}
	code := &hesitant{}
	code.Lock()
	r.loop.caller = code
	if err := r.listen(deps); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.run(ctx) })
	defer running.Wait()
	defer cancel()

	for done := int64(0); done < records-records/4; done = c.committed(n.Group) {
		eventually(t, "all claims pause, and hold what they say", func() bool {
			carried, paused := r.loop.carried()
			return paused == partitions && r.loop.memory.Held() == int64(carried)
		})
		used := liveHeap() - before
		t.Logf("after %d records %.1f MiB are in use, %.1f of them held", done, float64(used)/(1<<20), float64(r.loop.memory.Held())/(1<<20))
		if used > budget*6/5 {
			t.Errorf("after %d records %d bytes are in use, more than 1.2 times the %d that they may take", done, used, budget)
		}
		code.Unlock()
		eventually(t, "progress", func() bool { return c.committed(n.Group) > done+records/8 })
		code.Lock()
	}
	code.Unlock()
	eventually(t, "all results", func() bool { return c.committed(n.Group) == records })
	cancel()
	running.Wait()
	if held := r.loop.memory.Held(); held != 0 {
		t.Errorf("holds %d bytes at the end", held)
	}
}
