package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeExtendsUnknown is reported when an environment extends one that is not there.
	CodeExtendsUnknown diag.Code = "extends-unknown"
	// CodeExtendsCycle is reported when environments extend one another in a circle.
	CodeExtendsCycle diag.Code = "extends-cycle"
	// CodeAbstractUnused is a warning about an abstract environment that none extends: nothing comes of it.
	CodeAbstractUnused diag.Code = "abstract-unused"
)

// Fields of an environment's spec that say how it is made, and are gone once it is whole.
const (
	fieldExtends  = "extends"
	fieldAbstract = "abstract"
)

// inheritance makes environments whole. Once join is done it is safe for concurrent use: it only reads.
type inheritance struct {
	set *schema.Set
	// byName has the first document of each name; all are every environment.
	byName map[string]*schema.Document
	all    []*schema.Document
	// specs are the whole specs, nil where what an environment extends leads nowhere.
	specs map[*schema.Document]*schema.Node
}

func newInheritance(docs []*schema.Document, set *schema.Set) inheritance {
	in := inheritance{set: set, byName: map[string]*schema.Document{}, specs: map[*schema.Document]*schema.Node{}}
	for _, doc := range docs {
		if doc.Kind != schema.KindEnvironment {
			continue
		}
		in.all = append(in.all, doc)
		if in.byName[doc.Name.V] == nil {
			in.byName[doc.Name.V] = doc
		}
	}
	return in
}

// parent gives the environment that one extends, nil where there is none of the name.
func (in inheritance) parent(doc *schema.Document) *schema.Document {
	if name := extended(doc); name != nil {
		return in.byName[name.Text]
	}
	return nil
}

// extended is the name that an environment extends, nil for none.
func extended(doc *schema.Document) *schema.Node { return doc.Root.Get("spec").Get(fieldExtends) }

// IsAbstract says whether an environment is only for others to extend.
func IsAbstract(doc *schema.Document) bool {
	abstract := doc.Root.Get("spec").Get(fieldAbstract)
	return abstract != nil && abstract.JSON() == true
}

// Ancestors gives the documents that an environment extends, the nearest first; as far as they are known, and none twice.
func Ancestors(docs []*schema.Document, environment *schema.Document) []*schema.Document {
	in := newInheritance(docs, nil)
	var out []*schema.Document
	seen := map[*schema.Document]bool{environment: true}
	for doc := in.parent(environment); doc != nil && !seen[doc]; doc = in.parent(doc) {
		seen[doc] = true
		out = append(out, doc)
	}
	return out
}

// join makes the specs of all environments whole, each one once, however long the chains are that lead to it.
func (in inheritance) join() {
	for _, doc := range in.all {
		var pending []*schema.Document
		for ; doc != nil; doc = in.parent(doc) {
			if _, begun := in.specs[doc]; begun {
				break
			}
			in.specs[doc] = nil // and so it stays in a circle
			pending = append(pending, doc)
		}
		for _, doc := range slices.Backward(pending) {
			spec := doc.Root.Get("spec")
			if extended(doc) == nil {
				in.specs[doc] = spec
			} else if parent := in.specs[in.parent(doc)]; parent != nil {
				in.specs[doc] = extend(parent, spec)
			}
		}
	}
}

// environment gives an environment with all that it extends. An abstract one is left as it is, and so is one that extends
// what is not there: the report says so.
func (in inheritance) environment(doc *schema.Document) (*schema.Document, diag.List) {
	joined := in.specs[doc]
	if extended(doc) == nil || IsAbstract(doc) || joined == nil {
		return doc, nil
	}
	spec := *joined
	spec.Entries = slices.DeleteFunc(slices.Clone(joined.Entries), func(e schema.Entry) bool {
		return e.Key == fieldExtends || e.Key == fieldAbstract
	})
	whole := withSpec(doc, &spec)
	return whole, in.set.Validate(whole)
}

// extend lays the spec of a child over that of its parent.
func extend(parent, child *schema.Node) *schema.Node {
	out := mergeMap(parent, child, inherit)
	out.Pos = child.Pos
	return out
}

// inherit lays a value of a child over its parent's: maps key by key, domains by suffix; overrides come after the
// parent's, and win. All else is replaced, and so are maps that are chosen as a whole.
func inherit(key string, parent, child *schema.Node) *schema.Node {
	chosen := func(field string) bool {
		was, is := parent.Get(field), child.Get(field)
		return was != nil && is != nil && was.Text != is.Text
	}
	switch {
	case key == "overrides":
		return &schema.Node{Kind: schema.List, Pos: child.Pos, Items: slices.Concat(parent.Items, child.Items)}
	case key == "domains":
		return extendDomains(parent, child)
	case key == "pipelines" || key == "selector" || key == "issuer" || key == "credentials" && chosen("from") || key == "gitops" && chosen("engine"):
		return child
	case parent.Kind == schema.Map && child.Kind == schema.Map:
		return mergeMap(parent, child, inherit)
	default:
		return child
	}
}

// extendDomains lays domains over those with the same suffix.
func extendDomains(parent, child *schema.Node) *schema.Node {
	out := &schema.Node{Kind: schema.List, Pos: child.Pos, Items: slices.Clone(parent.Items)}
	for _, item := range child.Items {
		i := slices.IndexFunc(out.Items, func(have *schema.Node) bool {
			a, b := have.Get("suffix"), item.Get("suffix")
			return a != nil && b != nil && a.Text == b.Text
		})
		if i >= 0 {
			out.Items[i] = mergeMap(out.Items[i], item, inherit)
		} else {
			out.Items = append(out.Items, item)
		}
	}
	return out
}
