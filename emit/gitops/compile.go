package gitops

import (
	"maps"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// Compile gives the whole tree of pipelines in a layout: what emit.Compile gives of their graphs, with the engines'
// objects. What the pipelines of an environment share is there for each of the environments, whichever pipelines are
// compiled. An error is an internal fault.
func Compile(layout emit.Layout, graphs []*compiler.Graph, environments []*compiler.Environment) (emit.Tree, error) {
	tree, err := emit.Compile(layout, graphs, Applications(layout))
	if err != nil {
		return nil, err
	}
	for _, env := range environments {
		if env.GitOps == nil {
			continue
		}
		files, err := Shared(env)
		if err != nil {
			return nil, err
		}
		sealed, err := emit.SealEnvironment(env.Name.V, files)
		if err != nil {
			return nil, err
		}
		maps.Copy(tree, sealed)
	}
	return tree, nil
}
