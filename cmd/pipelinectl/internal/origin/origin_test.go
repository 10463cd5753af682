package origin

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
)

// photos is a project in which values come about in every way. Its lines are counted in the tests below.
const photos = `apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: photos, labels: {team: media}}
spec:
  endpoints:
    - name: upload
      http: {path: /upload}
      outputs: [{topic: {retention: 2d}}]
  algos:
    - name: unrelated
      image: ghcr.io/acme/unrelated:1.0
      exec: {command: [cat]}
      inputs: [{name: photo, from: upload}]
    - name: resize
      image: ghcr.io/acme/resize:2.1
      exec: {command: [resize, --width, $(parameters.width)]}
      parameters: {width: 200}
      inputs: [{name: photo, from: upload}]
      outputs: [{name: thumb}]
      replicas: 2
      env: [{name: LEVEL, value: info}]
  hooks:
    - {name: notify, from: resize.thumb, url: "https://example.org/thumbs"}
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: words}
spec:
  endpoints: [{name: upload, http: {path: /words}}]
  hooks: [{name: notify, from: upload, url: "https://example.org/words"}]
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  namespace: media
  kafka:
    cluster: main
    bootstrapServers: main-kafka-bootstrap.brokers.svc:9092
    topicDefaults: {partitions: 6}
  domains: [{suffix: example.org}]
  overrides:
    - {match: {pipeline: words, node: upload}, set: {replicas: 5}}
    - {match: {kind: algo}, set: {replicas: 3}}
    - match: {node: resize}
      set:
        replicas: 4
        outputs: [{name: thumb, topic: {partitions: 12}}]
`

func parse(t testing.TB, text string) *compiler.Program {
	t.Helper()
	docs, findings := schema.Parse("project.yaml", []byte(text))
	program, more := compiler.Compile(docs, kinds.All())
	if all := slices.Concat(findings, more); all.HasErrors() {
		t.Fatal(all)
	}
	return program
}

func explain(t testing.TB, p *compiler.Program, object, path string) (*Explanation, error) {
	t.Helper()
	o, ok := ParseObject(object)
	if !ok {
		t.Fatalf("%s is no object", object)
	}
	field, err := ParsePath(path)
	if err != nil {
		t.Fatal(err)
	}
	return New(kinds.All(), emit.Kustomize).Explain(p, "prod", o, field)
}

