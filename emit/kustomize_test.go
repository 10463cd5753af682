package emit

import (
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// referrer is a custom resource that names others.
type referrer struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              referrerSpec `json:"spec"`
}

type referrerSpec struct {
	User      *named `json:"user,omitempty"`
	TLSSecret *named `json:"tlsSecret,omitempty"`
}

type named struct {
	Name string `json:"name"`
}

func referring(apiVersion, kind, name string, spec referrerSpec) *referrer {
	tm, om := meta(apiVersion, kind, name)
	return &referrer{TypeMeta: tm, ObjectMeta: om, Spec: spec}
}

// onTop renders a team's own overlay over the overlay prod of a tree.
func onTop(t *testing.T, tree Tree, kustomization string) map[ID]any {
	t.Helper()
	tree["mine/kustomization.yaml"] = []byte("resources: [../photos/overlays/prod]\n" + kustomization)
	return rendered(t, tree, "mine")
}

func as[T any](t *testing.T, objects map[ID]any, id ID) (out T) {
	t.Helper()
	value, ok := objects[id]
	if !ok {
		t.Fatalf("there is no %v", id)
	}
	remarshal(t, value, &out)
	return out
}

// env gives the variables of the only main container.
func env(d appsv1.Deployment) map[string]string {
	out := map[string]string{}
	for _, v := range d.Spec.Template.Spec.Containers[0].Env {
		out[v.Name] = v.Value
	}
	return out
}

// oneNamespace gives a tree in which app and kafka share a namespace, and objects refer to one another.
func oneNamespace(t *testing.T) Tree {
	d := deployment("photos-resize", 1, corev1.EnvVar{Name: "RUNNER_KAFKA_USERNAME", Value: "photos.resize"},
		corev1.EnvVar{Name: "FROM", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}})
	d.Spec.Template.Spec.Volumes = append(d.Spec.Template.Spec.Volumes, corev1.Volume{Name: "kafka", VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: "photos.resize"},
		}}}},
	}})
	g := graph("prod")
	g.Environment.Kafka.Namespace = g.Environment.Namespace
	b := NewBuilder(g)
	b.Add(App, d)
	b.Add(App, contractMap("photos-resize", "{}\n"))
	b.Add(App, certificate("photos", "photos.example.org"))
	b.Add(App, issuer("own"))
	b.Add(App, referring("getambassador.io/v3alpha1", "Host", "photos", referrerSpec{TLSSecret: &named{"photos-tls"}}))
	b.Add(App, referring("access.strimzi.io/v1", "KafkaAccess", "photos-resize", referrerSpec{User: &named{"photos.resize"}}))
	b.Add(Kafka, referring("kafka.strimzi.io/v1", "KafkaUser", "photos.resize", referrerSpec{}))
	prod, err := b.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	return factor(t, bundle(t, "", app(deployment("photos-resize", 1)), app(contractMap("photos-resize", "{}\n"))), prod)
}

// A team that renames everything keeps its references.
func TestConfigurationFollowsNames(t *testing.T) {
	objects := onTop(t, oneNamespace(t), `namePrefix: my-
secretGenerator:
- name: photos-tls
  namespace: prod-app
  literals: [a=b]
generatorOptions: {disableNameSuffixHash: true}
`)
	d := as[appsv1.Deployment](t, objects, ID{"apps", "Deployment", "prod-app", "my-photos-resize"})
	volumes := d.Spec.Template.Spec.Volumes
	if got := volumes[1].ConfigMap.Name; got != "my-photos-resize" {
		t.Errorf("the ConfigMap is %q", got)
	}
	if got := volumes[2].Projected.Sources[0].Secret.Name; got != "my-photos.resize" {
		t.Errorf("the user's Secret is %q", got)
	}
	if got := env(d); got["RUNNER_KAFKA_USERNAME"] != "my-photos.resize" || got["NAMED"] != "resize" {
		t.Errorf("the variables are %v", got)
	}
	c := as[certmanager.Certificate](t, objects, ID{"cert-manager.io", "Certificate", "prod-app", "my-photos"})
	if got := c.Spec.IssuerRef.Name; got != "my-own" {
		t.Errorf("the Issuer is %q", got)
	}
	a := as[referrer](t, objects, ID{"access.strimzi.io", "KafkaAccess", "prod-app", "my-photos-resize"})
	if got := a.Spec.User.Name; got != "my-photos.resize" {
		t.Errorf("the KafkaUser is %q", got)
	}
	h := as[referrer](t, objects, ID{"getambassador.io", "Host", "prod-app", "my-photos"})
	if got := h.Spec.TLSSecret.Name; got != "my-photos-tls" {
		t.Errorf("the Host's Secret is %q", got)
	}
}

// A team that sets an image's tag changes the container and the variable, and no other variable.
func TestConfigurationFollowsImages(t *testing.T) {
	objects := onTop(t, oneNamespace(t), "images: [{name: ghcr.io/acme/resize, newTag: \"3.0\"}]\n")
	d := as[appsv1.Deployment](t, objects, ID{"apps", "Deployment", "prod-app", "photos-resize"})
	want := "ghcr.io/acme/resize:3.0"
	if got := d.Spec.Template.Spec.InitContainers[0].Image; got != want {
		t.Errorf("the container's image is %q", got)
	}
	got := env(d)
	if got[contract.VarNodeImage] != want {
		t.Errorf("the variable says %q", got[contract.VarNodeImage])
	}
	if got["NAMED"] != "resize" || got[contract.VarNodeFile] != "/etc/runner/node.json" || got["RUNNER_KAFKA_USERNAME"] != "photos.resize" {
		t.Errorf("other variables changed: %v", got)
	}
	if got := d.Spec.Template.Spec.Containers[0].Image; got != "ghcr.io/pipelinectl/runner:v1" {
		t.Errorf("another container's image is %q", got)
	}
}
