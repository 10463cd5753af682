package kafka

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Limits of the client, with their reasons.
const (
	// batchBytes bounds a batch, which a topic's max.message.bytes bounds too: below its default of 1,048,588 with the
	// batch's own header. A larger record goes alone; see solo.
	batchBytes = 1_000_000
	// maxInflatedBytes bounds what a compressed batch may become: small batches can inflate without limit.
	maxInflatedBytes = 128 << 20
	// maxWait is how long a broker holds a fetch that finds nothing. A partition that is resumed waits for as long when
	// all others are idle, so it is short.
	maxWait = 100 * time.Millisecond
	// channelRecords is the client's buffer per partition. More gave no rate and cost memory.
	channelRecords = 256
	// sessionTimeout is how long a killed runner's partitions lie idle. A member hears of a rebalance by its heartbeat,
	// and a cooperative rebalance has two rounds, so a short one keeps partitions from lying between two members: where
	// three runners that share one partition are restarted one by one, a second made gaps of more than a second.
	sessionTimeout = 10 * time.Second
	heartbeat      = 300 * time.Millisecond
	// minRebalance is the least time that members have to let go of partitions; it grows with the drain.
	minRebalance = 60 * time.Second
	// commitEvery bounds what is handled again after SIGKILL, in time. A commit is one small request for all partitions.
	commitEvery = 200 * time.Millisecond
	// metadataRetries times metadataBackoff is more than an ordinary leader election takes, so that the producer keeps
	// its order through one.
	metadataRetries = 40
	metadataBackoff = 250 * time.Millisecond
	// dialTimeout bounds a connection's set-up, TLS included.
	dialTimeout = 10 * time.Second
	// produceRetries keeps order through half an hour without a broker; then the sink itself goes on trying, since its
	// absence is no reason to give up a record. More would cost memory: the client allocates by it, per partition.
	produceRetries    = 400
	produceMaxBackoff = 5 * time.Second
)

// protocol is the newest protocol that the client speaks; older brokers negotiate it down, request by request.
var protocol = sarama.V4_0_0_0

// boundInflation sets the client's only bound that is global, once for the process.
var boundInflation = sync.OnceFunc(func() { sarama.MaxDecompressedBatchSize = maxInflatedBytes })

// baseConfig is what reading and writing have in common. Credentials are read now; see dialer and scramClient for
// what is read again at each connection.
func baseConfig(env contract.Environment, clientID string) (*sarama.Config, error) {
	boundInflation()
	c := sarama.NewConfig()
	c.Version = protocol
	c.ClientID = clientID
	c.ChannelBufferSize = channelRecords
	// A registry of its own: nil makes the client panic, the default one is shared by the whole process.
	c.MetricRegistry = metrics.NewRegistry()
	c.Net.DialTimeout = dialTimeout
	c.Metadata.Full = false
	c.Metadata.AllowAutoTopicCreation = false
	c.Metadata.Retry.Max = metadataRetries
	c.Metadata.Retry.Backoff = metadataBackoff
	c.Metadata.RefreshFrequency = time.Minute
	if env.TLS {
		c.Net.Proxy.Enable = true
		c.Net.Proxy.Dialer = &dialer{env: env}
	}
	if env.SASLMechanism == "" {
		return c, nil
	}
	return c, authenticate(c, env)
}

// authenticate sets SASL. The client insists on a user and password up front; SCRAM reads its file again at each
// connection, while a changed PLAIN password is taken up only when the client is made anew.
func authenticate(c *sarama.Config, env contract.Environment) error {
	password, err := secret(env.PasswordFile)
	if err != nil {
		return err
	}
	c.Net.SASL.Enable = true
	c.Net.SASL.Mechanism = sarama.SASLMechanism(env.SASLMechanism)
	c.Net.SASL.Password = password
	c.Net.SASL.User = env.Username
	if env.UsernameFile != "" {
		if c.Net.SASL.User, err = secret(env.UsernameFile); err != nil {
			return err
		}
	}
	if env.SASLMechanism != contract.PLAIN {
		c.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{env: env} }
	}
	return nil
}

// secret reads a mounted file; one trailing line end is not part of it.
func secret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("kafka: credentials: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// sourceConfig is for reading as a member of a group.
func sourceConfig(env contract.Environment, clientID string, drain time.Duration) (*sarama.Config, error) {
	c, err := baseConfig(env, clientID)
	if err != nil {
		return nil, err
	}
	c.Consumer.Offsets.Initial = sarama.OffsetOldest // Newest, the default, loses what came before the first commit
	c.Consumer.Offsets.AutoCommit.Enable = false     // see committer
	c.Consumer.IsolationLevel = sarama.ReadCommitted
	c.Consumer.Return.Errors = true
	c.Consumer.MaxWaitTime = maxWait
	c.Consumer.Retry.Backoff = 500 * time.Millisecond
	c.Consumer.Group.Session.Timeout = sessionTimeout
	c.Consumer.Group.Heartbeat.Interval = heartbeat
	c.Consumer.Group.Rebalance.Timeout = max(minRebalance, drain+heartbeat)
	// Members that come and go one after another interrupt each other's joins; partitions lie idle until the next try.
	c.Consumer.Group.Rebalance.Retry.Max = 100
	c.Consumer.Group.Rebalance.Retry.Backoff = 100 * time.Millisecond
	c.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyCooperativeSticky()}
	return c, nil
}

// sinkConfig is for writing: idempotent, acknowledged by every in-sync replica.
func sinkConfig(env contract.Environment, clientID string, parks []string) (*sarama.Config, error) {
	c, err := baseConfig(env, clientID)
	if err != nil {
		return nil, err
	}
	c.Producer.Idempotent = true
	c.Net.MaxOpenRequests = 1 // demanded by idempotence; a partition has one batch under way in any case
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Producer.MaxMessageBytes = batchBytes
	c.Producer.Retry.Max = produceRetries
	c.Producer.Retry.BackoffFunc = func(retries, _ int) time.Duration { return doubled(retries) }
	c.Producer.Return.Successes = true
	c.Producer.Return.Errors = true
	c.Producer.Partitioner = partitioner(parks)
	// No lingering (Flush.Frequency 0): a batch is what gathered while the one before was under way, so an idle runner
	// adds no latency and a busy one sends large batches. No compression: values are often compressed already, and a
	// topic's compression.type does it where it pays.
	c.Producer.Compression = sarama.CompressionNone
	return c, nil
}

// partitioner puts records with a key where Java's producer puts them, so that topics can be joined, and others anywhere;
// those of a park where they say.
func partitioner(parks []string) sarama.PartitionerConstructor {
	return func(topic string) sarama.Partitioner {
		if slices.Contains(parks, topic) {
			return sarama.NewManualPartitioner(topic)
		}
		return sarama.NewMurmur2Partitioner(topic)
	}
}

// doubled is the pause before the given retry, from 1: 100 ms, doubling up to produceMaxBackoff.
func doubled(retry int) time.Duration {
	return min(100*time.Millisecond<<min(max(retry-1, 0), 10), produceMaxBackoff)
}

// addresses splits the bootstrap list.
func addresses(env contract.Environment) []string {
	return strings.FieldsFunc(env.BootstrapServers, func(r rune) bool { return r == ',' || r == ' ' })
}
