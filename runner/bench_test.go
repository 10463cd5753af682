package runner

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// The benchmarks run beside their reference, in alternated pairs on the same broker or server, and report the median of
// the pairs' ratios (ours to the reference, in rate): absolute figures move with the machine. Each fails below its floor.

const benchPartitions = 12

// pairs runs ours and the reference in turn, after a warm-up of both. It reports the median ratios of rate and of CPU
// time (reference to ours, children included, the fake broker in both) and fails when both are below the floor: on a
// machine that others use, the rate alone says little.
func pairs(b *testing.B, n int, floor float64, ours, reference func(round string) time.Duration) {
	b.Helper()
	ours("warm-up")
	reference("warm-up")
	rounds := max(5, b.N)
	ratios, cpu, rate := make([]float64, rounds), make([]float64, rounds), 0.0
	b.ResetTimer()
	for i := range rounds {
		round := fmt.Sprint(b.N, "-", i)
		t0 := processorTime(b)
		base := reference(round)
		t1 := processorTime(b)
		own := ours(round)
		t2 := processorTime(b)
		ratios[i], cpu[i] = base.Seconds()/own.Seconds(), (t1-t0).Seconds()/(t2-t1).Seconds()
		rate += float64(n) / own.Seconds() / float64(rounds)
	}
	slices.Sort(ratios)
	slices.Sort(cpu)
	b.ReportMetric(ratios[rounds/2], "ratio")
	b.ReportMetric(cpu[rounds/2], "cpu-ratio")
	b.ReportMetric(rate, "records/s")
	b.ReportMetric(0, "ns/op")
	if max(ratios[rounds/2], cpu[rounds/2]) < floor {
		b.Errorf("ratio %.2f and CPU ratio %.2f are below %.2f", ratios[rounds/2], cpu[rounds/2], floor)
	}
}

// processorTime is what this process and its children have used so far.
func processorTime(b *testing.B) (total time.Duration) {
	b.Helper()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if err := syscall.Getrusage(who, &usage); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return total
}

// BenchmarkPassthrough copies records, as a runner's endpoint writes them, with every feature on, beside a raw copy loop
// of the same client.
func BenchmarkPassthrough(b *testing.B) {
	for _, size := range []int{100, 1024} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			const n = 100_000
			c := newCluster(b, benchPartitions, "in", "out", "dlq")
			c.fill("in", n, size)
			pairs(b, n, 0.75, func(round string) time.Duration {
				node := copyNode()
				node.Group += round
				return c.handle(node, n)
			}, func(round string) time.Duration { return c.rawCopy("raw"+round, n) })
		})
	}
}

// fill writes n records with the headers of an endpoint's.
func (c *cluster) fill(topic string, n, size int) {
	c.tb.Helper()
	maker := record.NewMaker(copyNode(), "example.org/algo:1", "0123456789abcdef")
	output := &contract.Output{Topic: topic}
	var pending sync.WaitGroup
	for i := range n {
		made := maker.Entering(record.NewID(), record.NextSpan(""), record.Made{Output: output, ContentType: "text/plain", Attempt: 1})
		out := &kgo.Record{Topic: topic, Key: fmt.Append(nil, i), Value: make([]byte, size)}
		for _, h := range made.Headers {
			out.Headers = append(out.Headers, kgo.RecordHeader(h))
		}
		pending.Add(1)
		c.kgo.Produce(context.Background(), out, func(_ *kgo.Record, err error) {
			if err != nil {
				c.tb.Error(err)
			}
			pending.Done()
		})
	}
	pending.Wait()
}

// rawCopy is the reference: sarama with the same settings, and nothing between reading and writing. It gives the time
// from the first acknowledgement to the last.
func (c *cluster) rawCopy(group string, n int) time.Duration {
	c.tb.Helper()
	defer c.empty("out")
	config := sarama.NewConfig()
	config.Version = sarama.V4_0_0_0
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	config.Consumer.MaxWaitTime = 250 * time.Millisecond
	config.Consumer.Fetch.MaxBytes = 16 << 20
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyCooperativeSticky()}
	config.Producer.Idempotent, config.Net.MaxOpenRequests, config.Producer.RequiredAcks = true, 1, sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewMurmur2Partitioner
	members, err := sarama.NewConsumerGroup(c.fake.ListenAddrs(), group, config)
	if err != nil {
		c.tb.Fatal(err)
	}
	producer, err := sarama.NewAsyncProducer(c.fake.ListenAddrs(), config)
	if err != nil {
		c.tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var took time.Duration
	go func() {
		var started time.Time
		for i := range n {
			p := (<-producer.Successes()).Metadata.(place)
			p.session.MarkMessage(p.msg, "")
			if i == 0 {
				started = time.Now()
			}
		}
		took = time.Since(started)
		cancel()
	}()
	if err := members.Consume(ctx, []string{"in"}, rawHandler{producer}); err != nil {
		c.tb.Fatal(err)
	}
	if err := members.Close(); err != nil {
		c.tb.Fatal(err)
	}
	if err := producer.Close(); err != nil {
		c.tb.Fatal(err)
	}
	return took
}

