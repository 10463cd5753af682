package schema

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// extras is a pipeline whose extras are these.
func extras(text string) string {
	return "apiVersion: " + APIVersion + "\nkind: Pipeline\nmetadata: {name: a}\nspec: {extras: " + text + "}\n"
}

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

func TestAttachments(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		paths []string
		// attached are the files of the documents as path=number of roots, findings as brief gives them.
		attached string
		findings []string
	}{
		{
			name:     "files and patches, found by nobody else",
			files:    map[string]string{"pipelinectl.yaml": project, "a/p.yaml": extras("{files: [x/o.yaml], patches: [{file: ../patch.json}]}"), "a/x/o.yaml": configMap + "---\n---\n" + configMap, "patch.json": "[]"},
			attached: "../patch.json=1 x/o.yaml=2",
		},
		{
			name:     "named, and still no document",
			files:    map[string]string{"pipelinectl.yaml": project, "p.yaml": extras("{files: [o.yaml], patches: [{file: q.yaml}]}"), "o.yaml": configMap, "q.yaml": "- {op: remove}\n"},
			paths:    []string{"o.yaml", "q.yaml"},
			attached: "o.yaml=1 q.yaml=1",
		},
		{
			name:     "of no project: within the current folder, and for a document outside within its own",
			files:    map[string]string{"here/p.yaml": extras("{files: [../o.yaml]}"), "o.yaml": configMap},
			attached: "../o.yaml=1",
		},
		{
			name:     "a fault in it",
			files:    map[string]string{"p.yaml": extras("{files: [o.yaml]}"), "o.yaml": "a: [\n"},
			attached: "o.yaml=0", findings: []string{"1:4 yaml-syntax: expected a value here"},
		},
		{
			name: "what cannot serve",
			files: map[string]string{
				"pipelinectl.yaml": project, "p.yaml": extras("{files: [none.yaml, ../out.yaml, folder, p.yaml, empty.yaml], patches: [{file: two.yaml}]}"),
				"folder/x.txt": "", "empty.yaml": "---\n", "two.yaml": "a: b\n---\nc: d\n",
			},
			attached: "two.yaml=2",
			findings: []string{
				"4:25 extras-file: there is no file `none.yaml`",
				"4:36 extras-file: the file `../out.yaml` lies outside the project",
				"4:49 extras-file: the file `folder` cannot be read: it is no regular file",
				"4:57 extras-file: the file `p.yaml` holds a document of pipelinectl",
				"4:65 extras-file: the file `empty.yaml` holds nothing",
				"4:95 extras-file: the file `two.yaml` of a patch holds 2 YAML documents",
			},
		},
		{
			name:  "a form that the schema refuses",
			files: map[string]string{"p.yaml": extras("{files: [1, '', {a: b}], patches: [1, {file: [x]}]}")},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			inFolder(t, test.files)
			p, findings, err := Load(test.paths)
			if err != nil {
				t.Fatal(err)
			}
			if got := attachedTo(p); got != test.attached {
				t.Errorf("attached are %q, want %q", got, test.attached)
			}
			wantFindings(t, brief(findings.Sorted()), test.findings)
		})
	}
}

// attachedTo gives the files of all documents with the number of their roots.
func attachedTo(p *Project) string {
	var out []string
	for _, doc := range p.Documents {
		for _, path := range slices.Sorted(maps.Keys(doc.Attachments)) {
			out = append(out, path+"="+string(rune('0'+len(doc.Attachments[path].Roots))))
		}
	}
	return strings.Join(out, " ")
}

// TestAttachmentLinks follows a link within the project, and none out of it.
func TestAttachmentLinks(t *testing.T) {
	inFolder(t, map[string]string{
		"in/pipelinectl.yaml": project, "in/o.yaml": configMap, "out.yaml": configMap,
		"in/p.yaml": extras("{files: [link.yaml, escape.yaml]}"),
	})
	for link, target := range map[string]string{"in/link.yaml": "o.yaml", "in/escape.yaml": filepath.Join("..", "out.yaml")} {
		if err := os.Symlink(target, link); err != nil {
			t.Skip("the file system has no symbolic links:", err)
		}
	}
	p, findings, err := Load([]string{"in/p.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if got := attachedTo(p); got != "link.yaml=1" {
		t.Errorf("attached are %q", got)
	}
	if len(findings) != 1 || findings[0].Code != CodeExtrasFile || !strings.Contains(findings[0].Message, "`escape.yaml` cannot be read") {
		t.Errorf("findings are %v", findings)
	}
}

// TestAttachmentsMended mends a file that a document names, as it mends a document.
func TestAttachmentsMended(t *testing.T) {
	inFolder(t, map[string]string{"p.yaml": extras("{files: [o.yaml]}"), "o.yaml": "a: [\n"})
	p, _, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	mended, findings := p.Mended(map[string][]byte{"o.yaml": []byte(configMap)})
	if len(findings) > 0 || attachedTo(mended) != "o.yaml=1" {
		t.Errorf("mended it has %q, findings %v", attachedTo(mended), findings)
	}
	if path, ok := p.Path("o.yaml"); !ok || filepath.Base(path) != "o.yaml" {
		t.Errorf("the file is at %q", path)
	}
}

// TestReadAttachments takes the files from the texts that are given, and never from a disk.
func TestReadAttachments(t *testing.T) {
	t.Parallel()
	p, findings := Read(map[string][]byte{
		"a/p.yaml": []byte(extras("{files: [o.yaml, load.go]}")), "a/o.yaml": []byte(configMap),
	})
	if got := attachedTo(p); got != "o.yaml=1" {
		t.Errorf("attached are %q", got)
	}
	if len(findings) != 1 || findings[0].Code != CodeExtrasFile {
		t.Errorf("findings are %v", findings)
	}
}
