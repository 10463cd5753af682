package kafka

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// TestCrowdedBatch writes to a topic that takes far smaller batches than the sink makes: every record that fits alone is
// written, the others are rejected, each by itself.
func TestCrowdedBatch(t *testing.T) {
	env := fakeBroker(t, kfake.SeedTopics(1, "t"), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "20000"}))
	var records []record.Record
	for i := range 40 {
		size := 4000
		if i == 7 {
			size = 30_000
		}
		records = append(records, record.Record{Topic: "t", Value: make([]byte, size)})
	}
	rejected := 0
	for _, err := range write(t, env, records...) {
		if r, ok := errors.AsType[*record.RejectedError](err); ok && r.TooLarge {
			rejected++
		} else if err != nil {
			t.Error(err)
		}
	}
	if rejected != 1 {
		t.Errorf("%d rejected, want 1", rejected)
	}
	read := &intake{}
	consume(t, env, "g", "t", 39, read)
}

// TestCrowdedLater: records that come while those of a batch that was too large are tried alone are no danger to them.
func TestCrowdedLater(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "20000"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	first, third, goOn := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var requests atomic.Int64
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		switch requests.Add(1) {
		case 1:
			cluster.SleepControl(func() { <-first })
		case 3:
			close(third)
			cluster.SleepControl(func() { <-goOn })
		}
		return nil, nil, false
	})
	sink := NewSink(SinkConfig{Environment: contract.Environment{BootstrapServers: cluster.ListenAddrs()[0]}, ClientID: "test", Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	ctx, cancel := context.WithCancel(t.Context())
	force, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { sink.Run(ctx, force) })
	var a acks
	send := func(n int) {
		for range n {
			a.pending.Add(1)
			if err := sink.Write(force, record.Record{Topic: "t", Value: make([]byte, 4000)}, &a); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(50 * time.Millisecond) // so that they are with the client
	}
	send(11)
	close(first) // the ten behind the first are too large together
	<-third
	send(10)
	close(goOn)
	a.pending.Wait()
	cancel()
	running.Wait()
	for _, err := range a.errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := sink.solos.Load(); n != 0 {
		t.Errorf("%d records count as alone at the end", n)
	}
}

// TestWriteWhileClosing closes a sink while others write: each record is taken and acknowledged, or refused, and nothing
// panics.
func TestWriteWhileClosing(t *testing.T) {
	env := fakeBroker(t, kfake.SeedTopics(1, "t"))
	for range 20 {
		sink := NewSink(SinkConfig{Environment: env, ClientID: "test", Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(t.Context())
		force, stop := context.WithCancel(t.Context())
		var running, writers sync.WaitGroup
		running.Go(func() { sink.Run(ctx, force) })
		var a acks
		for range 8 {
			writers.Go(func() {
				for {
					a.pending.Add(1)
					if err := sink.Write(t.Context(), record.Record{Topic: "t", Value: []byte("v")}, &a); err != nil {
						a.pending.Done()
						return
					}
				}
			})
		}
		for !sink.Connected() {
			time.Sleep(time.Millisecond)
		}
		stop() // at once, with writes under way
		writers.Wait()
		cancel()
		running.Wait()
		a.pending.Wait()
	}
}
