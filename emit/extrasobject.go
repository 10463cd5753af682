package emit

import (
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// add puts the pipeline's own objects into a bundle, in the namespace of the pods.
func (x *extension) add(bundle *Bundle) {
	taken := map[ID]diag.Pos{}
	for _, r := range bundle.Resources {
		taken[r.ID()] = diag.Pos{}
	}
	for _, n := range x.extras.Objects {
		r, err := ownObject(n, bundle.Namespace)
		if err != nil {
			x.findings.Errorf(compiler.CodeExtrasObject, n.Pos, "the pipeline cannot have this object: %v", err).
				WithHint("a pipeline's objects live in its environments' namespaces; apply others beside the tree")
			continue
		}
		if earlier, clash := taken[r.ID()]; clash {
			d := x.findings.Errorf(CodeExtrasClash, n.Pos, "the pipeline has the object %s already", r.ID()).
				WithHint("choose another name; to change what is there, write a patch")
			if earlier.IsValid() {
				d.WithRelated(earlier, "the other one")
			}
			continue
		}
		taken[r.ID()] = n.Pos
		bundle.Resources = append(bundle.Resources, r)
	}
}

// ownObject makes a resource of an object as written.
func ownObject(n *schema.Node, namespace string) (Resource, error) {
	content, _ := n.JSON().(map[string]any)
	obj := &unstructured.Unstructured{Object: content}
	gvk := obj.GroupVersionKind()
	switch {
	case gvk.Version == "" || gvk.Kind == "" || obj.GetName() == "":
		return Resource{}, errors.New("apiVersion, kind and name must be set")
	case obj.IsList():
		return Resource{}, errors.New("it is a list of objects")
	case openapi.IsCertainlyClusterScoped(yaml.TypeMeta{APIVersion: obj.GetAPIVersion(), Kind: gvk.Kind}):
		return Resource{}, fmt.Errorf("a %s stands in no namespace", gvk.Kind)
	}
	if namespace != "" {
		obj.SetNamespace(namespace)
	}
	return printable(newResource(App, obj))
}

// printable refuses a resource that no file can hold: one with a null in a list, or with a key that YAML has no room for.
func printable(r Resource, err error) (Resource, error) {
	if err == nil {
		_, err = new(printer).document(r.tree)
	}
	return r, err
}

// keeps says what of an object a patch must not change, nil when it has not.
func keeps(before, after Resource) error {
	was, is := before.ID(), after.ID()
	from, to := before.Object.GetObjectKind().GroupVersionKind(), after.Object.GetObjectKind().GroupVersionKind()
	if was != is || from != to {
		return errors.New("it changes the object's identity: its apiVersion, kind, name or namespace")
	}
	d, ok := before.Object.(*appsv1.Deployment)
	if !ok {
		return nil
	}
	patched, ok := after.Object.(*appsv1.Deployment)
	selector := labels.SelectorFromSet(d.Spec.Selector.MatchLabels)
	if !ok || patched.Spec.Selector == nil || labels.SelectorFromSet(patched.Spec.Selector.MatchLabels).String() != selector.String() ||
		!selector.Matches(labels.Set(patched.Spec.Template.Labels)) {
		return errors.New("it changes the labels that the Deployment selects its pods by, which can never change")
	}
	return nil
}
