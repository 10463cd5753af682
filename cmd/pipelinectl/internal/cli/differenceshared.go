package cli

import (
	"bytes"
	"maps"
	"slices"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// compareShared compares what the pipelines of each environment share, in a tree and in environments that are gone, with
// what it was.
func compareShared(p *previous, tree emit.Tree, gone []emit.Unit) ([]impact.Change, error) {
	after := tree.Units()
	units := slices.AppendSeq(slices.Clone(gone), maps.Keys(after))
	units = slices.DeleteFunc(units, func(u emit.Unit) bool {
		_, shared := u.Environment()
		return !shared
	})
	slices.Sort(units)
	units = slices.Compact(units)
	ledgers, err := p.read(ledgersOf(units), tree)
	if err != nil {
		return nil, err
	}
	units = slices.DeleteFunc(units, func(u emit.Unit) bool { // as in compareTrees
		return p.at == nil && bytes.Equal(ledgers[u.Ledger()], tree[u.Ledger()])
	})
	before, err := p.trees(units, ledgers, tree)
	if err != nil {
		return nil, err
	}
	var changes []impact.Change
	for _, u := range units {
		was, unread := shared(u, before[u].Recall(u, after[u]))
		if unread != nil {
			changes = append(changes, impact.UnknownShared(u.Name(), unread))
			continue
		}
		is, err := shared(u, after[u])
		if err != nil {
			return nil, err
		}
		changes = append(changes, impact.Compare(was, is)...)
	}
	return changes, nil
}

// shared gives what the pipelines of an environment share, from the tree of its unit; nothing without one.
func shared(u emit.Unit, tree emit.Tree) ([]*emit.Manifests, error) {
	if tree == nil {
		return nil, nil
	}
	objects, err := tree.EngineObjects()
	return []*emit.Manifests{{Environment: u.Name(), Engine: objects}}, err
}
