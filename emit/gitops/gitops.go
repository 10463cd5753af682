// Package gitops owns what a GitOps engine needs beside the tree that it applies: Flux's Kustomizations and sources, Argo
// CD's Applications and AppProjects, the checks by which both tell whether a custom resource is healthy, and the
// annotations on the tree's objects that order and guard them. Neither project's Go types are used, which bring their
// controllers along: the structs here have the fields that we set, and no others.
//
// It must not know any kind of node: it goes by the kinds of Kubernetes objects. Start reading at Compile and
// Applications; what is done to the tree's own objects is Decorate.
package gitops

import (
	"fmt"
	"path"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// sharedFile holds what the pipelines of an environment share. No pipeline has that name, so it never is a pipeline's.
const sharedFile = "_environment.yaml"

// folder is where the engine's objects of an environment lie in the output.
func folder(env *compiler.Environment) string {
	return path.Join(compiler.ClustersFolder, env.Name.V)
}

// Applications gives what makes the file with the objects by which an environment's engine applies one pipeline, from a
// tree of the layout: clusters/<environment>/<pipeline>.yaml. There is none without an environment, without an engine, and
// for a pipeline that has no objects there.
func Applications(layout emit.Layout) emit.Engine {
	return func(g *compiler.Graph, b *emit.Bundle) (emit.Tree, error) {
		env := g.Environment
		if env == nil || env.GitOps == nil || len(b.Resources) == 0 {
			return emit.Tree{}, nil
		}
		var documents []any
		if env.GitOps.Engine.V == compiler.EngineFlux {
			documents = kustomizations(layout, g, b)
		} else {
			documents = []any{application(layout, g)}
		}
		return file(path.Join(folder(env), g.Pipeline.Name.V+".yaml"), documents...)
	}
}

// Shared gives the files that all pipelines of an environment have in common: its source for Flux; for Argo CD its
// AppProject, and the patch for Argo CD's own configuration. They follow from the Environment alone, so that whichever
// pipelines are built, they are the same. An error is an internal fault.
func Shared(env *compiler.Environment) (emit.Tree, error) {
	switch {
	case env.GitOps == nil:
		return emit.Tree{}, nil
	case env.GitOps.Engine.V == compiler.EngineFlux:
		return file(path.Join(folder(env), sharedFile), source(env))
	default:
		return argoShared(env)
	}
}

// file gives a tree of one file.
func file(name string, documents ...any) (emit.Tree, error) {
	text, err := emit.Print(documents...)
	if err != nil {
		return nil, fmt.Errorf("gitops: %s: %w", name, err)
	}
	return emit.Tree{name: text}, nil
}

// engineMeta is the metadata of an engine's object. Those of a pipeline have the labels that all of its objects have.
func engineMeta(env *compiler.Environment, name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: env.GitOps.EngineNamespace(), Labels: labels}
}

// pipelineMeta is engineMeta for an object of one pipeline.
func pipelineMeta(g *compiler.Graph, name string) metav1.ObjectMeta {
	return engineMeta(g.Environment, name, workload.Labels(g, nil))
}
