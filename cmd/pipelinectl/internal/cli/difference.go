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

// compareTrees compares the pipelines of a tree, and those that are gone, with what they were. Pipelines that are new are
// looked at only if wanted.
func compareTrees(p *previous, tree emit.Tree, gone []string, wantNew bool) ([]impact.Change, error) {
	after := tree.Pipelines()
	names := slices.Concat(slices.Collect(maps.Keys(after)), gone)
	slices.Sort(names)
	ledgers, err := p.read(ledgersOf(names), tree)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		before, known := ledgers[path.Join(name, emit.LedgerFile)]
		// A file on disk that is not as its ledger says is the write's to refuse. At a revision it counts as it is there.
		same := p.at == nil && bytes.Equal(before, tree[path.Join(name, emit.LedgerFile)])
		return same || !known && !wantNew
	})
	before, err := p.trees(names, ledgers, tree)
	if err != nil {
		return nil, err
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

// trees gives the earlier trees of pipelines, all files at once; see read for likely.
func (p *previous) trees(pipelines []string, ledgers map[string][]byte, likely emit.Tree) (map[string]emit.Tree, error) {
	var wanted []string
	for _, name := range pipelines {
		// A ledger that cannot be read names no file; Unfactor says what is wrong with it.
		files, _ := emit.LedgerPaths(name, ledgers[path.Join(name, emit.LedgerFile)])
		wanted = append(wanted, files...)
	}
	files, err := p.read(wanted, likely)
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
func compareAll(names []string, before, after map[string]emit.Tree) ([]impact.Change, error) {
	changes := make([][]impact.Change, len(names))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		group.Go(func() (err error) {
			changes[i], err = comparePipeline(name, before[name], after[name])
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
		was, unread = emit.Unfactor(before.Recall(name, after), name)
	}
	if after != nil {
		if is, err = emit.Unfactor(after, name); err != nil {
			return nil, fmt.Errorf("the tree that was made: %w", err)
		}
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