// TestExplain holds explanations to the places that a person would name. Sources are line: relation field, those that
// only decide about presence left out.
func TestExplain(t *testing.T) {
	t.Parallel()
	program := parse(t, photos)
	for _, c := range []struct {
		object, path string
		value        any
		sources      []string
		defaults     []string
		rule         string
		layers       []string
	}{
		{
			object: "Deployment/photos-resize", path: "spec.template.spec.containers[runner].image", value: "ghcr.io/acme/resize:2.1",
			sources: []string{"15: written spec.algos[1].image"},
			layers:  []string{"pipeline `photos`: <nil> -> ghcr.io/acme/resize:2.1"},
		}, {
			object: "deployment.apps/photos-resize", path: "/spec/replicas", value: int64(4),
			sources: []string{"47: written spec.overrides[2].set.replicas"},
			layers: []string{
				"pipeline `photos`: <nil> -> 2",
				"override of environment `prod` for kind `algo`: 2 -> 3",
				"override of environment `prod` for node `resize`: 3 -> 4",
			},
		}, {
			object: "Deployment/photos-resize", path: "metadata.namespace", value: "media",
			sources: []string{"36: written spec.namespace"},
			layers:  []string{"environment `prod`: <nil> -> media"},
		}, {
			object: "Deployment/photos-resize", path: "metadata.name", value: "photos-resize",
			sources: []string{"14: part spec.algos[1].name", "3: part metadata.name"},
			layers:  []string{"pipeline `photos`: <nil> -> photos-resize"},
		}, {
			object: "KafkaTopic/photos.upload.out", path: "spec.partitions", value: int64(6),
			sources: []string{"40: written spec.kafka.topicDefaults.partitions"},
			layers:  []string{"environment `prod`: <nil> -> 6"},
		}, {
			object: "KafkaTopic/photos.resize.thumb", path: "spec.partitions", value: int64(12),
			sources: []string{"48: written spec.overrides[2].set.outputs[0].topic.partitions"},
			layers: []string{
				"environment `prod`: <nil> -> 6",
				"override of environment `prod` for node `resize`: 6 -> 12",
			},
		}, {
			object: "KafkaTopic/photos.upload.out", path: `spec.config.retention\.ms`, value: "172800000",
			sources: []string{"8: computed spec.endpoints[0].outputs[0].topic.retention"},
			layers:  []string{"environment `prod`: <nil> -> 172800000"},
		}, {
			object: "Deployment/photos-notify", path: "spec.template.spec.terminationGracePeriodSeconds", value: int64(50),
			defaults: []string{"23: spec.hooks[0].timeout = 30s"},
			layers:   []string{"pipeline `photos`: <nil> -> 50"},
		}, {
			object: "Host/photos", path: "spec.hostname", value: "photos.example.org",
			sources: []string{"3: part metadata.name", "41: part spec.domains[0].suffix"},
			layers:  []string{"environment `prod`: <nil> -> photos.example.org"},
		}, {
			object: "Deployment/photos-resize", path: "spec.template.spec.securityContext.runAsNonRoot", value: true,
			rule:   restricted,
			layers: []string{"pipeline `photos`: <nil> -> true"},
		}, {
			object: "Deployment/photos-resize", path: "spec.template.spec.containers[0].env[LEVEL].value", value: "info",
			sources: []string{"21: written spec.algos[1].env[0].value"},
			layers:  []string{"pipeline `photos`: <nil> -> info"},
		}, {
			object: "NetworkPolicy/photos-resize", path: `spec.egress[1].to[0].namespaceSelector.matchLabels["kubernetes.io/metadata.name"]`, value: "brokers",
			sources: []string{"39: computed spec.kafka.bootstrapServers"},
			layers:  []string{"environment `prod`: <nil> -> brokers"},
		},
	} {
		t.Run(c.object+" "+c.path, func(t *testing.T) {
			t.Parallel()
			e, err := explain(t, program, c.object, c.path)
			if err != nil {
				t.Fatal(err)
			}
			var sources, defaults, layers []string
			for _, s := range e.Sources {
				if s.Relation != Presence {
					sources = append(sources, fmt.Sprintf("%d: %v %s", s.Pos.Line, s.Relation, s.Field))
				}
			}
			for _, d := range e.Defaults {
				defaults = append(defaults, fmt.Sprintf("%d: %s = %s", d.Pos.Line, d.Field, d.Value))
				if d.Description == "" {
					t.Errorf("the default of %s has no description", d.Field)
				}
			}
			for _, l := range e.Layers {
				layers = append(layers, fmt.Sprintf("%s: %v -> %v", l.Name, l.Before, l.After))
			}
			if !reflect.DeepEqual(e.Value, c.value) || e.Rule != c.rule {
				t.Errorf("the value is %#v by rule %q, want %#v by rule %q", e.Value, e.Rule, c.value, c.rule)
			}
			for what, pair := range map[string][2][]string{"sources": {sources, c.sources}, "defaults": {defaults, c.defaults}, "layers": {layers, c.layers}} {
				if got, want := strings.Join(pair[0], "\n"), strings.Join(pair[1], "\n"); got != want {
					t.Errorf("the %s are\n%s\nwant\n%s", what, got, want)
				}
			}
		})
	}
}

// TestExplainHash demands that a value made of many is said to be: all that the contract holds, and nothing else.
func TestExplainHash(t *testing.T) {
	t.Parallel()
	e, err := explain(t, parse(t, photos), "Deployment/photos-resize", `spec.template.metadata.annotations["pipelinectl.dev/config-hash"]`)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, s := range e.Sources {
		have[s.Field] = true
		if s.Relation != Computed {
			t.Errorf("%s is %v", s.Field, s.Relation)
		}
	}
	for _, field := range []string{
		"metadata.name", "spec.endpoints[0].name", "spec.algos[1].name", "spec.algos[1].exec.command[1]", "spec.algos[1].parameters.width",
		"spec.algos[1].inputs[0].name", "spec.algos[1].outputs[0].name",
	} {
		if !have[field] {
			t.Errorf("%s is not among the sources", field)
		}
	}
	for _, field := range []string{"spec.algos[0].name", "spec.algos[1].image", "spec.algos[1].replicas", "spec.namespace"} {
		if have[field] {
			t.Errorf("%s is among the sources", field)
		}
	}
}

