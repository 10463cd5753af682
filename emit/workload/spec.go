// Package workload owns the one pod shape that all kinds share: labels, security, probes, the runner's container with
// its environment and credentials, the objects around it (Deployment, ServiceAccount, ConfigMap, NetworkPolicy, Service),
// and the optional ones that belong to components (PodDisruptionBudget, PodMonitor, PrometheusRule).
//
// It must not know any kind: a kind says what differs in a Pod and hands it to Emit. Start reading at Spec (what a
// document may say about pods), then Emit.
package workload

import (
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// Spec are the fields of a node that shape its pods. Kinds embed it inline; env and resources are those of the
// container that holds the user's code, or of the runner where there is none.
type Spec struct {
	// Replicas is how many pods run; 1 when it is not written.
	Replicas  schema.Value[int32]   `yaml:"replicas"`
	Resources ResourcesSpec         `yaml:"resources"`
	Env       []EnvSpec             `yaml:"env"`
	Egress    []compiler.EgressSpec `yaml:"egress"`
	// Pod is a pod template of Kubernetes, merged over the one that is planned; nil where nothing is said.
	Pod *schema.Node `yaml:"pod"`
}

// PodCount implements compiler.Replicated for the kinds.
func (s *Spec) PodCount() schema.Value[int32] { return s.Replicas }

// ResourcesSpec is what a container may use: cpu in processors, memory in bytes.
type ResourcesSpec struct {
	Requests ResourceListSpec `yaml:"requests"`
	Limits   ResourceListSpec `yaml:"limits"`
}

// ResourceListSpec is one side of a ResourcesSpec.
type ResourceListSpec struct {
	CPU    schema.Value[Quantity] `yaml:"cpu"`
	Memory schema.Value[Quantity] `yaml:"memory"`
}

// EnvSpec is one variable: its literal value, or the key of a Secret that holds it.
type EnvSpec struct {
	Name         schema.Value[string] `yaml:"name"`
	Value        schema.Value[string] `yaml:"value"`
	SecretKeyRef *SecretKeySpec       `yaml:"secretKeyRef"`
}

// SecretKeySpec names a key of a Secret in the namespace of the pods.
type SecretKeySpec struct {
	Name schema.Value[string] `yaml:"name"`
	Key  schema.Value[string] `yaml:"key"`
}

// Quantity is an amount in Kubernetes' notation (k8s.io/apimachinery/pkg/api/resource).
type Quantity struct {
	// Text is the amount as written.
	Text string
	// Amount is what the API server stores: rounded up to thousandths, in canonical form. Zero when Err is set.
	Amount resource.Quantity
	// Err says why Text is no quantity; Check reports it.
	Err error
}

// UnmarshalText implements encoding.TextUnmarshaler. It accepts every text, so that Check can report a bad one under a
// code of its own.
func (q *Quantity) UnmarshalText(text []byte) error {
	amount, err := resource.ParseQuantity(string(text))
	if err == nil {
		// SetDefaults_ResourceList in k8s.io/kubernetes/pkg/apis/core/v1/defaults.go.
		amount.RoundUp(resource.Milli)
	}
	*q = Quantity{Text: string(text), Amount: amount, Err: err}
	return nil
}
