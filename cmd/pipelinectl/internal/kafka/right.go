package kafka

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Right is what a request needs an ACL for: an operation on one resource.
type Right struct {
	// Operation is Kafka's word (org.apache.kafka.common.acl.AclOperation), Resource topic or group.
	Operation, Resource, Name string
}

// String is the right in words: Read on topic photos.resize.dlq.
func (r Right) String() string { return r.Operation + " on " + r.Resource + " " + r.Name }

// Explain says of what a request gave that the right is missing, as an *Error, or else which resource it was about. It
// gives nil of nil.
func (r Right) Explain(err error) error {
	if err == nil {
		return nil
	}
	for _, denied := range []error{kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed} {
		// A producer is refused as a whole that may write to no topic at all (KIP-679).
		if errors.Is(err, denied) {
			return &Error{What: "the user's ACLs do not allow " + r.String(), Cause: denied, Hint: rightsHint}
		}
	}
	return fmt.Errorf("%s %s: %w", r.Resource, r.Name, err)
}

const rightsHint = "a node's own user may only do what that node does: be the user that `kafka: {opsUser: true}` in the environment makes"
