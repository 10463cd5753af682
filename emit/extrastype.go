package emit

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	runtimeschema "k8s.io/apimachinery/pkg/runtime/schema"
	kjson "sigs.k8s.io/json"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// builtin gives the kinds of Kubernetes itself that people bring, with their types. Those of other groups, such as custom
// resources, have a schema in the cluster alone.
var builtin = sync.OnceValue(func() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme,
		policyv1.AddToScheme, rbacv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err) // two types of one name, in libraries that we have chosen
		}
	}
	return scheme
})

// checkType reports what of an object of a pipeline's own its kind does not have, as far as Kubernetes itself has the kind.
func checkType(n *schema.Node) diag.List {
	version, kind, name := n.Get("apiVersion"), n.Get("kind"), n.Get("metadata").Get("name")
	if version == nil || kind == nil || name == nil || n.Get("items") != nil {
		return nil // no object, which is reported elsewhere
	}
	group, err := runtimeschema.ParseGroupVersion(version.Text)
	if err != nil || !builtin().IsVersionRegistered(group) {
		return nil
	}
	known := builtin().KnownTypes(group)
	t, ok := known[kind.Text]
	if !ok {
		var findings diag.List
		d := findings.Errorf(compiler.CodeExtrasObject, kind.Pos, "Kubernetes has no kind `%s` in `%s`", kind.Text, version.Text)
		if near := schema.Nearest(kind.Text, slices.Sorted(maps.Keys(known))); near != "" {
			d.WithHint("did you mean `%s`?", near)
		} else {
			d.WithHint("`kubectl api-resources` lists kinds with their apiVersion")
		}
		return findings
	}
	return checkFields(n, kind.Text, reflect.New(t).Interface())
}

// checkFields reads an object strictly into one of its type.
func checkFields(n *schema.Node, kind string, into any) diag.List {
	text, err := json.Marshal(n.JSON())
	if err != nil {
		return nil // which the writer reports
	}
	var findings diag.List
	object := kind + " `" + n.Get("metadata").Get("name").Text + "`"
	unknown, err := kjson.UnmarshalStrict(text, into)
	for _, fault := range unknown {
		if field, ok := errors.AsType[kjson.FieldError](fault); ok {
			findings.Errorf(compiler.CodeExtrasObject, placeOf(n, field.FieldPath()), "%s has no field `%s`", object, field.FieldPath()).
				WithHint("`kubectl explain %s --recursive` lists those that it has", strings.ToLower(kind))
		}
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case err == nil:
	case !ok:
		findings.Errorf(compiler.CodeExtrasObject, n.Pos, "%s cannot be read: %v", object, err).WithHint(formOfKubernetes)
	case wrong.Type.Kind() == reflect.String && wrong.Value != "array" && wrong.Value != "object":
		findings.Errorf(compiler.CodeExtrasObject, placeOf(n, wrong.Field), "%s has no text in `%s`", object, wrong.Field).
			WithHint("put it in quotes")
	default:
		findings.Errorf(compiler.CodeExtrasObject, placeOf(n, wrong.Field), "%s cannot have a value of type %s in `%s`", object, wrong.Value, wrong.Field).
			WithHint(formOfKubernetes)
	}
	return findings
}

// formOfKubernetes is the hint for a value of another form.
const formOfKubernetes = "its form is that of Kubernetes' API"

// placeOf gives the place of a path such as spec.ports[0].name, or of the last step of it that there is.
func placeOf(n *schema.Node, path string) diag.Pos {
	pos := n.Pos
	for step := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Items) {
			n = n.Items[i]
			pos = n.Pos
			continue
		}
		e := n.Entry(step)
		if e == nil {
			break
		}
		n, pos = e.Value, e.KeyPos
	}
	return pos
}
