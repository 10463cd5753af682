package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// step is one of a job on GitHub.
type step struct {
	ID   string            `yaml:"id"`
	Name string            `yaml:"name"`
	If   string            `yaml:"if"`
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	With map[string]string `yaml:"with"`
	Env  map[string]string `yaml:"env"`
}

// action is what action.yml says.
type action struct {
	Inputs  map[string]struct{ Default string } `yaml:"inputs"`
	Outputs map[string]struct{ Value string }   `yaml:"outputs"`
	Runs    struct {
		Using string `yaml:"using"`
		Steps []step `yaml:"steps"`
	} `yaml:"runs"`
}

// workflow is what .github/workflows/pipelines.yaml says.
type workflow struct {
	Jobs map[string]struct {
		Steps []step `yaml:"steps"`
	} `yaml:"jobs"`
}

// run runs a step, its expressions replaced.
func (j *job) run(t *testing.T, s step, expressions map[string]string) (int, string) {
	t.Helper()
	for name, value := range s.Env {
		j.env[name] = evaluate(t, value, expressions)
	}
	if strings.Contains(s.Run, "${{") {
		t.Errorf("step %s has an expression in its script, which a branch's name could escape from", s.Name)
	}
	return j.shell(t, s.Run)
}

// evaluate replaces the expressions of GitHub's workflows in a text.
func evaluate(t *testing.T, text string, expressions map[string]string) string {
	t.Helper()
	return regexp.MustCompile(`\$\{\{ ([a-z._-]+) \}\}`).ReplaceAllStringFunc(text, func(found string) string {
		name := strings.Trim(found, "${} ")
		value, ok := expressions[name]
		if !ok {
			t.Errorf("%s is an expression without a value", name)
		}
		return value
	})
}

// TestAction runs the action's own steps: on a sound project, a stale one and a wrong one.
func TestAction(t *testing.T) {
	var a action
	readYAML(t, ciTexts(t)[actionFile], &a)
	if a.Runs.Using != "composite" {
		t.Fatalf("the action is %s", a.Runs.Using)
	}
	steps := map[string]step{}
	for _, s := range a.Runs.Steps {
		steps[s.ID] = s
	}
	for name, output := range a.Outputs {
		if steps[name].Run == "" || output.Value != "${{ steps."+name+".outputs.status }}" {
			t.Errorf("output %s is %s", name, output.Value)
		}
	}
	for name, c := range map[string]struct {
		change                func(*job, *testing.T)
		validate, build       int
		validated, annotation string
	}{
		"sound": {change: func(*job, *testing.T) {}},
		"stale": {change: (*job).edit, build: 1, annotation: "::error file=teams/media/deploy/"},
		"wrong": {change: (*job).spoil, validate: 1, build: 1, validated: "::error file=teams/media/pipelines/", annotation: "::error file=teams/media/pipelines/"},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, "github")
			c.change(j, t)
			inputs := map[string]string{"inputs.project": j.project.Folder, "inputs.sarif": filepath.Join(t.TempDir(), "findings.sarif")}
			status, out := j.run(t, steps["validate"], inputs)
			if status != c.validate || !strings.Contains(out, c.validated) {
				t.Errorf("validate exits %d, want %d:\n%s", status, c.validate, out)
			}
			sarif, err := os.ReadFile(inputs["inputs.sarif"])
			if err != nil || strings.Contains(string(sarif), "from-unknown") != (c.validate == 1) {
				t.Errorf("the log of findings: %v\n%s", err, sarif)
			}
			status, out = j.run(t, steps["build-check"], inputs)
			if status != c.build || !strings.Contains(out, c.annotation) {
				t.Errorf("build --check exits %d, want %d:\n%s", status, c.build, out)
			}
			want := "status=" + string(rune('0'+c.validate)) + "\nstatus=" + string(rune('0'+c.build)) + "\n"
			if got := j.read(t, "GITHUB_OUTPUT"); got != want {
				t.Errorf("the outputs are %q, want %q", got, want)
			}
		})
	}
}

