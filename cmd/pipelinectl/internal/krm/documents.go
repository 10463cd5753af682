package krm

import (
	"fmt"
	"strconv"

	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// annotationLocal keeps kpt and kustomize from applying an item: it is a tool's own.
const annotationLocal = "config.kubernetes.io/local-config"

// documents are the items as the project that they make.
type documents struct {
	items   []*yaml.RNode
	project *schema.Project
	// findings are those of reading.
	findings diag.List
	// origins say where an item comes from, by the name that positions call it.
	origins map[string]origin
}

// origin is the place of an item.
type origin struct {
	// item is its index among the items.
	item int
	// path and index are those of the file that the orchestrator read it from; path is empty where it did not say.
	path  string
	index int
}

func originOf(i int, item *yaml.RNode) origin {
	path, index, _ := kioutil.GetFileAnnotations(item) // its error is always nil
	at := origin{item: i, path: path}
	at.index, _ = strconv.Atoi(index) // of an index that is none, the first one
	return at
}

// gather reads the documents of ours among items.
func gather(items []*yaml.RNode) (*documents, error) {
	d := &documents{items: items, origins: make(map[string]origin, len(items))}
	texts := make(map[string][]byte, len(items))
	for i, item := range items {
		name, at := d.place(i, item)
		text, err := plain(item).String()
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		if _, more := texts[name]; more { // what a pipeline names as one file
			texts[name] = fmt.Appendf(texts[name], "---\n%s", text)
			continue
		}
		d.origins[name] = at
		texts[name] = []byte(text)
	}
	d.project, d.findings = schema.Read(texts)
	return d, nil
}

// place gives an item a name that no other has: that of its file, where it is the only one of that file. Items of other
// tools that come from one file have its name together: a pipeline may name it as a file of its extras.
func (d *documents) place(i int, item *yaml.RNode) (string, origin) {
	at := originOf(i, item)
	name := at.path
	ours := isOurs(item)
	switch {
	case ours && item.GetKind() == schema.KindProject:
		name = schema.ProjectFileName
	case !ours && at.path != "" && d.foreign(at.path):
		return name, at
	case at.path == "":
		name = fmt.Sprintf("items[%d]", i)
	case at.index != 0:
		name = fmt.Sprintf("%s[%d]", at.path, at.index)
	}
	if _, taken := d.origins[name]; taken {
		name = fmt.Sprintf("%s (items[%d])", name, i)
	}
	return name, at
}

// results gives findings as results, at the item and field that they are about.
func (d *documents) results(findings diag.List) Results {
	var out Results
	for _, f := range findings {
		r := newResult(f)
		if at, ok := d.origins[f.Pos.File]; ok {
			r = d.at(at.item, r)
			if field := d.field(f); field != "" {
				r.Field = &Field{Path: field}
			}
		}
		out = append(out, r)
	}
	return out
}

func (o origin) file() *File {
	if o.path == "" {
		return nil
	}
	return &File{Path: o.path, Index: o.index}
}

// field gives the path of the field that a finding is about. Orchestrators hand over no lines.
func (d *documents) field(f diag.Diagnostic) string {
	if f.Path != "" {
		return f.Path
	}
	for _, doc := range d.project.Documents {
		if doc.Pos.File == f.Pos.File && f.Pos.IsValid() {
			return doc.Root.PathAt(f.Pos)
		}
	}
	return ""
}

// fault is an error about an item.
func (d *documents) fault(item int, message string) Result {
	return d.at(item, Result{Message: message, Severity: diag.Error.String()})
}

// at gives a result the place of an item.
func (d *documents) at(item int, r Result) Result {
	r.ResourceRef, r.File = refOf(d.items[item]), originOf(item, d.items[item]).file()
	return r
}
