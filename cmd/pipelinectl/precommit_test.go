package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/scaffold"
)

// hook is one of .pre-commit-hooks.yaml.
type hook struct {
	ID            string   `yaml:"id"`
	Entry         string   `yaml:"entry"`
	Language      string   `yaml:"language"`
	Types         []string `yaml:"types"`
	RequireSerial bool     `yaml:"require_serial"`
	PassFilenames *bool    `yaml:"pass_filenames"`
	Minimum       string   `yaml:"minimum_pre_commit_version"`
}

func readHooks(t *testing.T) []hook {
	t.Helper()
	var out []hook
	readYAML(t, ciTexts(t)[hooksFile], &out)
	return out
}

// TestHooks holds the hooks of one verb to one another: they differ in how the program comes to the machine.
func TestHooks(t *testing.T) {
	languages := map[string]string{"": "golang", "-docker": "docker_image", "-system": "system"}
	seen := map[string]bool{}
	for _, h := range readHooks(t) {
		seen[h.ID] = true
		for _, verb := range []string{"validate", "build-check"} {
			suffix, ok := strings.CutPrefix(h.ID, "pipelinectl-"+verb)
			if !ok {
				continue
			}
			entry := map[string]string{"validate": "pipelinectl validate --ignore-foreign", "build-check": "pipelinectl build --check"}[verb]
			if suffix == "-docker" {
				entry = strings.Replace(entry, "pipelinectl", "ghcr.io/pipelinectl/pipelinectl:v1", 1)
			}
			if h.Language != languages[suffix] || h.Entry != entry || h.Minimum == "" {
				t.Errorf("hook %s is %+v", h.ID, h)
			}
			if verb == "validate" && (!h.RequireSerial || h.PassFilenames != nil) || verb == "build-check" && (h.PassFilenames == nil || *h.PassFilenames) {
				t.Errorf("hook %s gets files in another way than it takes them: %+v", h.ID, h)
			}
		}
	}
	if len(seen) != 6 {
		t.Errorf("the hooks are %v", seen)
	}
}

// TestPreCommit has pre-commit itself run the hooks, as init configures them, on commits of a repository: those that are
// built with Go, and those of the system.
func TestPreCommit(t *testing.T) {
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip("pre-commit is not on the PATH: pip install pre-commit")
	}
	if testing.Short() {
		t.Skip("pre-commit builds the program anew")
	}
	ours := hooksRepository(t)
	for _, suffix := range []string{"-system", ""} {
		t.Run("pipelinectl-validate"+suffix, func(t *testing.T) {
			r := newCommitter(t, ours, suffix)
			r.commit(t, "the settings of pre-commit itself", "")

			r.write(t, "values.yaml", "image: {tag: 1}\n")
			r.write(t, "manifests/deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\n")
			r.write(t, "charts/other/templates/pod.yaml", "{{- if .Values.pod }}\nkind: Pod\n{{- end }}\n")
			r.write(t, "main.py", "print()\n")
			r.commit(t, "files of other tools", "")

			r.spoil(t)
			r.commit(t, "a node that there is not", "[from-unknown]")
			r.must(t, "git reset -q")
			r.write(t, "values.yaml", "image: {tag: 2}\n")
			r.must(t, "git add values.yaml && git commit -qm 'another file, while the wrong one is not staged'")

			r.must(t, "git checkout -q .")
			r.edit(t)
			r.commit(t, "documents without their manifests", "[tree-stale]")
			r.must(t, "pipelinectl build "+r.project.Folder)
			r.commit(t, "documents with their manifests", "")
		})
	}
}

// committer is a job whose repository has our hooks installed.
type committer struct{ *job }

// hooksRepository gives a repository with what this one holds now, committed, and its commit.
func hooksRepository(t *testing.T) [2]string {
	t.Helper()
	root := t.TempDir()
	script := `cd ../.. && git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null | tar -cf - -T - | tar -xf - -C "$1"
cd "$1" && git init -q && git add -A && git -c user.name=t -c user.email=t@example.org commit -qm start && git rev-parse HEAD`
	child := exec.Command("sh", "-c", script, "sh", root)
	child.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := child.Output()
	if err != nil {
		t.Fatal(err)
	}
	return [2]string{root, strings.TrimSpace(string(out))}
}

func newCommitter(t *testing.T, ours [2]string, suffix string) *committer {
	t.Helper()
	j := newJob(t, scaffold.None)
	r := &committer{j}
	// The modules and packages that this machine has are enough; nothing is fetched.
	for _, variable := range []string{"GOMODCACHE", "GOCACHE"} {
		value, err := exec.Command("go", "env", variable).Output()
		if err != nil {
			t.Fatal(err)
		}
		r.env[variable] = strings.TrimSpace(string(value))
	}
	r.env["GOPROXY"] = "off"
	r.env["PRE_COMMIT_HOME"] = t.TempDir()
	config := filepath.Join(r.root, ".pre-commit-config.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.NewReplacer(
		"https://github.com/pipelinectl/pipelinectl", ours[0],
		"rev: main", "rev: "+ours[1],
		"pipelinectl-validate", "pipelinectl-validate"+suffix,
		"pipelinectl-build-check", "pipelinectl-build-check"+suffix,
	).Replace(string(text)))
	if err := os.WriteFile(config, text, 0o644); err != nil {
		t.Fatal(err)
	}
	r.must(t, "git config user.name t && git config user.email t@example.org && pre-commit install")
	return r
}

func (r *committer) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(r.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commit commits all that changed, and demands that the hooks refuse it for a reason; without one, that they let it pass.
func (r *committer) commit(t *testing.T, what, reason string) {
	t.Helper()
	r.must(t, "git add -A")
	status, out := r.shell(t, "git commit -m '"+what+"'")
	if (status != 0) != (reason != "") || !strings.Contains(out, reason) {
		t.Errorf("%s: git commit exits %d:\n%s", what, status, out)
	}
}
