package cli

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// units gives those that may be there, by their folders.
func (p *previous) units() ([]emit.Unit, error) {
	if p.at != nil {
		return p.unitsAt()
	}
	standings, err := emit.Standings(p.dir)
	units := make([]emit.Unit, len(standings))
	for i, s := range standings {
		units[i] = s.Unit
	}
	return units, err
}

// unitsAt is units of a revision.
func (p *previous) unitsAt() ([]emit.Unit, error) {
	pipelines, err := p.at.Folders(".")
	if err != nil {
		return nil, err
	}
	environments, err := p.at.Folders(compiler.ClustersFolder)
	if err != nil {
		return nil, err
	}
	var units []emit.Unit
	for _, name := range pipelines {
		if name != compiler.ClustersFolder {
			units = append(units, emit.Unit(name))
		}
	}
	for _, name := range environments {
		units = append(units, emit.EnvironmentUnit(name))
	}
	return units, nil
}

// vanished gives the others of a revision that the disk has no more: somebody removed their trees by hand.
func (w *workspace) vanished(p *previous) ([]emit.Unit, error) {
	if p.at == nil {
		return nil, nil
	}
	others, err := w.others(p)
	return slices.DeleteFunc(others, func(u emit.Unit) bool {
		_, err := os.Lstat(filepath.Join(p.dir, filepath.FromSlash(u.Ledger())))
		return !errors.Is(err, fs.ErrNotExist)
	}), err
}

// others gives the units that what is compared with has and the project has no more. Only a project's own file says what
// belongs to the project, and a ledger whose a unit is; one that cannot be read may be ours.
func (w *workspace) others(p *previous) ([]emit.Unit, error) {
	if !w.project.Settings.Pos.IsValid() {
		return nil, nil
	}
	units, err := p.units()
	if err != nil {
		return nil, err
	}
	units = slices.DeleteFunc(units, func(u emit.Unit) bool { return !fs.ValidPath(string(u)) || w.has(u) })
	ledgers, err := p.read(ledgersOf(units), nil)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(units, func(u emit.Unit) bool {
		text, there := ledgers[u.Ledger()]
		if !there { // on disk a build may have been killed before or after it was there
			return p.at != nil
		}
		owner, err := emit.LedgerProject(u, text)
		return err == nil && owner != "" && owner != w.name()
	}), nil
}

// has says whether the project has a pipeline, or an environment with an engine.
func (w *workspace) has(u emit.Unit) bool {
	if name, shared := u.Environment(); shared {
		return slices.ContainsFunc(w.program.Project.Environments, func(env *compiler.Environment) bool {
			return env.Name.V == name && env.GitOps != nil
		})
	}
	return slices.ContainsFunc(w.program.Project.Pipelines, func(pl *compiler.Pipeline) bool { return pl.Name.V == string(u) })
}

// pipelinesOf leaves out the units that are no pipeline's.
func pipelinesOf(units iter.Seq[emit.Unit]) []emit.Unit {
	return slices.DeleteFunc(slices.Sorted(units), func(u emit.Unit) bool {
		_, shared := u.Environment()
		return shared
	})
}
