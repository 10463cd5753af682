// Package strimzi owns the objects that Strimzi's operators act on: KafkaTopic and KafkaUser (kafka.strimzi.io/v1), and
// KafkaAccess of the access operator (access.strimzi.io/v1alpha1). Strimzi publishes no Go types, so the structs here
// have the fields that we set, and no others.
//
// It must not know any kind: what a node reads and writes stands in its compiler.Node. Start reading at Emit.
package strimzi

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// API versions of the objects. Strimzi 1.0 and later serve no older one.
const (
	apiVersion       = "kafka.strimzi.io/v1"
	apiVersionAccess = "access.strimzi.io/v1alpha1"
)

// LabelCluster names the Kafka that a topic or user belongs to; without it Strimzi looks away.
const LabelCluster = "strimzi.io/cluster"

// KafkaTopic is one topic (CRD kafkatopics.kafka.strimzi.io, 043-Crd-kafkatopic.yaml).
type KafkaTopic struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec KafkaTopicSpec `json:"spec"`
}

// KafkaTopicSpec is how the topic shall be.
type KafkaTopicSpec struct {
	// TopicName is Kafka's name of the topic.
	TopicName  string `json:"topicName"`
	Partitions int32  `json:"partitions"`
	// Replicas is absent where the broker's default.replication.factor holds.
	Replicas int32 `json:"replicas,omitempty"`
	// Config has every value as a string, which Strimzi takes for any type (TopicOperatorUtil.configValueAsString):
	// tools on the way leave a string alone, but may print a large number as 6.048e+08.
	Config map[string]string `json:"config,omitempty"`
}

// KafkaUser is one principal with its rights (CRD kafkausers.kafka.strimzi.io, 044-Crd-kafkauser.yaml).
type KafkaUser struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec KafkaUserSpec `json:"spec"`
}

// KafkaUserSpec is how the user proves who it is and what it may do.
type KafkaUserSpec struct {
	Authentication Authentication `json:"authentication"`
	Authorization  Authorization  `json:"authorization"`
}

// Authentication is tls or scram-sha-512.
type Authentication struct {
	Type string `json:"type"`
}

// Authorization holds the access control list; Type is simple, Kafka's own authorizer.
type Authorization struct {
	Type string `json:"type"`
	ACLs []ACL  `json:"acls"`
}

// ACL allows operations on one resource from every host.
type ACL struct {
	Resource   ACLResource `json:"resource"`
	Operations []string    `json:"operations"`
}

// ACLResource is a topic or a group by its literal name.
type ACLResource struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	PatternType string `json:"patternType"`
}

// KafkaAccess has the access operator copy the credentials of a user, and the broker's CA, into a Secret of its own
// namespace (CRD kafkaaccesses.access.strimzi.io, 040-Crd-kafkaaccess.yaml).
type KafkaAccess struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec KafkaAccessSpec `json:"spec"`
}

// KafkaAccessSpec says of which Kafka and user, and into which Secret.
type KafkaAccessSpec struct {
	Kafka AccessKafka `json:"kafka"`
	// User is nil where clients do not authenticate: the Secret then holds the CA alone.
	User       *AccessUser `json:"user,omitempty"`
	SecretName string      `json:"secretName"`
}

// AccessKafka names a Kafka object.
type AccessKafka struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	// Listener is absent where the access operator chooses.
	Listener string `json:"listener,omitempty"`
}

// AccessUser names a KafkaUser.
type AccessUser struct {
	Kind      string `json:"kind"`
	APIGroup  string `json:"apiGroup"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}
