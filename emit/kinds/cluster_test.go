package kinds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/gitops/gitopstest"
)

// need is what an object cannot do without: another object, which must be there, or even be healthy.
type need struct {
	on      string
	healthy bool
}

// life is what an object's status is, one after the other, until it is healthy with the last.
type life []map[string]any

// cluster takes objects and refuses those that come before what they need.
type cluster struct {
	needs map[string][]need
	// lives are those of each custom kind; objects of other kinds are first not healthy, then healthy.
	lives map[string]life
	// applied says how far in its life each object is that was applied, by key.
	applied map[string]int
}

// key is an object as kind/name: in the trees here no two kinds share a name of a kind.
func key(obj *unstructured.Unstructured) string { return obj.GetKind() + "/" + obj.GetName() }

// newCluster finds out, from the plan and from the objects themselves, what each needs; what no object of the tree
// provides, a Secret that the team brings, say, is there from the start.
func newCluster(t *testing.T, g *compiler.Graph, objects []*unstructured.Unstructured) *cluster {
	t.Helper()
	c := &cluster{needs: map[string][]need{}, lives: lives(t), applied: map[string]int{}}
	secrets := map[string]string{} // by name, what brings it
	present := map[string]bool{}
	for _, obj := range objects {
		present[key(obj)] = true
		switch obj.GetKind() {
		case "KafkaUser":
			secrets[obj.GetName()] = key(obj)
		case "KafkaAccess", "Certificate":
			secrets[text(obj.Object, "spec", "secretName")] = key(obj)
		}
	}
	for _, obj := range objects {
		for _, n := range needsOf(g, obj, secrets) {
			if present[n.on] {
				c.needs[key(obj)] = append(c.needs[key(obj)], n)
			}
		}
	}
	return c
}

// lives are made of what operators were recorded to write: all that is neither ready nor failed, then what is ready.
func lives(t *testing.T) map[string]life {
	t.Helper()
	out := map[string]life{}
	for kind, r := range gitopstest.Recordings(t) {
		var ready map[string]any
		for i, c := range r.Cases {
			switch {
			case c.Odd, c.Flux == "Failed":
			case c.Flux != "Current":
				out[kind] = append(out[kind], r.Object(t, i))
			case ready == nil:
				ready = r.Object(t, i)
			}
		}
		out[kind] = append(out[kind], ready)
	}
	return out
}

// lifeOf gives the life of an object.
func (c *cluster) lifeOf(obj *unstructured.Unstructured) life {
	if l, ok := c.lives[obj.GetKind()]; ok {
		return l
	}
	return life{{}, {}}
}

// healthy says whether an object that was applied is at the end of its life's way.
func (c *cluster) healthy(key string) bool {
	kind, _, _ := strings.Cut(key, "/")
	obj := &unstructured.Unstructured{}
	obj.SetKind(kind)
	return c.applied[key] == len(c.lifeOf(obj))-1
}

// matters says whether it can be told when an object is applied: it needs another, or another needs it.
func (c *cluster) matters(obj *unstructured.Unstructured) bool {
	for _, needs := range c.needs {
		if slices.ContainsFunc(needs, func(n need) bool { return n.on == key(obj) }) {
			return true
		}
	}
	return len(c.needs[key(obj)]) > 0
}

// text gives a string at a path, empty where there is none.
func text(tree map[string]any, path ...string) string {
	s, _, _ := unstructured.NestedString(tree, path...)
	return s
}

// apply takes an object, unless something that it needs is not as it must be. Of what is in the same set, and will be
// applied whatever happens, only the order counts: Kubernetes waits for its health by itself.
func (c *cluster) apply(obj *unstructured.Unstructured, set []string) error {
	for _, n := range c.needs[key(obj)] {
		_, there := c.applied[n.on]
		switch {
		case n.healthy && slices.Contains(set, n.on):
		case !there:
			return fmt.Errorf("%s needs %s, which is not there", key(obj), n.on)
		case n.healthy && !c.healthy(n.on):
			return fmt.Errorf("%s needs %s, which is not healthy", key(obj), n.on)
		}
	}
	c.applied[key(obj)] = 0
	return nil
}

// settle lets time pass until an engine takes each of the objects for healthy: sees says of what an object's status is
// whether it does. Nothing happens to an object that the engine does not wait for; one that it waits for becomes healthy
// once all that it needs is.
func (c *cluster) settle(objects []*unstructured.Unstructured, sees func(obj *unstructured.Unstructured, l life) []bool) error {
	verdicts := map[string][]bool{}
	for _, obj := range objects {
		if kind := obj.GetKind(); verdicts[kind] == nil {
			verdicts[kind] = sees(obj, c.lifeOf(obj))
		}
	}
	for {
		var waited []*unstructured.Unstructured
		for _, obj := range objects {
			if !verdicts[obj.GetKind()][c.applied[key(obj)]] {
				waited = append(waited, obj)
			}
		}
		if len(waited) == 0 {
			return nil
		}
		if !slices.ContainsFunc(waited, c.live) {
			return fmt.Errorf("%s never becomes healthy", key(waited[0]))
		}
	}
}

// live takes an object a step further in its life, if it can be.
func (c *cluster) live(obj *unstructured.Unstructured) bool {
	next := c.applied[key(obj)] + 1
	last := len(c.lifeOf(obj)) - 1
	if next > last || next == last && slices.ContainsFunc(c.needs[key(obj)], func(n need) bool { return n.healthy && !c.healthy(n.on) }) {
		return false
	}
	c.applied[key(obj)] = next
	return true
}
