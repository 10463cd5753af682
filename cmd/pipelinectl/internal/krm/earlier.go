package krm

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// earlier are the items that an earlier run rendered.
type earlier struct {
	// items are they by their index, pipelines by that of their pipeline.
	items     map[int]object
	pipelines map[string][]object
}

// recognise finds them: objects that we manage and that are rendered again, wherever they are, or that lie in a folder of
// ours for this environment; and a pipeline's own extras, which say nothing of us, in the very files where they are
// rendered. Another's object that has the identity of a rendered one is an error.
func recognise(docs *documents, r *rendering) (earlier, Results) {
	out := earlier{items: map[int]object{}, pipelines: map[string][]object{}}
	var results Results
	for i, item := range docs.items {
		managed := item.GetLabels()[workload.LabelManagedBy] == workload.ManagedBy
		pipeline, rendered := r.index[idOf(item)]
		managed = managed || rendered && r.liesInPlace(pipeline, item)
		if !rendered && managed {
			pipeline = r.pipelineOf(item)
		}
		if pipeline == "" {
			continue
		}
		old, err := newObject(item)
		switch {
		case !managed:
			results = append(results, docs.fault(i, fmt.Sprintf("pipeline `%s` renders an object of this kind and name, and this one is not pipelinectl's: rename one of them", pipeline)))
		case err != nil:
			results = append(results, docs.fault(i, fmt.Sprintf("what an earlier run rendered cannot be read: %v; restore it, or remove it to have it rendered anew", err)))
		default:
			out.items[i] = old
			out.pipelines[pipeline] = append(out.pipelines[pipeline], old)
		}
	}
	return out, results
}

// idOf gives the identity that an item claims.
func idOf(item *yaml.RNode) emit.ID {
	group, _, grouped := strings.Cut(item.GetApiVersion(), "/")
	if !grouped {
		group = ""
	}
	return emit.ID{Group: group, Kind: item.GetKind(), Namespace: item.GetNamespace(), Name: item.GetName()}
}

// pipelineOf gives the pipeline in whose folder an item lies, empty where it lies in none for this environment.
func (r *rendering) pipelineOf(item *yaml.RNode) string {
	file, _, _ := kioutil.GetFileAnnotations(item) // its error is always nil
	pipeline := item.GetLabels()[workload.LabelPartOf]
	if pipeline == "" || path.Dir(file) != r.folder(pipeline) {
		return ""
	}
	return pipeline
}

// liesInPlace says whether an item lies where a pipeline's object of its identity is put.
func (r *rendering) liesInPlace(pipeline string, item *yaml.RNode) bool {
	file, _, _ := kioutil.GetFileAnnotations(item) // its error is always nil
	return file != "" && file == r.files(pipeline)[idOf(item)]
}

// isNote says whether an annotation is an orchestrator's.
func isNote(key string) bool {
	domain, _, _ := strings.Cut(key, "/")
	return slices.Contains([]string{"internal.config.kubernetes.io", "config.kubernetes.io", "config.k8s.io", "kustomize.config.k8s.io", "internal.kpt.dev"}, domain)
}

// guard refuses what would be destroyed and is not allowed, and warns of allowances that allow nothing.
func (e earlier) guard(docs *documents, r *rendering, c config) Results {
	var results Results
	used := map[string]bool{}
	for _, pipeline := range slices.Sorted(maps.Keys(e.pipelines)) {
		changes := impact.Compare(
			[]*emit.Manifests{r.manifests(pipeline, e.pipelines[pipeline])},
			[]*emit.Manifests{r.manifests(pipeline, r.objects[pipeline])},
		)
		for i := range changes {
			if change := &changes[i]; change.Refused && !c.allows(change, used) {
				results = append(results, e.refusal(docs, change))
			}
		}
	}
	for _, name := range c.allowed {
		if !used[name] {
			results = append(results, newResult(diag.Diagnostic{
				Code: impact.CodeAllowDestroyUnused, Severity: diag.Warning,
				Message: fmt.Sprintf("`%s` in `allowDestroy` lets nothing through: no such change is refused", name),
				Hint:    "remove it from the functionConfig",
			}))
		}
	}
	return results
}

// allows says whether the functionConfig lets a change through, and notes by what name.
func (c config) allows(change *impact.Change, used map[string]bool) bool {
	allowed := false
	for _, name := range []string{change.Object(), change.Allowance()} {
		if slices.Contains(c.allowed, name) {
			allowed, used[name] = true, true
		}
	}
	return allowed
}

// refusal is the result for a change that is refused, at the item that it concerns.
func (e earlier) refusal(docs *documents, change *impact.Change) Result {
	out := newResult(diag.Diagnostic{
		Code: impact.CodeDestructiveChange, Severity: diag.Error,
		Message: fmt.Sprintf("`%s` would be %s: %s: %s", change.Object(), change.Verb, change.Class, strings.Join(change.Reasons, "; ")),
		Hint:    fmt.Sprintf("keep it as it was, or add `%s` to `allowDestroy` of the functionConfig", change.Allowance()),
	})
	for _, i := range slices.Sorted(maps.Keys(e.items)) {
		if e.items[i].ID == change.ID {
			return docs.at(i, out)
		}
	}
	return out // a consumer group is no item
}
