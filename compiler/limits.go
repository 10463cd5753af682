package compiler

import (
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeTopicLimits is reported when a topic, or the default of all topics, asks for more than the environment's Kafka can
// give.
const CodeTopicLimits diag.Code = "topic-limits"

// LimitsSpec is what a Kafka can give. A limit that is not set is not known, so nothing is beyond it.
type LimitsSpec struct {
	// Brokers is how many there are: no topic has more replicas.
	Brokers schema.Value[int32] `yaml:"brokers"`
	// MaxRetention and MaxPartitions are the most that one topic may have.
	MaxRetention  schema.Value[Duration] `yaml:"maxRetention"`
	MaxPartitions schema.Value[int32]    `yaml:"maxPartitions"`
}

// check reports the settings beyond the limits, each where it is written. owner is what has them, as in "the topic of
// `upload.out`".
func (l LimitsSpec) check(owner, env string, s TopicSpec, findings *diag.List) {
	for _, replicas := range []struct {
		field string
		value schema.Value[int32]
	}{{"replicationFactor", s.ReplicationFactor}, {"minInSyncReplicas", s.MinInSyncReplicas}} {
		if beyond(replicas.value, l.Brokers) {
			findings.Errorf(CodeTopicLimits, replicas.value.Pos, "`%s` of %s is %d, but the Kafka of environment `%s` has %d brokers", replicas.field, owner, replicas.value.V, env, l.Brokers.V).
				WithHint("lower `%s` to %d or less; if the Kafka has more brokers, raise `kafka.limits.brokers`", replicas.field, l.Brokers.V).
				WithRelated(l.Brokers.Pos, "the brokers of `%s`", env)
		}
	}
	if beyond(s.Partitions, l.MaxPartitions) {
		findings.Errorf(CodeTopicLimits, s.Partitions.Pos, "`partitions` of %s is %d, but the Kafka of environment `%s` gives a topic %d at most", owner, s.Partitions.V, env, l.MaxPartitions.V).
			WithHint("lower `partitions` to %d or less, in this environment alone by an override; if the Kafka gives more, raise `kafka.limits.maxPartitions`", l.MaxPartitions.V).
			WithRelated(l.MaxPartitions.Pos, "the limit of `%s`", env)
	}
	if beyond(s.Retention, l.MaxRetention) {
		findings.Errorf(CodeTopicLimits, s.Retention.Pos, "`retention` of %s is %v, but the Kafka of environment `%s` keeps records for %v at most", owner, s.Retention.V, env, l.MaxRetention.V).
			WithHint("lower `retention` to %v or less, in this environment alone by an override; if the Kafka keeps them longer, raise `kafka.limits.maxRetention`", l.MaxRetention.V).
			WithRelated(l.MaxRetention.Pos, "the limit of `%s`", env)
	}
}

func beyond[T ~int32 | ~int64](value, limit schema.Value[T]) bool {
	return value.IsSet() && limit.IsSet() && value.V > limit.V
}
