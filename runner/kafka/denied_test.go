package kafka

import (
	"errors"
	"slices"
	"testing"

	"github.com/IBM/sarama"
)

// TestDeniedTopicIsNamed: of the topics of a transaction the one is named that the user may not write to, and not those that
// were not tried over it.
func TestDeniedTopicIsNamed(t *testing.T) {
	topics := []string{"dlq", "out", "park"}
	answers, of := map[string][]*sarama.PartitionError{}, map[string][]int32{}
	for _, topic := range topics {
		code := sarama.ErrOperationNotAttempted
		if topic == "out" {
			code = sarama.ErrTopicAuthorizationFailed
		}
		of[topic], answers[topic] = []int32{0}, []*sarama.PartitionError{{Err: code}}
	}
	err := access{id: "id", writes: topics}.explain(refusalOf(answers, of))
	denied, ok := errors.AsType[*DeniedError](err)
	if !ok || denied.Operation != "Write" || !slices.Equal(denied.Names, []string{"out"}) || mayPass(err) {
		t.Errorf("%v", err)
	}
}
