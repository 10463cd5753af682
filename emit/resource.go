package emit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Layer says which kustomization of an overlay holds an object.
type Layer int

// The layers. The zero value is invalid.
const (
	// App is the namespace of the pods.
	App Layer = iota + 1
	// Kafka is Kafka's namespace: topics, users, connectors.
	Kafka
)

// String gives the name of the layer's folder.
func (l Layer) String() string {
	switch l {
	case App:
		return "app"
	case Kafka:
		return "kafka"
	default:
		return fmt.Sprintf("invalid layer %d", int(l))
	}
}

// Object is a typed Kubernetes object: a struct with metav1.TypeMeta and metav1.ObjectMeta embedded, from k8s.io/api,
// from cert-manager, or our own for a custom resource without usable Go types.
type Object interface {
	metav1.Object
	GetObjectKind() schema.ObjectKind
}

// ID is the identity of an object in a cluster. Namespace is empty in base.
type ID struct {
	Group, Kind, Namespace, Name string
}

// String gives the identity as kind.group/name, as kubectl writes it.
func (id ID) String() string {
	if id.Group == "" {
		return strings.ToLower(id.Kind) + "/" + id.Name
	}
	return strings.ToLower(id.Kind) + "." + id.Group + "/" + id.Name
}

// Compare orders identities by group, kind, namespace and name.
func (id ID) Compare(other ID) int {
	return cmp.Or(cmp.Compare(id.Group, other.Group), cmp.Compare(id.Kind, other.Kind),
		cmp.Compare(id.Namespace, other.Namespace), cmp.Compare(id.Name, other.Name))
}

// anywhere is the identity without its namespace: what base and overlays have in common.
func (id ID) anywhere() ID {
	id.Namespace = ""
	return id
}

// Resource is one object of a Bundle.
type Resource struct {
	Layer Layer
	// Component is the one that the object belongs to, empty where it is always there.
	Component Component
	Object    Object
	tree      map[string]any
}

// annotationSubstitute tells Flux to leave ${...} in the object's text alone
// (fluxcd.io/flux/components/kustomize/kustomizations, post build variable substitution).
const annotationSubstitute = "kustomize.toolkit.fluxcd.io/substitute"

// newResource normalizes an object whose namespace is already set. Where its text holds ${, which Flux would take for a
// reference of its own, the object is marked for Flux to leave it alone.
func newResource(layer Layer, obj Object) (Resource, error) {
	tree, err := normalize(obj)
	if err == nil && holdsReference(tree) {
		annotations := maps.Clone(obj.GetAnnotations())
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[annotationSubstitute] = "disabled"
		obj.SetAnnotations(annotations)
		tree, err = normalize(obj)
	}
	if err != nil {
		return Resource{}, err
	}
	return Resource{Layer: layer, Object: obj, tree: tree}, nil
}

// holdsReference says whether a text in a value holds ${.
func holdsReference(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(v, "${")
	case []any:
		return slices.ContainsFunc(v, holdsReference)
	case map[string]any:
		for key, item := range v {
			if strings.Contains(key, "${") || holdsReference(item) {
				return true
			}
		}
	}
	return false
}

// ID gives the object's identity.
func (r Resource) ID() ID { return idOf(r.Object) }

// Tree gives the object in its normal form, the value that is printed: map[string]any, []any, string, bool, int64 and
// float64, without what Go's zero values leave behind. It is shared: do not change it.
func (r Resource) Tree() map[string]any { return r.tree }

func idOf(obj Object) ID {
	gvk := obj.GetObjectKind().GroupVersionKind()
	return ID{Group: gvk.Group, Kind: gvk.Kind, Namespace: obj.GetNamespace(), Name: obj.GetName()}
}
