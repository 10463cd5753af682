package cli

import (
	"bytes"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// compareTrees compares the pipelines of a tree, and those that are gone, with what they were. Pipelines that are new are
// looked at only if wanted. What the pipelines of an environment share is left to compareShared: by itself it stops
// nothing.
func compareTrees(p *previous, tree emit.Tree, gone []emit.Unit, wantNew bool) ([]impact.Change, error) {
	after := tree.Units()
	pipelines := pipelinesOf(maps.Keys(after))
	for _, u := range pipelinesOf(slices.Values(gone)) {
		if !slices.Contains(pipelines, u) {
			pipelines = append(pipelines, u)
		}
	}
	slices.Sort(pipelines)
	ledgers, err := p.read(ledgersOf(pipelines), tree)
	if err != nil {
		return nil, err
	}
	pipelines = slices.DeleteFunc(pipelines, func(u emit.Unit) bool {
		before, known := ledgers[u.Ledger()]
		// A file on disk that is not as its ledger says is the write's to refuse. At a revision it counts as it is there.
		same := p.at == nil && bytes.Equal(before, tree[u.Ledger()])
		return same || !known && !wantNew
	})
	before, err := p.trees(pipelines, ledgers, tree)
	if err != nil {
		return nil, err
	}
	return compareAll(pipelines, before, after)
}

func ledgersOf(units []emit.Unit) []string {
	out := make([]string, len(units))
	for i, u := range units {
		out[i] = u.Ledger()
	}
	return out
}

// trees gives the earlier trees of pipelines, all files at once; see read for likely.
func (p *previous) trees(pipelines []emit.Unit, ledgers map[string][]byte, likely emit.Tree) (map[emit.Unit]emit.Tree, error) {
	var wanted []string
	for _, u := range pipelines {
		// A ledger that cannot be read names no file; Unfactor says what is wrong with it.
		files, _ := emit.LedgerPaths(u, ledgers[u.Ledger()])
		wanted = append(wanted, files...)
	}
	files, err := p.read(wanted, likely)
	if err != nil {
		return nil, err
	}
	tree := emit.Tree(files)
	for _, u := range pipelines {
		if text, ok := ledgers[u.Ledger()]; ok {
			tree[u.Ledger()] = text
		}
	}
	return tree.Units(), nil
}

// compareAll compares pipeline by pipeline, several at once.
func compareAll(pipelines []emit.Unit, before, after map[emit.Unit]emit.Tree) ([]impact.Change, error) {
	changes := make([][]impact.Change, len(pipelines))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, u := range pipelines {
		group.Go(func() (err error) {
			changes[i], err = comparePipeline(string(u), before[u], after[u])
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(changes...), err
}

// comparePipeline compares two trees of a pipeline, of which either may be nil. Where the earlier one cannot be read in
// full, that is a change of its own, and nothing is said to be new.
func comparePipeline(name string, before, after emit.Tree) ([]impact.Change, error) {
	if maps.EqualFunc(before, after, bytes.Equal) {
		return nil, nil
	}
	var was, is []*emit.Manifests
	var unread, err error
	if before != nil {
		// A file that was removed and is to be the same again is known all the same.
		was, unread = emit.Unfactor(before.Recall(emit.Unit(name), after), name)
	}
	if after != nil {
		if is, err = emit.Unfactor(after, name); err != nil {
			return nil, fmt.Errorf("the tree that was made: %w", err)
		}
	}
	if before != nil && after != nil {
		was, is = withoutLoneBase(was, is)
	}
	changes := impact.Compare(was, is)
	if unread == nil {
		return changes, nil
	}
	source := ""
	if len(is) > 0 {
		source = is[0].Source
	}
	changes = slices.DeleteFunc(changes, func(c impact.Change) bool { return c.Verb == impact.Added })
	return append([]impact.Change{impact.Unknown(name, source, unread)}, changes...), nil
}

// withoutLoneBase leaves a base out that only one of two trees has, because they are of different layouts. Bases are not
// applied, so nothing comes or goes with it.
func withoutLoneBase(was, is []*emit.Manifests) (_, _ []*emit.Manifests) {
	isBase := func(m *emit.Manifests) bool { return m.Environment == "" }
	if slices.ContainsFunc(was, isBase) != slices.ContainsFunc(is, isBase) {
		was, is = slices.DeleteFunc(was, isBase), slices.DeleteFunc(is, isBase)
	}
	return was, is
}
