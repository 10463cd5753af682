package compiler

import (
	"encoding/json"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// fields gives the spec of a document that has nothing else.
func fields(t *testing.T, text string) *schema.Node {
	t.Helper()
	docs, findings := schema.Parse("f.yaml", []byte("apiVersion: "+schema.APIVersion+"\nkind: Pipeline\nspec: "+text+"\n"))
	if len(docs) != 1 || findings.HasErrors() {
		t.Fatalf("%s: %v", text, findings)
	}
	return docs[0].Root.Get("spec")
}

func TestMergeNode(t *testing.T) {
	kind := Kind{Name: "step", Section: "steps", Schema: []byte(`{
		"type": "object", "properties": {
			"outputs": {"type": "array", "items": {"$ref": "#/$defs/output"}}, "env": {"$ref": "#/$defs/env"}, "egress": {"$ref": "#/$defs/egress"},
			"http": {"type": "object"}
		}
	}`)}
	for _, test := range []struct{ name, base, set, want string }{
		{"maps by key", "{http: {a: 1, b: {c: 2}}}", "{http: {b: {d: 3}}}", `{"http":{"a":1,"b":{"c":2,"d":3}}}`},
		{"items by name", "{env: [{name: A, value: x}, {name: B, value: y}]}", "{env: [{name: B, value: z}]}", `{"env":[{"name":"A","value":"x"},{"name":"B","value":"z"}]}`},
		{"a variable more", "{env: [{name: A, value: x}]}", "{env: [{name: B, value: z}]}", `{"env":[{"name":"A","value":"x"},{"name":"B","value":"z"}]}`},
		{"a sole output without name", "{outputs: [{type: t}]}", "{outputs: [{topic: {partitions: 2}}]}", `{"outputs":[{"topic":{"partitions":2},"type":"t"}]}`},
		{"its default name", "{outputs: [{type: t}]}", "{outputs: [{name: out, topic: {}}]}", `{"outputs":[{"name":"out","topic":{},"type":"t"}]}`},
		{"lists without names are replaced", "{egress: [{cidr: 10.0.0.0/8}]}", "{egress: [internet]}", `{"egress":["internet"]}`},
		{"what is not there is added", "{}", "{outputs: [{name: a}]}", `{"outputs":[{"name":"a"}]}`},
		{"what is empty is replaced", "{outputs: []}", "{outputs: [{name: a}]}", `{"outputs":[{"name":"a"}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := resolver{set: NewSet([]Kind{kind}), sections: map[string]schema.Section{}}
			base := fields(t, test.base)
			got, err := json.Marshal(r.mergeNode(&Member{Kind: kind}, base, fields(t, test.set)).JSON())
			if err != nil || string(got) != test.want || len(r.findings) > 0 {
				t.Errorf("got %s, %v, %v; want %s", got, r.findings, err, test.want)
			}
			if again, err := json.Marshal(base.JSON()); err != nil || string(again) == test.want {
				t.Errorf("the base has changed: %s, %v", again, err)
			}
		})
	}
}

func TestKafkaIdentity(t *testing.T) {
	environment := func(servers, cluster string) *Environment {
		text := func(s string) schema.Value[string] { return schema.Value[string]{V: s, Pos: diag.Pos{Line: 1}} }
		return &Environment{Cluster: text(cluster), Kafka: KafkaSpec{BootstrapServers: text(servers)}}
	}
	for _, test := range []struct {
		a, b *Environment
		same bool
	}{
		{environment("a:1,b:2", "x"), environment("b:2, a:1", "y"), true},
		{environment("a:1", "x"), environment("a:2", "x"), false},
		{environment("k.ns.svc:1", "x"), environment("k.ns.svc:1", "x"), true},
		{environment("k.ns.svc:1", "x"), environment("k.ns.svc:1", "y"), false},
	} {
		if same := test.a.kafkaIdentity() == test.b.kafkaIdentity(); same != test.same {
			t.Errorf("%s and %s: the same is %v, want %v", test.a.kafkaIdentity(), test.b.kafkaIdentity(), same, test.same)
		}
	}
}
