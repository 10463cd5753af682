package origin

import (
	"cmp"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Relation says how a value hangs on something written. The zero value is invalid; a lesser one tells more.
type Relation int

// The relations.
const (
	// Written: the value is what stands there.
	Written Relation = iota + 1
	// Part: what stands there is a part of the value.
	Part
	// Computed: the value follows from it in another way.
	Computed
	// Presence: whether the value is there at all depends on it.
	Presence
)

// String gives the word that JSON has.
func (r Relation) String() string {
	return [...]string{"invalid", "written", "part", "computed", "presence"}[min(max(r, 0), Presence)]
}

// Source is one scalar of a document that a value hangs on.
type Source struct {
	Relation Relation
	// Pos is where it stands, Document what in, as in "pipeline `photos`", and Field where in that, as in
	// spec.algos[0].image.
	Pos      diag.Pos
	Document string
	Field    string
	// Text is what is written there.
	Text string
}

// minProbes is how many compiled candidates must leave a value alone before a place counts as without influence; a text of
// several words has as many as that, since each may go its own way.
const minProbes = 2

// suspect is a leaf of one of the documents, which the target may hang on.
type suspect struct {
	side side
	leaf leaf
}

// suspects are the leaves of both documents that belong says.
func (w world) suspects(belong func(side, leaf) bool) []suspect {
	var out []suspect
	for _, s := range []side{ofPipeline, ofEnvironment} {
		root := w.root(s)
		if root == nil {
			continue
		}
		for _, l := range written(root) {
			if belong(s, l) {
				out = append(out, suspect{s, l})
			}
		}
	}
	return out
}

// sources finds what the target hangs on among the leaves that belong says, in a world where it is now.
func (x *Explainer) sources(w world, t *target, now state, belong func(side, leaf) bool) []Source {
	suspects := w.suspects(belong)
	relations := make([]Relation, len(suspects))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, o := range suspects {
		group.Go(func() error {
			relations[i] = x.relation(w, t, now, o.side, o.leaf)
			return nil
		})
	}
	_ = group.Wait() // no function above fails
	var out []Source
	for i, o := range suspects {
		if relations[i] != 0 {
			stands := w.standing(o.side, o.leaf.node, o.leaf.at)
			out = append(out, Source{relations[i], o.leaf.node.Pos, describe(stands.doc), stands.at.String(), Text(o.leaf.node.JSON())})
		}
	}
	owner := x.ownerField(w, t)
	rank := func(s Source) int {
		if strings.HasPrefix(s.Field, owner) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b Source) int {
		return cmp.Or(cmp.Compare(a.Relation, b.Relation), cmp.Compare(rank(a), rank(b)), a.Pos.Compare(b.Pos))
	})
	seen := map[diag.Pos]bool{} // what an alias repeats stands in the file once
	return slices.DeleteFunc(out, func(s Source) bool {
		again := seen[s.Pos]
		seen[s.Pos] = true
		return again
	})
}

// written gives the scalars and the empty maps of a document that could give a value.
func written(root *schema.Node) []leaf {
	var out []leaf
	for _, top := range []string{fieldMetadata, fieldSpec} {
		if n := root.Get(top); n != nil {
			out = append(out, scalars(n, place{key(top)})...)
		}
	}
	return slices.DeleteFunc(out, func(l leaf) bool { return selects(l.at) })
}

// selects says whether a place says where an override applies, not what it gives: in its match, or the name of a port,
// which overrides change but never add.
func selects(at place) bool {
	if !at.below(fieldSpec, fieldOverrides) || len(at) < 5 {
		return false
	}
	port := at[4].key == fieldInputs || at[4].key == fieldOutputs
	return at[3].key == fieldMatch || port && len(at) == 7 && at[6].key == fieldName
}

// relation changes a leaf in the ways that compile until the target changes too.
func (x *Explainer) relation(w world, t *target, now state, s side, l leaf) Relation {
	probes, enough, gone := 0, max(minProbes, len(word.FindAllString(l.node.Text, maxWords))), false
	for _, candidate := range x.candidates(w, s, l) {
		changed, valid := x.apply(w, edit{s, l.at, candidate})
		if !valid {
			continue
		}
		then := x.read(changed, t)
		switch {
		case !then.compiled:
			continue
		case then.there && !then.same(now):
			return compare(now, then, l.node.Text, candidate.Text)
		case !then.there:
			gone = gone || now.there
		}
		if probes++; probes == enough {
			break
		}
	}
	return x.withoutLeaf(w, t, now, s, l, gone, probes > 0)
}

// compare says how a value has followed a text that was changed.
func compare(was, is state, before, after string) Relation {
	valueBefore, valueAfter := Text(was.value), Text(is.value)
	switch {
	case !was.there:
		return Computed
	case valueBefore == before && valueAfter == after:
		return Written
	case strings.Contains(valueBefore, before) && strings.Contains(valueAfter, after):
		return Part
	default:
		return Computed
	}
}

// withoutLeaf removes a leaf, or where nothing else could be tried, the nearest map around it that can go. A name is left
// alone: what refers to it would be left behind.
func (x *Explainer) withoutLeaf(w world, t *target, now state, s side, l leaf, gone, probed bool) Relation {
	for p := l.at; len(p) > 2 && lastKey(l.at) != fieldName; p = p[:len(p)-1] {
		if p[len(p)-1].index >= 0 { // the items behind it would take its place
			break
		}
		changed, valid := x.apply(w, edit{s, p, nil})
		if valid {
			then := x.read(changed, t)
			if then.compiled && then.there && !then.same(now) {
				return Computed
			}
			gone = gone || then.compiled && !then.there && now.there
			probed = probed || then.compiled
		}
		if probed {
			break
		}
	}
	switch {
	case !gone:
		return 0
	case lastKey(l.at) == lastKey(t.at) && reflect.DeepEqual(now.value, l.node.JSON()):
		return Written // the object goes with it, but it says the same under the same name
	default:
		return Presence
	}
}
