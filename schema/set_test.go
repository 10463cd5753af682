package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// fakeFragments are two kinds with most of what fragments can hold.
func fakeFragments() []Fragment {
	return []Fragment{
		{Kind: "algo", Section: "algos", JSON: []byte(`{
			"description": "Runs code.", "type": "object", "required": ["name", "image"], "additionalProperties": false,
			"properties": {
				"name": {"$ref": "#/$defs/name"},
				"image": {"$ref": "#/$defs/image"},
				"http": {
					"type": "object", "required": ["port"], "additionalProperties": false,
					"properties": {"port": {"$ref": "#/$defs/port"}, "path": {"$ref": "#/$defs/httpPath"}}
				},
				"inputs": {"type": "array", "items": {"$ref": "#/$defs/input"}},
				"outputs": {"type": "array", "items": {"$ref": "#/$defs/output"}},
				"mode": {"enum": ["fast", "slow"]},
				"concurrency": {"type": "integer", "minimum": 1, "maximum": 100},
				"onFailure": {"$ref": "#/$defs/onFailure"},
				"env": {"$ref": "#/$defs/env"},
				"egress": {"$ref": "#/$defs/egress"},
				"resources": {"$ref": "#/$defs/resources"}
			}}`)},
		{Kind: "hook", Section: "hooks", JSON: []byte(`{
			"description": "Calls others.", "type": "object", "required": ["name", "from"], "additionalProperties": false,
			"properties": {
				"name": {"$ref": "#/$defs/name"},
				"from": {"$ref": "#/$defs/from"},
				"http": {"type": "string"},
				"concurrency": {"type": "integer", "minimum": 1, "maximum": 100}
			}}`)},
	}
}

// validated gives the findings of parsing and validating a text.
func validated(text string) []string {
	docs, list := Parse("f", []byte(text))
	return brief(append(list, NewSet(fakeFragments()...).ValidateAll(docs)...))
}

// algo gives a pipeline with one node, whose first line is line 7.
func algo(lines ...string) string {
	return header + "  algos:\n    - name: resize\n      image: acme/resize:1\n      " + strings.Join(lines, "\n      ") + "\n"
}

func TestValidateNode(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"near name", algo("mdoe: fast"), "8:7 field-unknown: unknown field `mdoe` in algo `resize`; did you mean `mode`?"},
		{"no near name", algo("zzz: fast"), "8:7 field-unknown: unknown field `zzz` in algo `resize`"},
		{"belongs below", algo("port: 8"), "8:7 field-unknown: unknown field `port` in algo `resize`; did you mean to put it under `http`?"},
		{"belongs above", algo("http: {port: 8, mode: fast}"), "8:23 field-unknown: unknown field `mode` in `http` of algo `resize`; did you mean the field of algo `resize`, one level up?"},
		{"belongs into a list", algo("value: 8"), "8:7 field-unknown: unknown field `value` in algo `resize`; did you mean to put it under `env`?"},
		{"missing below", algo("http: {path: /}"), "8:13 field-missing: `http` of algo `resize` lacks `port`"},
		{"number in quotes", algo(`concurrency: "8"`), "8:20 value-type: `concurrency` of algo `resize` must be an integer, found the string `8`; write it without quotes"},
		{"underscores", algo("concurrency: 1_0"), "8:20 value-type: `concurrency` of algo `resize` must be an integer, found the string `1_0`; write it without underscores"},
		{"fraction", algo("concurrency: 1.5"), "8:20 value-type: `concurrency` of algo `resize` must be an integer, found the number `1.5`"},
		{"nothing", algo("http:"), "8:12 value-type: `http` of algo `resize` must be a map, found nothing; give it a value or remove the key"},
		{"no list", algo("inputs: {}"), "8:15 value-type: `inputs` of algo `resize` must be a list, found a map; make it a list: `[...]`, or `- ` before each item"},
		{"no text", algo("env: [{name: A, value: 8}]"), "8:30 value-type: `env[0].value` of algo `resize` must be a string, found the integer `8`; write it in quotes"},
		{"a mend that would not mend", algo("onFailure: {inPlace: {max: 5}}"), "8:34 value-type: `onFailure.inPlace.max` of algo `resize` cannot be the integer `5`"},
		{"near choice", algo("mode: fats"), "8:13 value-enum: `mode` of algo `resize` cannot be `fats`; did you mean `fast`?"},
		{"no choice", algo("mode: [fast]"), "8:13 value-type: `mode` of algo `resize` must be `fast` or `slow`, found a list"},
		{"least", algo("concurrency: 0"), "8:20 value-range: `concurrency` of algo `resize` cannot be 0; the least is 1"},
		{"most", algo("concurrency: 101"), "8:20 value-range: `concurrency` of algo `resize` cannot be 101; the most is 100"},
		{"empty list", algo("inputs: [{name: a, from: []}]"), "8:32 value-range: `inputs[0].from` of algo `resize` needs at least 1 item"},
		{"string or list", algo("inputs: [{name: a, from: [b, c.d]}, {name: b, from: a.b.c}]"), "8:59 value-pattern: `inputs[1].from` of algo `resize` cannot be `a.b.c`"},
		{"twice in a list", algo("inputs: [{name: a, from: [b, c, b]}]"), "8:39 value-duplicate: `inputs[0].from` of algo `resize` holds the string `b` twice"},
		{"one of two", algo("env: [{name: A, value: x, secretKeyRef: {name: a, key: b}}]"), "8:13 field-conflict: `env[0]` of algo `resize` is not valid"},
		{"words and maps", algo("egress: [internet, {cidr: 10.0.0.0/8}, {namespace: a, podLabels: {b: c}}, intern]"), "8:81 value-pattern: `egress[3]` of algo `resize` cannot be `intern`; did you mean `internet`?"},
		{"words and maps that mix", algo("egress: [{cidr: 10.0.0.0/8, namespace: a}]"), "8:16 field-conflict: `egress[0]` of algo `resize` is not valid"},
		{"not even words or maps", algo("egress: [8]"), "8:16 value-type: `egress[0]` of algo `resize` must be a string or a map, found the integer `8`"},
		{"quantity", algo("resources: {requests: {cpu: 1, memory: 5Gib}}"), "8:46 value-pattern: `resources.requests.memory` of algo `resize` cannot be `5Gib`"},
		{"key of a map", header + "  types: {Photo: {}}\n", "5:11 value-pattern: `spec.types` of pipeline `a` cannot have the key `Photo`"},
		{"node without name", header + "  algos: [{image: a}]\n", "5:11 field-missing: the algo lacks `name`"},
		{"misspelt and so missing: one fault", header + "  algos: [{name: a, imge: a}]\n", "5:21 field-unknown: unknown field `imge` in algo `a`; did you mean `image`?"},
		{"section", header + "  algo: []\n", "5:3 field-unknown: unknown field `algo` in `spec` of pipeline `a`; did you mean `algos`?"},
		{"no name", "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {}\nspec: {}\n", "3:11 document-name: the pipeline lacks a name"},
		{"no metadata", "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nspec: {}\n", "1:1 document-name: the pipeline lacks a name"},
		{"a name with a dot", "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: a.b}\nspec: {}\n", "3:18 value-pattern: `metadata.name` of pipeline `a.b` cannot be `a.b`"},
		{"text of the user in messages", algo("\"a`\\n\\e[31m\": 1"), "8:7 field-unknown: unknown field `a'??[31m` in algo `resize`"},
	} {
		t.Run(test.name, func(t *testing.T) { wantFindings(t, validated(test.text), []string{test.want}) })
	}
}

