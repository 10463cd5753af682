package kinds_test

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	applymetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/pipelinectl/pipelinectl/emit/emittest"
)

// varAssets names the folder of etcd and kube-apiserver.
const varAssets = "KUBEBUILDER_ASSETS"

// manager is who applies.
const manager = "engine"

// apiServer is a real API server with the namespaces and the custom kinds of all that it is to take.
type apiServer struct {
	client.Client
	// owned gives of an object what belongs to its manager.
	owned applymetav1.UnstructuredExtractor

	mu       sync.Mutex
	warnings []string
}

// finalizerWarning is of a name that is Argo CD's own: an AppProject is kept by no other.
const finalizerWarning = `metadata.finalizers: "resources-finalizer.argocd.argoproj.io": prefer a domain-qualified finalizer name`

// HandleWarningHeader implements rest.WarningHandler.
func (s *apiServer) HandleWarningHeader(_ int, _, text string) {
	if strings.HasPrefix(text, finalizerWarning) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, text)
}

// newServer starts an API server that can take the objects. Its namespaces enforce the Pod Security Standard restricted,
// and warn of workloads that would not meet it.
func newServer(t *testing.T, objects []*unstructured.Unstructured) *apiServer {
	t.Helper()
	if os.Getenv(varAssets) == "" || os.Getenv(emittest.VarCRDs) == "" {
		t.Skipf("%s or %s is not set: they name the folders of an API server and of the CRDs it shall serve", varAssets, emittest.VarCRDs)
	}
	crds := definitions(t, objects)
	e := &envtest.Environment{
		UseExistingCluster: new(false), // whatever USE_EXISTING_CLUSTER says
		CRDInstallOptions:  envtest.CRDInstallOptions{CRDs: crds},
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
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	waitForSchemas(t, found, crds)
	if server.owned, err = applymetav1.NewUnstructuredExtractor(found); err != nil {
		t.Fatal(err)
	}
	server.makeNamespaces(t, objects)
	return server
}

// definitions gives the CRDs of the custom kinds among objects.
func definitions(t *testing.T, objects []*unstructured.Unstructured) []*apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	v := emittest.New(t)
	seen := map[schema.GroupKind]bool{}
	var out []*apiextensionsv1.CustomResourceDefinition
	for _, obj := range objects {
		kind := obj.GroupVersionKind().GroupKind()
		if seen[kind] {
			continue
		}
		seen[kind] = true
		crd, err := v.CRD(kind)
		if err != nil {
			t.Fatal(err)
		}
		if crd != nil { // the server knows its own kinds, and refuses what nobody knows
			out = append(out, crd)
		}
	}
	return out
}

// waitForSchemas waits until the server publishes the schema of each CRD, which it does a while after it serves them.
func waitForSchemas(t *testing.T, found discovery.OpenAPISchemaInterface, crds []*apiextensionsv1.CustomResourceDefinition) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		document, err := found.OpenAPISchema()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, d := range document.GetDefinitions().GetAdditionalProperties() {
			names = append(names, d.GetName())
		}
		missing := slices.IndexFunc(crds, func(crd *apiextensionsv1.CustomResourceDefinition) bool {
			group := strings.Split(crd.Spec.Group, ".")
			slices.Reverse(group)
			return slices.ContainsFunc(crd.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
				return v.Served && !slices.Contains(names, strings.Join(group, ".")+"."+v.Name+"."+crd.Spec.Names.Kind)
			})
		})
		if missing < 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the server does not publish the schema of %s", crds[missing].Name)
		}
	}
}

func (s *apiServer) makeNamespaces(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	made := map[string]bool{"": true, metav1.NamespaceDefault: true}
	for _, obj := range objects {
		name := obj.GetNamespace()
		if made[name] {
			continue
		}
		made[name] = true
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			"pod-security.kubernetes.io/enforce": "restricted",
			"pod-security.kubernetes.io/warn":    "restricted",
		}}}
		if err := s.Create(t.Context(), namespace); err != nil {
			t.Fatal(err)
		}
	}
}
