package compiler

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// Names makes every name of one pipeline in one environment; nothing else in the tree does. A name follows from the
// words in it and nothing else: no random part, no counter.
type Names struct {
	// Prefix is the environment's kafka.prefix.
	Prefix   string
	Pipeline string
}

// Names that documents may not use, because Names gives them a meaning.
const (
	// OutputDeadLetters, OutputRetry and OutputPark are outputs' names, or begin them up to a dot.
	OutputDeadLetters = "dlq"
	OutputRetry       = "retry"
	OutputPark        = "park"
	// NodeOps is a node's name: the user that operators' commands run as.
	NodeOps = "ops"
	// OutputDefault is the name of a sole output that is not named.
	OutputDefault = "out"
)

// Lengths that the systems allow.
const (
	maxTopic     = 249 // org.apache.kafka.common.internals.Topic.MAX_NAME_LENGTH
	maxLabel     = 63  // RFC 1123 label: Services, label values
	maxSubdomain = 253 // RFC 1123 subdomain: metadata.name of custom resources
	maxUser      = 64  // X.520 common name, which Strimzi makes of a KafkaUser's name
)

// Topic is Kafka's name of an output's topic.
func (n Names) Topic(node, output string) string {
	return n.Prefix + n.Pipeline + "." + node + "." + output
}

// retryOutput stands for an output in the name of the topic of a node's tier of delayed retries, from 1.
func retryOutput(tier int) string { return OutputRetry + "." + strconv.Itoa(tier) }

// parkOutput stands for an output in the name of the topic in which a node parks records of a source, which is a node and
// its output as in `from`.
func parkOutput(source PortRef) string { return OutputPark + "." + source.Node + "." + source.Port }

// OwnTopic is Kafka's name of a topic that a document names itself and the pipeline manages.
func (n Names) OwnTopic(topic string) string { return n.Prefix + topic }

// Group is the consumer group of a node.
func (n Names) Group(node string) string { return n.Prefix + n.Pipeline + "." + node }

// User is the KafkaUser of a node, and the principal.
func (n Names) User(node string) string { return fit(n.Group(node), maxUser, true) }

// TopicObject is the metadata.name of the KafkaTopic of a topic.
func (n Names) TopicObject(topic string) string { return fit(topic, maxSubdomain, true) }

// Object is the Kubernetes name of a node's objects.
func (n Names) Object(node string) string { return fit(n.Pipeline+"-"+node, maxLabel, false) }

// Shared is the Kubernetes name of the objects of the whole pipeline.
func (n Names) Shared() string { return fit(n.Pipeline, maxLabel, false) }

// Label is a text made to fit the value of a Kubernetes label.
func (n Names) Label(text string) string { return fit(text, maxLabel, false) }

// fit makes an RFC 1123 label (or subdomain, with dots) of a text. A text that is one already stays as it is; any other
// is rewritten and gets a hash of the original behind it, so that two texts never become one name.
func fit(text string, limit int, dots bool) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.' && dots:
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, text)
	name = strings.Trim(name, "-.")
	for _, edge := range []string{".-", "-.", ".."} {
		for strings.Contains(name, edge) {
			name = strings.ReplaceAll(name, edge, ".")
		}
	}
	if name != "" && name == text && len(name) <= limit {
		return name
	}
	sum := sha256.Sum256([]byte(text))
	suffix := hex.EncodeToString(sum[:4])
	name = strings.TrimRight(name[:min(len(name), limit-len(suffix)-1)], "-.")
	if name == "" {
		return "x" + suffix
	}
	return name + "-" + suffix
}
