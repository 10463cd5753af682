package compiler

import (
	"strconv"
	"time"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeTopicSettings is reported when a topic's settings contradict one another or Kafka's rules for names.
const CodeTopicSettings diag.Code = "topic-settings"

func (g *Graph) planTopic(node string, o OutputSpec, findings *diag.List) *Topic {
	t := &Topic{Managed: !o.Foreign, Node: node, Output: o.Name.V, Pos: o.Name.Pos, Config: map[string]string{}}
	switch {
	case o.Foreign:
		t.Name = o.Named
	case o.Named != "":
		t.Name = g.Names.OwnTopic(o.Named)
	default:
		t.Name = g.Names.Topic(node, o.Name.V)
	}
	if typ := g.Pipeline.Type(o.Type.V); typ != nil {
		t.ContentType = typ.ContentType.V
	}
	s := o.Topic
	var defaults TopicDefaults
	if g.Environment != nil && t.Managed {
		defaults = g.Environment.Kafka.TopicDefaults
	}
	t.Partitions = s.Partitions.Or(defaults.Partitions.Or(defaultPartitions))
	t.ReplicationFactor = s.ReplicationFactor.Or(defaults.ReplicationFactor.V)
	if t.Managed {
		t.Object = g.Names.TopicObject(t.Name)
		t.Config = s.config(defaults, findings)
	}
	g.checkTopic(t, s, defaults, findings)
	return t
}

// config is a topic's configuration by Kafka's names.
func (s TopicSpec) config(defaults TopicDefaults, findings *diag.List) map[string]string {
	config := map[string]string{}
	if s.Retention.IsSet() {
		config["retention.ms"] = strconv.FormatInt(time.Duration(s.Retention.V).Milliseconds(), 10)
	}
	if isr := s.MinInSyncReplicas.Or(defaults.MinInSyncReplicas.V); isr > 0 {
		config["min.insync.replicas"] = strconv.Itoa(int(isr))
	}
	if s.CleanupPolicy.IsSet() {
		config["cleanup.policy"] = s.CleanupPolicy.V
	}
	if s.MaxMessageBytes.IsSet() {
		config[configMaxMessageBytes] = strconv.FormatInt(int64(s.MaxMessageBytes.V), 10)
	}
	own := map[string]string{
		"retention.ms": "retention", "min.insync.replicas": "minInSyncReplicas", "cleanup.policy": "cleanupPolicy", "max.message.bytes": "maxMessageBytes",
	}
	for _, e := range s.Config {
		if field, ok := own[e.Key.V]; ok {
			findings.Errorf(CodeTopicSettings, e.Key.Pos, "`%s` has a field of its own", e.Key.V).
				WithHint("write `%s` beside `config` instead", field)
			continue
		}
		config[e.Key.V] = setting(e.Value)
	}
	return config
}

// setting prints a scalar as Kafka reads it: it knows neither 0x10 nor 0o20.
func setting(n *schema.Node) string {
	switch v := n.JSON().(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	default:
		return n.Text
	}
}

func (g *Graph) checkTopic(t *Topic, s TopicSpec, defaults TopicDefaults, findings *diag.List) {
	owner := "the topic of `" + t.Node + "." + t.Output + "`"
	inSync, factor := s.MinInSyncReplicas, s.ReplicationFactor
	if inSync.IsSet() || factor.IsSet() { // else CheckEnvironment compares the defaults, once for all topics
		if !inSync.IsSet() {
			inSync = defaults.MinInSyncReplicas
		}
		if !factor.IsSet() {
			factor = defaults.ReplicationFactor
		}
		checkReplicas(inSync, factor, owner, findings)
	}
	if env := g.Environment; env != nil && t.Managed {
		env.Kafka.Limits.check(owner, env.Name.V, s, findings)
	}
	g.checkTopicLength(t, findings)
}

func (g *Graph) checkTopicLength(t *Topic, findings *diag.List) {
	if len(t.Name) <= maxTopic {
		return
	}
	d := findings.Errorf(CodeTopicSettings, t.position(g), "the topic's name has %d characters, but Kafka allows %d: `%s`", len(t.Name), maxTopic, t.Name).
		WithHint("shorten the names of pipeline, node or output, or the environment's prefix")
	if g.Names.Prefix != "" {
		d.WithRelated(g.Environment.Kafka.Prefix.Pos, "the prefix of environment `%s`", g.Environment.Name.V)
	}
}

// checkReplicas compares min.insync.replicas with the replication factor of what has both.
func checkReplicas(inSync, factor schema.Value[int32], owner string, findings *diag.List) {
	if inSync.IsSet() && factor.IsSet() && inSync.V > factor.V {
		findings.Errorf(CodeTopicSettings, inSync.Pos, "%d replicas must be in sync, but %s has %d: nothing could ever be written", inSync.V, owner, factor.V).
			WithHint("lower minInSyncReplicas below replicationFactor, so that a broker can be restarted").
			WithRelated(factor.Pos, "the replication factor")
	}
}

// checkTopicNames reports outputs that come to one topic of Kafka: a node that reads both would read it twice, and one
// that writes what it reads would go round for ever.
func (g *Graph) checkTopicNames(findings *diag.List) {
	for i, t := range g.Topics {
		if i == 0 || g.Topics[i-1].Name != t.Name {
			continue
		}
		other := g.Topics[i-1]
		// The one to change is the one that others own, else the later one.
		if t.Managed != other.Managed && t.Managed || t.Managed == other.Managed && t.position(g).Compare(other.position(g)) < 0 {
			t, other = other, t
		}
		findings.Errorf(CodeNameCollision, t.position(g), "`%s.%s` and `%s.%s` of pipeline `%s` are one topic in Kafka", t.Node, t.Output, other.Node, other.Output, g.Pipeline.Name.V).
			WithHint("name the topic of one of them otherwise, or keep one and have every reader say `from` that one").
			WithRelated(other.position(g), "the other one")
	}
}

// position is where a topic comes from, for findings about it.
func (t *Topic) position(g *Graph) diag.Pos {
	if t.Pos.IsValid() {
		return t.Pos
	}
	return g.Pipeline.Member(t.Node).Component.Name().Pos
}

// deadLetterRetention keeps dead letters longer than Kafka's default week: people look at them after the weekend. A Kafka
// that keeps nothing so long keeps them as long as it can.
const deadLetterRetention = 14 * 24 * time.Hour

func (g *Graph) planDeadLetters(n *Node) *Topic {
	retention := deadLetterRetention
	if g.Environment != nil {
		retention = min(retention, time.Duration(g.Environment.Kafka.Limits.MaxRetention.Or(Duration(retention))))
	}
	return g.ownTopic(n, OutputDeadLetters, 1, map[string]string{"retention.ms": milliseconds(retention)})
}

// ownTopic is a topic that holds nothing but what a node keeps for itself.
func (g *Graph) ownTopic(n *Node, output string, partitions int32, config map[string]string) *Topic {
	t := &Topic{
		Name: g.Names.Topic(n.Name, output), Managed: true, Partitions: partitions, Node: n.Name, Output: output, Pos: n.Pos, Config: config,
	}
	t.Object = g.Names.TopicObject(t.Name)
	if g.Environment != nil {
		defaults := g.Environment.Kafka.TopicDefaults
		t.ReplicationFactor = defaults.ReplicationFactor.V
		if isr := defaults.MinInSyncReplicas.V; isr > 0 {
			t.Config["min.insync.replicas"] = strconv.Itoa(int(isr))
		}
	}
	return t
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// Sizes of records.
const (
	configMaxMessageBytes = "max.message.bytes"
	// DefaultMaxMessageBytes is Kafka's own limit of a batch, which a single record must keep to as well
	// (org.apache.kafka.storage.internals.log.LogConfig.DEFAULT_MAX_MESSAGE_BYTES).
	DefaultMaxMessageBytes = 1<<20 + 12
	// DeadLetterHeadroom is what headers may add to a record: a dead letter is the record with its cause.
	DeadLetterHeadroom = 64 << 10
)

// largestInput is the size of the largest record that the node can read.
func (n *Node) largestInput() int64 {
	largest := int64(DefaultMaxMessageBytes)
	for _, in := range n.Inputs {
		for _, t := range in.Topics {
			if limit, err := strconv.ParseInt(t.Config[configMaxMessageBytes], 10, 64); err == nil {
				largest = max(largest, limit)
			}
		}
	}
	return largest
}
