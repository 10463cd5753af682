package compiler

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Environment is a document of kind Environment: a place that pipelines run in. Defaults are explicit: the accessors
// below never give an empty value where a default exists.
type Environment struct {
	Name schema.Value[string]
	// Pipelines says which run here, nil that all do.
	Pipelines *PipelinesSpec       `yaml:"pipelines"`
	Namespace schema.Value[string] `yaml:"namespace"`
	Cluster   schema.Value[string] `yaml:"cluster"`
	// Context is the kubeconfig's context that leads to the cluster; empty: its current one.
	Context schema.Value[string]   `yaml:"context"`
	Runner  RunnerSpec             `yaml:"runner"`
	Kafka   KafkaSpec              `yaml:"kafka"`
	Domains []Domain               `yaml:"domains"`
	Ingress []schema.Value[string] `yaml:"ingressFrom"`
	// IngressPos is where that list stands.
	IngressPos diag.Pos
	Components ComponentsSpec `yaml:"components"`
	// GitOps is nil where nothing is said of the engine that applies the tree.
	GitOps    *GitOpsSpec `yaml:"gitops"`
	Overrides []Override  `yaml:"overrides"`
	// Pos is where the document begins; Source the file relative to the project.
	Pos    diag.Pos
	Source string
}

// RunnerSpec is how runners are deployed in an environment.
type RunnerSpec struct {
	Image schema.Value[string] `yaml:"image"`
}

// KafkaSpec says where an environment's Kafka is and how it is spoken to.
type KafkaSpec struct {
	// Cluster is the name of Strimzi's Kafka, Namespace where it lives and where topics and users are made.
	Cluster          schema.Value[string] `yaml:"cluster"`
	Namespace        schema.Value[string] `yaml:"namespace"`
	BootstrapServers schema.Value[string] `yaml:"bootstrapServers"`
	// Prefix begins every topic, group and user of the environment.
	Prefix         schema.Value[string] `yaml:"prefix"`
	TLS            schema.Value[bool]   `yaml:"tls"`
	Authentication *AuthenticationSpec  `yaml:"authentication"`
	Credentials    CredentialsSpec      `yaml:"credentials"`
	TopicDefaults  TopicDefaults        `yaml:"topicDefaults"`
	Limits         LimitsSpec           `yaml:"limits"`
	// Egress is how pods reach a Kafka outside the cluster; default: the internet on its port.
	Egress []EgressSpec `yaml:"egress"`
	// OpsUser asks for one more user per pipeline; see HasOpsUser.
	OpsUser schema.Value[bool] `yaml:"opsUser"`
}

// AuthenticationSpec is how clients prove who they are; absent: they do not.
type AuthenticationSpec struct {
	Type schema.Value[string] `yaml:"type"`
}

// The values of AuthenticationSpec.Type.
const (
	AuthTLS         = "tls"
	AuthSCRAMSHA512 = "scram-sha-512"
	AuthSCRAMSHA256 = "scram-sha-256"
	AuthPlain       = "plain"
)

// CredentialsSpec is where the pods find the credentials.
type CredentialsSpec struct {
	From      schema.Value[string] `yaml:"from"`
	SecretRef *SecretRef           `yaml:"secretRef"`
	// Listener is the Kafka's listener that a KafkaAccess chooses; empty: the access operator's choice.
	Listener schema.Value[string] `yaml:"listener"`
}

// The values of CredentialsSpec.From.
const (
	// FromSameNamespace mounts the Secrets that Strimzi writes: pods and Kafka share a namespace.
	FromSameNamespace = "sameNamespace"
	// FromKafkaAccess has Strimzi's access operator copy them into the pods' namespace.
	FromKafkaAccess = "kafkaAccess"
	// FromSecretRef mounts a Secret that the team provides; users and their rights are then the team's own.
	FromSecretRef = "secretRef"
)

// SecretRef names a Secret in the namespace of the pods.
type SecretRef struct {
	Name schema.Value[string] `yaml:"name"`
}

// TopicDefaults are used where a topic says nothing.
type TopicDefaults struct {
	Partitions        schema.Value[int32] `yaml:"partitions"`
	ReplicationFactor schema.Value[int32] `yaml:"replicationFactor"`
	MinInSyncReplicas schema.Value[int32] `yaml:"minInSyncReplicas"`
}

