package emit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestComponents: what is optional stands in a component, which an overlay includes where its environment has any of it:
// as it is, patched, or without those objects that the environment lacks.
func TestComponents(t *testing.T) {
	base := bundle(t, "", app(service("a", 80)),
		of(Disruption, budget("a", 1)), of(Disruption, budget("b", 1)), of(Monitoring, issuer("watch")))
	environments := []*Bundle{
		bundle(t, "dev", app(service("a", 80))),
		bundle(t, "prod", app(service("a", 80)), of(Disruption, budget("a", 2)), of(Monitoring, issuer("watch"))),
		bundle(t, "own", app(service("a", 80)), of(Monitoring, issuer("other"))),
	}
	tree := factor(t, base, environments...)
	for name, want := range map[string]string{
		"photos/base/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
configurations:
- kustomizeconfig.yaml
kind: Kustomization
resources:
- service-a.yaml
`,
		"photos/components/disruption/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources:
- poddisruptionbudget-a.yaml
- poddisruptionbudget-b.yaml
`,
		"photos/overlays/dev/app/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: dev-app
resources:
- ../../../base
`,
		"photos/overlays/own/app/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: own-app
resources:
- ../../../base
- issuer-other.yaml
`,
		"photos/overlays/prod/app/kustomization.yaml": `apiVersion: kustomize.config.k8s.io/v1beta1
components:
- ../../../components/disruption
- ../../../components/monitoring
kind: Kustomization
namespace: prod-app
patches:
- path: patches/poddisruptionbudget-a.yaml
  target:
    group: policy
    kind: PodDisruptionBudget
    name: a
    version: v1
- path: patches/poddisruptionbudget-b.yaml
resources:
- ../../../base
`,
		"photos/overlays/prod/app/patches/poddisruptionbudget-b.yaml": `$patch: delete
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: b
`,
	} {
		if got := string(tree[name]); got != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
	for _, env := range environments {
		wantRendered(t, tree, env)
	}
}

// TestAnyComponents draws objects for base and environments: whichever is where, kustomize gives what was emitted, Unfactor
// what was factored, and base and components are the same without environments.
func TestAnyComponents(t *testing.T) {
	for seed := range uint64(60) {
		draw := rand.New(rand.NewPCG(seed, 5))
		some := func(env string) *Bundle {
			var objects []object
			for i := range 8 {
				if draw.IntN(3) == 0 {
					continue
				}
				component := []Component{"", Disruption, Monitoring}[i%3]
				objects = append(objects, of(component, budget(fmt.Sprint("n", i), int32(1+draw.IntN(2)))))
			}
			return bundle(t, env, objects...)
		}
		base := some("")
		environments := []*Bundle{some("a"), some("b")}
		tree := factor(t, base, environments...)
		got, err := Unfactor(tree, "photos")
		if err != nil {
			t.Fatal(err)
		}
		wantManifests(t, got[0], base)
		for i, m := range got[1:] {
			j := slices.IndexFunc(environments, func(b *Bundle) bool { return b.Environment == m.Environment })
			wantManifests(t, got[i+1], environments[j])
			wantRendered(t, tree, environments[j])
		}
		for name, text := range factor(t, base) {
			if !strings.HasSuffix(name, LedgerFile) && string(tree[name]) != string(text) {
				t.Errorf("%s depends on environments", name)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestBuilderOnce: what belongs to the whole pipeline is added by the first node that asks for it, to its component.
func TestBuilderOnce(t *testing.T) {
	b := NewBuilder(graph("prod"))
	for range 3 {
		b.Once(Monitoring, func(b *Builder) { b.Add(App, issuer("i")) })
	}
	bundle, err := b.Bundle()
	if err != nil || len(bundle.Resources) != 1 || bundle.Resources[0].Component != Monitoring {
		t.Error(bundle, err)
	}
}

// TestBuilderOfComponent: the builders of one graph collect into one bundle, and an object is of one component.
func TestBuilderOfComponent(t *testing.T) {
	b := NewBuilder(graph("prod"))
	b.Add(App, service("a", 80))
	b.Of(Monitoring).Share(App, issuer("i"))
	b.Of(Monitoring).Share(App, issuer("i"))
	bundle, err := b.Bundle()
	if err != nil || len(bundle.Resources) != 2 || bundle.Resources[0].Component != "" || bundle.Resources[1].Component != Monitoring {
		t.Fatal(bundle, err)
	}
	b.Share(App, issuer("i"))
	b.Of(Disruption).Add(Kafka, topic("t", 1))
	_, err = b.Bundle()
	if err == nil || !strings.Contains(err.Error(), "disagree") || !strings.Contains(err.Error(), "component disruption is one of layer app") {
		t.Error(err)
	}
}
