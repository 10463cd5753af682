package emit

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/filters/patchjson6902"
	"sigs.k8s.io/kustomize/api/filters/patchstrategicmerge"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// patch is one patch of a pipeline's own, applied by kustomize's own filters.
type patch struct {
	spec   compiler.PatchSpec
	target *types.SelectorRegex
	filter kio.Filter
	// matched and changed say whether any object was selected so far, and any has become another.
	matched, changed bool
}

func newPatch(spec compiler.PatchSpec, findings *diag.List) *patch {
	p := &patch{spec: spec}
	t := spec.Target
	var err error
	p.target, err = types.NewSelectorRegex(&types.Selector{ResId: resid.ResId{
		Gvk:  resid.Gvk{Group: t.Group.V, Version: t.Version.V, Kind: t.Kind.V},
		Name: t.Name.V,
	}})
	if err == nil {
		p.filter, err = filterOf(spec.Patch)
	}
	if err == nil {
		err = selectors(t)
	}
	if err != nil {
		p.refuse(findings, err)
	}
	return p
}

// filterOf reads a patch: a list is one of operations, a map part of an object.
func filterOf(n *schema.Node) (kio.Filter, error) {
	if n.Kind != schema.List && n.Kind != schema.Map {
		return nil, errors.New("it is neither a list of operations nor a part of an object")
	}
	text, err := json.Marshal(n.JSON())
	if err != nil {
		return nil, err
	}
	if n.Kind == schema.List {
		return patchjson6902.Filter{Patch: string(text)}, nil
	}
	node, err := yaml.Parse(string(text))
	return strategicMerge{node}, err
}

// strategicMerge is kustomize's filter of that name. It takes the directives ($patch) out of the patch that it applies, so
// each object gets a copy of the patch.
type strategicMerge struct {
	patch *yaml.RNode
}

// Filter implements kio.Filter.
func (m strategicMerge) Filter(nodes []*yaml.RNode) ([]*yaml.RNode, error) {
	return patchstrategicmerge.Filter{Patch: m.patch.Copy()}.Filter(nodes)
}

// selectors reads the selectors of a target as they will be read for each object.
func selectors(t compiler.TargetSpec) error {
	nothing := yaml.NewMapRNode(nil)
	_, err := nothing.MatchesLabelSelector(t.LabelSelector.V)
	_, other := nothing.MatchesAnnotationSelector(t.AnnotationSelector.V)
	return errors.Join(err, other)
}

// at is where the target is written.
func (p *patch) at() diag.Pos {
	t := p.spec.Target
	for _, field := range []schema.Value[string]{t.Name, t.Kind, t.Group, t.Version, t.LabelSelector, t.AnnotationSelector} {
		if field.IsSet() {
			return field.Pos
		}
	}
	return p.spec.Patch.Pos
}

// near gives what a target that selects nothing most likely meant by its kind or its name, empty where nothing is like it.
// Kinds and names are those of the objects that there are.
func (p *patch) near(kinds, names []string) string {
	t := p.spec.Target
	if t.Kind.IsSet() && !slices.ContainsFunc(kinds, func(kind string) bool { return p.target.MatchGvk(resid.Gvk{Kind: kind}) }) {
		return schema.Nearest(t.Kind.V, kinds)
	}
	if t.Name.IsSet() && !slices.ContainsFunc(names, p.target.MatchName) {
		return schema.Nearest(t.Name.V, names)
	}
	return ""
}

func (p *patch) refuse(findings *diag.List, err error) {
	findings.Errorf(CodeExtrasPatch, p.spec.Patch.Pos, "the patch cannot be applied: %v", err).
		WithHint("correct it, or let its target select fewer objects")
}

func (p *patch) selects(r Resource) bool {
	gvk := r.Object.GetObjectKind().GroupVersionKind()
	if p.filter == nil || !p.target.MatchGvk(resid.Gvk{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind}) || !p.target.MatchName(r.Object.GetName()) {
		return false
	}
	if t := p.spec.Target; t.LabelSelector.V+t.AnnotationSelector.V != "" {
		node := yaml.NewMapRNode(nil)
		if node.SetLabels(r.Object.GetLabels()) != nil || node.SetAnnotations(r.Object.GetAnnotations()) != nil {
			return false
		}
		byLabel, err1 := node.MatchesLabelSelector(t.LabelSelector.V)
		byAnnotation, err2 := node.MatchesAnnotationSelector(t.AnnotationSelector.V)
		return err1 == nil && err2 == nil && byLabel && byAnnotation
	}
	return true
}

// apply gives a selected resource as the patch leaves it, nil where it removes it. What cannot be is reported, and the
// resource stays as it was.
func (p *patch) apply(r Resource, findings *diag.List) *Resource {
	p.matched = true
	tree, err := p.filtered(r)
	if err == nil && tree == nil {
		p.changed = true
		return nil
	}
	var after Resource
	if err == nil {
		after, err = retyped(r, tree)
	}
	if err == nil {
		err = keeps(r, after)
	}
	if err != nil {
		p.refuse(findings, fmt.Errorf("%s: %w", r.ID().anywhere(), err))
		return &r
	}
	after.Component = r.Component
	p.changed = p.changed || !same(r.tree, after.tree)
	return &after
}

// filtered gives a resource's tree after the patch, nil where it is removed.
func (p *patch) filtered(r Resource) (map[string]any, error) {
	node, err := yaml.FromMap(r.tree)
	if err != nil {
		return nil, err
	}
	nodes, err := p.filter.Filter([]*yaml.RNode{node})
	if err != nil || len(nodes) == 0 {
		return nil, err
	}
	text, err := nodes[0].MarshalJSON()
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	return tree, utiljson.Unmarshal(text, &tree)
}

// retyped makes a resource of a patched tree: an object of the type that it was, whose unknown fields are errors, or, for
// a custom resource, of which our types have only the fields that we write, an object without one.
func retyped(r Resource, tree map[string]any) (Resource, error) {
	_, free := r.Object.(*unstructured.Unstructured)
	if free || custom(r.ID().Group) {
		return printable(newResource(r.Layer, &unstructured.Unstructured{Object: tree}))
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return Resource{}, err
	}
	obj, ok := reflect.TypeAssert[Object](reflect.New(reflect.TypeOf(r.Object).Elem()))
	if !ok {
		return Resource{}, fmt.Errorf("%T is no object", r.Object)
	}
	unknown, err := kjson.UnmarshalStrict(text, obj)
	if err := errors.Join(append(unknown, err)...); err != nil {
		return Resource{}, err
	}
	return printable(newResource(r.Layer, obj))
}
