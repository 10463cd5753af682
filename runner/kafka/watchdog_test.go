package kafka

import (
	"context"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// lostFetches answers every fetch but a probe's as if the topic were empty, as long as lost says so, and gives the address.
func lostFetches(t *testing.T, lost *atomic.Bool) contract.Environment {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.ControlKey(int16(kmsg.Fetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		r := request.(*kmsg.FetchRequest)
		if !lost.Load() || r.MaxWaitMillis == 0 {
			return nil, nil, false
		}
		response := r.ResponseKind().(*kmsg.FetchResponse)
		response.Version = r.Version
		for _, topic := range r.Topics {
			answer := kmsg.NewFetchResponseTopic()
			answer.Topic, answer.TopicID = topic.Topic, topic.TopicID
			for _, partition := range topic.Partitions {
				p := kmsg.NewFetchResponseTopicPartition()
				p.Partition = partition.Partition
				answer.Partitions = append(answer.Partitions, p)
			}
			response.Topics = append(response.Topics, answer)
		}
		return response, nil, true
	})
	return contract.Environment{BootstrapServers: c.ListenAddrs()[0]}
}

// TestWatchdog: a partition whose fetches bring nothing is claimed anew, then the client is made anew, then the source is
// stalled; when they bring something again, all of that is over.
func TestWatchdog(t *testing.T) {
	var lost atomic.Bool
	env := lostFetches(t, &lost)
	records, want := values("t", 0, 10)
	write(t, env, records...)
	lost.Store(true)
	before := runtime.NumGoroutine()
	defer func() {
		eventually(t, "end of all goroutines of the clients that were made anew", func() bool {
			return runtime.NumGoroutine() <= before+2 // the broker's own come and go
		})
	}()

	var mu sync.Mutex
	var remedies []Remedy
	source := NewSource(SourceConfig{
		Environment: env, Group: "g", Topics: []string{"t"}, ClientID: "test", Drain: time.Second,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Healed: func(r Remedy) {
			mu.Lock()
			defer mu.Unlock()
			remedies = append(remedies, r)
		},
	})
	source.watchdog.every, source.watchdog.after = 20*time.Millisecond, 200*time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	i := &intake{}
	var running sync.WaitGroup
	force, stop := context.WithTimeout(context.Background(), 2*patience)
	defer stop()
	running.Go(func() { source.Run(ctx, force, i) })
	defer running.Wait()
	defer cancel()

	eventually(t, "all remedies", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return source.Stalled() && slices.Equal(remedies, Remedies())
	})
	if got := i.values(); len(got) > 0 {
		t.Errorf("read %v meanwhile", got)
	}
	lost.Store(false)
	eventually(t, "what was lost", func() bool { return slices.Equal(i.values(), want) })
}

// TestWatchdogKeepsQuiet: what merely looks like a stall is none.
func TestWatchdogKeepsQuiet(t *testing.T) {
	still := func() int64 { return 7 }
	never, always := func() bool { return false }, func() bool { return true }
	pending := func(int64) (bool, error) { return true, nil }
	for name, c := range map[string]func() watched{
		"idle": func() watched {
			return watched{next: still, paused: never, pending: func(int64) (bool, error) { return false, nil }}
		},
		"no broker": func() watched {
			return watched{next: still, paused: never, pending: func(int64) (bool, error) { return true, context.DeadlineExceeded }}
		},
		"paused": func() watched { return watched{next: still, paused: always, pending: pending} },
		"slow": func() watched {
			began := time.Now()
			return watched{next: func() int64 { return int64(time.Since(began) / (stallAfter - checkEvery)) }, paused: never, pending: pending}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := watchdog{log: slog.New(slog.NewTextHandler(t.Output(), nil)), every: checkEvery, after: stallAfter}
				w.healed = func(r Remedy) { t.Errorf("tried %s", r) }
				ctx, cancel := context.WithTimeout(t.Context(), 100*stallAfter)
				defer cancel()
				w.watch(ctx, c())
			})
		})
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("no %s after %v", what, patience)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
