package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/scaffold"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/emittest"
)

// scaffolded gives a project of every template and engine, by those two, in a folder of a repository of its own; its name
// is as long as names may be.
func scaffolded(t *testing.T, ci string) map[string]scaffold.Project {
	t.Helper()
	out := map[string]scaffold.Project{}
	for _, template := range scaffold.Templates() {
		for _, engine := range scaffold.Engines() {
			out[template+"/"+engine] = scaffold.Project{
				Name: "words" + strings.Repeat("-and-more", 5), Folder: "teams/media", Template: template, Engine: engine, CI: ci,
			}
		}
	}
	return out
}

// writeProject writes a project's files and gives the root of its repository.
func writeProject(t *testing.T, p scaffold.Project) string {
	t.Helper()
	files, err := scaffold.Plan(p)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if _, _, err := scaffold.Write(root, files); err != nil {
		t.Fatal(err)
	}
	return root
}

// TestInitCompiles demands that every project that init writes has no finding, and overlays for both its environments, and
// what their engines read.
func TestInitCompiles(t *testing.T) {
	for name, p := range scaffolded(t, scaffold.None) {
		t.Run(name, func(t *testing.T) {
			program := compileFolder(t, filepath.Join(writeProject(t, p), p.Folder))
			for _, environment := range []string{"staging", "prod"} {
				files := tree(t, program)
				if overlay := p.Name + "/overlays/" + environment; !files.Holds(overlay) {
					t.Errorf("the tree has no %s", overlay)
				}
				for _, name := range []string{p.Name, "_environment"} { // what the bootstrap leads the engine to
					file := "clusters/" + environment + "/" + name + ".yaml"
					if _, ok := files[file]; ok != (p.Engine != scaffold.None) {
						t.Errorf("with engine %s, that the tree has %s is %v", p.Engine, file, ok)
					}
				}
			}
		})
	}
}

// TestInitBootstrap holds what has the engines begin to their CRDs, to where the tree is, and to what else it needs: the
// namespace of the pods, and for Flux the source that the tree brings.
func TestInitBootstrap(t *testing.T) {
	validator := emittest.New(t)
	for name, p := range scaffolded(t, scaffold.None) {
		if p.Engine == scaffold.None {
			continue
		}
		root := writeProject(t, p)
		program := compileFolder(t, filepath.Join(root, p.Folder))
		files := tree(t, program)
		for _, env := range program.Project.Environments {
			file := "bootstrap/" + env.Name.V + ".yaml"
			text, err := os.ReadFile(filepath.Join(root, p.Folder, file))
			if err != nil {
				t.Fatal(err)
			}
			clusters := "clusters/" + env.Name.V
			if !bytes.Contains(text, []byte(p.Folder+"/deploy/"+clusters)) {
				t.Errorf("%s of %s does not point at %s", file, name, clusters)
			}
			for _, object := range objectsOf(t, text) {
				if err := validator.Validate(object); err != nil {
					t.Errorf("%s of %s: %v", file, name, err)
				}
				checkBootstrap(t, env, object, objectsOf(t, files[clusters+"/_environment.yaml"]))
			}
		}
	}
}

// checkBootstrap holds one object of a bootstrap to its environment, and to what its engine finds of it in the tree.
func checkBootstrap(t *testing.T, env *compiler.Environment, object map[string]any, shared []map[string]any) {
	t.Helper()
	field := func(object map[string]any, path ...string) string {
		text, _, _ := unstructured.NestedString(object, path...)
		return text
	}
	switch object["kind"] {
	case "Namespace":
		if got := field(object, "metadata", "name"); got != env.Namespace.V {
			t.Errorf("the namespace is %s, of environment %s %s", got, env.Name.V, env.Namespace.V)
		}
	case "Kustomization":
		for _, path := range [][2][]string{
			{{"kind"}, {"spec", "sourceRef", "kind"}},
			{{"metadata", "name"}, {"spec", "sourceRef", "name"}},
			{{"metadata", "namespace"}, {"metadata", "namespace"}},
		} {
			if has, wants := field(shared[0], path[0]...), field(object, path[1]...); has != wants {
				t.Errorf("the bootstrap of %s has %s as its source, the tree has %s", env.Name.V, wants, has)
			}
		}
	case "Application":
		if got := field(object, "spec", "source", "repoURL"); got != env.GitOps.Repository.V {
			t.Errorf("the bootstrap of %s is of repository %s, the environment of %s", env.Name.V, got, env.GitOps.Repository.V)
		}
	default:
		t.Errorf("the bootstrap has a %v", object["kind"])
	}
}

// objectsOf gives the objects of a file.
func objectsOf(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var out []map[string]any
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		out = append(out, object)
	}
	return out
}