func TestExplainUnknown(t *testing.T) {
	t.Parallel()
	program := parse(t, photos)
	for _, c := range []struct{ object, path, what, near string }{
		{"Deployment/photos-resiez", "spec.replicas", "object `Deployment/photos-resiez`", "Deployment/photos-resize"},
		{"Deploymnt/photos-resize", "spec.replicas", "object `Deploymnt/photos-resize`", "Deployment/photos-resize"},
		{"Gadget/none", "spec", "object `Gadget/none`", ""},
		{"deployment/photos-resize", "spec.replica", "field `spec.replica`", "spec.replicas"},
		{"Deployment/photos-resize", "spec.template.spec.containers[runer].image", "field `spec.template.spec.containers.runer`", "spec.template.spec.containers[runner]"},
		{"Deployment/photos-resize", "spec.replicas.more", "field `spec.replicas.more`", ""},
	} {
		_, err := explain(t, program, c.object, c.path)
		unknown, ok := errors.AsType[*UnknownError](err)
		if !ok || unknown.What != c.what || unknown.Near != c.near {
			t.Errorf("%s %s: %+v, want %q near %q", c.object, c.path, err, c.what, c.near)
		}
	}
	_, err := explain(t, program, "Deployment/photos-resize", "spec.template.spec.containers")
	if parts, ok := errors.AsType[*MapError](err); !ok || !reflect.DeepEqual(parts.Fields, []string{"spec.template.spec.containers[0]"}) {
		t.Errorf("a list is explained: %v", err)
	}
}

// TestExplainLeavesDocumentsAlone holds the search to its copies.
func TestExplainLeavesDocumentsAlone(t *testing.T) {
	t.Parallel()
	program := parse(t, photos)
	before := parse(t, photos)
	if _, err := explain(t, program, "Deployment/photos-resize", "spec.replicas"); err != nil {
		t.Fatal(err)
	}
	for i, doc := range program.Documents {
		if !reflect.DeepEqual(doc, before.Documents[i]) {
			t.Errorf("document %s has changed", doc.Name.V)
		}
	}
}

// TestNarrow demands that a node at the end of a long pipeline is explained from its neighbours: a search through all would
// take the square of their number.
func TestNarrow(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: long}\nspec:\n" +
		"  endpoints: [{name: step0, http: {path: /upload}}]\n  algos:\n")
	for i := range 60 {
		fmt.Fprintf(&text, "    - {name: step%d, image: \"acme/step:1\", exec: {command: [cat]}, inputs: [{name: in, from: step%d}], outputs: [{}]}\n", i+1, i)
	}
	text.WriteString("---\napiVersion: pipelinectl.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\n" +
		"spec: {namespace: long, kafka: {cluster: main, bootstrapServers: \"kafka:9092\"}}\n")
	program := parse(t, text.String())
	x := New(kinds.All(), emit.Kustomize)
	g, target, err := x.locate(program, "prod", Object{"ConfigMap", "long-step60"})
	if err != nil {
		t.Fatal(err)
	}
	if target.at, target.value, err = resolve(target.tree, Path{"data", "node.json"}); err != nil {
		t.Fatal(err)
	}
	w := worldOf(program, g)
	smaller := x.narrow(w, g, target, x.read(w, target))
	if n := len(smaller.pipeline.Root.Get(fieldSpec).Get("algos").Items); n != 2 {
		t.Errorf("%d algos are left of 60, want the node and the one that it reads", n)
	}
	e, err := explain(t, program, "ConfigMap/long-step60", `data["node.json"]`)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, s := range e.Sources {
		fields = append(fields, s.Field)
	}
	want := "spec.algos[59].name spec.algos[59].inputs[0].name metadata.name spec.algos[58].name"
	for field := range strings.FieldsSeq(want) {
		if !slices.Contains(fields, field) {
			t.Errorf("%s is not among the sources: %v", field, fields)
		}
	}
}

// BenchmarkExplain measures one value that a default gives, the dearest sort, in a pipeline of 50 nodes.
func BenchmarkExplain(b *testing.B) {
	var text strings.Builder
	text.WriteString("apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: large}\nspec:\n" +
		"  endpoints: [{name: upload, http: {path: /upload}}]\n  algos:\n")
	for i := range 50 {
		fmt.Fprintf(&text, "    - {name: step%d, image: \"acme/step:1\", exec: {command: [cat]}, inputs: [{name: in, from: upload}]}\n", i)
	}
	text.WriteString("---\napiVersion: pipelinectl.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\n" +
		"spec: {namespace: large, kafka: {cluster: main, bootstrapServers: \"kafka:9092\"}}\n")
	program := parse(b, text.String())
	for b.Loop() {
		if _, err := explain(b, program, "Deployment/large-step7", "spec.template.spec.terminationGracePeriodSeconds"); err != nil {
			b.Fatal(err)
		}
	}
}
