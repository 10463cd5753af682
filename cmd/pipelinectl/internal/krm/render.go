package krm

import (
	"fmt"
	"path"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// object is one item that is rendered, or that an earlier run rendered.
type object struct {
	emit.Manifest
	node *yaml.RNode
}

// rendering is what the documents give in one environment.
type rendering struct {
	environment string
	// objects are those of each pipeline, in the order of kustomize.
	objects map[string][]object
	// index says which pipeline an object is of.
	index map[emit.ID]string
}

// render renders every pipeline.
func render(program *compiler.Program, environment string) (*rendering, error) {
	out := &rendering{environment: environment, objects: map[string][]object{}, index: map[emit.ID]string{}}
	for _, pl := range program.Project.Pipelines {
		name := pl.Name.V
		stream, err := emit.RenderGraphs(program.GraphsOf(name), environment)
		if err != nil {
			return nil, err
		}
		nodes, err := kio.FromBytes(stream)
		if err != nil {
			return nil, err
		}
		for _, node := range nodes {
			o, err := newObject(node)
			if err != nil {
				return nil, fmt.Errorf("pipeline %s: %w", name, err)
			}
			out.objects[name] = append(out.objects[name], o)
			out.index[o.ID] = name
		}
	}
	return out, nil
}

func newObject(node *yaml.RNode) (object, error) {
	value, err := node.Map()
	if err != nil {
		return object{}, err
	}
	manifest, err := emit.NewManifest(value)
	return object{Manifest: manifest, node: node}, err
}

// folder holds the files of a pipeline's objects, relative to the package.
func (r *rendering) folder(pipeline string) string { return path.Join(pipeline, r.environment) }

// files gives each object of a pipeline its file.
func (r *rendering) files(pipeline string) map[emit.ID]string {
	ids := make([]emit.ID, len(r.objects[pipeline]))
	for i, o := range r.objects[pipeline] {
		ids[i] = o.ID
	}
	names := emit.FileNames(ids)
	for id, name := range names {
		names[id] = path.Join(r.folder(pipeline), name)
	}
	return names
}

// manifests are the objects as impact compares them.
func (r *rendering) manifests(pipeline string, objects []object) *emit.Manifests {
	out := &emit.Manifests{Pipeline: pipeline, Environment: r.environment}
	for _, o := range objects {
		out.Objects = append(out.Objects, o.Manifest)
	}
	return out
}
