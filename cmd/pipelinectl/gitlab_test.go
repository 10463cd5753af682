package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// gitlabJob is one of GitLab's.
type gitlabJob struct {
	Image struct {
		Name       string   `yaml:"name"`
		Entrypoint []string `yaml:"entrypoint"`
	} `yaml:"image"`
	Variables map[string]string `yaml:"variables"`
	Script    []string          `yaml:"script"`
	Artifacts struct {
		Reports map[string]string `yaml:"reports"`
	} `yaml:"artifacts"`
}

// gitlabTemplate is what the template for GitLab says: the inputs that it takes, and the jobs that they make.
type gitlabTemplate struct {
	inputs map[string]struct {
		Default string `yaml:"default"`
	}
	jobs map[string]gitlabJob
}

// readGitLab reads the template as GitLab does for an include with these inputs.
func readGitLab(t *testing.T, inputs map[string]string) gitlabTemplate {
	t.Helper()
	head, body, ok := strings.Cut(ciTexts(t)[gitlabFile], "\n---\n")
	if !ok {
		t.Fatal("the template has no inputs")
	}
	var header struct {
		Spec struct {
			Inputs map[string]struct {
				Default string `yaml:"default"`
			} `yaml:"inputs"`
		} `yaml:"spec"`
	}
	readYAML(t, head, &header)
	out := gitlabTemplate{inputs: header.Spec.Inputs, jobs: map[string]gitlabJob{}}
	for name, input := range out.inputs {
		value, given := inputs[name]
		if !given {
			value = input.Default
		}
		body = strings.ReplaceAll(body, "$[[ inputs."+name+" ]]", value)
	}
	if strings.Contains(body, "$[[") {
		t.Errorf("the template uses an input that it does not take:\n%s", body)
	}
	readYAML(t, body, &out.jobs)
	return out
}

// TestGitLab runs the jobs of the template, as what init writes includes it, on a sound project, a stale one and a wrong
// one.
func TestGitLab(t *testing.T) {
	j := newJob(t, "gitlab")
	text, err := os.ReadFile(filepath.Join(j.root, ".gitlab-ci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var ci struct {
		Include []struct {
			Remote string            `yaml:"remote"`
			Inputs map[string]string `yaml:"inputs"`
		} `yaml:"include"`
	}
	readYAML(t, string(text), &ci)
	if len(ci.Include) != 1 || !strings.HasSuffix(ci.Include[0].Remote, strings.TrimPrefix(gitlabFile, "../..")) {
		t.Fatalf("the project includes %v", ci.Include)
	}
	template := readGitLab(t, ci.Include[0].Inputs)
	for name := range ci.Include[0].Inputs {
		if _, ok := template.inputs[name]; !ok {
			t.Errorf("the project gives the template `%s`, which it does not take", name)
		}
	}
	check, diff := template.jobs["pipelinectl"], template.jobs["pipelinectl-diff"]
	j.env["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = "HEAD"
	j.gitlab(t, check, 0, "as build writes it")
	j.gitlab(t, diff, 0, "no change")
	j.edit(t)
	j.gitlab(t, check, 1, "[tree-stale]")
	j.gitlab(t, diff, 0, "spec/replicas: 3 -> 4")
	j.spoil(t)
	j.gitlab(t, check, 1, "[from-unknown]")
	report, err := os.ReadFile(filepath.Join(j.root, check.Artifacts.Reports["junit"]))
	if err != nil || !strings.Contains(string(report), "from-unknown") {
		t.Errorf("the report: %v\n%s", err, report)
	}
}

// gitlab runs the script of a job, and demands an exit status and a text in what it prints.
func (j *job) gitlab(t *testing.T, g gitlabJob, want int, text string) {
	t.Helper()
	if !slices.Equal(g.Image.Entrypoint, []string{""}) {
		t.Errorf("the job starts the image's own program, not a shell: %q", g.Image.Entrypoint)
	}
	status, out := j.shell(t, strings.Join(g.Script, "\n"))
	if status != want || !strings.Contains(out, text) {
		t.Errorf("exit status %d, want %d and %q:\n%s", status, want, text, out)
	}
}

// TestImage demands that the image which the hooks and the template name is one that a release makes, under that tag.
func TestImage(t *testing.T) {
	text, err := os.ReadFile(releaserFile)
	if err != nil {
		t.Fatal(err)
	}
	var releaser struct {
		Images []struct {
			Dockerfile string   `yaml:"dockerfile"`
			Names      []string `yaml:"images"`
			Tags       []string `yaml:"tags"`
		} `yaml:"dockers_v2"`
	}
	readYAML(t, string(text), &releaser)
	made := map[string]bool{}
	for _, image := range releaser.Images {
		if _, err := os.Stat(filepath.Join("../..", image.Dockerfile)); err != nil {
			t.Error(err)
		}
		for _, name := range image.Names {
			for _, tag := range image.Tags {
				made[name+":"+tag] = true
			}
		}
	}
	named := []string{readGitLab(t, nil).jobs["pipelinectl"].Image.Name}
	for _, h := range readHooks(t) {
		if h.Language == "docker_image" {
			image, _, _ := strings.Cut(h.Entry, " ")
			named = append(named, image)
		}
	}
	if len(named) != 3 {
		t.Errorf("images are named in %d places: %q", len(named), named)
	}
	for _, image := range named {
		if !made[image] {
			t.Errorf("no release makes the image %s", image)
		}
	}
}
