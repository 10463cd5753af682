package impact

import (
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/emit"
)

// renames recognises objects that go under one name and come under another. To Kubernetes and to Kafka those are two
// things; only the reader is helped.
type renames struct {
	before, after map[emit.ID]map[string]any
}

// followed are the kinds whose name means something to Kafka.
var followed = []string{"KafkaTopic", "KafkaUser", KindGroup}

// mark completes the changes of one environment in place.
func (r renames) mark(changes []Change) {
	var removed, added []*Change
	for i := range changes {
		switch c := &changes[i]; c.Verb {
		case Removed:
			removed = append(removed, c)
		case Added:
			added = append(added, c)
		case Changed:
		}
	}
	byID := func(x, y *Change) int { return x.ID.Compare(y.ID) }
	slices.SortFunc(removed, byID)
	slices.SortFunc(added, byID)
	gone, come := nodesOnlyIn(r.before, r.after), nodesOnlyIn(r.after, r.before)
	for _, same := range []func(was, is *Change) bool{
		r.moved,
		func(was, is *Change) bool { return r.role(was) == r.role(is) },
		func(was, is *Change) bool {
			return r.alone(was, removed) && r.alone(is, added) && r.node(was) == r.node(is)
		},
		func(was, is *Change) bool {
			return len(gone) == 1 && len(come) == 1 && r.node(was) == gone[0] && r.node(is) == come[0] && r.role(was).output == r.role(is).output
		},
	} {
		pair(removed, added, same)
	}
}

// pair joins each removed object with the one added object that is the same in some sense.
func pair(removed, added []*Change, same func(was, is *Change) bool) {
	for _, was := range removed {
		var found []*Change
		for _, is := range added {
			if is.Renamed == "" && was.ID.Group == is.ID.Group && was.ID.Kind == is.ID.Kind && same(was, is) {
				found = append(found, is)
			}
		}
		if was.Renamed == "" && len(found) == 1 {
			join(was, found[0])
		}
	}
}

// join says of two objects that they are one.
func join(was, is *Change) {
	was.Renamed, is.Renamed = is.ID.Name, was.ID.Name
	if was.ID.Name == is.ID.Name {
		was.Renamed, is.Renamed = is.ID.Namespace+"/"+is.ID.Name, was.ID.Namespace+"/"+was.ID.Name
	}
	was.Reasons = append(was.Reasons, "it goes on as "+quoted(was.Renamed)+", which begins anew")
	is.Reasons = []string{"renamed from " + quoted(is.Renamed)}
}

// moved: the same name in another namespace.
func (r renames) moved(was, is *Change) bool {
	return was.ID.Name == is.ID.Name && was.ID.Namespace != is.ID.Namespace
}

// role is what an object is to its pipeline, whatever its name. Two objects without role are not the same.
type role struct {
	node, output string
}

func (r renames) role(c *Change) role {
	if !slices.Contains(followed, c.ID.Kind) {
		return role{node: c.ID.String(), output: string(c.Verb)}
	}
	value := r.value(c)
	out := role{node: nodeOf(value)}
	if c.ID.Kind == "KafkaTopic" {
		if out.output = topicOutput(value); out.output == "" {
			out.output = "topic " + c.ID.Name // a name of its own says nothing about the output
		}
	}
	return out
}

func (r renames) value(c *Change) map[string]any {
	if value := r.before[c.ID]; value != nil {
		return value
	}
	return r.after[c.ID]
}

func (r renames) node(c *Change) string { return nodeOf(r.value(c)) }

// alone says whether a topic of an output, rather than of dead letters or the like, is its node's only one in a list.
func (r renames) alone(c *Change, list []*Change) bool {
	ordinary := func(c *Change) bool {
		sort, _, _ := strings.Cut(topicOutput(r.value(c)), ".")
		return c.ID.Kind == "KafkaTopic" && sort != sortDeadLetters && sort != sortRetry && sort != sortPark
	}
	n := 0
	for _, other := range list {
		if ordinary(other) && r.node(other) == r.node(c) {
			n++
		}
	}
	return n == 1 && ordinary(c)
}

// nodesOnlyIn gives the nodes that have objects on one side only.
func nodesOnlyIn(side, other map[emit.ID]map[string]any) []string {
	nodes := map[string]bool{}
	for _, value := range side {
		if node := nodeOf(value); node != "" {
			nodes[node] = true
		}
	}
	for _, value := range other {
		delete(nodes, nodeOf(value))
	}
	return slices.Sorted(maps.Keys(nodes))
}
