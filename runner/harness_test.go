package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// patience bounds every wait of the tests; a machine that is busy needs much of it.
const patience = 30 * time.Second

// cluster is a broker in process (fake), with an independent client (franz-go) to feed and read it.
type cluster struct {
	tb   testing.TB
	fake *kfake.Cluster
	addr string
	kgo  *kgo.Client
}

func newCluster(tb testing.TB, partitions int32, topics ...string) *cluster {
	tb.Helper()
	return startCluster(tb, kfake.SeedTopics(partitions, topics...))
}

func startCluster(tb testing.TB, opts ...kfake.Opt) *cluster {
	tb.Helper()
	fake, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(fake.Close)
	c := &cluster{tb: tb, fake: fake, addr: strings.Join(fake.ListenAddrs(), ",")}
	c.kgo = c.client()
	return c
}

func (c *cluster) client(opts ...kgo.Opt) *kgo.Client {
	c.tb.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(strings.Split(c.addr, ",")...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.ProducerBatchMaxBytes(50 << 20),
	}, opts...)...)
	if err != nil {
		c.tb.Fatal(err)
	}
	c.tb.Cleanup(client.Close)
	return client
}

// alter sets a topic's configuration.
func (c *cluster) alter(topic, name string, value *string) {
	c.tb.Helper()
	resp, err := kadm.NewClient(c.kgo).AlterTopicConfigs(c.tb.Context(), []kadm.AlterConfig{{Name: name, Value: value}}, topic)
	if err == nil && resp[0].Err != nil {
		err = resp[0].Err
	}
	if err != nil {
		c.tb.Fatal(err)
	}
}

// produce writes records and waits until they are there.
func (c *cluster) produce(records ...*kgo.Record) {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.kgo.ProduceSync(ctx, records...).FirstErr(); err != nil {
		c.tb.Fatal(err)
	}
}

// numbered gives n records with the values 0 to n-1 and keys out of keys, spread over the partitions.
func numbered(topic string, n, keys int) []*kgo.Record {
	out := make([]*kgo.Record, n)
	for i := range out {
		out[i] = &kgo.Record{Topic: topic, Key: fmt.Append(nil, "key-", i%keys), Value: fmt.Append(nil, i)}
	}
	return out
}

// read gives the first n records of a topic, in the order of each partition.
func (c *cluster) read(topic string, n int) []*kgo.Record {
	c.tb.Helper()
	client := c.client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out []*kgo.Record
	for len(out) < n {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			c.tb.Fatalf("topic %s: %d of %d records after %v", topic, len(out), n, patience)
		}
		out = append(out, fetches.Records()...)
	}
	return out
}

// count is how many records a topic holds.
func (c *cluster) count(topic string) int64 {
	c.tb.Helper()
	ends, err := kadm.NewClient(c.kgo).ListEndOffsets(context.Background(), topic)
	if err != nil {
		c.tb.Fatal(err)
	}
	var n int64
	ends.Each(func(o kadm.ListedOffset) { n += max(0, o.Offset) })
	return n
}

// offsets are those that a group has committed: none while it does not exist, since nobody has joined it yet.
func (c *cluster) offsets(group string) kadm.OffsetResponses {
	c.tb.Helper()
	offsets, err := kadm.NewClient(c.kgo).FetchOffsets(context.Background(), group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		c.tb.Fatal(err)
	}
	return offsets
}

// committed is the sum of the committed offsets of a group.
func (c *cluster) committed(group string) int64 {
	c.tb.Helper()
	var n int64
	c.offsets(group).Each(func(o kadm.OffsetResponse) { n += max(0, o.At) })
	return n
}

// running is a Run in this process.
type running struct {
	tb     testing.TB
	cancel context.CancelFunc
	ended  chan error
	admin  string
	ingest string
	log    *output
	stderr *output
}

// output is a buffer for several goroutines.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func listener(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// start runs a node against the cluster; the test's end stops it when stop did not.
func (c *cluster) start(n *contract.Node, change ...func(*contract.Environment)) *running {
	c.tb.Helper()
	env := contract.Environment{BootstrapServers: c.addr, Image: "example.org/algo:1"}
	for _, f := range change {
		f(&env)
	}
	return start(c.tb, n, env)
}