// TestActionInstalls runs the step that installs a release, on one that a stand-in for curl has, whole and tampered with.
func TestActionInstalls(t *testing.T) {
	var a action
	readYAML(t, ciTexts(t)[actionFile], &a)
	var releaser struct {
		Archives []struct {
			Name string `yaml:"name_template"`
		}
	}
	text, err := os.ReadFile(releaserFile)
	if err != nil {
		t.Fatal(err)
	}
	readYAML(t, string(text), &releaser)
	archive := strings.NewReplacer("{{ .ProjectName }}", "pipelinectl", "{{ .Os }}", "linux", "{{ .Arch }}", "arm64").Replace(releaser.Archives[0].Name) + ".tar.gz"
	for name, tampered := range map[string]bool{"whole": false, "tampered": true} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, "github")
			stand, release := t.TempDir(), t.TempDir()
			curl := "#!/bin/sh\nfor url; do :; done\nwhile [ \"$1\" != --output ]; do shift; done\n" +
				"case $url in https://github.com/pipelinectl/pipelinectl/releases/download/v1.2.3/*) cp " + release + "/\"${url##*/}\" \"$2\" ;; *) exit 22 ;; esac\n"
			if err := os.WriteFile(filepath.Join(stand, "curl"), []byte(curl), 0o755); err != nil {
				t.Fatal(err)
			}
			j.path = stand + string(os.PathListSeparator) + j.path
			j.env["RUNNER_OS"], j.env["RUNNER_ARCH"] = "Linux", "ARM64"
			j.must(t, "cd "+release+" && echo program >pipelinectl && tar -czf "+archive+" pipelinectl && sha256sum "+archive+" >checksums.txt")
			if tampered {
				j.must(t, "cd "+release+" && echo other >pipelinectl && tar -czf "+archive+" pipelinectl")
			}
			status, out := j.run(t, a.Runs.Steps[0], map[string]string{"inputs.version": "v1.2.3"})
			if (status != 0) != tampered {
				t.Errorf("exit status %d:\n%s", status, out)
			}
			folder := strings.TrimSpace(j.read(t, "GITHUB_PATH"))
			if tampered {
				if folder != "" {
					t.Errorf("what is not as its checksum says was put on the PATH")
				}
			} else if program, err := os.ReadFile(filepath.Join(folder, "pipelinectl")); err != nil || string(program) != "program\n" {
				t.Errorf("the program on the PATH: %q, %v", program, err)
			}
		})
	}
}

// TestWorkflow demands that the workflow that init writes gives the action inputs that it has, and runs the step that
// shows what a pull request changes.
func TestWorkflow(t *testing.T) {
	var a action
	readYAML(t, ciTexts(t)[actionFile], &a)
	j := newJob(t, "github")
	text, err := os.ReadFile(filepath.Join(j.root, ".github/workflows/pipelines.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	readYAML(t, string(text), &w)
	ours, shown := 0, 0
	for _, s := range w.Jobs["check"].Steps {
		if strings.HasPrefix(s.Uses, "pipelinectl/pipelinectl@") {
			ours++
			for name := range s.With {
				if _, ok := a.Inputs[name]; !ok {
					t.Errorf("the workflow gives the action `%s`, which it does not take", name)
				}
			}
		}
		if s.Run == "" {
			continue
		}
		shown++
		j.must(t, "git update-ref refs/remotes/origin/main HEAD")
		j.edit(t)
		base := map[string]string{"github.base_ref": "main"}
		if status, out := j.run(t, s, base); status != 0 || !strings.Contains(j.read(t, "GITHUB_STEP_SUMMARY"), "spec/replicas") {
			t.Errorf("exit status %d, summary %q:\n%s", status, j.read(t, "GITHUB_STEP_SUMMARY"), out)
		}
		if status, _ := j.run(t, s, map[string]string{"github.base_ref": "no-such-branch"}); status == 0 {
			t.Errorf("a branch that there is not passes")
		}
	}
	if ours != 1 || shown != 1 {
		t.Errorf("the workflow uses the action %d times, and shows what changes %d times", ours, shown)
	}
}
