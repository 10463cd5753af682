package gitops_test

import (
	"maps"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

func TestDecorate(t *testing.T) {
	flux := environment(compiler.EngineFlux, "https://example.org/deploy.git")
	argo := environment(compiler.EngineArgoCD, "https://example.org/deploy.git")
	unknown := environment("", "")
	unknown.GitOps = nil
	bare := environment(compiler.EngineArgoCD, "https://example.org/deploy.git")
	bare.GitOps.Protect = written(false)
	topic := metav1.TypeMeta{APIVersion: "kafka.strimzi.io/v1", Kind: "KafkaTopic"}
	user := metav1.TypeMeta{APIVersion: "kafka.strimzi.io/v1", Kind: "KafkaUser"}
	confirm, disabled := "Prune=confirm,Delete=confirm", "disabled"
	tests := []struct {
		name string
		env  *compiler.Environment
		kind metav1.TypeMeta
		want map[string]string
	}{
		{"base", nil, topic, nil},
		{"a topic for Flux", flux, topic, map[string]string{gitops.AnnotationPrune: disabled}},
		{"a user for Flux", flux, user, map[string]string{gitops.AnnotationPrune: disabled}},
		{"a topic for Argo CD", argo, topic, map[string]string{gitops.AnnotationSync: confirm, gitops.AnnotationWave: "-2"}},
		{"a topic for any engine", unknown, topic, map[string]string{gitops.AnnotationSync: confirm, gitops.AnnotationPrune: disabled, gitops.AnnotationWave: "-2"}},
		{"a user for any engine", unknown, user, map[string]string{gitops.AnnotationSync: confirm, gitops.AnnotationPrune: disabled, gitops.AnnotationWave: "-2"}},
		{"a Host for any engine", unknown, metav1.TypeMeta{APIVersion: "getambassador.io/v3alpha1", Kind: "Host"}, map[string]string{gitops.AnnotationWave: "1"}},
		{"a topic that nobody protects", bare, topic, map[string]string{gitops.AnnotationWave: "-2"}},
		{"a topic of another group", argo, metav1.TypeMeta{APIVersion: "example.org/v1", Kind: "KafkaTopic"}, nil},
		{"a workload", argo, metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}, nil},
		{"a Mapping", argo, metav1.TypeMeta{APIVersion: "getambassador.io/v3alpha1", Kind: "Mapping"}, map[string]string{gitops.AnnotationWave: "1"}},
		{"a Mapping for Flux", flux, metav1.TypeMeta{APIVersion: "getambassador.io/v3alpha1", Kind: "Mapping"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := gitops.Decorate(test.env, &object{TypeMeta: test.kind}).Annotations; !maps.Equal(got, test.want) {
				t.Errorf("the annotations are %v, want %v", got, test.want)
			}
		})
	}
}

// TestDecorateKeeps: annotations of the object's own stay, and the map that they came in too.
func TestDecorateKeeps(t *testing.T) {
	own := map[string]string{"pipelinectl.dev/node": "photos.resize"}
	obj := &object{
		TypeMeta:   metav1.TypeMeta{APIVersion: "getambassador.io/v3alpha1", Kind: "Mapping"},
		ObjectMeta: metav1.ObjectMeta{Annotations: own},
	}
	gitops.Decorate(environment(compiler.EngineArgoCD, "https://example.org/deploy.git"), obj)
	if obj.Annotations["pipelinectl.dev/node"] != "photos.resize" || obj.Annotations[gitops.AnnotationWave] != "1" || len(own) != 1 {
		t.Errorf("the annotations are %v, of what was %v", obj.Annotations, own)
	}
}

// TestGuardsAreJudged: what the guards keep from being deleted, emit/impact takes for kept when the engine's object goes, and
// so does Guarded; without them it does not.
func TestGuardsAreJudged(t *testing.T) {
	topic := metav1.TypeMeta{APIVersion: "kafka.strimzi.io/v1", Kind: "KafkaTopic"}
	for engine, applied := range map[string]map[string]any{
		compiler.EngineFlux:   {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": map[string]any{"name": "photos"}, "spec": map[string]any{"path": "./photos/overlays/prod/kafka"}},
		compiler.EngineArgoCD: {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": map[string]any{"name": "photos"}},
	} {
		for _, protect := range []bool{true, false} {
			env := environment(engine, "https://example.org/deploy.git")
			env.GitOps.Protect = written(protect)
			annotations := map[string]any{}
			decorated := gitops.Decorate(env, &object{TypeMeta: topic}).Annotations
			for key, value := range decorated {
				annotations[key] = value
			}
			stays, err := emit.NewManifest(map[string]any{
				"apiVersion": topic.APIVersion, "kind": topic.Kind, "metadata": map[string]any{"name": "a", "annotations": annotations},
			})
			if err != nil {
				t.Fatal(err)
			}
			goes, err := emit.NewManifest(applied)
			if err != nil {
				t.Fatal(err)
			}
			stays.Layer = emit.Kafka
			after := &emit.Manifests{Pipeline: "photos", Environment: "prod", Objects: []emit.Manifest{stays}}
			before := *after
			before.Engine = []emit.Manifest{goes}
			changes := impact.Compare([]*emit.Manifests{&before}, []*emit.Manifests{after})
			if len(changes) != 1 || changes[0].Refused == protect || gitops.Guarded(decorated) != protect {
				t.Errorf("%s, protect: %v: guarded is %v, and the changes are %+v", engine, protect, gitops.Guarded(decorated), changes)
			}
		}
	}
}