func start(tb testing.TB, n *contract.Node, env contract.Environment, change ...func(*Deps)) *running {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	admin := listener(tb)
	r := &running{tb: tb, cancel: cancel, ended: make(chan error, 1), admin: "http://" + admin.Addr().String(), log: &output{}, stderr: &output{}}
	deps := Deps{
		Log:   slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Admin: admin, Stderr: r.stderr,
	}
	if n.Ingest != nil {
		deps.Ingest = listener(tb)
		r.ingest = "http://" + deps.Ingest.Addr().String()
	}
	for _, f := range change {
		f(&deps)
	}
	document, err := contract.Marshal(n)
	if err != nil {
		tb.Fatal(err)
	}
	go func() { r.ended <- Run(ctx, Config{Node: n, Hash: contract.Hash(document), Environment: env}, deps) }()
	tb.Cleanup(func() {
		r.stop()
		if _, test := tb.(*testing.T); test && tb.Failed() {
			tb.Logf("log of %s:\n%s", n.Node, r.log)
		}
	})
	return r
}

// stop drains and waits for the end; calling it again does nothing.
func (r *running) stop() {
	r.tb.Helper()
	r.cancel()
	select {
	case err := <-r.ended:
		r.ended <- nil
		if err != nil {
			r.tb.Errorf("Run: %v", err)
		}
	case <-time.After(patience):
		r.tb.Fatal("Run does not end")
	}
}

// eventually waits for a condition.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: not within %v", what, patience)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// get gives status and body of an admin path.
func (r *running) get(path string) (int, string) {
	r.tb.Helper()
	resp, err := http.Get(r.admin + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.tb.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// ready waits until the runner says so.
func (r *running) ready() *running {
	r.tb.Helper()
	eventually(r.tb, "ready", func() bool {
		status, _ := r.get(contract.PathReady)
		return status == http.StatusOK
	})
	return r
}

// header gives a header of a record, empty when it is absent.
func header(r *kgo.Record, name string) string {
	i := slices.IndexFunc(r.Headers, func(h kgo.RecordHeader) bool { return h.Key == name })
	if i < 0 {
		return ""
	}
	return string(r.Headers[i].Value)
}

// copyNode is a valid node that copies from topic in to topic out.
func copyNode() *contract.Node {
	return &contract.Node{
		Version: contract.Version, Pipeline: "photos", Node: "resize", Group: "photos.resize",
		Inputs:      []contract.Input{{Name: "photo", Topic: "in"}},
		Outputs:     []contract.Output{{Name: "out", Topic: "out"}},
		DeadLetters: "dlq", Ordering: contract.OrderPartition, Delivery: contract.AtLeastOnce, Concurrency: 4,
		Timeout: contract.Duration(10 * time.Second),
		OnFailure: &contract.OnFailure{FailurePolicy: contract.FailurePolicy{
			InPlace: contract.InPlace{Attempts: 3, Backoff: contract.Duration(time.Millisecond), Max: contract.Duration(10 * time.Millisecond)},
			Routes:  deadLettersOnly(),
		}},
		Drain: contract.Duration(5 * time.Second),
	}
}

// deadLettersOnly are the routes of a node that names none.
func deadLettersOnly() map[contract.Class]contract.Route {
	routes := map[contract.Class]contract.Route{}
	for _, class := range contract.Classes() {
		routes[class] = contract.Route{To: contract.RouteDeadLetters}
	}
	return routes
}

func execNode(words ...string) *contract.Node {
	n := copyNode()
	n.Exec = &contract.Exec{Command: words, Input: contract.InputStdin, Output: contract.OutputStdout}
	return n
}

func ingestNode() *contract.Node {
	n := copyNode()
	n.Group, n.DeadLetters, n.Ordering, n.Delivery, n.Concurrency, n.Inputs, n.OnFailure = "", "", "", "", 0, nil, nil
	n.Ingest = &contract.Ingest{Path: "/upload", MaxBytes: 1 << 10}
	return n
}

func httpNode() *contract.Node {
	n := copyNode()
	n.HTTP = &contract.HTTP{Port: 8081, Path: "/label"}
	return n
}
