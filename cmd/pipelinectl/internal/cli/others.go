package cli

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// pipelines gives the names of the folders that may be those of pipelines.
func (p *previous) pipelines() ([]string, error) {
	if p.at != nil {
		return p.at.Folders(), nil
	}
	standings, err := emit.Standings(p.dir)
	names := make([]string, len(standings))
	for i, s := range standings {
		names[i] = s.Pipeline
	}
	return names, err
}

// vanished gives the others of a revision that the disk has no more: somebody removed their trees by hand.
func (w *workspace) vanished(p *previous) ([]string, error) {
	if p.at == nil {
		return nil, nil
	}
	others, err := w.others(p)
	return slices.DeleteFunc(others, func(name string) bool {
		_, err := os.Lstat(filepath.Join(p.dir, name, emit.LedgerFile))
		return !errors.Is(err, fs.ErrNotExist)
	}), err
}

// others gives the pipelines that what is compared with has and the project has no more. Only a project's own file says
// what belongs to the project, and a ledger whose a pipeline is; one that cannot be read may be ours.
func (w *workspace) others(p *previous) ([]string, error) {
	if !w.project.Settings.Pos.IsValid() {
		return nil, nil
	}
	names, err := p.pipelines()
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !fs.ValidPath(name) || w.has(name) })
	ledgers, err := p.read(ledgersOf(names), nil)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool {
		text, there := ledgers[path.Join(name, emit.LedgerFile)]
		if !there { // on disk a build may have been killed before or after it was there
			return p.at != nil
		}
		owner, err := emit.LedgerProject(text)
		return err == nil && owner != "" && owner != w.name()
	}), nil
}

// has says whether the project has a pipeline.
func (w *workspace) has(pipeline string) bool {
	return slices.ContainsFunc(w.program.Project.Pipelines, func(pl *compiler.Pipeline) bool { return pl.Name.V == pipeline })
}
