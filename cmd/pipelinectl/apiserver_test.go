package main

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// warnings gathers what the API server warns of.
type warnings struct {
	mu   sync.Mutex
	list []string
}

// HandleWarningHeader implements rest.WarningHandler.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, text)
}

func (w *warnings) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.list
	w.list = nil
	return out
}

// TestPodsPassRestricted submits the pods of every example to a real API server, by dry run in a namespace that enforces
// the restricted profile: a Deployment would be accepted whatever its pods are. Any warning fails.
func TestPodsPassRestricted(t *testing.T) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		t.Skip("KUBEBUILDER_ASSETS names no etcd and kube-apiserver (sigs.k8s.io/controller-runtime/pkg/envtest)")
	}
	server := &envtest.Environment{}
	config, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	heard := &warnings{}
	config.WarningHandler = heard
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	const namespace = "restricted"
	_, err = client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace,
		Labels: map[string]string{
			"pod-security.kubernetes.io/enforce": "restricted",
			"pod-security.kubernetes.io/warn":    "restricted",
		},
	}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	submit := func(ctx context.Context, name string, spec corev1.PodSpec) error {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Spec: spec}
		_, err := client.CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{
			DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict,
		})
		return err
	}

	var last corev1.PodSpec
	pods := 0
	for name, dir := range examples(t) {
		program := compileFolder(t, dir)
		for _, bundle := range bundles(t, program.Graphs) {
			for _, r := range bundle.Resources {
				deployment, ok := r.Object.(*appsv1.Deployment)
				if !ok {
					continue
				}
				pods++
				last = deployment.Spec.Template.Spec
				if err := submit(t.Context(), deployment.Name, last); err != nil {
					t.Errorf("example %s, environment %q: %v", name, bundle.Environment, err)
				}
				for _, text := range heard.take() {
					t.Errorf("example %s, environment %q: %s: the API server warns: %s", name, bundle.Environment, deployment.Name, text)
				}
			}
		}
	}
	if pods < 10 {
		t.Fatalf("only %d pods were submitted", pods)
	}

	planted := *last.DeepCopy()
	privileged := true
	planted.Containers[0].SecurityContext.Privileged = &privileged
	if err := submit(t.Context(), "planted", planted); err == nil || !strings.Contains(err.Error(), "privileged") {
		t.Errorf("a privileged container is not refused: %v", err)
	}
}
