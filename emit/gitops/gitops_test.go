package gitops_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/emittest"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/schema"
)

var update = flag.Bool("update", false, "write testdata/trees, and the patch of the plugin, anew from what the code gives today")

// TestTrees compiles the environment in each file of testdata/trees and compares what its engine gets for one pipeline
// with what else stands in the file.
func TestTrees(t *testing.T) {
	names, err := filepath.Glob("testdata/trees/*.txtar")
	if err != nil || len(names) < 4 {
		t.Fatalf("found %v: %v", names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := files(t, compile(t, archive.Files[0].Data), emit.Kafka, emit.App)
			whole := &txtar.Archive{Comment: archive.Comment, Files: archive.Files[:1:1]}
			for _, name := range slices.Sorted(maps.Keys(got)) {
				whole.Files = append(whole.Files, txtar.File{Name: name, Data: got[name]})
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(whole), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if text := txtar.Format(whole); !bytes.Equal(text, want) {
				t.Errorf("the tree is not that of %s; run the test with -update and look at the difference:\n%s", name, text)
			}
		})
	}
}

// compile gives the environment of a document without findings.
func compile(t *testing.T, text []byte) *compiler.Environment {
	t.Helper()
	docs, findings := schema.Parse("environment.yaml", text)
	program, more := compiler.Compile(docs, nil)
	for _, d := range append(findings, more...) {
		t.Fatalf("%v: %s [%s]", d.Pos, d.Message, d.Code)
	}
	return program.Project.Environments[0]
}

// TestObjects proves what is written by the CRDs of the engines, and that the proof would have found a fault.
func TestObjects(t *testing.T) {
	v := emittest.New(t)
	names, err := filepath.Glob("testdata/trees/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	proved := map[string]bool{}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range files(t, compile(t, archive.Files[0].Data), emit.Kafka, emit.App) {
			if path.Base(name) == "kustomization.yaml" { // it is for kustomize alone: TestPatchOfArgoCD
				continue
			}
			for _, tree := range documents(t, text) {
				if err := v.Validate(tree); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				for fault, planted := range emittest.Faults(tree) {
					if v.Validate(planted) == nil {
						t.Errorf("%s: a planted %s is accepted", name, fault)
					}
				}
				proved[tree["kind"].(string)] = true
			}
		}
	}
	for _, kind := range []string{"AppProject", "Application", "ConfigMap", "GitRepository", "Kustomization", "OCIRepository"} {
		if !proved[kind] {
			t.Errorf("no %s was written, so nothing is proved of it", kind)
		}
	}
}

// documents gives the objects of a file.
func documents(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var out []map[string]any
	for document := range bytes.SplitSeq(text, []byte("---\n")) {
		var tree map[string]any
		if err := yaml.Unmarshal(document, &tree); err != nil {
			t.Fatal(err)
		}
		out = append(out, whole(tree).(map[string]any))
	}
	return out
}

// TestNoEngine: where nothing is said of an engine, or a pipeline emits nothing, nothing is written.
func TestNoEngine(t *testing.T) {
	env := environment(compiler.EngineFlux, "https://example.org/deploy.git")
	none := *env
	none.GitOps = nil
	for name, got := range map[string]emit.Tree{
		"no engine":      files(t, &none, emit.Kafka, emit.App),
		"no objects":     applications(t, env),
		"no environment": applications(t, nil, emit.App),
	} {
		if len(got) > 0 {
			t.Errorf("%s: %v is written", name, slices.Collect(maps.Keys(got)))
		}
	}
}