type place struct {
	session sarama.ConsumerGroupSession
	msg     *sarama.ConsumerMessage
}

type rawHandler struct{ producer sarama.AsyncProducer }

func (rawHandler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (rawHandler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (h rawHandler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		out := &sarama.ProducerMessage{
			Topic: "out", Key: sarama.ByteEncoder(msg.Key), Value: sarama.ByteEncoder(msg.Value), Metadata: place{session, msg},
		}
		for _, header := range msg.Headers {
			out.Headers = append(out.Headers, *header)
		}
		h.producer.Input() <- out
	}
	return nil
}

// BenchmarkExec runs a process per record beside a bare loop of os/exec with the same streams.
func BenchmarkExec(b *testing.B) {
	const n, workers = 400, 2
	c := newCluster(b, benchPartitions, "in", "out", "dlq")
	c.fill("in", n, 1024)
	value := make([]byte, 1024)
	pairs(b, n, 0.75, func(round string) time.Duration {
		node := execNode("/bin/cat")
		node.Group, node.Concurrency, node.Ordering = node.Group+round, workers, contract.OrderNone
		return c.handle(node, n)
	}, func(string) time.Duration {
		return sideBySide(workers, n, func() {
			cmd := exec.Command("/bin/cat")
			cmd.Stdin = bytes.NewReader(value)
			if _, err := cmd.Output(); err != nil {
				b.Error(err)
			}
		})
	})
}

// BenchmarkHTTP posts each record to a server beside a bare loop of net/http over the same server.
func BenchmarkHTTP(b *testing.B) {
	const n, workers = 20_000, 16
	c := newCluster(b, benchPartitions, "in", "out", "dlq")
	c.fill("in", n, 1024)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	value := make([]byte, 1024)
	pairs(b, n, 0.65, func(round string) time.Duration {
		node := httpNode()
		node.Group, node.Concurrency, node.Ordering = node.Group+round, workers, contract.OrderNone
		return c.handle(node, n, func(e *contract.Environment) { e.URL = server.URL })
	}, func(string) time.Duration {
		return sideBySide(workers, n, func() {
			resp, err := client.Post(server.URL+"/label", "text/plain", bytes.NewReader(value))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		})
	})
}

// handle is the time from the first result of a node to its n-th, so that joining the group is not counted.
func (c *cluster) handle(node *contract.Node, n int64, change ...func(*contract.Environment)) time.Duration {
	c.tb.Helper()
	begin := c.count("out")
	r := c.start(node, change...)
	defer c.empty("out")
	defer r.stop()
	var first int64
	eventually(c.tb, "first result", func() bool { first = c.count("out") - begin; return first > 0 })
	started := time.Now()
	c.awaitCount("out", begin+n)
	return time.Since(started) * time.Duration(n) / time.Duration(n-first)
}

// empty frees the memory of a topic's records; its offsets go on.
func (c *cluster) empty(topic string) {
	c.tb.Helper()
	admin := kadm.NewClient(c.kgo)
	ends, err := admin.ListEndOffsets(context.Background(), topic)
	if err != nil {
		c.tb.Fatal(err)
	}
	if _, err := admin.DeleteRecords(context.Background(), ends.Offsets()); err != nil {
		c.tb.Fatal(err)
	}
}

// awaitCount waits until a topic holds n records. It asks seldom, because asking costs the broker what is measured.
func (c *cluster) awaitCount(topic string, n int64) {
	c.tb.Helper()
	for deadline := time.Now().Add(patience); c.count(topic) < n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.tb.Fatalf("topic %s: %d of %d records after %v", topic, c.count(topic), n, patience)
		}
	}
}

// sideBySide is the time that n calls of f take, workers at once.
func sideBySide(workers, n int, f func()) time.Duration {
	var next atomic.Int64
	var group sync.WaitGroup
	started := time.Now()
	for range workers {
		group.Go(func() {
			for next.Add(1) <= int64(n) {
				f()
			}
		})
	}
	group.Wait()
	return time.Since(started)
}
