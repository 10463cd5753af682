package cli

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// difference is what a comparison of trees gives.
type difference struct {
	changes []impact.Change
	// unreadable says, by pipeline, why its earlier tree could not be read in full.
	unreadable map[string]error
}

// compareTrees compares the pipelines of a tree, and those that are gone, with what they were. A pipeline whose ledger
// is the same is the same. Pipelines that are new are looked at only if wanted.
func compareTrees(p *previous, tree emit.Tree, gone []string, wantNew bool) (difference, error) {
	after := tree.Pipelines()
	names := slices.Concat(slices.Collect(maps.Keys(after)), gone)
	slices.Sort(names)
	ledgers, err := p.read(ledgersOf(names))
	if err != nil {
		return difference{}, err
	}
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		before, known := ledgers[path.Join(name, emit.LedgerFile)]
		return bytes.Equal(before, tree[path.Join(name, emit.LedgerFile)]) || !known && !wantNew
	})
	before, err := p.trees(names, ledgers)
	if err != nil {
		return difference{}, err
	}
	return compareAll(names, before, after)
}

func ledgersOf(pipelines []string) []string {
	out := make([]string, len(pipelines))
	for i, name := range pipelines {
		out[i] = path.Join(name, emit.LedgerFile)
	}
	return out
}

// trees gives the earlier trees of pipelines, all files at once.
func (p *previous) trees(pipelines []string, ledgers map[string][]byte) (map[string]emit.Tree, error) {
	var wanted []string
	for _, name := range pipelines {
		// A ledger that cannot be read names no file; Unfactor says what is wrong with it.
		files, _ := emit.LedgerPaths(name, ledgers[path.Join(name, emit.LedgerFile)])
		wanted = append(wanted, files...)
	}
	files, err := p.read(wanted)
	if err != nil {
		return nil, err
	}
	tree := emit.Tree(files)
	for _, name := range pipelines {
		if text, ok := ledgers[path.Join(name, emit.LedgerFile)]; ok {
			tree[path.Join(name, emit.LedgerFile)] = text
		}
	}
	return tree.Pipelines(), nil
}

// compareAll compares pipeline by pipeline, several at once.
func compareAll(names []string, before, after map[string]emit.Tree) (difference, error) {
	changes, faults := make([][]impact.Change, len(names)), make([]error, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() error {
			var was, is []*emit.Manifests
			if tree := before[name]; tree != nil {
				was, faults[i] = emit.Unfactor(tree, name)
			}
			if tree := after[name]; tree != nil {
				var err error
				if is, err = emit.Unfactor(tree, name); err != nil {
					return fmt.Errorf("the tree that was made: %w", err)
				}
			}
			changes[i] = impact.Compare(was, is)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return difference{}, err
	}
	d := difference{changes: slices.Concat(changes...), unreadable: map[string]error{}}
	for i, name := range names {
		if faults[i] != nil {
			d.unreadable[name] = faults[i]
		}
	}
	return d, nil
}
