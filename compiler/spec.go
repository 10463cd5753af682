package compiler

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// The fields that kinds share, each the typed form of one of the envelope's $defs.

// InputSpec is one input as written.
type InputSpec struct {
	Name schema.Value[string] `yaml:"name"`
	From Refs                 `yaml:"from"`
	Type schema.Value[string] `yaml:"type"`
	// OnFailure is the failure policy of the input's records, laid over that of the node; nil: there is none.
	OnFailure *PolicySpec `yaml:"onFailure"`
}

// Refs are the outputs that an input reads: one reference or a list of them, each "node" or "node.output".
type Refs []schema.Value[string]

// DecodeNode implements schema.NodeDecoder.
func (r *Refs) DecodeNode(n *schema.Node) diag.List {
	if n.Kind == schema.List {
		return schema.Decode(n, (*[]schema.Value[string])(r))
	}
	var one schema.Value[string]
	findings := schema.Decode(n, &one)
	*r = Refs{one}
	return findings
}

// OutputSpec is one output as written; Name is set by the kind even where nobody wrote it.
type OutputSpec struct {
	Name  schema.Value[string] `yaml:"name"`
	Type  schema.Value[string] `yaml:"type"`
	Topic TopicSpec            `yaml:"topic"`
	// Named is the topic's own name, for kinds whose topic is not named after node and output; empty otherwise.
	Named string `yaml:"-"`
	// Foreign says that others own the topic: it is read, never made.
	Foreign bool `yaml:"-"`
}

// TopicSpec are the settings of one topic; what is not set comes from the environment's topicDefaults.
type TopicSpec struct {
	Partitions        schema.Value[int32]    `yaml:"partitions"`
	Retention         schema.Value[Duration] `yaml:"retention"`
	ReplicationFactor schema.Value[int32]    `yaml:"replicationFactor"`
	MinInSyncReplicas schema.Value[int32]    `yaml:"minInSyncReplicas"`
	CleanupPolicy     schema.Value[string]   `yaml:"cleanupPolicy"`
	MaxMessageBytes   schema.Value[Bytes]    `yaml:"maxMessageBytes"`
	// Config is Kafka's own configuration of a topic; its values are scalars of any type.
	Config schema.Entries[*schema.Node] `yaml:"config"`
}

// ConsumerSpec is how a node works on the records of its inputs.
type ConsumerSpec struct {
	Ordering    schema.Value[string]   `yaml:"ordering"`
	Concurrency schema.Value[int32]    `yaml:"concurrency"`
	Timeout     schema.Value[Duration] `yaml:"timeout"`
	OnFailure   FailureSpec            `yaml:"onFailure"`
}

// Duration is a length of time as documents write it: Prometheus' form, 200ms to 7d
// (github.com/prometheus/common/model.ParseDuration).
type Duration time.Duration

// String gives whole days as days, and all else as Go writes it, without minutes and seconds that are zero.
func (d Duration) String() string {
	const day = Duration(24 * time.Hour)
	if d > 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// maxDays bounds a Duration, so that a sum of some never overflows.
const maxDays = 36_500

// UnmarshalText implements encoding.TextUnmarshaler. Nothing in a document takes no time at all, so zero is an error.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := model.ParseDuration(string(text))
	switch {
	case err != nil:
		return errors.New("write one number and unit, or several from the largest unit to the smallest, as in 200ms, 30s, 1h30m or 7d")
	case v == 0:
		return errors.New("it must be more than zero")
	case v > maxDays*24*model.Duration(time.Hour):
		return fmt.Errorf("it must be at most %dd", maxDays)
	}
	*d = Duration(v)
	return nil
}

// Bytes is a size as documents write it: a number of bytes, or one with Ki, Mi or Gi (powers of 1,024) or k, M or G
// (powers of 1,000) behind it, as Kubernetes' quantities have them.
type Bytes int64

// UnmarshalText implements encoding.TextUnmarshaler. Nothing in a document has no bytes at all, so zero is an error.
func (b *Bytes) UnmarshalText(text []byte) error {
	units := []struct {
		suffix string
		factor int64
	}{{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"", 1}}
	for _, unit := range units {
		number, ok := strings.CutSuffix(string(text), unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 0 || n > (1<<62)/unit.factor {
			break
		}
		if n == 0 {
			return errors.New("it must be more than zero")
		}
		*b = Bytes(n * unit.factor)
		return nil
	}
	return errors.New("write a whole number with a unit, as in 512Ki, 20Mi or 1Gi")
}

// What holds where a document says nothing.
const (
	defaultConcurrency = 1
	defaultTimeout     = 30 * time.Second
	defaultAttempts    = 3
	defaultBackoff     = 200 * time.Millisecond
	defaultMaxBackoff  = 5 * time.Second
	// drainMargin is what a runner gets beyond its longest attempt, to acknowledge results and to commit.
	drainMargin = 10 * time.Second
)
