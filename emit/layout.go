package emit

import (
	"path"
	"slices"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Layout says how a tree lies in the output folder. The zero value is Kustomize.
type Layout string

// The layouts.
const (
	// Kustomize has a folder for each pipeline, with a base and an overlay for each environment.
	Kustomize Layout = "kustomize"
	// Flat has a folder for each environment, with the finished manifests of each pipeline (the "rendered manifests"
	// pattern): what differs in a pull request is what differs in the cluster.
	Flat Layout = "flat"
)

// Layouts are all layouts, the default first.
func Layouts() []Layout { return []Layout{Kustomize, Flat} }

// Folder is the path, in a Tree, of what a pipeline has in an environment. In it the objects of each Layer have a folder
// of their own, which is called like the layer; so an engine can apply the one before the other.
func (l Layout) Folder(pipeline, environment string) string {
	if l == Flat {
		return path.Join(environment, pipeline)
	}
	return Overlay(pipeline, environment)
}

// files makes the files of a pipeline, by path relative to its own folder.
func (l Layout) files(base *Bundle, environments []*Bundle) (map[string][]byte, error) {
	if l == Flat {
		return flatFiles(environments)
	}
	return factorFiles(base, environments)
}

// recorded is the layout as a ledger has it, which says nothing of the default.
func (l Layout) recorded() Layout {
	if l == Kustomize {
		return ""
	}
	return l
}

// known says whether there is such a layout.
func (l Layout) known() bool { return l == "" || slices.Contains(Layouts(), l) }

// Check reports names that the layout cannot have side by side. In the flat one a pipeline's own folder, which holds its
// ledger only, stands beside those of the environments.
func (l Layout) Check(p *compiler.Project) diag.List {
	var findings diag.List
	if l != Flat {
		return nil
	}
	for _, pl := range p.Pipelines {
		if pl.Name.V == overlaysFolder {
			findings.Errorf(CodeLayoutName, pl.Name.Pos, "`%s` cannot name a pipeline in the flat layout: folders of that name are for overlays", overlaysFolder).
				WithHint("choose another name, or the layout `%s`", Kustomize)
		}
		for _, env := range p.Environments {
			if env.Name.V == pl.Name.V {
				findings.Errorf(CodeLayoutName, env.Name.Pos, "environment `%s` is called like a pipeline: in the flat layout both need the folder of that name", env.Name.V).
					WithHint("give one of them another name, or choose the layout `%s`", Kustomize).
					WithRelated(pl.Name.Pos, "the pipeline")
			}
		}
	}
	return findings
}
