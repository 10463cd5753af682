package emit

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Rendering one environment emits that one and the base, and no other.
func TestRenderGraphs(t *testing.T) {
	t.Parallel()
	works := &compiler.Node{Name: "a", Component: component(func(b *Builder, n *compiler.Node) error {
		b.Add(App, service("photos-"+n.Name, 80))
		return nil
	})}
	fails := &compiler.Node{Name: "a", Component: component(func(*Builder, *compiler.Node) error { return errors.New("emitted") })}
	graphs := []*compiler.Graph{graph("", works), graph("dev", fails), graph("prod", works)}
	text, err := RenderGraphs(graphs, "prod")
	if err != nil || !bytes.Contains(text, []byte("namespace: prod-app\n")) {
		t.Errorf("prod gives %v and\n%s", err, text)
	}
	if _, err := RenderGraphs(graphs, "dev"); err == nil {
		t.Error("dev gives no error")
	}
	for _, list := range [][]*compiler.Graph{nil, {graph(""), graph("prod")}} {
		if text, err := RenderGraphs(list, "prod"); text != nil || err != nil {
			t.Errorf("nothing gives %v and %q", err, text)
		}
	}
}

func TestNewManifest(t *testing.T) {
	t.Parallel()
	value := func() map[string]any {
		return map[string]any{
			"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "a", "namespace": "b"},
			"spec": map[string]any{"replicas": 2},
		}
	}
	m, err := NewManifest(value())
	if want := (ID{"apps", "Deployment", "b", "a"}); err != nil || m.ID != want {
		t.Errorf("it is %v (%v), want %v", m.ID, err, want)
	}
	if got := m.Value["spec"].(map[string]any)["replicas"]; got != int64(2) {
		t.Errorf("a number is %T", got)
	}
	if got := m.Value["metadata"].(map[string]any)["namespace"]; got != "b" {
		t.Errorf("the namespace is %v", got)
	}
	for name, spoil := range map[string]func(map[string]any){
		"a null":        func(v map[string]any) { v["spec"] = nil },
		"no name":       func(v map[string]any) { v["metadata"] = map[string]any{"namespace": "b"} },
		"no apiVersion": func(v map[string]any) { delete(v, "apiVersion") },
		"no metadata":   func(v map[string]any) { v["metadata"] = "a" },
	} {
		v := value()
		spoil(v)
		if _, err := NewManifest(v); err == nil {
			t.Errorf("%s gives no error", name)
		}
	}
}

// Every Secret that an Issuer can name is followed.
func TestIssuerSecrets(t *testing.T) {
	t.Parallel()
	paths := map[string]bool{}
	for _, f := range issuerSecrets() {
		paths[f.Path] = true
	}
	for _, want := range []string{
		"spec/ca/secretName", "spec/acme/privateKeySecretRef/name", "spec/acme/solvers[]/dns01/cloudflare/apiTokenSecretRef/name",
		"spec/vault/auth/appRole/secretRef/name", "spec/venafi/tpp/credentialsRef/name",
	} {
		if !paths[want] {
			t.Errorf("%s is missing", want)
		}
	}
	for _, other := range []string{"spec/vault/auth/kubernetes/serviceAccountRef/name", "spec/acme/server"} {
		if paths[other] {
			t.Errorf("%s names no Secret", other)
		}
	}
}
