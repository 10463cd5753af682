package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/emit/strimzi"
)

// realPatience bounds every wait for the real Kafka and what runs on it.
const realPatience = 2 * time.Minute

// realKafka is an Apache Kafka, which the test asks as a super user.
type realKafka struct {
	t *testing.T
	// plain is its listener for super users, secure that for users with a password, over TLS; ca signs its certificate.
	plain, secure, ca string
	client            *kgo.Client
	admin             *kadm.Client
	// unique begins the names of this test: others may use the Kafka as well.
	unique string
}

// newRealKafka reaches the Kafka that the variables name, or skips the test.
func newRealKafka(t *testing.T) *realKafka {
	t.Helper()
	k := &realKafka{
		t: t, plain: os.Getenv("KAFKA_BOOTSTRAP"), secure: os.Getenv("KAFKA_BOOTSTRAP_SASL_SSL"),
		ca: filepath.Join(os.Getenv("KAFKA_TLS_DIR"), "ca.crt"), unique: "t" + uuid.NewString()[:8] + ".",
	}
	if k.plain == "" {
		t.Skip("no real Kafka: KAFKA_BOOTSTRAP names one")
	}
	k.client = k.connect()
	k.admin = kadm.NewClient(k.client)
	return k
}

// guarded skips a test that is about users where the Kafka lets everybody do everything.
func (k *realKafka) guarded() {
	k.t.Helper()
	if k.secure == "" || os.Getenv("KAFKA_TLS_DIR") == "" {
		k.t.Skip("no listener for users: KAFKA_BOOTSTRAP_SASL_SSL names one of a Kafka with an authorizer, KAFKA_TLS_DIR the folder of its ca.crt")
	}
}

// connect gives a further client of a super user.
func (k *realKafka) connect(options ...kgo.Opt) *kgo.Client {
	k.t.Helper()
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(strings.Split(k.plain, ",")...))...)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(client.Close)
	return client
}

// topic makes a topic, which goes with the test.
func (k *realKafka) topic(name string, partitions int32, config map[string]string) {
	k.t.Helper()
	settings := map[string]*string{}
	for key, value := range config {
		if key != "min.insync.replicas" { // of the environment's Kafka, which has more brokers
			settings[key] = &value
		}
	}
	if _, err := k.admin.CreateTopic(k.t.Context(), partitions, -1, settings, name); err != nil && !strings.Contains(err.Error(), kerr.TopicAlreadyExists.Message) {
		k.t.Fatalf("topic %s: %v", name, err)
	}
	k.t.Cleanup(func() { _, _ = k.admin.DeleteTopics(context.Background(), name) })
}

// password makes a user and gives the file of its password.
func (k *realKafka) password(user string) string {
	k.t.Helper()
	file := filepath.Join(k.t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(user+"-secret"), 0o600); err != nil {
		k.t.Fatal(err)
	}
	altered, err := k.admin.AlterUserSCRAMs(k.t.Context(), nil, []kadm.UpsertSCRAM{{User: user, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: user + "-secret"}})
	if err == nil {
		err = altered.Error()
	}
	if err != nil {
		k.t.Fatalf("user %s: %v", user, err)
	}
	k.t.Cleanup(func() {
		_, _ = k.admin.AlterUserSCRAMs(context.Background(), []kadm.DeleteSCRAM{{User: user, Mechanism: kadm.ScramSha512}}, nil)
	})
	return file
}

// right is one ACL of the authorizer: one operation on one resource.
type right struct {
	user, kind, name, pattern, operation string
}

// String is how a missing right is told: Read on topic words.
func (r right) String() string {
	kind := r.kind
	if kind == "transactionalId" {
		kind = "transactional id"
	}
	return r.operation + " on " + kind + " " + r.name
}

// rightsOf takes the rights of a compiled user apart, as Strimzi's user operator does.
func rightsOf(u *strimzi.KafkaUser) []right {
	var out []right
	for _, acl := range u.Spec.Authorization.ACLs {
		for _, operation := range acl.Operations {
			out = append(out, right{u.Name, acl.Resource.Type, acl.Resource.Name, acl.Resource.PatternType, operation})
		}
	}
	return out
}

// in gives the same Kafka to a part of the test.
func (k *realKafka) in(t *testing.T) *realKafka {
	part := *k
	part.t = t
	return &part
}

// forget takes all rights of a user away.
func (k *realKafka) forget(user string) {
	filter := kmsg.NewDeleteACLsRequestFilter()
	filter.ResourceType, filter.ResourcePatternType = kmsg.ACLResourceTypeAny, kmsg.ACLResourcePatternTypeAny
	filter.Operation, filter.PermissionType, filter.Principal = kmsg.ACLOperationAny, kmsg.ACLPermissionTypeAny, new("User:"+user)
	request := kmsg.NewPtrDeleteACLsRequest()
	request.Filters = append(request.Filters, filter)
	_, _ = request.RequestWith(context.Background(), k.client) // what is left belongs to nobody
}

