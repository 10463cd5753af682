package emit

import (
	"fmt"
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// kafkaTopic is a custom resource as emit/strimzi defines them: a struct of its own.
type kafkaTopic struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              kafkaTopicSpec `json:"spec"`
}

type kafkaTopicSpec struct {
	TopicName  string         `json:"topicName,omitempty"`
	Partitions int32          `json:"partitions,omitempty"`
	Config     map[string]any `json:"config,omitempty"`
}

func text(s string) schema.Value[string] {
	return schema.Value[string]{V: s, Pos: diag.Pos{File: "f.yaml", Line: 1, Col: 1}}
}

// environment gives an environment named env, with namespaces env-app and env-kafka; nil for "".
func environment(env string) *compiler.Environment {
	if env == "" {
		return nil
	}
	e := &compiler.Environment{Name: text(env), Namespace: text(env + "-app")}
	e.Kafka.Namespace = text(env + "-kafka")
	return e
}

func graph(env string, nodes ...*compiler.Node) *compiler.Graph {
	return &compiler.Graph{
		Pipeline:    &compiler.Pipeline{Name: text("photos"), Source: "pipelines/photos.yaml"},
		Environment: environment(env),
		Nodes:       nodes,
	}
}

// object is what a test adds to a bundle.
type object struct {
	layer     Layer
	component Component
	Object
}

func app(o Object) object                { return object{App, "", o} }
func kafka(o Object) object              { return object{Kafka, "", o} }
func of(name Component, o Object) object { return object{App, name, o} }

// bundle builds the objects of one environment, or of none.
func bundle(t testing.TB, env string, objects ...object) *Bundle {
	t.Helper()
	b := NewBuilder(graph(env))
	for _, o := range objects {
		b.Of(o.component).Add(o.layer, o.Object)
	}
	out, err := b.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func factor(t testing.TB, base *Bundle, environments ...*Bundle) Tree {
	t.Helper()
	tree, err := Factor(base, environments)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func meta(apiVersion, kind, name string) (metav1.TypeMeta, metav1.ObjectMeta) {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind},
		metav1.ObjectMeta{Name: name, Labels: map[string]string{"app.kubernetes.io/name": name}}
}

func topic(name string, partitions int32) *kafkaTopic {
	tm, om := meta("kafka.strimzi.io/v1", "KafkaTopic", name)
	return &kafkaTopic{TypeMeta: tm, ObjectMeta: om, Spec: kafkaTopicSpec{
		TopicName: name, Partitions: partitions, Config: map[string]any{"retention.ms": int64(604800000)},
	}}
}

func contractMap(name, document string) *corev1.ConfigMap {
	tm, om := meta("v1", "ConfigMap", name)
	return &corev1.ConfigMap{TypeMeta: tm, ObjectMeta: om, Data: map[string]string{contract.NodeFile: document}}
}

func service(name string, port int32) *corev1.Service {
	tm, om := meta("v1", "Service", name)
	return &corev1.Service{TypeMeta: tm, ObjectMeta: om, Spec: corev1.ServiceSpec{
		Selector: om.Labels,
		Ports:    []corev1.ServicePort{{Name: "http", Port: port, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromString("http")}},
	}}
}

func certificate(name string, hosts ...string) *certmanager.Certificate {
	tm, om := meta("cert-manager.io/v1", "Certificate", name)
	return &certmanager.Certificate{TypeMeta: tm, ObjectMeta: om, Spec: certmanager.CertificateSpec{
		DNSNames: hosts, SecretName: name, IssuerRef: cmmeta.IssuerReference{Name: "own", Kind: "Issuer"},
	}}
}

func issuer(name string) *certmanager.Issuer {
	tm, om := meta("cert-manager.io/v1", "Issuer", name)
	return &certmanager.Issuer{TypeMeta: tm, ObjectMeta: om, Spec: certmanager.IssuerSpec{
		IssuerConfig: certmanager.IssuerConfig{SelfSigned: &certmanager.SelfSignedIssuer{}},
	}}
}

func budget(name string, unavailable int32) *policyv1.PodDisruptionBudget {
	tm, om := meta("policy/v1", "PodDisruptionBudget", name)
	return &policyv1.PodDisruptionBudget{TypeMeta: tm, ObjectMeta: om, Spec: policyv1.PodDisruptionBudgetSpec{
		MaxUnavailable: new(intstr.FromInt32(unavailable)), Selector: &metav1.LabelSelector{MatchLabels: om.Labels},
	}}
}

func denyAll(name string) *networkingv1.NetworkPolicy {
	tm, om := meta("networking.k8s.io/v1", "NetworkPolicy", name)
	return &networkingv1.NetworkPolicy{TypeMeta: tm, ObjectMeta: om, Spec: networkingv1.NetworkPolicySpec{
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
		Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}}},
	}}
}

// deployment is one of about the size that a node has.
func deployment(name string, replicas int32, env ...corev1.EnvVar) *appsv1.Deployment {
	tm, om := meta("apps/v1", "Deployment", name)
	restricted := &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(bool),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
	return &appsv1.Deployment{TypeMeta: tm, ObjectMeta: om, Spec: appsv1.DeploymentSpec{
		Replicas: &replicas,
		Selector: &metav1.LabelSelector{MatchLabels: om.Labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: om.Labels, Annotations: map[string]string{"pipelinectl.dev/config": "0a1b2c3d4e5f6071"}},
			Spec: corev1.PodSpec{
				InitContainers: []corev1.Container{{
					Name: "algo", Image: "ghcr.io/acme/resize:2.1", SecurityContext: restricted,
					VolumeMounts: []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}},
				}},
				Containers: []corev1.Container{{
					Name: "runner", Image: "ghcr.io/pipelinectl/runner:v1", SecurityContext: restricted,
					Env: append([]corev1.EnvVar{
						{Name: contract.VarNodeFile, Value: "/etc/runner/node.json"},
						{Name: contract.VarNodeImage, Value: "ghcr.io/acme/resize:2.1"},
						{Name: "NAMED", Value: "resize"},
					}, env...),
					Ports: []corev1.ContainerPort{{Name: "admin", ContainerPort: contract.AdminPort, Protocol: corev1.ProtocolTCP}},
					ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
						HTTPGet: &corev1.HTTPGetAction{Path: contract.PathReady, Port: intstr.FromString("admin")},
					}},
					Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
						corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("64Mi"),
					}},
					VolumeMounts: []corev1.VolumeMount{{Name: "node", MountPath: contract.NodeDir, ReadOnly: true}},
				}},
				Volumes: []corev1.Volume{
					{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
					{Name: "node", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}},
				},
			},
		},
	}}
}

// node gives the app objects of one node in an environment of some rank; rank 0 is the base.
func node(name string, rank int32) []object {
	var env []corev1.EnvVar
	if rank > 0 {
		env = append(env, corev1.EnvVar{Name: "RUNNER_KAFKA_BOOTSTRAP_SERVERS", Value: fmt.Sprintf("kafka-%d.example.org:9092", rank)})
	}
	return []object{
		app(deployment(name, 1+rank, env...)),
		app(service(name, 80)),
		app(contractMap(name, fmt.Sprintf("{\n  \"rank\": %d\n}\n", rank))),
		app(denyAll(name)),
	}
}
