package impact

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// comparison is of one pipeline in one environment. Either side may be nil.
type comparison struct {
	before, after *emit.Manifests
}

// changes gives what differs, in no order.
func (c comparison) changes() []Change {
	var out []Change
	before, after := objects(c.before), objects(c.after)
	for id, was := range before {
		if is, stays := after[id]; stays {
			if change, differs := c.changed(id, was, is); differs {
				out = append(out, change)
			}
			continue
		}
		change := c.change(id, Removed, was)
		change.judge("", c.whenRemoved(id, was))
		out = append(out, change)
	}
	for id, is := range after {
		if _, stayed := before[id]; !stayed {
			change := c.change(id, Added, is)
			change.judge("", verdict{class: Safe, reason: "it is new"})
			out = append(out, change)
		}
	}
	renames{before: before, after: after}.mark(out)
	return out
}

// whenRemoved judges that an object goes. What follows from an engine's object depends on what that has applied.
func (c comparison) whenRemoved(id emit.ID, was map[string]any) verdict {
	if e, ok := engines[groupKind{id.Group, id.Kind}]; ok {
		return c.engineRemoved(e, was)
	}
	return c.rulesOf(id).removed(was)
}

func (c comparison) change(id emit.ID, verb Verb, value map[string]any) Change {
	m := cmp.Or(c.after, c.before)
	return Change{
		Pipeline: m.Pipeline, Environment: m.Environment, Source: m.Source, ID: id, Node: nodeOf(value), Verb: verb,
	}
}

func (c comparison) changed(id emit.ID, was, is map[string]any) (Change, bool) {
	change := c.change(id, Changed, is)
	change.Fields = fields(readable(id, was), readable(id, is))
	rules := c.rulesOf(id)
	for _, f := range change.Fields {
		change.judge(f.Path, rules.whenChanged(f))
	}
	return change, len(change.Fields) > 0
}

// objects gives the objects of manifests by identity, and the consumer groups that runners' contracts name.
func objects(m *emit.Manifests) map[emit.ID]map[string]any {
	out := map[emit.ID]map[string]any{}
	if m == nil {
		return out
	}
	for _, o := range m.Engine {
		out[o.ID] = o.Value
	}
	for _, o := range m.Objects {
		out[o.ID] = o.Value
		// Of an older contract, or a newer one, as much is read as is needed.
		var node struct{ Group string }
		if text, ok := contractText(o.ID, o.Value); ok && json.Unmarshal([]byte(text), &node) == nil && node.Group != "" {
			id := emit.ID{Kind: KindGroup, Name: node.Group}
			out[id] = map[string]any{"metadata": map[string]any{"labels": metadataOf(o.Value, "labels")}}
		}
	}
	return out
}

// contractText is the node part of a runner's contract, where the object is the ConfigMap of one.
func contractText(id emit.ID, value map[string]any) (string, bool) {
	if id.Group != "" || id.Kind != "ConfigMap" {
		return "", false
	}
	data, _ := value["data"].(map[string]any)
	text, ok := data[contract.NodeFile].(string)
	return text, ok
}

// readable gives an object as it is compared: a contract's JSON as a value, so that what differs in it shows.
func readable(id emit.ID, value map[string]any) map[string]any {
	text, ok := contractText(id, value)
	var node map[string]any
	if !ok || json.Unmarshal([]byte(text), &node) != nil {
		return value
	}
	data, _ := value["data"].(map[string]any)
	return with(value, "data", with(data, contract.NodeFile, node))
}

// with gives a copy of a map in which one key has another value.
func with(m map[string]any, key string, value any) map[string]any {
	out := make(map[string]any, len(m))
	maps.Copy(out, m)
	out[key] = value
	return out
}

// metadataOf gives the labels or annotations of an object, never nil.
func metadataOf(value map[string]any, field string) map[string]any {
	metadata, _ := value["metadata"].(map[string]any)
	out, _ := metadata[field].(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	return out
}

// nodeOf gives the node that an object belongs to, as its label says; empty where it has none.
func nodeOf(value map[string]any) string {
	text, _ := metadataOf(value, "labels")[labelNode].(string)
	return text
}

// quoted is a value in a reason.
func quoted(value any) string { return fmt.Sprintf("`%v`", value) }