func TestValidateEnvironment(t *testing.T) {
	const env = "apiVersion: pipelinectl.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  namespace: a\n"
	for _, test := range []struct{ name, text, want string }{
		{"lacks kafka", env, "5:3 field-missing: `spec` of environment `prod` lacks `kafka`"},
		{"YAML 1.1", env + "  kafka: {bootstrapServers: 'a:1', tls: yes}\n", "6:41 value-type: `spec.kafka.tls` of environment `prod` must be a boolean, found the string `yes`; write `true`"},
		{"reference without its choice", env + "  kafka: {bootstrapServers: 'a:1', credentials: {from: kafkaAccess, secretRef: {name: a}}}\n",
			"6:69 field-conflict: `spec.kafka.credentials.secretRef` of environment `prod` cannot be given here"},
		{"choice without its reference", env + "  kafka: {bootstrapServers: 'a:1', credentials: {from: secretRef}}\n",
			"6:49 field-missing: `spec.kafka.credentials` of environment `prod` lacks `secretRef`"},
		{"both issuers", env + "  kafka: {bootstrapServers: 'a:1'}\n  domains: [{suffix: a.b, issuer: {selfSigned: {}}, issuerRef: {kind: Issuer, name: a}}]\n",
			"7:13 field-conflict: `spec.domains[0]` of environment `prod` is not valid"},
		{"part of a node's map", env + "  kafka: {bootstrapServers: 'a:1'}\n  overrides: [{match: {node: a}, set: {http: {path: /}, resources: {limits: {cpu: 1}}}}]\n", ""},
		{"fields of overrides", env + "  kafka: {bootstrapServers: 'a:1'}\n  overrides: [{match: {node: a}, set: {imgae: a}}]\n",
			"7:40 field-unknown: unknown field `imgae` in `spec.overrides[0].set` of environment `prod`; did you mean `image`?"},
		{"overrides rename nothing", env + "  kafka: {bootstrapServers: 'a:1'}\n  overrides: [{match: {node: a}, set: {name: a}}]\n",
			"7:40 field-unknown: unknown field `name` in `spec.overrides[0].set` of environment `prod`"},
		{"kinds of overrides", env + "  kafka: {bootstrapServers: 'a:1'}\n  overrides: [{match: {kind: algos}, set: {image: a}}]\n",
			"7:30 value-enum: `spec.overrides[0].match.kind` of environment `prod` cannot be `algos`; did you mean `algo`?"},
		{"alternatives of two kinds", env + "  kafka: {bootstrapServers: 'a:1'}\n  overrides: [{match: {node: a}, set: {http: {prt: 8}}}]\n",
			"7:47 field-unknown: unknown field `prt` in `spec.overrides[0].set.http` of environment `prod`; did you mean `port`?"},
		{"no alternative", env + "  kafka: {bootstrapServers: 'a:1'}\n  overrides: [{match: {node: a}, set: {http: [8]}}]\n",
			"7:46 value-type: `spec.overrides[0].set.http` of environment `prod` must be a map or a string, found a list"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			wantFindings(t, validated(test.text), want)
		})
	}
}

