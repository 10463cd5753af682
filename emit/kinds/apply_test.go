package kinds_test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/emittest"
)

// TestServer has an API server take all that is written, in both layouts and for both engines, as an engine applies it:
// without a warning, without a change the second time, and so that what it stores of our fields is what we wrote.
func TestServer(t *testing.T) {
	type example struct {
		name string
		// objects are those of the pipeline and of the engines, again those of the pipeline in the flat layout.
		objects, again []*unstructured.Unstructured
	}
	var examples []example
	var all []*unstructured.Unstructured
	for _, engine := range []string{compiler.EngineFlux, compiler.EngineArgoCD} {
		tree := deliveries(t, emit.Kustomize, fromGit(engine))
		flat := deliveries(t, emit.Flat, fromOCI(engine))
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			e := example{
				name:    name + " for " + engine,
				objects: slices.Concat(tree[name].pipeline(t), tree[name].engine(t), flat[name].engine(t)),
				again:   flat[name].pipeline(t),
			}
			examples = append(examples, e)
			all = append(all, e.objects...)
		}
	}
	server := newServer(t, all)
	planted := map[string]bool{}
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			for _, obj := range e.objects {
				if fault := server.takes(t, obj); fault != "" {
					t.Errorf("%s %s: %s", obj.GetKind(), obj.GetName(), fault)
				}
				server.checkPod(t, obj)
				if kind := obj.GetKind(); !planted[kind] {
					planted[kind] = true
					server.refuses(t, obj)
				}
			}
			for _, obj := range e.again {
				server.changes(t, obj, false)
			}
		})
	}
	for _, kind := range []string{"Application", "AppProject", "Deployment", "GitRepository", "KafkaTopic", "Kustomization", "OCIRepository", "PodMonitor"} {
		if !planted[kind] {
			t.Errorf("the server was given no %s", kind)
		}
	}
	if len(server.warnings) > 0 {
		t.Errorf("the server warns:\n%s", strings.Join(server.warnings, "\n"))
	}
	for _, p := range plants {
		i := slices.IndexFunc(all, func(obj *unstructured.Unstructured) bool { return obj.GetKind() == p.kind })
		obj := all[i].DeepCopy()
		p.plant(t, obj.Object)
		server.changes(t, obj, true)
		if fault := server.takes(t, obj); !regexp.MustCompile(p.fault).MatchString(fault) {
			t.Errorf("%s with %s: got %q, want it to match %q", p.kind, p.name, fault, p.fault)
		}
	}
}

// apply applies a copy of an object, and gives what is stored then.
func (s *apiServer) apply(t *testing.T, obj *unstructured.Unstructured, options ...client.ApplyOption) (*unstructured.Unstructured, error) {
	t.Helper()
	stored := obj.DeepCopy()
	options = append(options, client.FieldOwner(manager), client.ForceOwnership)
	if err := s.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(stored), options...); err != nil {
		return nil, err
	}
	return stored, nil
}

// takes applies an object twice and says what is wrong with what is stored of it, empty where nothing is.
func (s *apiServer) takes(t *testing.T, obj *unstructured.Unstructured) string {
	t.Helper()
	first, err := s.apply(t, obj)
	if err != nil {
		return err.Error()
	}
	if _, there := first.Object["status"]; there {
		// Nobody has written it: it comes from the CRD's defaults, and is stored with the next write, which is the controller's.
		if err := s.Status().Update(t.Context(), first); err != nil {
			t.Fatal(err)
		}
	}
	second, err := s.apply(t, obj)
	if err != nil {
		return err.Error()
	}
	if first.GetResourceVersion() != second.GetResourceVersion() {
		return "the second time it is applied, it changes"
	}
	stored := &unstructured.Unstructured{}
	stored.SetGroupVersionKind(obj.GroupVersionKind())
	if err := s.Get(t.Context(), client.ObjectKeyFromObject(obj), stored); err != nil {
		t.Fatal(err)
	}
	owned, err := s.owned.Extract(stored, manager)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(differences("", obj.Object, owned.Object), "\n")
}

// changes applies an object that is there, and demands that it changes, or does not.
func (s *apiServer) changes(t *testing.T, obj *unstructured.Unstructured, want bool) {
	t.Helper()
	before := &unstructured.Unstructured{}
	before.SetGroupVersionKind(obj.GroupVersionKind())
	if err := s.Get(t.Context(), client.ObjectKeyFromObject(obj), before); err != nil {
		t.Error(err)
		return
	}
	after, err := s.apply(t, obj)
	if err != nil {
		t.Error(err)
		return
	}
	if changed := before.GetResourceVersion() != after.GetResourceVersion(); changed != want {
		t.Errorf("%s %s: changed: %t, want %t", obj.GetKind(), obj.GetName(), changed, want)
	}
}

// refuses plants faults into an object of a kind, and demands that the server refuses each.
func (s *apiServer) refuses(t *testing.T, obj *unstructured.Unstructured) {
	t.Helper()
	for fault, tree := range emittest.Faults(obj.Object) {
		if _, err := s.apply(t, &unstructured.Unstructured{Object: tree}, client.DryRunAll); err == nil {
			t.Errorf("%s: a planted %s is accepted", obj.GetKind(), fault)
		}
	}
}

// checkPod submits the pod of a Deployment by itself: a Deployment is accepted whatever its pods are.
func (s *apiServer) checkPod(t *testing.T, obj *unstructured.Unstructured) {
	t.Helper()
	if obj.GetKind() != "Deployment" {
		if _, runs, _ := unstructured.NestedMap(obj.Object, "spec", "template", "spec"); runs {
			t.Errorf("%s %s has pods, which nothing here looks at", obj.GetKind(), obj.GetName())
		}
		return
	}
	var d appsv1.Deployment
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(obj.Object, &d); err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec}
	pod.Name, pod.Namespace = d.Name, d.Namespace
	planted := pod.DeepCopy()
	if err := s.Create(t.Context(), pod, client.DryRunAll); err != nil {
		t.Errorf("the pod of %s: %v", d.Name, err)
	}
	planted.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
	if err := s.Create(t.Context(), planted, client.DryRunAll); !apierrors.IsForbidden(err) {
		t.Errorf("the pod of %s with a planted privileged container: got %v, want it forbidden", d.Name, err)
	}
}

// differences says where what is stored of our fields is not what we wrote: a value that is another, one that is gone, and
// one that was added inside of what is ours as a whole.
func differences(path string, ours, stored any) []string {
	switch ours := ours.(type) {
	case map[string]any:
		theirs, ok := stored.(map[string]any)
		if !ok {
			break
		}
		keys := maps.Clone(ours)
		maps.Copy(keys, theirs)
		var out []string
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			out = append(out, differences(path+"."+key, ours[key], theirs[key])...)
		}
		return out
	case []any:
		theirs, ok := stored.([]any)
		if !ok || len(theirs) != len(ours) {
			break
		}
		var out []string
		for i := range ours {
			out = append(out, differences(fmt.Sprintf("%s[%d]", path, i), ours[i], theirs[i])...)
		}
		return out
	}
	if reflect.DeepEqual(ours, stored) {
		return nil
	}
	return []string{fmt.Sprintf("%s is stored as %v in place of %v", path, stored, ours)}
}