func applications(t *testing.T, env *compiler.Environment, layers ...emit.Layer) emit.Tree {
	t.Helper()
	out, err := gitops.Applications(emit.Kustomize)(emitted(t, env, layers...))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOneLayer: a Kustomization whose folder is absent is so itself, and nothing waits for it.
func TestOneLayer(t *testing.T) {
	env := environment(compiler.EngineFlux, "https://example.org/deploy.git")
	for layer, name := range map[emit.Layer]string{emit.Kafka: "photos-prod-kafka", emit.App: "photos-prod"} {
		got := documents(t, applications(t, env, layer)["clusters/prod/photos.yaml"])
		if len(got) != 1 || got[0]["metadata"].(map[string]any)["name"] != name || got[0]["spec"].(map[string]any)["dependsOn"] != nil {
			t.Errorf("of layer %v alone comes %v", layer, got)
		}
	}
}

// TestSharedIsOfTheEnvironment: what pipelines share does not depend on which of them is built.
func TestSharedIsOfTheEnvironment(t *testing.T) {
	for _, engine := range []string{compiler.EngineFlux, compiler.EngineArgoCD} {
		shared, err := gitops.Shared(environment(engine, "https://example.org/deploy.git"))
		if err != nil {
			t.Fatal(err)
		}
		if len(shared) == 0 {
			t.Errorf("%s: nothing is shared", engine)
		}
		for name, text := range shared {
			if bytes.Contains(text, []byte("photos")) {
				t.Errorf("%s speaks of a pipeline", name)
			}
		}
	}
}

// TestPatchOfArgoCD applies the component to an installation of Argo CD's, with and without a namespace: it adds our keys
// and leaves the others.
func TestPatchOfArgoCD(t *testing.T) {
	for _, namespace := range []string{"", ", namespace: argocd"} {
		disk := filesys.MakeFsInMemory()
		tree := files(t, environment(compiler.EngineArgoCD, "https://example.org/deploy.git"))
		tree["install/kustomization.yaml"] = []byte("namespace: argocd\nresources: [argocd-cm.yaml]\ncomponents: [../clusters/prod/argocd]\n")
		tree["install/argocd-cm.yaml"] = []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm" + namespace + "}\ndata: {url: https://argocd.example.org}\n")
		for name, text := range tree {
			if err := disk.WriteFile(name, text); err != nil {
				t.Fatal(err)
			}
		}
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "install")
		if err != nil {
			t.Fatal(err)
		}
		data := built.Resources()[0].GetDataMap()
		if data["url"] != "https://argocd.example.org" || len(data) != 6 || !strings.Contains(data["resource.customizations.health.getambassador.io_Host"], "Healthy") {
			t.Errorf("the ConfigMap has %v", data)
		}
	}
}

// TestPatchOfThePlugin holds the patch that is shipped with the plugin for Argo CD, whose users have no tree, to the one that
// is written into a tree.
func TestPatchOfThePlugin(t *testing.T) {
	const shipped = "../../.argocd/argocd-cm.yaml"
	want := files(t, environment(compiler.EngineArgoCD, "https://example.org/deploy.git"))["clusters/prod/argocd/argocd-cm.yaml"]
	if *update {
		if err := os.WriteFile(shipped, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(shipped)
	if err != nil || len(want) == 0 || !bytes.Equal(got, want) {
		t.Errorf("%s is not what a tree has; run the test with -update and look at the difference: %v", shipped, err)
	}
}

// TestPathsOfAnOverlay: what an overlay is built from lies in the folders whose changes the Application is told of, and what
// another overlay is built from alone does not.
func TestPathsOfAnOverlay(t *testing.T) {
	base, without := emitted(t, nil, emit.App)
	g, bundle := emitted(t, environment(compiler.EngineArgoCD, "https://example.org/deploy.git"), emit.Kafka, emit.App)
	without.Pipeline = base.Pipeline.Name.V
	tree, err := emit.Factor(without, []*emit.Bundle{bundle})
	if err != nil {
		t.Fatal(err)
	}
	applications, err := gitops.Applications(emit.Kustomize)(g, bundle)
	if err != nil {
		t.Fatal(err)
	}
	application := documents(t, applications["clusters/prod/photos.yaml"])[0]
	annotation := application["metadata"].(map[string]any)["annotations"].(map[string]any)["argocd.argoproj.io/manifest-generate-paths"].(string)
	overlay := emit.Overlay("photos", "prod")
	var watched []string
	for folder := range strings.SplitSeq(annotation, ";") {
		watched = append(watched, path.Join(overlay, folder))
	}
	within := func(folder string) bool {
		return slices.ContainsFunc(watched, func(w string) bool { return folder == w || strings.HasPrefix(folder, w+"/") })
	}
	read := foldersOf(t, tree, overlay)
	if !slices.Contains(read, "photos/base") {
		t.Errorf("the overlay is built from %q alone", read)
	}
	for _, folder := range read {
		if !within(folder) {
			t.Errorf("the overlay is built from %s, but Argo CD watches %q", folder, watched)
		}
	}
	if other := emit.Overlay("photos", "staging"); within(other) {
		t.Errorf("Argo CD watches %s for environment prod", other)
	}
}

// foldersOf gives the folder and all that its kustomization leads to.
func foldersOf(t *testing.T, tree emit.Tree, folder string) []string {
	t.Helper()
	var k struct {
		Resources  []string `json:"resources"`
		Components []string `json:"components"`
	}
	if err := yaml.Unmarshal(tree[path.Join(folder, "kustomization.yaml")], &k); err != nil {
		t.Fatal(err)
	}
	out := []string{folder}
	for _, name := range slices.Concat(k.Resources, k.Components) {
		if path.Ext(name) != ".yaml" {
			out = append(out, foldersOf(t, tree, path.Join(folder, name))...)
		}
	}
	return out
}
