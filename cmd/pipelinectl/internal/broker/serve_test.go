package broker

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestServe: a broker that is started again has what it had acknowledged, and one that refuses takes nothing else.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kafka")
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	serve := func() func() {
		serving, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- Serve(serving, dir, port) }()
		return func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(net.JoinHostPort("127.0.0.1", port)), kgo.DefaultProduceTopic("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	end := func() int64 {
		t.Helper()
		ends, err := admin.ListEndOffsets(ctx, "t")
		if err != nil {
			t.Fatal(err)
		}
		o, _ := ends.Lookup("t", 0)
		return o.Offset
	}
	write := func(ctx context.Context) error {
		return client.ProduceSync(ctx, &kgo.Record{Value: []byte("v")}).FirstErr()
	}

	stop := serve()
	for client.Ping(ctx) != nil && ctx.Err() == nil { // it is on its way
	}
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	if err := write(ctx); err != nil {
		t.Fatal(err)
	}
	stop()
	defer serve()()
	if got := end(); got != 1 {
		t.Errorf("the topic ends at %d after another start, want 1", got)
	}

	if err := Refuse(dir, true); err != nil {
		t.Fatal(err)
	}
	short, done := context.WithTimeout(ctx, 200*time.Millisecond)
	defer done()
	if err := write(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("writing to a broker that refuses gives %v, want that the time is over", err)
	}
	if got := end(); got != 1 {
		t.Errorf("the topic ends at %d although the broker refused, want 1", got)
	}
	if err := Refuse(dir, false); err != nil {
		t.Fatal(err)
	}
	if err := write(ctx); err != nil {
		t.Fatal(err)
	}
	if got := end(); got < 2 {
		t.Errorf("the topic ends at %d after the broker takes records again, want more than 1", got)
	}
}

// TestServeNoPort: what is no port is refused.
func TestServeNoPort(t *testing.T) {
	t.Parallel()
	if err := Serve(t.Context(), t.TempDir(), "kafka"); err == nil {
		t.Error("a port that is no number is taken")
	}
}
