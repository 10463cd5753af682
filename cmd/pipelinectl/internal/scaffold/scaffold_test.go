package scaffold

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// plan gives the files of a project, by path.
func plan(t *testing.T, p Project) map[string]File {
	t.Helper()
	files, err := Plan(p)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]File{}
	for _, f := range files {
		out[f.Path] = f
	}
	if len(out) != len(files) {
		t.Errorf("two files have one path")
	}
	return out
}

// TestPlanChoices plans every combination: no word is left to be replaced, every YAML file is YAML, every text ends with
// its line.
func TestPlanChoices(t *testing.T) {
	t.Parallel()
	for _, template := range Templates() {
		for _, engine := range Engines() {
			for _, ci := range CIs() {
				for _, folder := range []string{".", "teams/media"} {
					for path, f := range plan(t, Project{Name: "words", Folder: folder, Template: template, Engine: engine, CI: ci}) {
						text := path + "\n" + string(f.Text)
						if strings.Contains(text, "my-") || strings.Contains(text, "./teams/media/./") || strings.HasPrefix(text, "/") {
							t.Errorf("%s of template %s holds a word that should be replaced:\n%s", path, template, f.Text)
						}
						if !strings.HasSuffix(text, "\n") || strings.Contains(text, "\r") {
							t.Errorf("%s does not end with a line", path)
						}
						if ext := filepath.Ext(path); ext == ".yaml" || ext == ".yml" {
							checkYAML(t, path, f.Text)
						}
					}
				}
			}
		}
	}
}

func checkYAML(t *testing.T, path string, text []byte) {
	t.Helper()
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var value map[string]any
		if err := yaml.Unmarshal([]byte(document), &value); err != nil || len(value) == 0 {
			t.Errorf("%s holds a document that is no map: %v", path, err)
		}
	}
}

// TestPlanFolders says which files lie in the project and which in the repository, and which follow from a choice.
func TestPlanFolders(t *testing.T) {
	t.Parallel()
	files := plan(t, Project{Name: "words", Folder: "teams/media", Template: "http", Engine: "flux", CI: "gitlab", Version: "v1.2.3"})
	for path, want := range map[string]string{
		".gitlab-ci.yml":                        "/v1.2.3/.gitlab/pipelinectl.gitlab-ci.yml\n    inputs: {project: teams/media}",
		".pre-commit-config.yaml":               "rev: v1.2.3",
		"teams/media/.gitattributes":            "deploy/**",
		"teams/media/README.md":                 "# words\n",
		"teams/media/algos/shout/Dockerfile":    "server.py",
		"teams/media/bootstrap/prod.yaml":       "path: ./teams/media/deploy/clusters/prod",
		"teams/media/environments/staging.yaml": "namespace: words-staging",
		"teams/media/environments/prod.yaml":    "\n  gitops: ",
		"teams/media/pipelines/words.yaml":      "name: words",
	} {
		if f, ok := files[path]; !ok || !strings.Contains(string(f.Text), want) {
			t.Errorf("%s does not hold %q:\n%s", path, want, f.Text)
		}
	}
	if _, ok := files[".github/workflows/pipelines.yaml"]; ok {
		t.Errorf("a project on GitLab has a workflow for GitHub")
	}
	if f := files["teams/media/README.md"]; !f.Common || !strings.Contains(string(f.Text), " -f bootstrap/staging.yaml") {
		t.Errorf("the README does not say how Flux begins, or may not be there before: %s", f.Text)
	}
}

func TestPlanUnknown(t *testing.T) {
	t.Parallel()
	if _, err := Plan(Project{Name: "words", Folder: ".", Template: "no such", Engine: None, CI: None}); err == nil {
		t.Errorf("a template that there is not makes a project")
	}
}

func TestFitName(t *testing.T) {
	t.Parallel()
	for folder, want := range map[string]string{
		"words":                  "words",
		"Photo Pipelines (2026)": "photo-pipelines-2026",
		"2fast_4you":             "fast-4you",
		"--a--":                  "a",
		"42":                     "",
		"":                       "",
		"/":                      "",
		"Ünïted":                 "n-ted",
		"日本":                     "",
		"true":                   "",
		strings.Repeat("a-", 40): strings.TrimRight(strings.Repeat("a-", 40)[:maxName], "-"),
	} {
		if got := FitName(folder); got != want {
			t.Errorf("the folder %q gives %q, want %q", folder, got, want)
		}
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "words", "a-1", strings.Repeat("a", maxName)} {
		if err := CheckName(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "A", "1a", "a-", "a_b", "a b", "a.b", "a\n", "on", "null", strings.Repeat("a", maxName+1)} {
		if CheckName(name) == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
}

func TestCheckFolder(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "a", "a/b-c/.d_e"} {
		if err := CheckFolder(folder); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
	}
	for _, folder := range []string{"", "a b", "-a", "a: b", "${{ x }}", "a\nb", `a"b`} {
		if CheckFolder(folder) == nil {
			t.Errorf("%q would stand in CI files", folder)
		}
	}
}

func TestRevision(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"v1.2.3": "v1.2.3", "(devel)": "main", "v0.0.0-20260101000000-abcdefabcdef": "main", "v1.2.3+dirty": "main", "": "main",
	} {
		if got := revision(version); got != want {
			t.Errorf("version %s gives revision %s, want %s", version, got, want)
		}
	}
}

func TestWriteNothingTwice(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	files := []File{{Path: "a/own.yaml", Text: []byte("own\n")}, {Path: "b/README.md", Text: []byte("ours\n"), Common: true}}
	if err := os.MkdirAll(filepath.Join(root, "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "b/README.md"), []byte("theirs\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	written, kept, err := Write(root, files)
	if err != nil || len(written) != 1 || len(kept) != 1 || kept[0].Path != "b/README.md" {
		t.Errorf("wrote %v and kept %v: %v", written, kept, err)
	}
	files = append(files, File{Path: "new", Text: []byte("new\n")})
	_, _, err = Write(root, files)
	taken, ok := errors.AsType[*TakenError](err)
	if !ok || !slices.Equal(taken.Paths, []string{"a/own.yaml"}) {
		t.Errorf("writing twice gives %v", err)
	}
	for name, want := range map[string]string{"a/own.yaml": "own\n", "b/README.md": "theirs\n", "new": ""} {
		if got, _ := os.ReadFile(filepath.Join(root, name)); string(got) != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
}

// TestWriteStaysInside has a folder of the project be a link that leads elsewhere.
func TestWriteStaysInside(t *testing.T) {
	t.Parallel()
	root, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(root, "pipelines")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Write(root, []File{{Path: "pipelines/words.yaml"}}); err == nil {
		t.Errorf("a file was written through a link that leads out of the folder")
	}
	if entries, err := os.ReadDir(elsewhere); err != nil || len(entries) > 0 {
		t.Errorf("the folder that the link leads to holds %v: %v", entries, err)
	}
}
