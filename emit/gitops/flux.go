package gitops

import (
	"cmp"
	"path"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// API versions of Flux's objects.
const (
	apiVersionKustomize = "kustomize.toolkit.fluxcd.io/v1"
	apiVersionSource    = "source.toolkit.fluxcd.io/v1"
)

const (
	// applyInterval is how often Flux compares the cluster with the tree and mends it; a new revision it applies at once.
	applyInterval = 10 * time.Minute
	// retryInterval is the pause after a failure.
	retryInterval = time.Minute
	// applyTimeout is how long it waits for objects to become healthy: as long as Kubernetes by default waits for the
	// progress of a Deployment (progressDeadlineSeconds).
	applyTimeout = 10 * time.Minute
)

// Kustomization applies one folder (CRD kustomizations.kustomize.toolkit.fluxcd.io).
type Kustomization struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec KustomizationSpec `json:"spec"`
}

// KustomizationSpec says what to apply, and when it counts as applied. It has no targetNamespace, since every object of
// the tree has its own, and no postBuild, so that nothing is substituted.
type KustomizationSpec struct {
	// DependsOn are Kustomizations of the same namespace that must be ready first.
	DependsOn []Reference     `json:"dependsOn,omitempty"`
	SourceRef SourceReference `json:"sourceRef"`
	// Path begins with ./ and is relative to the source's root.
	Path          string          `json:"path"`
	Interval      metav1.Duration `json:"interval"`
	RetryInterval metav1.Duration `json:"retryInterval"`
	Timeout       metav1.Duration `json:"timeout"`
	Prune         bool            `json:"prune"`
	// Wait has Flux wait until every object is healthy.
	Wait               bool                     `json:"wait"`
	ServiceAccountName string                   `json:"serviceAccountName,omitempty"`
	HealthCheckExprs   []HealthCheckExpressions `json:"healthCheckExprs,omitempty"`
}

// Reference names an object of the same namespace.
type Reference struct {
	Name string `json:"name"`
}

// SourceReference names a source of the same namespace.
type SourceReference struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// GitRepository is a source (CRD gitrepositories.source.toolkit.fluxcd.io).
type GitRepository struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec SourceSpec `json:"spec"`
}

// OCIRepository is a source (CRD ocirepositories.source.toolkit.fluxcd.io).
type OCIRepository struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec SourceSpec `json:"spec"`
}

// SourceSpec is what the specs of both kinds of source have in common, and all that is needed of them.
type SourceSpec struct {
	URL       string          `json:"url"`
	Ref       SourceRevision  `json:"ref"`
	Interval  metav1.Duration `json:"interval"`
	SecretRef *Reference      `json:"secretRef,omitempty"`
}

// SourceRevision is a branch, which only Git has, or a tag.
type SourceRevision struct {
	Branch string `json:"branch,omitempty"`
	Tag    string `json:"tag,omitempty"`
}

// sourceKind is the kind of an environment's source.
func sourceKind(env *compiler.Environment) string {
	if env.GitOps.IsOCI() {
		return "OCIRepository"
	}
	return "GitRepository"
}

// source is where Flux finds the trees of an environment's pipelines: one for all, since each source is fetched anew.
func source(env *compiler.Environment) emit.Object {
	s := env.GitOps
	spec := SourceSpec{
		URL:      s.Repository.V,
		Ref:      SourceRevision{Branch: s.BranchName(), Tag: s.TagName()},
		Interval: metav1.Duration{Duration: s.PollInterval()},
	}
	if name := s.SecretName(); name != "" {
		spec.SecretRef = &Reference{Name: name}
	}
	kind := metav1.TypeMeta{APIVersion: apiVersionSource, Kind: sourceKind(env)}
	meta := engineMeta(env, env.GitOpsName(), nil)
	if s.IsOCI() {
		return &OCIRepository{TypeMeta: kind, ObjectMeta: meta, Spec: spec}
	}
	return &GitRepository{TypeMeta: kind, ObjectMeta: meta, Spec: spec}
}

// kustomizations are one for the objects in Kafka's namespace and one for the app, which waits until the topics and users
// of the first are ready. Either is absent where its folder is.
func kustomizations(layout emit.Layout, g *compiler.Graph, b *emit.Bundle) []any {
	var out []any
	var before []Reference
	env := g.Environment.Name.V
	if kafka := b.Layer(emit.Kafka); len(kafka) > 0 {
		name := g.Names.KafkaApplication(env)
		out = append(out, kustomization(layout, g, name, emit.Kafka, kafka))
		before = []Reference{{Name: name}}
	}
	if app := b.Layer(emit.App); len(app) > 0 {
		k := kustomization(layout, g, g.Names.Application(env), emit.App, app)
		k.Spec.DependsOn = before
		out = append(out, k)
	}
	return out
}

// kustomization applies the folder of a layer. Where that has no kustomization, Flux takes every manifest in it
// (fluxcd.io/flux/components/kustomize/kustomizations, "Generating a kustomization.yaml file").
func kustomization(layout emit.Layout, g *compiler.Graph, name string, layer emit.Layer, resources []emit.Resource) *Kustomization {
	env := g.Environment
	return &Kustomization{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersionKustomize, Kind: "Kustomization"},
		ObjectMeta: pipelineMeta(g, name),
		Spec: KustomizationSpec{
			SourceRef:          SourceReference{Kind: sourceKind(env), Name: env.GitOpsName()},
			Path:               "./" + path.Join(env.GitOps.Path.V, layout.Folder(g.Pipeline.Name.V, env.Name.V), layer.String()),
			Interval:           metav1.Duration{Duration: applyInterval},
			RetryInterval:      metav1.Duration{Duration: retryInterval},
			Timeout:            metav1.Duration{Duration: applyTimeout},
			Prune:              true,
			Wait:               true,
			ServiceAccountName: env.GitOps.ServiceAccount.V,
			HealthCheckExprs:   healthChecks(resources),
		},
	}
}

// healthChecks are those of the custom kinds that occur, each once.
func healthChecks(resources []emit.Resource) []HealthCheckExpressions {
	var out []HealthCheckExpressions
	for _, r := range resources {
		gvk := r.Object.GetObjectKind().GroupVersionKind()
		check, ok := healthCheck(gvk.GroupKind())
		check.APIVersion, check.Kind = gvk.GroupVersion().String(), gvk.Kind
		if ok && !slices.Contains(out, check) {
			out = append(out, check)
		}
	}
	slices.SortFunc(out, func(x, y HealthCheckExpressions) int {
		return cmp.Or(cmp.Compare(x.APIVersion, y.APIVersion), cmp.Compare(x.Kind, y.Kind))
	})
	return out
}
