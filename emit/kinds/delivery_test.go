package kinds_test

import (
	"bytes"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// delivery is one pipeline in one environment, with the tree that an engine applies.
type delivery struct {
	graph  *compiler.Graph
	layout emit.Layout
	tree   emit.Tree
}

// deliveries are every pipeline of testdata and of every example in every environment, as if this were said there of the
// engine.
func deliveries(t *testing.T, layout emit.Layout, engine compiler.GitOpsSpec) map[string]delivery {
	t.Helper()
	projects, err := filepath.Glob("../../examples/*/pipelinectl.yaml")
	if err != nil || len(projects) < 2 {
		t.Fatalf("examples not found: %v %v", projects, err)
	}
	out := map[string]delivery{}
	for _, file := range append(projects, "testdata/pipeline.yaml") {
		project, findings, err := schema.Load([]string{filepath.Dir(file)})
		if err != nil || findings.HasErrors() {
			t.Fatal(err, findings)
		}
		program, findings := compiler.Compile(project.Documents, kinds.All())
		if findings.HasErrors() {
			t.Fatal(findings)
		}
		var base *compiler.Graph
		for _, g := range program.Graphs {
			if g.Environment == nil {
				base = g
				continue
			}
			d := delivery{graph: with(g, engine), layout: layout}
			d.tree, err = gitops.Compile(layout, []*compiler.Graph{base, d.graph}, []*compiler.Environment{d.graph.Environment})
			if err != nil {
				t.Fatal(err)
			}
			out[g.Pipeline.Name.V+" in "+g.Environment.Name.V] = d
		}
	}
	return out
}

// with gives a plan in whose environment this is said of the engine.
func with(g *compiler.Graph, engine compiler.GitOpsSpec) *compiler.Graph {
	env, out := *g.Environment, *g
	env.GitOps, out.Environment = &engine, &env
	return &out
}

// fromGit is an engine of which as little is said as can be, fromOCI one of which all is that can be.
func fromGit(engine string) compiler.GitOpsSpec {
	return compiler.GitOpsSpec{Engine: said(engine), Repository: said("https://git.example.org/deploy.git")}
}

func fromOCI(engine string) compiler.GitOpsSpec {
	spec := compiler.GitOpsSpec{
		Engine:         said(engine),
		Repository:     said("oci://registry.example.org/media/deploy"),
		Tag:            said("stable"),
		Path:           said("out/deploy"),
		Namespace:      said("engines"),
		Name:           said("media"),
		ServiceAccount: said("deployer"),
	}
	if engine == compiler.EngineFlux {
		spec.SecretRef = &compiler.SecretRef{Name: said("registry")}
		spec.Interval = said(compiler.Duration(5 * time.Minute))
	} else {
		spec.Server = said("https://prod.example.org:6443")
	}
	return spec
}

func said[T any](value T) schema.Value[T] {
	return schema.Value[T]{V: value, Pos: diag.Pos{File: "environment.yaml", Line: 1, Col: 1}}
}

// folder gives the objects of a folder of the tree, as an engine reads it: with kustomize where it has a kustomization.
func (d delivery) folder(t *testing.T, name string) []*unstructured.Unstructured {
	t.Helper()
	if d.tree.Holds(name) {
		text, err := emit.Render(d.tree, name)
		if err != nil {
			t.Fatal(err)
		}
		return objects(t, text)
	}
	var out []*unstructured.Unstructured
	for _, file := range slices.Sorted(maps.Keys(d.tree)) {
		if strings.HasPrefix(file, name+"/") && path.Ext(file) == ".yaml" {
			out = append(out, objects(t, d.tree[file])...)
		}
	}
	return out
}

// objects gives those of a stream of documents.
func objects(t *testing.T, stream []byte) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	for document := range bytes.SplitSeq(bytes.TrimPrefix(stream, []byte("---\n")), []byte("\n---\n")) {
		out = append(out, object(t, document))
	}
	return out
}

// object gives the object of a document.
func object(t *testing.T, document []byte) *unstructured.Unstructured {
	t.Helper()
	obj := &unstructured.Unstructured{}
	text, err := yaml.YAMLToJSON(document)
	if err == nil {
		err = obj.UnmarshalJSON(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// pipeline gives all objects of the pipeline.
func (d delivery) pipeline(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	return d.folder(t, d.layout.Folder(d.graph.Pipeline.Name.V, d.graph.Environment.Name.V))
}

// clusterFolder is where the objects for the engine lie.
func (d delivery) clusterFolder() string {
	return path.Join(compiler.ClustersFolder, d.graph.Environment.Name.V)
}

// engine gives the objects for the engine. The patch of Argo CD's configuration is applied as its administrators do, by
// the kustomization that they install it with.
func (d delivery) engine(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	component := path.Join(d.clusterFolder(), "argocd")
	var out []*unstructured.Unstructured
	tree := maps.Clone(d.tree)
	maps.DeleteFunc(tree, func(file string, _ []byte) bool { return strings.HasPrefix(file, component+"/") })
	out = append(out, delivery{tree: tree}.folder(t, d.clusterFolder())...)
	if d.tree.Holds(component) {
		tree := maps.Clone(d.tree)
		tree["install/kustomization.yaml"] = []byte("namespace: argocd\nresources: [argocd-cm.yaml]\ncomponents: [../" + component + "]\n")
		tree["install/argocd-cm.yaml"] = []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n")
		out = append(out, delivery{tree: tree}.folder(t, "install")...)
	}
	return out
}

// kustomizations are what is written for Flux, with the objects in the path of each.
func (d delivery) kustomizations(t *testing.T) (out []gitops.Kustomization, folder map[string][]*unstructured.Unstructured) {
	t.Helper()
	folder = map[string][]*unstructured.Unstructured{}
	file := path.Join(d.clusterFolder(), d.graph.Pipeline.Name.V+".yaml")
	for document := range bytes.SplitSeq(d.tree[file], []byte("---\n")) {
		var k gitops.Kustomization
		if err := yaml.UnmarshalStrict(document, &k); err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
		folder[k.Spec.Path] = d.folder(t, strings.TrimPrefix(k.Spec.Path, "./"))
	}
	return out, folder
}
