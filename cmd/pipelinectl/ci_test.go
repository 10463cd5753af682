package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/scaffold"
)

// The files at the repository's root by which CI systems use us.
const (
	hooksFile    = "../../.pre-commit-hooks.yaml"
	actionFile   = "../../action.yml"
	gitlabFile   = "../../.gitlab/pipelinectl.gitlab-ci.yml"
	releaserFile = "../../.goreleaser.yaml"
)

// ciTexts gives those files, and all that init writes for any choice.
func ciTexts(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, file := range []string{hooksFile, actionFile, gitlabFile} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out[file] = string(text)
	}
	for _, ci := range scaffold.CIs() {
		for name, p := range scaffolded(t, ci) {
			files, err := scaffold.Plan(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				out[name+" "+ci+" "+f.Path] = string(f.Text)
			}
		}
	}
	return out
}

// aCommand is a command line of ours in a text: at the beginning of a line or of a script, behind a step of it, as the
// entry of a hook (there perhaps as the image), or between backquotes. It ends where a shell's word for the next thing,
// or a remark, begins.
var aCommand = regexp.MustCompile("(?m)(?:^ *(?:- |run: )?|\\|\\| |# |`|entry: )(?:ghcr.io/pipelinectl/)?pipelinectl(?::v1)? ([a-z][^`\n#|>,:]*)")

// TestCICommandLines has each command line of those files checked by the program, which knows its verbs and flags; with
// --help it does nothing else.
func TestCICommandLines(t *testing.T) {
	path := filepath.Join(program(t), "pipelinectl")
	lines := map[string][]string{}
	for name, text := range ciTexts(t) {
		for _, found := range aCommand.FindAllStringSubmatch(text, -1) {
			line := strings.TrimSpace(found[1])
			lines[line] = append(lines[line], name)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(lines)) {
		words := append(strings.Fields(line), "--help")
		if out, err := exec.Command(path, words...).CombinedOutput(); err != nil || !strings.Contains(string(out), "Usage:\n  pipelinectl "+words[0]) {
			t.Errorf("`pipelinectl %s`, of %s: %v\n%s", line, lines[line][0], err, out)
		}
	}
	for _, verb := range []string{"validate --ignore-foreign", "build --check", "diff teams/media --against", "run", "validate \"$PROJECT\" --format sarif"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(lines)), func(line string) bool { return strings.HasPrefix(line, verb) }) {
			t.Errorf("no `pipelinectl %s` was found among %q", verb, slices.Sorted(maps.Keys(lines)))
		}
	}
}

// job is a machine of a CI system in a repository whose project was just made, built and committed.
type job struct {
	project scaffold.Project
	root    string
	path    string
	env     map[string]string
}

func newJob(t *testing.T, ci string) *job {
	t.Helper()
	p := scaffolded(t, ci)["minimal/flux"]
	j := &job{project: p, root: writeProject(t, p), path: program(t) + string(os.PathListSeparator) + os.Getenv("PATH"), env: map[string]string{}}
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"} {
		j.env[variable] = filepath.Join(t.TempDir(), variable)
	}
	j.env["RUNNER_TEMP"] = t.TempDir()
	j.must(t, "pipelinectl build "+p.Folder)
	j.must(t, "git init -q -b main && git add -A && git -c user.name=t -c user.email=t@example.org commit -qm start")
	return j
}

// shell runs a script as GitHub and GitLab do, and gives its exit status and all that it printed.
func (j *job) shell(t *testing.T, script string) (int, string) {
	t.Helper()
	child := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script)
	child.Dir = j.root
	child.Env = append(os.Environ(), "PATH="+j.path, "GIT_CONFIG_GLOBAL=/dev/null")
	for name, value := range j.env {
		child.Env = append(child.Env, name+"="+value)
	}
	out, err := child.CombinedOutput()
	if child.ProcessState == nil {
		t.Fatal(err)
	}
	return child.ProcessState.ExitCode(), string(out)
}

func (j *job) must(t *testing.T, script string) {
	t.Helper()
	if status, out := j.shell(t, script); status != 0 {
		t.Fatalf("%s: exit status %d\n%s", script, status, out)
	}
}

// edit changes a document, so that the output is stale; spoil makes one wrong.
func (j *job) edit(t *testing.T) {
	j.must(t, "sed -i 's/replicas: 3/replicas: 4/' "+j.project.Folder+"/environments/prod.yaml")
}

func (j *job) spoil(t *testing.T) {
	j.must(t, "sed -i 's/from: shout/from: shuot/' "+j.project.Folder+"/pipelines/*.yaml")
}

func (j *job) read(t *testing.T, variable string) string {
	t.Helper()
	text, err := os.ReadFile(j.env[variable])
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func readYAML(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}
