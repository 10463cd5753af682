package gitops

import (
	"maps"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// Annotations of the tree's objects that engines act on.
const (
	// AnnotationWave orders objects within one sync of Argo CD
	// (argo-cd.readthedocs.io/en/stable/user-guide/sync-waves).
	AnnotationWave = "argocd.argoproj.io/sync-wave"
	// AnnotationSync makes Argo CD ask before it prunes or deletes
	// (argo-cd.readthedocs.io/en/stable/user-guide/sync-options).
	AnnotationSync = "argocd.argoproj.io/sync-options"
	// AnnotationPrune keeps Flux from deleting the object (fluxcd.io/flux/components/kustomize/kustomizations).
	AnnotationPrune = "kustomize.toolkit.fluxcd.io/prune"
)

// The guards of objects that must not vanish with a file in git. What a change does, emit/impact judges by the same words.
const (
	// guardArgoCD is the value of AnnotationSync, guardFlux that of AnnotationPrune.
	guardArgoCD = "Prune=confirm,Delete=confirm"
	guardFlux   = "disabled"
)

// Guarded says of an object with some annotations that an engine does not delete it by itself.
func Guarded(annotations map[string]string) bool {
	return annotations[AnnotationSync] == guardArgoCD || annotations[AnnotationPrune] == guardFlux
}

// Custom kinds that are emitted.
var (
	kafkaTopic     = schema.GroupKind{Group: "kafka.strimzi.io", Kind: "KafkaTopic"}
	kafkaUser      = schema.GroupKind{Group: "kafka.strimzi.io", Kind: "KafkaUser"}
	kafkaConnect   = schema.GroupKind{Group: "kafka.strimzi.io", Kind: "KafkaConnect"}
	kafkaConnector = schema.GroupKind{Group: "kafka.strimzi.io", Kind: "KafkaConnector"}
	kafkaAccess    = schema.GroupKind{Group: "access.strimzi.io", Kind: "KafkaAccess"}
	certificate    = schema.GroupKind{Group: "cert-manager.io", Kind: "Certificate"}
	issuer         = schema.GroupKind{Group: "cert-manager.io", Kind: "Issuer"}
	host           = schema.GroupKind{Group: "getambassador.io", Kind: "Host"}
	mapping        = schema.GroupKind{Group: "getambassador.io", Kind: "Mapping"}
)

// wave is the step of a sync in which Argo CD applies objects of a kind, once those of the steps before are healthy.
// There are few, since each costs a delay. In wave 0 are the workloads and what stands around them, which Argo CD
// itself orders by kind (gitops-engine, pkg/sync/sync_tasks.go), and the certificates, which no workload waits for.
func wave(kind schema.GroupKind) int {
	switch kind {
	case kafkaTopic, kafkaUser:
		return -2
	case kafkaAccess, kafkaConnect, issuer: // a user's Secret is there; so is, for the certificates, an issuer
		return -1
	case host, mapping: // a certificate is there, and pods to lead requests to
		return 1
	default:
		return 0
	}
}

// Decorate gives an object the annotations that the environment's engine acts on, and gives it back: a wave for Argo CD,
// and for what must not vanish with a file in git, a topic's records or the rights of what runs, a guard. Where no engine
// is named it may be any, an ApplicationSet of the team's or our plugin, so that it gets those for both. With no environment
// nothing is done.
func Decorate[T emit.Object](env *compiler.Environment, obj T) T {
	if env == nil {
		return obj
	}
	more := map[string]string{}
	kind := obj.GetObjectKind().GroupVersionKind().GroupKind()
	if n := wave(kind); n != 0 && env.Drives(compiler.EngineArgoCD) {
		more[AnnotationWave] = strconv.Itoa(n)
	}
	if (kind == kafkaTopic || kind == kafkaUser) && env.Protects() {
		if env.Drives(compiler.EngineArgoCD) {
			more[AnnotationSync] = guardArgoCD
		}
		if env.Drives(compiler.EngineFlux) {
			more[AnnotationPrune] = guardFlux
		}
	}
	if len(more) > 0 {
		maps.Copy(more, obj.GetAnnotations())
		obj.SetAnnotations(more)
	}
	return obj
}
