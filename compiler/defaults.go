package compiler

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeDefaultsUnmatched is reported when a default reaches nothing: no pipeline lies in its folder or below, no node
	// matches it, no node that matches has the field, or a list has no item of the name.
	CodeDefaultsUnmatched diag.Code = "defaults-unmatched"
	// CodeDefaultsIdle is a warning about a default that each node it matches has a value for already.
	CodeDefaultsIdle diag.Code = "defaults-idle"
)

// Default is one entry of a document of kind Defaults: what Set says holds for the nodes that match where nothing nearer
// says it.
type Default struct {
	Match Match        `yaml:"match"`
	Set   *schema.Node `yaml:"set"`
	Pos   diag.Pos
}

// defaultsFile is a document of kind Defaults with the folder that it is for.
type defaultsFile struct {
	folder  string
	doc     *schema.Document
	entries []*reach
}

// reach is one entry with what it has come to in the pipelines so far.
type reach struct {
	Default
	matched bool
	fields  map[string]fieldReach
	// items are the ports that a node has, of those that Set names.
	items map[*schema.Node]bool
}

// fieldReach is how far a field has come.
type fieldReach struct {
	// exists says that a node has such a field, applied that it got a value of this one.
	exists, applied bool
	// other is where a node has the value itself, the first place of several.
	other diag.Pos
}

// join gives how far a field has come in all nodes that either tells of, whichever was looked at first.
func (r fieldReach) join(more fieldReach) fieldReach {
	r.exists, r.applied = r.exists || more.exists, r.applied || more.applied
	if more.other.IsValid() && (!r.other.IsValid() || more.other.Compare(r.other) < 0) {
		r.other = more.other
	}
	return r
}

// defaulter lays defaults under pipelines. It is safe for concurrent use.
type defaulter struct {
	kinds    []Kind
	sections map[string]schema.Section
	// files are those nearest to the root of the project last, as they apply.
	files []*defaultsFile
	// pipelines are the documents of that kind.
	pipelines []*schema.Document
	findings  diag.List
	lock      sync.Mutex
	set       *schema.Set
}

func newDefaulter(docs []*schema.Document, kinds []Kind, set *schema.Set) *defaulter {
	d := &defaulter{kinds: kinds, set: set, sections: map[string]schema.Section{}}
	for _, doc := range docs {
		switch doc.Kind {
		case schema.KindPipeline:
			d.pipelines = append(d.pipelines, doc)
		case schema.KindDefaults:
			d.add(doc)
		}
	}
	for _, k := range kinds {
		if len(d.files) > 0 {
			d.sections[k.Section] = set.Section(k.Section)
		}
	}
	slices.SortStableFunc(d.files, func(a, b *defaultsFile) int {
		return cmp.Or(cmp.Compare(depth(b.folder), depth(a.folder)), cmp.Compare(a.folder, b.folder))
	})
	return d
}

// depth counts the folders down to one: 0 is the root.
func depth(folder string) int {
	if folder == "." {
		return 0
	}
	return 1 + strings.Count(folder, "/")
}

func (d *defaulter) add(doc *schema.Document) {
	file := &defaultsFile{folder: path.Dir(doc.Source), doc: doc}
	if i := slices.IndexFunc(d.files, func(f *defaultsFile) bool { return f.folder == file.folder }); i >= 0 {
		d.findings.Errorf(CodeDocumentDuplicate, doc.KindPos, "there are two documents of kind %s in one folder, and neither is nearer", doc.Kind).
			WithHint("put the entries of both into one list `nodes`, where later ones win").
			WithRelated(d.files[i].doc.KindPos, "the other one")
		return
	}
	var spec struct {
		Nodes []Default `yaml:"nodes"`
	}
	d.findings = append(d.findings, schema.Decode(doc.Root.Get("spec"), &spec)...)
	for i, entry := range spec.Nodes {
		entry.Pos = doc.Root.Get("spec").Get("nodes").Items[i].Pos
		file.entries = append(file.entries, &reach{Default: entry, fields: map[string]fieldReach{}, items: map[*schema.Node]bool{}})
	}
	d.files = append(d.files, file)
}

// holds says whether a file lies in the folder of the defaults or below it.
func (f *defaultsFile) holds(file string) bool {
	return f.folder == "." || strings.HasPrefix(file, f.folder+"/")
}

// DefaultsFor gives the documents of kind Defaults that are for the pipelines of a file, in the order in which they fill
// what those lack: the nearest first.
func DefaultsFor(docs []*schema.Document, source string) []*schema.Document {
	var out []*schema.Document
	for _, file := range newDefaulter(docs, nil, nil).files {
		if file.holds(source) {
			out = append(out, file.doc)
		}
	}
	return out
}

// pipeline gives a pipeline with all defaults that are for it.
func (d *defaulter) pipeline(doc *schema.Document) (*schema.Document, diag.List) {
	if !slices.ContainsFunc(d.files, func(f *defaultsFile) bool { return f.holds(doc.Source) }) {
		return doc, nil
	}
	labels := labelsOf(doc)
	spec := *doc.Root.Get("spec")
	spec.Entries = slices.Clone(spec.Entries)
	var findings diag.List
	changed := false
	for _, kind := range d.kinds {
		section := spec.Entry(kind.Section)
		if section == nil {
			continue
		}
		list := *section.Value
		list.Items = slices.Clone(list.Items)
		for i, node := range list.Items {
			if filled := d.node(doc, kind, labels, node); filled != node {
				findings = append(findings, d.set.ValidateItem(kind.Section, filled)...)
				list.Items[i], changed = filled, true
			}
		}
		section.Value = &list
	}
	if !changed {
		return doc, nil
	}
	return withSpec(doc, &spec), findings
}

// node lays the defaults under a node, the nearest first: each fills what is not there yet.
func (d *defaulter) node(doc *schema.Document, kind Kind, labels schema.Entries[schema.Value[string]], node *schema.Node) *schema.Node {
	for _, file := range d.files {
		if !file.holds(doc.Source) {
			continue
		}
		for _, entry := range slices.Backward(file.entries) {
			wanted := entry.Match.Kind
			if wanted.IsSet() && wanted.V != kind.Name || !selects(entry.Match.Labels, labels) {
				continue
			}
			f := filling{defaulter: d, entry: entry, kind: kind}
			node = f.under(node)
		}
	}
	return node
}
