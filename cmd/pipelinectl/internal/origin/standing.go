package origin

import (
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
)

// standing is where a node stands: the document, and the place in it.
type standing struct {
	doc *schema.Document
	at  place
}

// stand notes where the nodes of a document stand that do not stand in an earlier one. What an alias repeats has its
// first place.
func (w world) stand(doc *schema.Document, n *schema.Node, at place) {
	if _, again := w.stands[n]; again {
		return
	}
	w.stands[n] = standing{doc, at}
	for i, item := range n.Items {
		w.stand(doc, item, at.with(index(i)))
	}
	for _, e := range n.Entries {
		w.stand(doc, e.Value, at.with(key(e.Key)))
	}
}

// standing gives where a node of the world stands as a user has it; a node that nobody wrote stands where it is.
func (w world) standing(s side, n *schema.Node, at place) standing {
	if was, ok := w.stands[n]; ok {
		return was
	}
	return standing{w.document(s), at}
}

// attached gives what stands in the files that a document names, each as a document without a kind. Where one file is
// named twice, the later naming adds nothing.
func attached(doc *schema.Document) []*schema.Document {
	var out []*schema.Document
	for _, path := range slices.Sorted(maps.Keys(doc.Attachments)) {
		file := doc.Attachments[path]
		for _, root := range file.Roots {
			out = append(out, &schema.Document{Source: file.Source, Root: root, Pos: root.Pos})
		}
	}
	return out
}

// describe names a document, or a file that one names.
func describe(doc *schema.Document) string {
	if doc.Kind == "" {
		return "file `" + doc.Source + "`"
	}
	name := "`" + doc.Name.V + "`"
	if !doc.Name.IsSet() {
		name = "in " + doc.Source
	}
	return strings.ToLower(doc.Kind) + " " + name
}
