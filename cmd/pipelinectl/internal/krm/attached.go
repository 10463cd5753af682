package krm

import (
	"maps"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/schema"
)

// isOurs says whether an item says that it is a document of ours.
func isOurs(item *yaml.RNode) bool { return strings.HasPrefix(item.GetApiVersion(), schema.Group+"/") }

// foreign says whether no document of ours has the name of a file so far.
func (d *documents) foreign(file string) bool {
	at, taken := d.origins[file]
	return !taken || !isOurs(d.items[at.item])
}

// plain gives an item of another tool as it stands in its file: what orchestrators note on it would otherwise be a part of
// the object that a pipeline makes of it. A document of ours keeps its notes.
func plain(item *yaml.RNode) *yaml.RNode {
	if isOurs(item) || len(item.GetAnnotations()) == 0 {
		return item
	}
	out := item.Copy()
	annotations := out.GetAnnotations()
	maps.DeleteFunc(annotations, func(key, _ string) bool { return isNote(key) })
	if out.SetAnnotations(annotations) != nil {
		return item
	}
	return out
}

// mine says whether an item is a document of ours, or stands in a file that one names: neither is to be applied as it is.
func (d *documents) mine() map[int]bool {
	out, files := map[int]bool{}, map[string]bool{}
	for _, doc := range d.project.Documents {
		out[d.origins[doc.Pos.File].item] = true
		for _, part := range doc.Attachments {
			files[part.Source] = true
		}
	}
	for i, item := range d.items {
		if at := originOf(i, item); files[at.path] && !isOurs(item) {
			out[i] = true
		}
	}
	return out
}
