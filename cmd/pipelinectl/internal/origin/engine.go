package origin

import (
	"maps"
	"math"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
)

// engineObjects gives what the environment's GitOps engine gets for a pipeline, and for all of its pipelines.
func (x *Explainer) engineObjects(g *compiler.Graph) ([]emit.Manifest, error) {
	if g.Environment == nil || g.Environment.GitOps == nil {
		return nil, nil
	}
	bundle, err := emit.Emit(g)
	if err != nil {
		return nil, err
	}
	files, err := gitops.Applications(x.layout)(g, bundle)
	if err != nil {
		return nil, err
	}
	shared, err := gitops.Shared(g.Environment)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, shared)
	return files.EngineObjects()
}

// narrowEngine is narrow for an object of the engine: most of its values hang on what every pipeline has, so that one node
// with those before it may do as well as all.
func (x *Explainer) narrowEngine(w world, g *compiler.Graph, t *target, now state) world {
	for _, n := range g.Nodes[:min(len(g.Nodes), maxNarrowed)] {
		if smaller := x.upstream(w, g, n.Name, math.MaxInt); x.read(smaller, t).same(now) {
			return smaller
		}
	}
	return w
}

// maxNarrowed is how many nodes are tried alone.
const maxNarrowed = 4
