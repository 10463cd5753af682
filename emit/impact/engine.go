package impact

import (
	"cmp"
	"path"
	"slices"

	"github.com/pipelinectl/pipelinectl/emit"
)

// engine is how a GitOps engine's object applies a pipeline.
type engine struct {
	// layers are those of the tree that the object applies.
	layers func(value map[string]any) []emit.Layer
	// guard is the annotation, with its value, of objects that the engine does not delete by itself.
	guard, guarded string
}

// engines are by the kind of their object.
var engines = map[groupKind]engine{
	{"kustomize.toolkit.fluxcd.io", "Kustomization"}: {kustomizationLayers, "kustomize.toolkit.fluxcd.io/prune", "disabled"},
	{"argoproj.io", "Application"}:                   {applicationLayers, "argocd.argoproj.io/sync-options", "Prune=confirm,Delete=confirm"},
}

// kustomizationLayers: one Kustomization is for one layer, whose folder its path leads to.
func kustomizationLayers(value map[string]any) []emit.Layer {
	spec, _ := value["spec"].(map[string]any)
	folder := path.Base(text(spec["path"]))
	return slices.DeleteFunc(applicationLayers(value), func(l emit.Layer) bool { return l.String() != folder })
}

// applicationLayers: an Application is for the whole overlay.
func applicationLayers(map[string]any) []emit.Layer { return []emit.Layer{emit.App, emit.Kafka} }

// What an engine's objects say, once they are there.
var (
	kustomizationRules = rules{
		fields: []fieldRule{
			{"/spec/prune", always(downtime("what is no longer in the tree is kept, or no longer kept"))},
			{"/spec/dependsOn/**", always(safe("Flux waits for others than before, or no longer, before it applies the objects"))},
			{"/spec/sourceRef/**", always(safe("Flux takes the same tree from another source"))},
			{"/spec/path", always(safe("Flux takes the same tree from another folder"))},
		},
		other: safe("Flux applies the same objects in another way"),
	}
	applicationRules = rules{
		fields: []fieldRule{
			{"/spec/destination/server", always(refused(downtime("all objects are made anew in another cluster, and those in this one are left to themselves")))},
			{"/spec/source/**", always(safe("Argo CD takes the same tree from another place"))},
		},
		other: safe("Argo CD applies the same objects in another way"),
	}
)

// What an environment's pipelines share in their engine. By itself it stops nothing: engines leave what they applied.
var (
	sourceRules = rules{
		removed: gone(safe("Flux applies nothing more from it, and leaves what it has applied")),
		fields: []fieldRule{
			{"/spec/url", always(safe("Flux takes the trees of the environment's pipelines from another repository"))},
			{"/spec/ref/**", always(safe("Flux takes the trees of the environment's pipelines at another revision"))},
		},
		other: safe("Flux fetches the trees of the environment's pipelines in another way"),
	}
	projectRules = rules{
		removed: gone(safe("Argo CD syncs nothing more in it, and leaves what it has applied")),
		other:   safe("Argo CD holds the environment's Applications to other bounds"),
	}
	// healthRules are for the patch of Argo CD's own ConfigMap.
	healthRules = rules{
		removed: gone(safe("once Argo CD's installation follows, it judges health on its own")),
		other:   safe("once Argo CD's installation follows, it judges health in another way"),
	}
)

// rulesOf gives the rules of an object.
func (c comparison) rulesOf(id emit.ID) rules {
	if shared := cmp.Or(c.after, c.before).Pipeline == ""; shared && id.Group == "" && id.Kind == "ConfigMap" {
		return healthRules
	}
	return rulesOf(id)
}

// engineRemoved judges that an engine's object goes. With it the engine deletes what it applied (Flux where spec.prune is
// true: fluxcd.io/flux/components/kustomize/kustomizations, "Prune"; Argo CD by the Application's finalizer:
// argo-cd.readthedocs.io/en/stable/user-guide/app_deletion), except what is guarded. Objects that go anyway are judged by
// themselves.
func (c comparison) engineRemoved(e engine, was map[string]any) verdict {
	after := objects(c.after)
	layers := e.layers(was)
	deleted, topics := false, false
	for _, o := range c.before.Objects {
		_, stays := after[o.ID]
		if !stays || !slices.Contains(layers, o.Layer) || metadataOf(o.Value, "annotations")[e.guard] == e.guarded {
			continue
		}
		deleted = true
		topics = topics || o.ID.Group == "kafka.strimzi.io" && o.ID.Kind == "KafkaTopic"
	}
	switch {
	case topics:
		return dataLoss("its engine deletes what it applied, topics with their records among that")
	case deleted:
		return refused(downtime("its engine deletes what it applied: all is down until that is applied anew"))
	default:
		return safe("what it applied goes anyway, or is guarded: its engine deletes nothing else")
	}
}
