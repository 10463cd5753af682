package runner

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// The benchmarks run beside their reference, in alternated pairs on the same broker or server, and report the medians of
// the pairs' ratios; absolute figures move with the machine. They fail on faults, never on figures. The aims, as the rate
// of ours to the reference's, and as the reference's CPU time to ours:
//
//	BenchmarkPassthrough   rate 0.90, CPU 0.80
//	BenchmarkExec          rate 0.90
//	BenchmarkHTTP          rate 0.80
//	BenchmarkExactlyOnce   rate 0.80
//	BenchmarkKeyOrder      rate 40

// benchPartitions is the number of partitions where it is not the point.
const benchPartitions = 12

// minRounds is how many pairs there are at least: the median of fewer says nothing.
const minRounds = 3

// pairs runs the reference and ours in turn, n records each, after a warm-up of both.
func pairs(b *testing.B, n int, ours, reference func(round string) cost) {
	b.Helper()
	ours("warm-up")
	reference("warm-up")
	rounds := max(minRounds, b.N)
	rates, cpu := make([]float64, rounds), make([]float64, rounds)
	var sum cost
	b.ResetTimer()
	for i := range rounds {
		round := fmt.Sprint(b.N, "-", i)
		base, own := reference(round), ours(round)
		rates[i], cpu[i] = base.time.Seconds()/own.time.Seconds(), base.cpu.Seconds()/own.cpu.Seconds()
		sum.time, sum.cpu = sum.time+own.time, sum.cpu+own.cpu
	}
	slices.Sort(rates)
	slices.Sort(cpu)
	records := float64(n * rounds)
	b.ReportMetric(rates[rounds/2], "rate-ratio")
	b.ReportMetric(cpu[rounds/2], "cpu-ratio")
	b.ReportMetric(records/sum.time.Seconds(), "records/s")
	b.ReportMetric(float64(sum.cpu.Microseconds())/records, "cpu-µs/record")
	b.ReportMetric(0, "ns/op") // of a round; it says nothing
}

// cost is what something took. CPU time is that of this process and its children that have ended, so the broker is not
// in it.
type cost struct{ time, cpu time.Duration }

// stopwatch begins to measure; the function that it gives tells the cost until then.
func stopwatch(tb testing.TB) (read func() cost) {
	began, used := time.Now(), processorTime(tb)
	return func() cost { return cost{time.Since(began), processorTime(tb) - used} }
}

func processorTime(tb testing.TB) (total time.Duration) {
	tb.Helper()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if err := syscall.Getrusage(who, &usage); err != nil {
			tb.Fatal(err)
		}
		total += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return total
}

// BenchmarkPassthrough copies records, as a runner's endpoint writes them, with every feature on, beside a raw copy loop
// of the same client.
func BenchmarkPassthrough(b *testing.B) {
	for _, size := range []int{100, 1024} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			const n = 60_000
			c := newBench(b, benchPartitions)
			c.fill(n, size, n)
			pairs(b, n, func(round string) cost {
				return c.handle(copyNode(), round, n)
			}, func(round string) cost { return c.rawCopy(round, n) })
		})
	}
}

// BenchmarkExec runs a process per record beside a bare loop of os/exec with the same streams.
func BenchmarkExec(b *testing.B) {
	const n, workers = 600, 2
	c := newBench(b, benchPartitions)
	c.fill(n, 1024, n)
	value := make([]byte, 1024)
	pairs(b, n, func(round string) cost {
		node := execNode("/bin/cat")
		node.Concurrency, node.Ordering = workers, contract.OrderNone
		return c.handle(node, round, n)
	}, func(string) cost {
		return sideBySide(b, workers, n, func() {
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
	const n, workers = 10_000, 16
	c := newBench(b, benchPartitions)
	c.fill(n, 1024, n)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	value := make([]byte, 1024)
	pairs(b, n, func(round string) cost {
		node := httpNode()
		node.Concurrency, node.Ordering = workers, contract.OrderNone
		return c.handle(node, round, n, func(e *contract.Environment) { e.URL = server.URL })
	}, func(string) cost {
		return sideBySide(b, workers, n, func() {
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

// sideBySide is the cost of n calls of f, workers at once.
func sideBySide(tb testing.TB, workers, n int, f func()) cost {
	tb.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	read := stopwatch(tb)
	for range workers {
		group.Go(func() {
			for next.Add(1) <= int64(n) {
				f()
			}
		})
	}
	group.Wait()
	return read()
}
