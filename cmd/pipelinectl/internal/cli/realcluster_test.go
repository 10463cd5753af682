package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/live"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/emittest"
)

// varAssets names the folder of etcd and kube-apiserver.
const varAssets = "KUBEBUILDER_ASSETS"

// examples is the folder of the projects that the clusters of these tests run.
const examples = "../../../../examples"

// realCluster is an API server without controllers: what they would do, the test does.
type realCluster struct {
	client.Client
	t *testing.T
	// reader may only get and list, patcher also patch: their kubeconfigs.
	reader, patcher string

	// project, environment and request are what plan was told and gave.
	project, environment string
	request              live.Request
}

// customKinds are those that the examples use.
var customKinds = []string{
	"Certificate.cert-manager.io", "Host.getambassador.io", "Issuer.cert-manager.io", "KafkaAccess.access.strimzi.io",
	"KafkaTopic.kafka.strimzi.io", "KafkaUser.kafka.strimzi.io", "Mapping.getambassador.io",
	"PodMonitor.monitoring.coreos.com", "PrometheusRule.monitoring.coreos.com",
}

// newRealCluster starts an API server with the CRDs of what is emitted.
func newRealCluster(t *testing.T) *realCluster {
	t.Helper()
	if os.Getenv(varAssets) == "" || os.Getenv(emittest.VarCRDs) == "" {
		t.Skipf("%s or %s is not set: they name the folders of an API server and of the CRDs it shall serve", varAssets, emittest.VarCRDs)
	}
	e := &envtest.Environment{UseExistingCluster: new(false)} // whatever USE_EXISTING_CLUSTER says
	v := emittest.New(t)
	for _, kind := range customKinds {
		crd, err := v.CRD(schema.ParseGroupKind(kind))
		if err != nil || crd == nil {
			t.Fatalf("there is no CRD of %s: %v", kind, err)
		}
		e.CRDs = append(e.CRDs, crd)
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
	c := &realCluster{t: t}
	c.Client, err = client.New(config, client.Options{})
	c.check(err)
	c.reader = c.user(e, "reader", "get", "list")
	c.patcher = c.user(e, "patcher", "get", "list", "patch")
	return c
}

// user makes a user with certain rights on everything, and gives its kubeconfig.
func (c *realCluster) user(e *envtest.Environment, name string, verbs ...string) string {
	c.t.Helper()
	meta := metav1.ObjectMeta{Name: name}
	rules := []rbacv1.PolicyRule{{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: verbs}}
	c.check(c.Create(c.t.Context(), &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}))
	c.check(c.Create(c.t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	}))
	user, err := e.AddUser(envtest.User{Name: name}, nil)
	c.check(err)
	text, err := user.KubeConfig()
	c.check(err)
	file := filepath.Join(c.t.TempDir(), name)
	c.check(os.WriteFile(file, text, 0o600))
	return file
}

// plan takes on an example in an environment.
func (c *realCluster) plan(example, environment string) {
	c.t.Helper()
	c.project, c.environment = filepath.Join(examples, example), environment
	f, _, _ := capture()
	cmd := &cobra.Command{}
	w, err := open(f, cmd, []string{c.project})
	c.check(err)
	c.request, err = w.liveRequest(cmd, environment)
	c.check(err)
}

func (c *realCluster) check(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *realCluster) objects() []emit.Manifest { return c.request.Targets[0].Manifests.Objects }

// apply does what an engine does: it makes the namespaces, and applies every object.
func (c *realCluster) apply() {
	c.t.Helper()
	for _, m := range c.objects() {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: m.ID.Namespace}}
		c.check(client.IgnoreAlreadyExists(c.Create(c.t.Context(), ns)))
		u := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(m.Value)}
		c.check(c.Apply(c.t.Context(), client.ApplyConfigurationFromUnstructured(u), client.FieldOwner("kustomize-controller"), client.ForceOwnership))
	}
}

// settle does what controllers and operators do: it makes pods that run, and says of everything that it is ready.
func (c *realCluster) settle() {
	c.t.Helper()
	for _, m := range c.objects() {
		u := c.get(m)
		switch m.ID.Kind {
		case "Deployment":
			c.settleDeployment(m)
			continue
		case "KafkaTopic", "KafkaUser", "KafkaAccess", "Certificate":
			status := map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "True"}}}
			if m.ID.Kind != "Certificate" {
				status["observedGeneration"] = u.GetGeneration()
			}
			u.Object["status"] = status
		case "Host":
			u.Object["status"] = map[string]any{"state": "Ready"}
		default:
			continue
		}
		c.check(c.Status().Update(c.t.Context(), u))
	}
}

func (c *realCluster) get(m emit.Manifest) *unstructured.Unstructured {
	c.t.Helper()
	u := &unstructured.Unstructured{Object: map[string]any{"apiVersion": m.Value["apiVersion"], "kind": m.ID.Kind}}
	c.check(c.Get(c.t.Context(), client.ObjectKey{Namespace: m.ID.Namespace, Name: m.ID.Name}, u))
	return u
}

func (c *realCluster) settleDeployment(m emit.Manifest) {
	c.t.Helper()
	var d appsv1.Deployment
	c.check(c.Get(c.t.Context(), client.ObjectKey{Namespace: m.ID.Namespace, Name: m.ID.Name}, &d))
	for i := range *d.Spec.Replicas {
		pod := &corev1.Pod{ObjectMeta: *d.Spec.Template.ObjectMeta.DeepCopy(), Spec: *d.Spec.Template.Spec.DeepCopy()}
		pod.Namespace, pod.Name = d.Namespace, d.Name+"-"+string('a'+i)
		err := c.Create(c.t.Context(), pod)
		if apierrors.IsAlreadyExists(err) {
			continue
		}
		c.check(err)
		pod.Status.Phase = corev1.PodRunning
		c.check(c.Status().Update(c.t.Context(), pod))
	}
	n := *d.Spec.Replicas
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n}
	c.check(c.Status().Update(c.t.Context(), &d))
}

// edit changes an object as kubectl does.
func (c *realCluster) edit(kind, name, patch string) {
	c.t.Helper()
	c.check(c.Patch(c.t.Context(), c.get(c.compiled(kind, name)), client.RawPatch(types.JSONPatchType, []byte(patch)), client.FieldOwner("kubectl-edit")))
}

// remove deletes an object.
func (c *realCluster) remove(kind, name string) {
	c.t.Helper()
	c.check(c.Delete(c.t.Context(), c.get(c.compiled(kind, name))))
}

func (c *realCluster) compiled(kind, name string) emit.Manifest {
	c.t.Helper()
	i := slices.IndexFunc(c.objects(), func(m emit.Manifest) bool { return m.ID.Kind == kind && m.ID.Name == name })
	if i < 0 {
		c.t.Fatalf("no %s/%s is compiled", kind, name)
	}
	return c.objects()[i]
}

// leave applies an object of an earlier build: under another name, or with a label more than today.
func (c *realCluster) leave(kind, name, earlier string) {
	c.t.Helper()
	u := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(c.compiled(kind, name).Value)}
	u.SetName(earlier)
	labels := u.GetLabels()
	labels["former"] = "yes"
	u.SetLabels(labels)
	c.check(c.Apply(c.t.Context(), client.ApplyConfigurationFromUnstructured(u), client.FieldOwner("kustomize-controller")))
}