// Domain is one suffix of hosts with the pipelines it is for.
type Domain struct {
	Suffix   schema.Value[string]                 `yaml:"suffix"`
	Selector schema.Entries[schema.Value[string]] `yaml:"selector"`
	// IssuerRef names a cert-manager issuer; Issuer is the spec of one to emit. Neither: no Certificate.
	IssuerRef *IssuerRef   `yaml:"issuerRef"`
	Issuer    *schema.Node `yaml:"issuer"`
}

// IssuerRef names a cert-manager Issuer or ClusterIssuer.
type IssuerRef struct {
	Kind schema.Value[string] `yaml:"kind"`
	Name schema.Value[string] `yaml:"name"`
}

// Override changes nodes in one environment: Set is merged over what the pipeline says of each node that matches.
type Override struct {
	Match Match        `yaml:"match"`
	Set   *schema.Node `yaml:"set"`
	Pos   diag.Pos
}

// Match selects nodes; a field that is not set matches all. Labels are those of the pipeline.
type Match struct {
	Pipeline schema.Value[string]                 `yaml:"pipeline"`
	Node     schema.Value[string]                 `yaml:"node"`
	Kind     schema.Value[string]                 `yaml:"kind"`
	Labels   schema.Entries[schema.Value[string]] `yaml:"labels"`
}

// DefaultCluster is the Kubernetes cluster of an environment that names none.
const DefaultCluster = "default"

// ClusterName is the Kubernetes cluster that the environment lies in.
func (e *Environment) ClusterName() string { return e.Cluster.Or(DefaultCluster) }

// KafkaNamespace is where topics and users are made: kafka.namespace, else the environment's own.
func (e *Environment) KafkaNamespace() string { return e.Kafka.Namespace.Or(e.Namespace.V) }

// IngressFrom are the namespaces that may call in, sorted: Emissary's and the monitoring's unless said otherwise.
func (e *Environment) IngressFrom() []string {
	if e.Ingress == nil {
		return []string{"emissary", "monitoring"}
	}
	out := make([]string, len(e.Ingress))
	for i, ns := range e.Ingress {
		out[i] = ns.V
	}
	slices.Sort(out)
	return out
}

// AuthType is the kind of authentication, empty for none.
func (k *KafkaSpec) AuthType() string {
	if k.Authentication == nil {
		return ""
	}
	return k.Authentication.Type.V
}

// CredentialsFrom is where the credentials come from, with its default.
func (k *KafkaSpec) CredentialsFrom() string { return k.Credentials.From.Or(FromSameNamespace) }

// ManagesUsers says whether the compiled tree makes the KafkaUsers: they authenticate in a way that Strimzi manages,
// and the team does not bring its own.
func (k *KafkaSpec) ManagesUsers() bool {
	t := k.AuthType()
	return (t == AuthTLS || t == AuthSCRAMSHA512) && k.CredentialsFrom() != FromSecretRef
}

// Server is one address of Kafka.
type Server struct {
	Host string
	Port int32
}

// InCluster says whether the host is a Kubernetes service name (ending in .svc or .svc.cluster.local), whose
// namespace is then its second label.
func (s Server) InCluster() bool {
	host := strings.TrimSuffix(strings.TrimSuffix(s.Host, "."), ".cluster.local")
	return strings.HasSuffix(host, ".svc") && strings.Count(host, ".") >= 2
}

// Namespace is the namespace in an in-cluster host name.
func (s Server) Namespace() string {
	_, rest, _ := strings.Cut(s.Host, ".")
	namespace, _, _ := strings.Cut(rest, ".")
	return namespace
}

// Servers are the bootstrap addresses, taken apart; those that are not host:port are left out (a finding names them).
func (k *KafkaSpec) Servers() []Server {
	var out []Server
	for address := range strings.SplitSeq(k.BootstrapServers.V, ",") {
		host, port, err := net.SplitHostPort(strings.TrimSpace(address))
		n, numErr := strconv.ParseUint(port, 10, 16)
		if err == nil && numErr == nil && host != "" && n > 0 {
			out = append(out, Server{Host: host, Port: int32(n)})
		}
	}
	return out
}