// allow gives rights.
func (k *realKafka) allow(rights ...right) {
	k.t.Helper()
	request := kmsg.NewPtrCreateACLsRequest()
	for _, r := range rights {
		one := kmsg.NewCreateACLsRequestCreation()
		one.ResourceType, one.ResourcePatternType, one.Operation = k.words(r)
		one.ResourceName, one.Principal, one.Host, one.PermissionType = r.name, "User:"+r.user, "*", kmsg.ACLPermissionTypeAllow
		request.Creations = append(request.Creations, one)
	}
	response, err := request.RequestWith(context.Background(), k.client) // also when the test is over
	if err != nil {
		k.t.Fatal(err)
	}
	for i, result := range response.Results {
		if err := kerr.ErrorForCode(result.ErrorCode); err != nil {
			k.t.Fatalf("%v: %v", rights[i], err)
		}
	}
	for _, r := range rights {
		k.awaitRight(r, true)
	}
}

// deny takes one right away.
func (k *realKafka) deny(r right) {
	k.t.Helper()
	filter := kmsg.NewDeleteACLsRequestFilter()
	filter.ResourceType, filter.ResourcePatternType, filter.Operation = k.words(r)
	filter.ResourceName, filter.Principal, filter.PermissionType = &r.name, new("User:"+r.user), kmsg.ACLPermissionTypeAllow
	request := kmsg.NewPtrDeleteACLsRequest()
	request.Filters = append(request.Filters, filter)
	response, err := request.RequestWith(k.t.Context(), k.client)
	if err != nil {
		k.t.Fatal(err)
	}
	if len(response.Results) != 1 || len(response.Results[0].MatchingACLs) != 1 {
		k.t.Fatalf("%v was not there: %+v", r, response.Results)
	}
	k.awaitRight(r, false)
}

// awaitRight waits until the broker's authorizer has heard of a change.
func (k *realKafka) awaitRight(r right, there bool) {
	k.t.Helper()
	request := kmsg.NewPtrDescribeACLsRequest()
	request.ResourceType, request.ResourcePatternType, request.Operation = k.words(r)
	request.ResourceName, request.Principal, request.PermissionType = &r.name, new("User:"+r.user), kmsg.ACLPermissionTypeAllow
	k.await(fmt.Sprintf("%v: %v", r, there), func() bool {
		response, err := request.RequestWith(context.Background(), k.client)
		return err == nil && len(response.Resources) > 0 == there
	})
}

// words are a right's kind, pattern and operation as the protocol has them.
func (k *realKafka) words(r right) (kmsg.ACLResourceType, kmsg.ACLResourcePatternType, kmsg.ACLOperation) {
	k.t.Helper()
	kind, err := kmsg.ParseACLResourceType(r.kind)
	pattern, err2 := kmsg.ParseACLResourcePatternType(strings.Replace(r.pattern, "prefix", "prefixed", 1))
	operation, err3 := kmsg.ParseACLOperation(r.operation)
	if err := cmp.Or(err, err2, err3); err != nil {
		k.t.Fatalf("%+v: %v", r, err)
	}
	return kind, pattern, operation
}

// await asks until met holds.
func (k *realKafka) await(what string, met func() bool) {
	k.t.Helper()
	for end := time.Now().Add(realPatience); !met(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			k.t.Fatalf("timed out waiting for %s", what)
		}
	}
}

// produce writes values with keys of their own.
func (k *realKafka) produce(topic string, values ...string) {
	k.t.Helper()
	records := make([]*kgo.Record, len(values))
	for i, value := range values {
		records[i] = &kgo.Record{Topic: topic, Key: []byte(uuid.NewString()), Value: []byte(value), Headers: []kgo.RecordHeader{{Key: "content-type", Value: []byte("text/plain")}}}
	}
	k.produceRecords(records...)
}

// produceRecords writes records and waits until they are there.
func (k *realKafka) produceRecords(records ...*kgo.Record) {
	k.t.Helper()
	if err := k.client.ProduceSync(k.t.Context(), records...).FirstErr(); err != nil {
		k.t.Fatal(err)
	}
}

// ends gives how many offsets there are in each of the topics.
func (k *realKafka) ends(topics ...string) map[string]int64 {
	k.t.Helper()
	listed, err := k.admin.ListEndOffsets(k.t.Context(), slices.Compact(slices.Sorted(slices.Values(topics)))...)
	if err != nil {
		k.t.Fatal(err)
	}
	out := map[string]int64{}
	listed.Each(func(o kadm.ListedOffset) { out[o.Topic] += max(0, o.Offset) })
	return out
}
