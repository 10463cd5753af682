package kinds_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/emittest"
)

// varAssets names the folder of etcd and kube-apiserver.
const varAssets = "KUBEBUILDER_ASSETS"

// apiServer is a real API server with the CRDs of everything that is emitted.
type apiServer struct {
	client.Client

	mu       sync.Mutex
	warnings []string
}

// HandleWarningHeader implements rest.WarningHandler.
func (s *apiServer) HandleWarningHeader(_ int, _, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, text)
}

// newServer starts an API server whose namespaces enforce the Pod Security Standard restricted.
func newServer(t *testing.T, namespaces ...string) *apiServer {
	t.Helper()
	crds := os.Getenv(emittest.VarCRDs)
	if os.Getenv(varAssets) == "" || crds == "" {
		t.Skipf("%s or %s is not set: they name the folders of an API server and of the CRDs it shall serve", varAssets, emittest.VarCRDs)
	}
	e := &envtest.Environment{ErrorIfCRDPathMissing: true}
	for _, project := range []string{"cert-manager", "emissary", "strimzi"} {
		e.CRDDirectoryPaths = append(e.CRDDirectoryPaths, filepath.Join(crds, project))
	}
	config, err := e.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	server := &apiServer{}
	config.WarningHandler = server
	if server.Client, err = client.New(config, client.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range namespaces {
		labels := map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
		if err := server.Create(t.Context(), ns); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

// TestServer has an API server take every object by server-side apply: without a warning, and without another value in
// any field that we wrote, so that no GitOps engine sees drift.
func TestServer(t *testing.T) {
	all := bundles(t)
	var namespaces []string
	for _, b := range all {
		if b.Environment != "" {
			namespaces = append(namespaces, b.Namespace, b.KafkaNamespace)
		}
	}
	slices.Sort(namespaces)
	server := newServer(t, slices.Compact(namespaces)...)
	for _, b := range all {
		if b.Environment == "" {
			continue // base has no namespaces and is never applied
		}
		for _, r := range b.Resources {
			stored := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(r.Tree())}
			err := server.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(stored), client.FieldOwner("test"), client.DryRunAll)
			if err != nil {
				t.Errorf("%s: %v", r.ID(), err)
				continue
			}
			compare(t, r.ID().String(), r.Tree(), stored.Object)
			server.checkPod(t, r)
		}
	}
	if len(server.warnings) > 0 {
		t.Errorf("the server warns:\n%s", strings.Join(server.warnings, "\n"))
	}
}

// checkPod submits the pod of a Deployment by itself: a Deployment is accepted whatever its pods are.
func (s *apiServer) checkPod(t *testing.T, r emit.Resource) {
	d, ok := r.Object.(*appsv1.Deployment)
	if !ok {
		return
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: d.Spec.Template.Spec.ServiceAccountName, Namespace: d.Namespace}}
	if err := s.Create(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec}
	pod.Name, pod.Namespace = d.Name, d.Namespace
	planted := pod.DeepCopy()
	if err := s.Create(t.Context(), pod.DeepCopy(), client.DryRunAll); err != nil {
		t.Errorf("the pod of %s: %v", d.Name, err)
	}
	planted.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: new(true)}
	if err := s.Create(t.Context(), planted, client.DryRunAll); !apierrors.IsForbidden(err) {
		t.Errorf("the pod of %s with a planted privileged container: got %v, want it forbidden", d.Name, err)
	}
}

// compare reports every value of ours that the server stored otherwise; what it added is its own.
func compare(t *testing.T, path string, ours, stored any) {
	t.Helper()
	switch ours := ours.(type) {
	case map[string]any:
		theirs, _ := stored.(map[string]any)
		for key, value := range ours {
			compare(t, path+"."+key, value, theirs[key])
		}
	case []any:
		theirs, _ := stored.([]any)
		if len(theirs) != len(ours) {
			t.Errorf("%s is stored with %d items in place of %d", path, len(theirs), len(ours))
			return
		}
		for i := range ours {
			compare(t, path, ours[i], theirs[i])
		}
	default:
		if !reflect.DeepEqual(ours, stored) {
			t.Errorf("%s is stored as %v in place of %v", path, stored, ours)
		}
	}
}
