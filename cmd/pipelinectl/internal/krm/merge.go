package krm

import (
	"maps"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/emit"
)

// merge puts the rendered objects among the items: in the place of an item that is the same object, which keeps its file,
// else behind all others, with a file of its own. Items that an earlier run rendered, and that are rendered no more, are
// left out; what that would destroy is refused. No item given is changed.
func merge(docs *documents, r *rendering, c config) ([]*yaml.RNode, Results, error) {
	before, results := recognise(docs, r)
	results = append(results, before.guard(docs, r, c)...)
	if results.HasErrors() {
		return nil, results, nil
	}
	fresh := map[emit.ID]*yaml.RNode{}
	for _, objects := range r.objects {
		for _, o := range objects {
			fresh[o.ID] = o.node
		}
	}
	mine := docs.mine()
	var out []*yaml.RNode
	for i, item := range docs.items {
		kept := item
		switch old, ours := before.items[i]; {
		case mine[i]:
			kept = item.Copy()
			if err := kept.PipeE(yaml.SetAnnotation(annotationLocal, "true")); err != nil {
				return nil, nil, err
			}
		case ours && fresh[old.ID] == nil:
			continue
		case ours:
			kept = fresh[old.ID]
			if err := keepNotes(item, kept); err != nil {
				return nil, nil, err
			}
			delete(fresh, old.ID)
		}
		out = append(out, kept)
	}
	added, err := r.added(fresh)
	return append(out, added...), results, err
}

// keepNotes gives an object that takes an item's place the notes of orchestrators: where it comes from, and which it is.
func keepNotes(item, kept *yaml.RNode) error {
	notes := item.GetAnnotations()
	for _, key := range slices.Sorted(maps.Keys(notes)) {
		if !isNote(key) {
			continue
		}
		if err := kept.PipeE(yaml.SetAnnotation(key, notes[key])); err != nil {
			return err
		}
	}
	return nil
}

// added gives the objects that take nobody's place, in order, with their files.
func (r *rendering) added(fresh map[emit.ID]*yaml.RNode) ([]*yaml.RNode, error) {
	var out []*yaml.RNode
	for _, pipeline := range slices.Sorted(maps.Keys(r.objects)) {
		files := r.files(pipeline)
		for _, o := range r.objects[pipeline] {
			if fresh[o.ID] == nil {
				continue
			}
			for _, note := range [][2]string{{kioutil.IndexAnnotation, "0"}, {kioutil.PathAnnotation, files[o.ID]}} {
				if err := o.node.PipeE(yaml.SetAnnotation(note[0], note[1])); err != nil {
					return nil, err
				}
			}
			out = append(out, o.node)
		}
	}
	return out, nil
}
