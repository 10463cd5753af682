package kafka

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/IBM/sarama"
)

// DeniedError is a right that the broker misses: the ACLs of the runner's user do not give it.
type DeniedError struct {
	// Operation is Kafka's word (org.apache.kafka.common.acl.AclOperation), Resource what kind of thing it is about.
	Operation, Resource string
	// Names are the resources; of several, one at least is meant.
	Names []string
	// Cause is what the broker answered.
	Cause error
}

// Error implements error: the right, what it is about, and the broker's answer.
func (e *DeniedError) Error() string {
	return fmt.Sprintf("the user's ACLs do not allow %s on %s %s: %v", e.Operation, e.Resource, strings.Join(e.Names, " or "), e.Cause)
}

// Unwrap gives the broker's answer.
func (e *DeniedError) Unwrap() error { return e.Cause }

// access is what requests were about: topics read in a group, topics written, by a producer with a transactional id. What
// is empty they were not about.
type access struct {
	group, id     string
	reads, writes []string
}

// explain says of an answer which right is missing, if one is; any other error it gives back.
func (a access) explain(err error) error {
	denied := func(operation, resource string, names ...string) error {
		return &DeniedError{operation, resource, mentioned(err, names), err}
	}
	topic := errors.Is(err, sarama.ErrTopicAuthorizationFailed)
	if consumed, ok := errors.AsType[*sarama.ConsumerError](err); ok {
		a.reads = []string{consumed.Topic}
	}
	switch {
	case a.group != "" && errors.Is(err, sarama.ErrGroupAuthorizationFailed):
		return denied("Read", "group", a.group)
	case a.id != "" && errors.Is(err, sarama.ErrTransactionalIDAuthorizationFailed):
		return denied("Write", "transactional id", a.id)
	case len(a.reads) > 0 && topic:
		return denied("Read", "topic", a.reads...)
	// A producer is refused as a whole that may write to no topic at all (KIP-679).
	case len(a.writes) > 0 && (topic || errors.Is(err, sarama.ErrClusterAuthorizationFailed)):
		return denied("Write", "topic", a.writes...)
	default:
		return err
	}
}

// mentioned keeps the names that an error's text begins a line with, as the client's own errors about topics do, which
// have no type; all where it says none.
func mentioned(err error, names []string) []string {
	lines := strings.Split(err.Error(), "\n")
	var out []string
	for _, name := range names {
		if slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, name+": ") }) {
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return names
	}
	return out
}

// mayRead asks whether the user may read in a group at all. The client would ask as well, but hide the answer behind its
// retries for a long time.
func mayRead(client sarama.Client, group string) error {
	broker := client.LeastLoadedBroker()
	if broker == nil {
		return sarama.ErrOutOfBrokers
	}
	response, err := broker.FindCoordinator(&sarama.FindCoordinatorRequest{Version: 1, CoordinatorKey: group, CoordinatorType: sarama.CoordinatorGroup})
	if err == nil && errors.Is(response.Err, sarama.ErrGroupAuthorizationFailed) {
		return access{group: group}.explain(response.Err)
	}
	return nil // out of all else the client finds its own way
}
