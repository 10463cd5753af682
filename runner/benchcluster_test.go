package runner

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// asBroker is the variable that makes the test binary a broker.
const asBroker = "RUNNER_TEST_AS_BROKER"

// TestMain makes the test binary a broker when it is told to, so that the benchmarks have one outside of what they
// measure: it prints its address and ends when its input does.
func TestMain(m *testing.M) {
	if os.Getenv(asBroker) == "" {
		os.Exit(m.Run())
	}
	fake, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.Join(fake.ListenAddrs(), ","))
	_, _ = io.Copy(io.Discard, os.Stdin)
	fake.Close()
}

// bench is a broker in another process (KAFKA_BOOTSTRAP where that is set) with topics of its own.
type bench struct {
	*cluster
	// prefix begins the names of the topics and groups: prefix + "in", say.
	prefix string
}

func newBench(b *testing.B, partitions int32) *bench {
	b.Helper()
	c := &bench{cluster: &cluster{tb: b, addr: os.Getenv("KAFKA_BOOTSTRAP")}, prefix: "runner-bench-" + uuid.NewString() + "-"}
	if c.addr == "" {
		c.addr = startBroker(b)
	}
	c.kgo = c.client()
	topics := []string{c.prefix + "in", c.prefix + "out", c.prefix + "dlq"}
	admin := kadm.NewClient(c.kgo)
	if _, err := admin.CreateTopics(b.Context(), partitions, 1, nil, topics...); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _, _ = admin.DeleteTopics(context.Background(), topics...) })
	return c
}

func startBroker(tb testing.TB) (address string) {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asBroker+"=yes")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal("the broker did not start: ", err)
	}
	return strings.TrimSpace(address)
}

// fill writes n records with the headers of an endpoint's, and so many keys.
func (c *bench) fill(n, size, keys int) {
	c.tb.Helper()
	topic := c.prefix + "in"
	maker := record.NewMaker(copyNode(), "example.org/algo:1", "0123456789abcdef")
	output := &contract.Output{Topic: topic}
	var pending sync.WaitGroup
	for i := range n {
		trace := record.NextSpan(nil)
		made := maker.Entering([]byte(record.NewID()), trace[:], record.Made{
			Output: output, ContentType: []byte("text/plain"), Attempt: 1, Entered: record.Moment(time.Now()),
		})
		out := &kgo.Record{Topic: topic, Key: fmt.Append(nil, i%keys), Value: make([]byte, size)}
		for _, h := range made.Headers {
			out.Headers = append(out.Headers, kgo.RecordHeader{Key: string(h.Key), Value: h.Value})
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

// handle is the cost from the first result of a node to its n-th, so that joining the group is not counted, as if it were
// that of n.
func (c *bench) handle(node *contract.Node, round string, n int64, change ...func(*contract.Environment)) cost {
	c.tb.Helper()
	out := c.prefix + "out"
	begin := c.count(out)
	return c.follow(node, round, n, func() int64 { return c.count(out) - begin }, change...)
}

// follow is handle for results that are counted in another way.
func (c *bench) follow(node *contract.Node, round string, n int64, results func() int64, change ...func(*contract.Environment)) cost {
	c.tb.Helper()
	out := c.prefix + "out"
	node.Group, node.DeadLetters = c.prefix+round, c.prefix+"dlq"
	node.Inputs[0].Topic, node.Outputs[0].Topic = c.prefix+"in", out
	r := c.start(node, change...)
	defer c.empty(out)
	defer r.stop()
	var first int64
	eventually(c.tb, "first result", func() bool { first = results(); return first > 0 })
	read := stopwatch(c.tb)
	// It asks seldom, because asking costs what is measured.
	for deadline := time.Now().Add(patience); results() < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.tb.Fatalf("%d of %d results after %v", results(), n, patience)
		}
	}
	took, whole, rest := read(), time.Duration(n), time.Duration(n-first)
	return cost{took.time * whole / rest, took.cpu * whole / rest}
}

// empty frees the memory of a topic's records; its offsets go on.
func (c *bench) empty(topic string) {
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

// rawCopy is the reference: sarama with the same settings, and nothing between reading and writing. It gives the cost
// from the first acknowledgement to the last.
func (c *bench) rawCopy(round string, n int) (took cost) {
	c.tb.Helper()
	defer c.empty(c.prefix + "out")
	config := sarama.NewConfig()
	config.Version = sarama.V4_0_0_0
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	config.Consumer.Fetch.MaxBytes = 16 << 20
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyCooperativeSticky()}
	config.Producer.Idempotent, config.Net.MaxOpenRequests, config.Producer.RequiredAcks = true, 1, sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewMurmur2Partitioner
	brokers := strings.Split(c.addr, ",")
	members, err := sarama.NewConsumerGroup(brokers, c.prefix+"raw-"+round, config)
	if err != nil {
		c.tb.Fatal(err)
	}
	producer, err := sarama.NewAsyncProducer(brokers, config)
	if err != nil {
		c.tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		var read func() cost
		for i := range n {
			p := (<-producer.Successes()).Metadata.(place)
			p.session.MarkMessage(p.msg, "")
			if i == 0 {
				read = stopwatch(c.tb)
			}
		}
		took = read()
		cancel()
	}()
	if err := members.Consume(ctx, []string{c.prefix + "in"}, rawHandler{producer, c.prefix + "out"}); err != nil {
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

type rawHandler struct {
	producer sarama.AsyncProducer
	topic    string
}

func (rawHandler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (rawHandler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (h rawHandler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for msg := range claim.Messages() {
		out := &sarama.ProducerMessage{
			Topic: h.topic, Key: sarama.ByteEncoder(msg.Key), Value: sarama.ByteEncoder(msg.Value), Metadata: place{session, msg},
		}
		for _, header := range msg.Headers {
			out.Headers = append(out.Headers, *header)
		}
		h.producer.Input() <- out
	}
	return nil
}
