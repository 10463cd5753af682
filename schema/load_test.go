package schema

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// inFolder makes files in an empty folder and makes it the current one. A text of one word stands for a document of
// that kind, "foreign" for one of another tool.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		switch text {
		case KindPipeline, KindEnvironment, KindProject:
			text = "apiVersion: " + APIVersion + "\nkind: " + text + "\nmetadata: {name: a}\n"
		case "foreign":
			text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
		}
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(root)
}

const project = "apiVersion: " + APIVersion + "\nkind: Project\n"

const defaults = "apiVersion: " + APIVersion + "\nkind: Defaults\nspec: {nodes: [{set: {replicas: 2}}]}\n"

func TestLoad(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		dir   string
		paths []string
		// docs are the documents as name=source, findings as file:line:col code.
		docs, findings string
	}{
		{
			name:  "no project: exactly the paths",
			files: map[string]string{"a.yaml": KindPipeline, "b.yml": KindEnvironment, "c/d.yaml": KindPipeline, "e.json": "{}"},
			paths: []string{"b.yml", "c"}, docs: "b.yml=b.yml c/d.yaml=c/d.yaml",
		},
		{
			name:  "no paths: the current folder",
			files: map[string]string{"b.yaml": KindPipeline, "a/B.YAML": KindPipeline},
			docs:  "a/B.YAML=a/B.YAML b.yaml=b.yaml",
		},
		{
			name: "what a walk leaves out",
			files: map[string]string{
				"a.yaml": KindPipeline, ".git/b.yaml": KindPipeline, "node_modules/c.yaml": KindPipeline, "x/vendor/d.yaml": KindPipeline,
				"kustomization.yaml": "foreign", "ci.yaml": "on: push\n", "broken.yaml": "{{ template }}\n", "chart.yaml": "apiVersion: v2\nname: {{ x }}\n",
			},
			docs: "a.yaml=a.yaml",
		},
		{
			name:  "near misses are ours",
			files: map[string]string{"a.yaml": "apiVersion: pipelinctl.dev/v1alpha1\nkind: Pipeline\n", "b.yaml": "apiVersion: pipelinectl.dev/v1\nkind: Pipeline\n"},
			paths: []string{"."}, findings: "a.yaml:1:13 document-version b.yaml:1:13 document-version",
		},
		{
			name:     "ours, but no YAML",
			files:    map[string]string{"a.yaml": "# pipelinectl.dev/v1alpha1\na: [\n", "b.yaml": "apiVersion: pipelinectl.dev/v1alpha1\n\tkind: Pipeline\n"},
			findings: "a.yaml:2:4 yaml-syntax b.yaml:2:1 yaml-syntax",
		},
		{
			name:  "beside documents of others",
			files: map[string]string{"a.yaml": project + "---\napiVersion: v1\nkind: Secret\na: &unused b\n---\nkind: Pipeline\n"},
			docs:  "a.yaml=a.yaml", findings: "a.yaml:2:7 project-file a.yaml:8:1 document-version",
		},
		{
			name:  "a file that is named",
			files: map[string]string{"a.yaml": "# empty\n", "b.yaml": "foreign", "c.txt": KindPipeline},
			paths: []string{"a.yaml", "b.yaml", "c.txt"}, docs: "c.txt=c.txt",
			findings: "a.yaml:1:1 document-none b.yaml:1:13 document-version b.yaml:2:7 document-kind",
		},
		{
			name: "ours by all but their version",
			files: map[string]string{
				"a.yaml": "apiVersion: v1\nkind: Pipeline\nmetadata: {name: a}\nspec: {}\n", "b.yaml": "kind: Environment\nmetadata: {name: b}\nspec: {}\n",
				"c.yaml": "apiVersio: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: c}\nspec: {}\n", "d.yaml": "kind: Pipeline\nname: d\n",
				"e.yaml": "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: e}\nspec: {}\n",
			},
			findings: "a.yaml:1:13 document-version b.yaml:1:1 document-version c.yaml:1:1 document-version",
		},
		{
			name: "a project from below",
			files: map[string]string{
				"pipelinectl.yaml": project + "spec: {sources: [pipelines, env-*.yaml], output: pipelines/deploy}\n", "env-a.yaml": KindEnvironment, "other.yaml": KindEnvironment,
				"pipelines/team/a.yaml": KindPipeline, "pipelines/deploy/a.yaml": KindPipeline,
			},
			dir: "pipelines/team", paths: []string{"a.yaml"},
			docs: "../../env-a.yaml=env-a.yaml ../../pipelinectl.yaml=pipelinectl.yaml a.yaml=pipelines/team/a.yaml",
		},
		{
			name:  "a path beside the sources",
			files: map[string]string{"pipelinectl.yaml": project + "spec: {sources: [a]}\n", "a/a.yaml": KindPipeline, "b/b.yaml": KindPipeline, "b/a.yaml": KindPipeline},
			paths: []string{"b/b.yaml"}, docs: "a/a.yaml=a/a.yaml b/b.yaml=b/b.yaml pipelinectl.yaml=pipelinectl.yaml",
		},
		{
			name: "defaults beside the sources",
			files: map[string]string{
				"pipelinectl.yaml": project + "spec: {sources: [teams/a, 'teams/b*/*.yml']}\n", "teams/a/a.yaml": KindPipeline, "teams/b/b.yml": KindPipeline,
				"defaults.yaml": defaults, "teams/more.yml": defaults, "teams/b/b.yaml": defaults, "other/defaults.yaml": defaults, "deep.txt": defaults,
				"kustomization.yaml": "foreign", "values.yaml": "kind: Defaults\n",
			},
			paths: []string{"pipelinectl.yaml"},
			docs:  "pipelinectl.yaml=pipelinectl.yaml teams/a/a.yaml=teams/a/a.yaml teams/b/b.yml=teams/b/b.yml", findings: "pipelinectl.yaml:3:18 defaults-aside pipelinectl.yaml:3:18 defaults-aside",
		},
		{
			name:     "sources that lead nowhere",
			files:    map[string]string{"pipelinectl.yaml": project + "spec: {sources: [a, ../b, '[', '**/c.yaml']}\n"},
			docs:     "pipelinectl.yaml=pipelinectl.yaml",
			findings: "pipelinectl.yaml:3:18 project-source pipelinectl.yaml:3:21 project-source pipelinectl.yaml:3:27 project-source pipelinectl.yaml:3:32 project-source",
		},
		{
			name:     "a project's file without project",
			files:    map[string]string{"pipelinectl.yaml": KindPipeline},
			docs:     "pipelinectl.yaml=pipelinectl.yaml",
			findings: "pipelinectl.yaml:1:1 project-file",
		},
		{
			name:  "a source that is no string is the schema's to report",
			files: map[string]string{"pipelinectl.yaml": project + "spec: {sources: [8], output: [x]}\n", "a.yaml": "a: &unused [\n"},
			docs:  "pipelinectl.yaml=pipelinectl.yaml",
		},
		{
			name:  "a project within a project",
			files: map[string]string{"pipelinectl.yaml": project, "a.yaml": KindPipeline, "x/pipelinectl.yaml": project, "x/b.yaml": KindPipeline},
			docs:  "a.yaml=a.yaml pipelinectl.yaml=pipelinectl.yaml",
		},
		{
			name:     "two projects in one file",
			files:    map[string]string{"pipelinectl.yaml": project + "---\n" + project},
			docs:     "pipelinectl.yaml=pipelinectl.yaml pipelinectl.yaml=pipelinectl.yaml",
			findings: "pipelinectl.yaml:5:7 project-file",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			inFolder(t, test.files)
			t.Chdir(filepath.FromSlash("./" + test.dir))
			p, list, err := Load(test.paths)
			if err != nil {
				t.Fatal(err)
			}
			var docs, findings []string
			for _, d := range p.Documents {
				docs = append(docs, d.Pos.File+"="+d.Source)
				if p.Sources[d.Pos.File] == nil {
					t.Errorf("the source of %s is not kept", d.Pos.File)
				}
			}
			for _, d := range list.Sorted() {
				findings = append(findings, d.Pos.String()+" "+string(d.Code))
			}
			if got := strings.Join(docs, " "); got != test.docs {
				t.Errorf("documents %s, want %s", got, test.docs)
			}
			if got := strings.Join(findings, " "); got != test.findings {
				t.Errorf("findings %s, want %s", got, test.findings)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	inFolder(t, map[string]string{"a/pipelinectl.yaml": KindProject, "a/x.yaml": KindPipeline, "b/pipelinectl.yaml": KindProject, "b/x.yaml": KindPipeline})
	if _, _, err := Load([]string{"c.yaml"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that does not exist: %v", err)
	}
	_, _, err := Load([]string{"a/x.yaml", "b/x.yaml"})
	if two, ok := errors.AsType[*TwoProjectsError](err); !ok || *two != (TwoProjectsError{Path: "a/x.yaml", Root: "a", OtherPath: "b/x.yaml", OtherRoot: "b"}) {
		t.Errorf("paths of two projects: %v", err)
	}
}

// TestMended reads a project with other texts: the files stay those that were loaded, and the settings follow.
func TestMended(t *testing.T) {
	inFolder(t, map[string]string{"pipelinectl.yaml": KindProject, "a.yaml": "apiVersion: " + APIVersion + "\nkind: pipeline\n", "b.yaml": KindPipeline})
	p, list, err := Load(nil)
	if err != nil || len(list) != 1 || len(p.Documents) != 2 {
		t.Fatal(p, list, err)
	}
	text, err := Mend(p.Sources["a.yaml"], list[0].Mends)
	if err != nil {
		t.Fatal(err)
	}
	mended, list := p.Mended(map[string][]byte{
		"a.yaml": text, "none.yaml": []byte(project), "pipelinectl.yaml": []byte(project + "spec: {output: deploy}\n"),
	})
	if len(list) > 0 || len(mended.Documents) != 3 || mended.Settings.Output.V != "deploy" || string(mended.Sources["a.yaml"]) != string(text) {
		t.Errorf("mended: %+v, findings %q", mended, brief(list))
	}
	if len(p.Documents) != 2 || p.Settings.Output.IsSet() || string(p.Sources["a.yaml"]) == string(text) {
		t.Errorf("the project itself was changed: %+v", p)
	}
	if path, known := mended.Path("a.yaml"); !known || !filepath.IsAbs(path) {
		t.Errorf("path %s, known %t", path, known)
	}
	if _, known := mended.Path("none.yaml"); known {
		t.Error("a file that is none of the project's has a path")
	}
}

func TestLoadSettings(t *testing.T) {
	inFolder(t, map[string]string{"pipelinectl.yaml": project + "spec: {output: deploy, layout: flat}\n", "x/a.yaml": KindPipeline})
	t.Chdir("x")
	p, _, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Settings
	if p.Root != ".." || s.Output.V != "deploy" || s.Layout.V != "flat" || s.Pos != (diag.Pos{File: "../pipelinectl.yaml", Line: 1, Col: 1}) || len(s.Sources) != 1 || s.Sources[0].V != "." {
		t.Errorf("root %s, settings %+v", p.Root, s)
	}
}

// TestLoadLinks checks that a link to a file is read and one to a folder is not followed, even in a circle.
func TestLoadLinks(t *testing.T) {
	inFolder(t, map[string]string{"a/x.yaml": KindPipeline, "b/y.txt": KindEnvironment})
	for link, target := range map[string]string{"a/loop": "..", "a/y.yaml": "../b/y.txt", "a/nowhere.yaml": "z"} {
		if err := os.Symlink(target, link); err != nil {
			t.Skipf("the system makes no symbolic links: %v", err)
		}
	}
	p, list, err := Load([]string{"a"})
	if err != nil || len(list) > 0 {
		t.Fatal(err, list)
	}
	var files []string
	for _, d := range p.Documents {
		files = append(files, d.Pos.File)
	}
	if want := []string{"a/x.yaml", "a/y.yaml"}; !slices.Equal(files, want) {
		t.Errorf("files %v, want %v", files, want)
	}
	if err := os.Symlink("a", ".named"); err != nil {
		t.Fatal(err)
	}
	if p, _, err = Load([]string{".named"}); err != nil || len(p.Documents) != 2 || p.Documents[0].Pos.File != ".named/x.yaml" {
		t.Errorf("a link to a folder that is named: %v, %v", p.Documents, err)
	}
}

func TestReported(t *testing.T) {
	inFolder(t, map[string]string{"pipelinectl.yaml": KindProject, "a/x.yaml": KindPipeline, "b/y.yaml": KindPipeline})
	p, _, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	list := diag.List{
		{Message: "x", Pos: diag.Pos{File: "a/x.yaml", Line: 1}},
		{Message: "y", Pos: diag.Pos{File: "b/y.yaml", Line: 1}},
		{Message: "xy", Pos: diag.Pos{File: "a/x.yaml", Line: 1}, Related: []diag.Related{{Pos: diag.Pos{File: "b/y.yaml", Line: 1}}}},
		{Message: "p", Pos: diag.Pos{File: "pipelinectl.yaml", Line: 1}},
		{Message: "-"},
	}
	for paths, want := range map[string]string{"": "x y xy p -", ".": "x y xy p -", "a": "x xy p -", "b/y.yaml": "y xy p -", "a/x.yaml b": "x y xy p -", "./b": "y xy p -"} {
		var got []string
		for _, d := range p.Reported(list, strings.Fields(paths)) {
			got = append(got, d.Message)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("paths %q: reported %s, want %s", paths, s, want)
		}
	}
}

// TestReportedFromBelow reports on the folder above the current one, whose names in positions lead up and down.
func TestReportedFromBelow(t *testing.T) {
	inFolder(t, map[string]string{"pipelinectl.yaml": KindProject, "a/x.yaml": KindPipeline, "a/b/y.yaml": KindPipeline, "c/z.yaml": KindPipeline})
	t.Chdir(filepath.FromSlash("a/b"))
	p, _, err := Load([]string{".."})
	if err != nil {
		t.Fatal(err)
	}
	var list diag.List
	for _, doc := range p.Documents {
		list.Errorf("c", doc.Pos, "%s", doc.Source)
	}
	var got []string
	for _, d := range p.Reported(list, []string{".."}) {
		got = append(got, d.Message)
	}
	slices.Sort(got)
	if want := []string{"a/b/y.yaml", "a/x.yaml", "pipelinectl.yaml"}; !slices.Equal(got, want) {
		t.Errorf("reported %v, want %v", got, want)
	}
}

// TestAbsolutePaths gives absolute paths: what lies outside the current folder is then called by its own, and what lies
// within it as ever.
func TestAbsolutePaths(t *testing.T) {
	inFolder(t, map[string]string{"pipelinectl.yaml": KindProject, "a/x.yaml": KindPipeline, "b/y.yaml": KindPipeline})
	t.Chdir("b")
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	outside := filepath.ToSlash(root)
	for path, want := range map[string]string{
		filepath.Join(root, "a", "x.yaml"):   outside + "/a/x.yaml " + outside + "/pipelinectl.yaml",
		filepath.Join(root, "b", "y.yaml"):   "../pipelinectl.yaml y.yaml",
		filepath.Join("..", "a", "x.yaml"):   "../a/x.yaml ../pipelinectl.yaml",
		filepath.Join(root, ProjectFileName): "../pipelinectl.yaml",
		root:                                 outside + "/a/x.yaml " + outside + "/pipelinectl.yaml y.yaml",
	} {
		p, _, err := Load([]string{path})
		if err != nil {
			t.Fatal(err)
		}
		var list diag.List
		for _, doc := range p.Documents {
			list.Errorf("c", doc.Pos, "%s", doc.Source)
		}
		var files []string
		for _, d := range p.Reported(list, []string{path}).Sorted() {
			files = append(files, d.Pos.File)
		}
		if got := strings.Join(files, " "); got != want {
			t.Errorf("%s: reported on %s, want %s", path, got, want)
		}
		if absolute, err := filepath.Abs(p.Root); err != nil || absolute != root {
			t.Errorf("%s: the root is %s (%v), want %s", path, p.Root, err, root)
		}
	}
}
