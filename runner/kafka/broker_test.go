package kafka

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

const patience = 60 * time.Second

// intake is what a test does with a claim: it notes every record and finishes those below a bound.
type intake struct {
	mu   sync.Mutex
	read []string
	next int64
	hold int64 // offsets from here on are never finished; 0: all are
}

func (i *intake) Open(Claim) Intake { return i }
func (i *intake) Close()            {}
func (i *intake) Skip(int64)        {}

func (i *intake) Push(r record.Record) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.read = append(i.read, string(r.Value))
	if i.hold == 0 || r.Offset < i.hold {
		i.next = r.Offset + 1
	}
}

func (i *intake) Position() (Position, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return Position{Next: i.next, Metadata: "a note"}, i.next > 0
}

func (i *intake) Committed(Position) {}

func (i *intake) values() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.read)
}

// acks counts acknowledgements.
type acks struct {
	pending sync.WaitGroup
	mu      sync.Mutex
	errs    []error
}

func (a *acks) Acked(err error) {
	a.mu.Lock()
	a.errs = append(a.errs, err)
	a.mu.Unlock()
	a.pending.Done()
}

// write hands records to a sink of its own and waits until all are acknowledged.
func write(t *testing.T, env contract.Environment, records ...record.Record) []error {
	t.Helper()
	sink := NewSink(SinkConfig{Environment: env, ClientID: "test", Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	ctx, cancel := context.WithCancel(t.Context())
	force, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { sink.Run(ctx, force) })
	var a acks
	for _, r := range records {
		a.pending.Add(1)
		if err := sink.Write(force, r, &a); err != nil {
			t.Fatal(err)
		}
	}
	a.pending.Wait()
	cancel()
	running.Wait()
	return a.errs
}

// consume reads with a source of its own until the intake holds n records, then leaves the group, which commits.
func consume(t *testing.T, env contract.Environment, group, topic string, n int, i *intake) {
	t.Helper()
	source := NewSource(SourceConfig{
		Environment: env, Group: group, Topics: []string{topic}, ClientID: "test", Drain: time.Second,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	force, stop := context.WithTimeout(context.Background(), 2*patience)
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { source.Run(ctx, force, i) })
	deadline := time.Now().Add(patience)
	for len(i.values()) < n || !source.Joined() {
		if time.Now().After(deadline) {
			t.Errorf("%d of %d records", len(i.values()), n)
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	running.Wait()
}

func values(topic string, from, to int) (records []record.Record, values []string) {
	for n := from; n < to; n++ {
		v := strconv.Itoa(n)
		records = append(records, record.Record{
			Topic: topic, Key: []byte("k"), Value: []byte(v), Headers: []record.Header{{Key: []byte("mine"), Value: []byte("1")}},
		})
		values = append(values, v)
	}
	return records, values
}

// carry is the round trip: write, read, commit what is finished, come back and get exactly the rest.
func carry(t *testing.T, env contract.Environment, group, topic string) {
	t.Helper()
	records, want := values(topic, 0, 100)
	for _, err := range write(t, env, records...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	first := &intake{hold: 40}
	consume(t, env, group, topic, 100, first)
	if !slices.Equal(first.values(), want) {
		t.Errorf("read %v", first.values())
	}
	second := &intake{}
	consume(t, env, group, topic, 60, second)
	if !slices.Equal(second.values(), want[40:]) {
		t.Errorf("after a restart read %v, want 40 to 99", second.values())
	}
	more, _ := values(topic, 100, 101)
	write(t, env, more...)
	third := &intake{}
	consume(t, env, group, topic, 1, third)
	if !slices.Equal(third.values(), []string{"100"}) {
		t.Errorf("after another restart read %v, want 100", third.values())
	}
}

func TestFakeBroker(t *testing.T) {
	carry(t, fakeBroker(t, kfake.SeedTopics(1, "t")), "g", "t")
}

func fakeBroker(t *testing.T, opts ...kfake.Opt) contract.Environment {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return contract.Environment{BootstrapServers: strings.Join(c.ListenAddrs(), ",")}
}

// TestRecreatedTopic commits below an offset of the topic's former life.
func TestRecreatedTopic(t *testing.T) {
	env := fakeBroker(t, kfake.SeedTopics(1, "t"))
	records, _ := values("t", 0, 50)
	write(t, env, records...)
	consume(t, env, "g", "t", 50, &intake{})
	admin := adminOf(t, env)
	if err := admin.DeleteTopic("t"); err != nil {
		t.Fatal(err)
	}
	if err := admin.CreateTopic("t", &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false); err != nil {
		t.Fatal(err)
	}
	write(t, env, records[:5]...)
	consume(t, env, "g", "t", 5, &intake{})
	write(t, env, records[5:7]...)
	last := &intake{}
	consume(t, env, "g", "t", 2, last)
	if !slices.Equal(last.values(), []string{"5", "6"}) {
		t.Errorf("read %v, want 5 and 6: the commit after the topic was made anew did not count", last.values())
	}
}

func adminOf(t *testing.T, env contract.Environment) sarama.ClusterAdmin {
	t.Helper()
	config := sarama.NewConfig()
	config.Version = protocol
	admin, err := sarama.NewClusterAdmin(addresses(env), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	return admin
}

// realBroker gives the address in a variable, or skips.
func realBroker(t *testing.T, variable string) string {
	t.Helper()
	address := os.Getenv(variable)
	if address == "" {
		t.Skipf("%s is not set: no real Kafka to test against", variable)
	}
	return address
}

// newTopic creates a topic with a name of its own on the real broker, as its super user.
func newTopic(t *testing.T) (topic string, admin sarama.ClusterAdmin) {
	t.Helper()
	admin = adminOf(t, contract.Environment{BootstrapServers: realBroker(t, "KAFKA_BOOTSTRAP")})
	topic = "runner-test-" + uuid.NewString()
	if err := admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.DeleteTopic(topic) })
	return topic, admin
}

func TestRealBroker(t *testing.T) {
	topic, _ := newTopic(t)
	carry(t, contract.Environment{BootstrapServers: os.Getenv("KAFKA_BOOTSTRAP")}, topic+"-group", topic)
}

// TestRealSecurity goes through every way to authenticate, with exactly the ACLs that a runner needs.
func TestRealSecurity(t *testing.T) {
	sasl, mtls, dir := realBroker(t, "KAFKA_BOOTSTRAP_SASL_SSL"), realBroker(t, "KAFKA_BOOTSTRAP_MTLS"), realBroker(t, "KAFKA_TLS_DIR")
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("alice-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(dir, "ca.crt")
	ways := map[string]contract.Environment{"mTLS": {
		BootstrapServers: mtls, TLS: true, CAFile: ca,
		CertificateFile: filepath.Join(dir, "alice.crt"), KeyFile: filepath.Join(dir, "alice.key"),
	}}
	for _, mechanism := range []string{contract.SCRAMSHA512, contract.SCRAMSHA256, contract.PLAIN} {
		ways[mechanism] = contract.Environment{
			BootstrapServers: sasl, TLS: true, CAFile: ca, SASLMechanism: mechanism, Username: "alice", PasswordFile: password,
		}
	}
	for name, env := range ways {
		t.Run(name, func(t *testing.T) {
			topic, admin := newTopic(t)
			group := topic + "-group"
			allow(t, admin, sarama.AclResourceTopic, topic, sarama.AclOperationRead, sarama.AclOperationWrite, sarama.AclOperationDescribe)
			allow(t, admin, sarama.AclResourceGroup, group, sarama.AclOperationRead)
			if err := env.Validate(); err != nil {
				t.Fatal(err)
			}
			carry(t, env, group, topic)
		})
	}
}

func allow(t *testing.T, admin sarama.ClusterAdmin, kind sarama.AclResourceType, name string, operations ...sarama.AclOperation) {
	t.Helper()
	resource := sarama.Resource{ResourceType: kind, ResourceName: name, ResourcePatternType: sarama.AclPatternLiteral}
	rules := &sarama.ResourceAcls{Resource: resource}
	for _, op := range operations {
		rules.Acls = append(rules.Acls, &sarama.Acl{Principal: "User:alice", Host: "*", Operation: op, PermissionType: sarama.AclPermissionAllow})
	}
	if err := admin.CreateACLs([]*sarama.ResourceAcls{rules}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		filter := sarama.AclFilter{ResourceType: kind, ResourceName: &name, ResourcePatternTypeFilter: sarama.AclPatternLiteral,
			Operation: sarama.AclOperationAny, PermissionType: sarama.AclPermissionAny}
		_, _ = admin.DeleteACL(filter, false)
	})
}
