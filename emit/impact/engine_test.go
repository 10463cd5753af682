package impact

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/emit"
)

const (
	fluxApp   = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: p-prod}\nspec: {prune: true, path: ./deploy/p/overlays/prod/app}\n"
	fluxKafka = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: p-prod-kafka}\nspec: {prune: true, path: ./deploy/p/overlays/prod/kafka}\n"
	argoApp   = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: p-prod}\nspec: {destination: {server: a}}\n"

	guardFlux = "kustomize.toolkit.fluxcd.io/prune: disabled"
	guardArgo = "argocd.argoproj.io/sync-options: \"Prune=confirm,Delete=confirm\""
)

// driven gives a pipeline with a Deployment and a topic, the latter with an annotation, and with an engine's objects.
func driven(t *testing.T, annotation string, engine ...string) *emit.Manifests {
	t.Helper()
	m := manifests(t, deploy+"---\n"+strings.Replace(topicHead, "{name:", "{annotations: {"+annotation+"}, name:", 1))
	m.Objects[1].Layer = emit.Kafka
	m.Engine = manifests(t, strings.Join(engine, "---\n")).Objects
	return m
}

// TestEngineRemoved: what an engine does when its object goes depends on what it applied, and what of that is guarded.
func TestEngineRemoved(t *testing.T) {
	for name, c := range map[string]struct {
		before, after *emit.Manifests
		want          []string
	}{
		"Flux, not guarded":                    {driven(t, "a: b", fluxApp, fluxKafka), driven(t, "a: b"), []string{"data loss Kustomization/p-prod-kafka refused", "downtime Kustomization/p-prod refused"}},
		"Flux, guarded":                        {driven(t, guardFlux, fluxApp, fluxKafka), driven(t, guardFlux), []string{"downtime Kustomization/p-prod refused", "safe Kustomization/p-prod-kafka"}},
		"Flux, guarded against another engine": {driven(t, guardArgo, fluxKafka), driven(t, guardArgo), []string{"data loss Kustomization/p-prod-kafka refused"}},
		"Argo CD, not guarded":                 {driven(t, "a: b", argoApp), driven(t, "a: b"), []string{"data loss Application/p-prod refused"}},
		"Argo CD, guarded":                     {driven(t, guardArgo, argoApp), driven(t, guardArgo), []string{"downtime Application/p-prod refused"}},
		"the guard is lifted only now":         {driven(t, guardFlux, fluxKafka), driven(t, "a: b"), []string{"safe KafkaTopic/p.n.out", "safe Kustomization/p-prod-kafka"}},
		"to another engine":                    {driven(t, "a: b", fluxApp), driven(t, "a: b", argoApp), []string{"downtime Kustomization/p-prod refused", "safe Application/p-prod"}},
		"all goes": {driven(t, "a: b", fluxApp, fluxKafka), nil, []string{
			"data loss KafkaTopic/p.n.out refused", "downtime Deployment/p-n", "safe Kustomization/p-prod", "safe Kustomization/p-prod-kafka",
		}},
		"to another cluster": {driven(t, "a: b", argoApp), driven(t, "a: b", strings.Replace(argoApp, "server: a", "server: b", 1)), []string{"downtime Application/p-prod refused"}},
		"in another way":     {driven(t, "a: b", fluxApp), driven(t, "a: b", strings.Replace(fluxApp, "./deploy", "./trees", 1)), []string{"safe Kustomization/p-prod"}},
	} {
		t.Run(name, func(t *testing.T) {
			var after []*emit.Manifests
			if c.after != nil {
				after = append(after, c.after)
			}
			var got []string
			for _, change := range Compare([]*emit.Manifests{c.before}, after) {
				line := change.Class.String() + " " + change.Object()
				if change.Refused {
					line += " refused"
				}
				got = append(got, line)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestShared: what an environment's pipelines share stops nothing by itself, whatever becomes of it.
func TestShared(t *testing.T) {
	const (
		source  = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: a}\nspec: {url: URL, interval: 1m}\n"
		project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: a}\nspec: {sourceRepos: [URL]}\n"
		health  = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata: {a: URL}\n"
	)
	shared := func(url string, texts ...string) []*emit.Manifests {
		m := manifests(t, strings.ReplaceAll(strings.Join(texts, "---\n"), "URL", url))
		return []*emit.Manifests{{Environment: "prod", Engine: m.Objects}}
	}
	before := shared("https://a", source, project, health)
	for after, want := range map[string]Verb{"https://b": Changed, "": Removed} {
		var is []*emit.Manifests
		if after != "" {
			is = shared(after, source, project, health)
		}
		changes := Compare(before, is)
		if len(changes) != 3 {
			t.Errorf("%s: got %d changes", want, len(changes))
		}
		for _, c := range changes {
			if c.Class != Safe || c.Refused || c.Verb != want || c.group() != "environment prod" || strings.Contains(c.Reasons[0], "no rule is known") || strings.Contains(c.Reasons[0], "pods") {
				t.Errorf("%+v", c)
			}
		}
	}
	if c := UnknownShared("prod", errors.New("x\ny")); c.Class != Safe || c.Refused || c.Object() != "Environment/prod" || !strings.HasSuffix(c.Reasons[0], "x y") {
		t.Errorf("%+v", c)
	}
}
