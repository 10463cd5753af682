package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/pipelinectl/pipelinectl/emit"
)

// TestFnInKustomize runs the function as a transformer of kustomize, and demands exactly the objects that render gives:
// the documents are left out, and so are the notes of the protocol.
func TestFnInKustomize(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("pipelinectl")
	if err != nil {
		t.Fatal(err)
	}
	for name, example := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			sources := []string{filepath.Join(example, "pipeline.yaml"), filepath.Join(example, "environments", "prod.yaml"), filepath.Join(example, "environments", "dev.yaml")}
			kustomization := "transformers: [render.yaml]\nresources:\n"
			for _, file := range sources {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, filepath.Join(dir, filepath.Base(file)), string(text))
				kustomization += "- " + filepath.Base(file) + "\n"
			}
			writeFile(t, filepath.Join(dir, "kustomization.yaml"), kustomization)
			writeFile(t, filepath.Join(dir, "render.yaml"), "apiVersion: fn.pipelinectl.dev/v1alpha1\nkind: Render\n"+
				"metadata:\n  name: render\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: "+program+", args: [fn]}\n"+
				"spec: {environment: prod}\n")
			opts := krusty.MakeDefaultOptions()
			opts.PluginConfig = types.EnabledPluginConfig(types.BploUseStaticallyLinked)
			opts.PluginConfig.FnpLoadingOptions.EnableExec = true
			opts.PluginConfig.FnpLoadingOptions.WorkingDir = dir
			built, err := krusty.MakeKustomizer(opts).Run(filesys.MakeFsOnDisk(), dir)
			if err != nil {
				t.Fatal(err)
			}
			got, err := built.AsYaml()
			if err != nil {
				t.Fatal(err)
			}
			compiled := compileFolder(t, example)
			want, err := emit.RenderGraphs(compiled.GraphsOf(compiled.Project.Pipelines[0].Name.V), "prod")
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("kustomize gives\n%s\nrender gives\n%s", got, want)
			}
		})
	}
}

// TestFnInKpt runs the function over a package with kpt, where that is installed: twice, and the second run changes nothing.
func TestFnInKpt(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("kpt"); err != nil {
		t.Skip("kpt is not on PATH, and no package registry has it: TestFnInKustomize and internal/krm hold the contract without it")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/quickstart/environments")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../examples/quickstart/pipeline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "pipeline.yaml"), string(text))
	writeFile(t, filepath.Join(dir, "Kptfile"), "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: quickstart}\n")
	run := func(name string, args ...string) string {
		t.Helper()
		command := exec.Command(name, args...)
		command.Dir = dir
		command.Env = append(os.Environ(), "HOME="+dir)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	render := func() map[string]string {
		t.Helper()
		run("kpt", "fn", "eval", ".", "--exec", "pipelinectl fn", "--", "environment=prod")
		return readFolder(t, dir)
	}
	first := render()
	if first["quickstart/prod/deployment-quickstart-shout.yaml"] == "" {
		t.Fatalf("there are only %d files", len(first))
	}
	if !strings.Contains(first["pipeline.yaml"], "# the line in capitals") {
		t.Error("the document has lost its comments")
	}
	second := render()
	for name, text := range second {
		if first[name] != text {
			t.Errorf("the second run changes %s", name)
		}
	}
	run("pipelinectl", "validate", ".")
}

// readFolder gives the texts of the YAML files below a folder.
func readFolder(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, text := range readGolden(t, dir) {
		if filepath.Ext(name) == ".yaml" {
			out[name] = string(text)
		}
	}
	return out
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