// TestFindingsOfOneDocument checks that all faults come in one run, in the order of the text, with paths.
func TestFindingsOfOneDocument(t *testing.T) {
	docs, _ := Parse("f", []byte(algo("mode: no", "concurrency: 0")+"    - {name: B, image: a}\n"))
	list := NewSet(fakeFragments()...).Validate(docs[0])
	var paths []string
	for _, d := range list {
		paths = append(paths, d.Path)
	}
	if got, want := strings.Join(paths, " "), "spec.algos[0].mode spec.algos[0].concurrency spec.algos[1].name"; got != want {
		t.Errorf("paths %s, want %s", got, want)
	}
}

func TestValidateItem(t *testing.T) {
	trees, _ := parseTrees("f", []byte("{name: a, image: b, http: {prt: 8, mode: fast}, prot: 8}"))
	got := brief(NewSet(fakeFragments()...).ValidateItem("algos", trees[0].root))
	wantFindings(t, got, []string{
		"1:28 field-unknown: unknown field `prt` in `http` of algo `a`; did you mean `port`?",
		"1:36 field-unknown: unknown field `mode` in `http` of algo `a`; did you mean the field of algo `a`, one level up?",
		"1:49 field-unknown: unknown field `prot` in algo `a`",
	})
}

func TestSetJSON(t *testing.T) {
	s := NewSet(fakeFragments()...)
	for _, kind := range append(s.Kinds(), "") {
		text, err := s.JSON(kind)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := NewSet(fakeFragments()...).JSON(kind)
		if string(text) != string(again) {
			t.Errorf("kind %q: not the same bytes twice", kind)
		}
		var document map[string]any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		name := strings.ToLower(kind) + ".schema.json"
		if kind == "" {
			name = "schema.json"
		}
		if id := document["$id"]; id != "https://pipelinectl.dev/schema/v1alpha1/"+name {
			t.Errorf("kind %q: $id %v", kind, id)
		}
		if _, err := jsonschema.CompileString("https://pipelinectl.dev/schema/v1alpha1/"+name, string(text)); err != nil {
			t.Errorf("kind %q: %v", kind, err)
		}
	}
	if _, err := s.JSON("Pipelin"); err == nil {
		t.Error("an unknown kind gives a schema")
	}
	if project, _ := s.JSON(KindProject); strings.Contains(string(project), "onFailure") {
		t.Error("the schema of a Project holds definitions that it does not need")
	}
}

func TestSetRefusesFragments(t *testing.T) {
	for name, fragments := range map[string][]Fragment{
		"no JSON":               {{Kind: "algo", Section: "algos", JSON: []byte("{")}},
		"taken by the envelope": {{Kind: "image", Section: "images", JSON: []byte("{}")}},
		"taken by a kind":       {{Kind: "a", Section: "as", JSON: []byte("{}")}, {Kind: "b", Section: "as", JSON: []byte("{}")}},
		"own definitions":       {{Kind: "algo", Section: "algos", JSON: []byte(`{"$defs": {"x": true}}`)}},
	} {
		if _, err := NewSet(fragments...).JSON(""); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSection(t *testing.T) {
	hooks := NewSet(fakeFragments()...).Section("hooks")
	if got, want := strings.Join(slices.Sorted(maps.Keys(hooks.Fields)), " "), "concurrency from http name"; got != want {
		t.Errorf("fields %s, want %s", got, want)
	}
	if hooks.Named["from"] {
		t.Error("the items of from have names")
	}
	if s := NewSet(fakeFragments()...).Section("nodes"); len(s.Fields) != 0 {
		t.Errorf("fields of no section: %v", s.Fields)
	}
}

func TestFieldPath(t *testing.T) {
	path := []pathStep{{key: "spec", index: -1}, {key: "topics", index: -1}, {index: 2}, {key: "config", index: -1}, {key: "segment.bytes", index: -1}, {key: "", index: -1}, {key: "a\nb", index: -1}}
	if got, want := fieldPath(path), `spec.topics[2].config["segment.bytes"][""]["a\nb"]`; got != want {
		t.Errorf("path %s, want %s", got, want)
	}
}
