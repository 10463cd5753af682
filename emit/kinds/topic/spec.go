// Package topic is the kind of node for a topic: one that the pipeline owns, or one that others own and the pipeline
// only reads. It has no runner. Start reading at Component.
package topic

import (
	_ "embed"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

//go:embed topic.schema.json
var fragment []byte

// Kind is the kind `topic`, listed under spec.topics.
func Kind() compiler.Kind {
	return compiler.Kind{Name: "topic", Section: "topics", Schema: fragment, Decode: decode}
}

var _ compiler.Component = (*Component)(nil)

func decode(n *schema.Node) (compiler.Component, diag.List) {
	c := &Component{}
	findings := schema.Decode(n, &c.Spec)
	return c, append(findings, c.check()...)
}

// Component is one topic as written.
type Component struct {
	Spec
}

// Spec are the fields of a topic.
type Spec struct {
	NodeName schema.Value[string] `yaml:"name"`
	// Topic is Kafka's name; without it the topic is named after pipeline and node. The environment's prefix goes
	// before the name of a managed topic only.
	Topic schema.Value[string] `yaml:"topic"`
	// Managed is false for a topic that others own.
	Managed schema.Value[bool]   `yaml:"managed"`
	Type    schema.Value[string] `yaml:"type"`
	compiler.TopicSpec
}

// CodeForeignTopic is reported when a topic that others own lacks its name, or is given settings that only its owner
// could apply.
const CodeForeignTopic diag.Code = "topic-foreign"

func (c *Component) check() diag.List {
	var findings diag.List
	if c.Managed.Or(true) {
		return nil
	}
	if !c.Topic.IsSet() {
		findings.Errorf(CodeForeignTopic, c.Managed.Pos, "topic `%s` is not managed here but lacks `topic`, its name in Kafka", c.NodeName.V).
			WithHint("write `topic: NAME` as its owner calls it")
	}
	settings := []struct {
		field string
		pos   diag.Pos
	}{
		{"retention", c.Retention.Pos},
		{"replicationFactor", c.ReplicationFactor.Pos},
		{"minInSyncReplicas", c.MinInSyncReplicas.Pos},
		{"cleanupPolicy", c.CleanupPolicy.Pos},
		{"maxMessageBytes", c.MaxMessageBytes.Pos},
	}
	if len(c.Config) > 0 {
		settings = append(settings, struct {
			field string
			pos   diag.Pos
		}{"config", c.Config[0].Key.Pos})
	}
	for _, s := range settings {
		if s.pos.IsValid() {
			findings.Errorf(CodeForeignTopic, s.pos, "`%s` of topic `%s` would have no effect: others own the topic", s.field, c.NodeName.V).
				WithHint("remove it, or remove `managed: false` if the pipeline owns the topic").
				WithRelated(c.Managed.Pos, "`managed: false` stands here")
		}
	}
	return findings
}

// Name implements compiler.Component.
func (c *Component) Name() schema.Value[string] { return c.NodeName }

// Ports implements compiler.Component: one output, the topic itself.
func (c *Component) Ports() compiler.Ports {
	return compiler.Ports{Outputs: []compiler.OutputSpec{{
		Name:    schema.Value[string]{V: compiler.OutputDefault},
		Type:    c.Type,
		Topic:   c.TopicSpec,
		Named:   c.Topic.V,
		Foreign: !c.Managed.Or(true),
	}}}
}

// Plan implements compiler.Component: a topic runs nothing.
func (c *Component) Plan(*compiler.Graph, *compiler.Node) (*contract.Node, diag.List) {
	return nil, nil
}
