package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// refused are the leaves whose only effect is a finding that refuses them, with its code.
var refused = map[string]diag.Code{
	"Pipeline.spec.hooks[].onFailure.classes.exit.3": compiler.CodeFailureClass,
	"Environment.spec.kafka.limits.brokers":          compiler.CodeTopicLimits,
	"Environment.spec.kafka.limits.maxPartitions":    compiler.CodeTopicLimits,
	"Environment.spec.kafka.limits.maxRetention":     compiler.CodeTopicLimits,
}

// elsewhere are the leaves that are read before any document is compiled, or once all are, with the test that shows
// their effect.
var elsewhere = map[string]string{
	"Defaults.metadata.name": "testdata/script/defaults_explain.txtar",
	"Defaults.metadata.annotations.config.kubernetes.io/local-config":    "testdata/script/fn_render.txtar",
	"Pipeline.spec.algos[].idempotent":                                   "testdata/diag/algo-delivery.yaml: without it there is an error",
	"Pipeline.spec.extras.files[]":                                       "testdata/script/build_extras_files.txtar",
	"Pipeline.spec.extras.patches[].file":                                "testdata/script/build_extras_files.txtar",
	"Project.metadata.name":                                              "testdata/script/build_projects.txtar",
	"Project.spec.sources[]":                                             "schema's tests of Load",
	"Pipeline.metadata.annotations.config.kubernetes.io/local-config":    "testdata/script/fn_render.txtar",
	"Environment.metadata.annotations.config.kubernetes.io/local-config": "testdata/script/fn_render.txtar",
	"Project.spec.output":                                                "testdata/script/build_project.txtar",
	"Project.spec.layout":                                                "testdata/script/build_flat.txtar",
	"Project.spec.warnings.errors[]":                                     "schema's TestWeigh",
	"Environment.spec.context":                                           "testdata/script/status_mistakes.txtar",
	"Project.spec.warnings.silenced[]":                                   "schema's TestWeigh",
}

// TestNoIdleField sets each leaf of the schema to its example, in each of the fixtures under testdata/idle until one
// shows an effect: another tree, other findings without an error, or another plan of `run`. A field without effect
// would be a promise that nobody keeps.
func TestNoIdleField(t *testing.T) {
	fixtures := readFixtures(t)
	leaves := schemaLeaves(t)
	if len(leaves) < 150 {
		t.Fatalf("found only %d leaves in the schema", len(leaves))
	}
	for _, l := range leaves {
		// What overrides and defaults may set are the fields of the kinds, each of which is a leaf of its own.
		if elsewhere[l.name] != "" || strings.HasPrefix(l.name, "Environment.spec.overrides[].set.") || strings.HasPrefix(l.name, "Defaults.spec.nodes[].set.") {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			if l.example == nil {
				t.Fatal("the leaf has no example")
			}
			if reflect.DeepEqual(l.example, l.def) {
				t.Fatalf("the example is the default, %v: it could not show an effect", l.def)
			}
			var why []string
			for _, f := range fixtures {
				effect, reason := f.effect(t, l)
				if effect {
					return
				}
				why = append(why, f.name+": "+reason)
			}
			t.Errorf("set to %v it changes nothing:\n%s", l.example, strings.Join(why, "\n"))
		})
	}
}

// leaf is one field of the schema that holds a scalar.
type leaf struct {
	name    string
	kind    string
	path    []string // "[]" is the first item of a list
	example any
	def     any
}

// schemaLeaves walks the published schema.
func schemaLeaves(t *testing.T) []leaf {
	t.Helper()
	var out []leaf
	for _, kind := range []string{"Defaults", "Pipeline", "Environment", "Project"} {
		text, err := compiler.NewSet(kinds.All()).JSON(kind)
		if err != nil {
			t.Fatal(err)
		}
		var root map[string]any
		if err := json.Unmarshal(text, &root); err != nil {
			t.Fatal(err)
		}
		w := walker{t: t, root: root, kind: kind}
		w.walk(root, nil, nil)
		out = append(out, w.leaves...)
	}
	return out
}

type walker struct {
	t      *testing.T
	root   map[string]any
	kind   string
	leaves []leaf
}

// walk visits a schema; outer are the schemas whose $ref led here, whose words win.
func (w *walker) walk(node map[string]any, path []string, outer []map[string]any) {
	outer = append(outer, node)
	if ref, ok := node["$ref"].(string); ok {
		w.walk(w.resolve(ref), path, outer)
		return
	}
	properties, _ := node["properties"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		if property, ok := properties[key].(map[string]any); ok {
			w.walk(property, append(slices.Clone(path), key), nil)
		}
	}
	if values, ok := node["additionalProperties"].(map[string]any); ok {
		if key := exampleKey(outer); key != "" {
			w.walk(values, append(slices.Clone(path), key), []map[string]any{{"examples": exampleValues(outer, key)}})
		} else {
			w.t.Errorf("%s: a map without an example", strings.Join(path, "."))
		}
	}
	if items, ok := node["items"].(map[string]any); ok {
		w.walk(items, append(slices.Clone(path), "[]"), outer)
	}
	if _, constant := node["const"]; constant || properties != nil || node["items"] != nil || node["additionalProperties"] != nil || len(path) == 0 {
		if !isScalarToo(node) {
			return
		}
	}
	name := w.kind
	for _, p := range path {
		if p == "[]" {
			name += p
		} else {
			name += "." + p
		}
	}
	l := leaf{name: name, kind: w.kind, path: path}
	for _, words := range outer {
		if examples, ok := words["examples"].([]any); ok && l.example == nil {
			l.example = firstScalar(examples)
		}
		if def, ok := words["default"]; ok && l.def == nil {
			l.def = def
		}
	}
	w.leaves = append(w.leaves, l)
}

// isScalarToo says whether a schema with properties or items takes a scalar as well, as `from` does.
func isScalarToo(node map[string]any) bool {
	types, _ := node["type"].([]any)
	return slices.Contains(types, any("string"))
}

func (w *walker) resolve(ref string) map[string]any {
	var at any = w.root
	for token := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		at = at.(map[string]any)[token]
	}
	return at.(map[string]any)
}

func exampleKey(schemas []map[string]any) string {
	for _, s := range schemas {
		examples, _ := s["examples"].([]any)
		for _, e := range examples {
			if m, ok := e.(map[string]any); ok && len(m) > 0 {
				return slices.Sorted(maps.Keys(m))[0]
			}
		}
	}
	return ""
}

// exampleValues gives what the examples of a map have under a key.
func exampleValues(schemas []map[string]any, key string) []any {
	var out []any
	for _, s := range schemas {
		examples, _ := s["examples"].([]any)
		for _, e := range examples {
			if m, ok := e.(map[string]any); ok && m[key] != nil {
				out = append(out, m[key])
			}
		}
	}
	return out
}

// firstScalar gives the first example, or the first item of one that is a list, or the first value of one that is a map.
func firstScalar(examples []any) any {
	if len(examples) == 0 {
		return nil
	}
	switch e := examples[0].(type) {
	case []any:
		return firstScalar(e)
	default:
		return e
	}
}

// fixture is a project in one file: documents as plain values, by kind.
type fixture struct {
	compiler *compiler.Compiler
	name     string
	docs     []map[string]any
}

func readFixtures(t *testing.T) []*fixture {
	t.Helper()
	files, err := filepath.Glob("../../testdata/idle/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	shared := compiler.New(kinds.All())
	var out []*fixture
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := &fixture{compiler: shared, name: filepath.Base(file)}
		for document := range strings.SplitSeq(string(data), "\n---\n") {
			var doc map[string]any
			if err := yaml.Unmarshal([]byte(document), &doc); err != nil {
				t.Fatal(err)
			}
			f.docs = append(f.docs, doc)
		}
		if _, findings := f.outcome(t, f.docs); findings.HasErrors() {
			t.Fatalf("%s has errors of its own: %v", f.name, findings)
		}
		out = append(out, f)
	}
	return out
}

// effect says whether setting the leaf changes the outcome, and if not why.
func (f *fixture) effect(t *testing.T, l leaf) (bool, string) {
	t.Helper()
	i := slices.IndexFunc(f.docs, func(doc map[string]any) bool { return doc["kind"] == l.kind })
	if i < 0 {
		return false, "has no such document"
	}
	doc := clone(f.docs[i])
	with := f.with(i, set(doc, l.path, l.example))
	without := f.docs
	if reflect.DeepEqual(with, without) { // the fixture has the example already: compare with the document less the leaf
		without = f.with(i, remove(clone(f.docs[i]), l.path))
	}
	before, beforeFindings := f.outcome(t, without)
	after, afterFindings := f.outcome(t, with)
	if code := refused[l.name]; code != "" {
		return slices.ContainsFunc(afterFindings, func(d diag.Diagnostic) bool { return d.Code == code }), "is not refused"
	}
	if faults := errorsOf(afterFindings); len(faults) > 0 {
		return false, fmt.Sprintf("refuses the example: %s [%s]", faults[0].Message, faults[0].Code)
	}
	return before != after || beforeFindings.HasErrors(), "same outcome"
}

func (f *fixture) with(i int, doc map[string]any) []map[string]any {
	docs := slices.Clone(f.docs)
	docs[i] = doc
	return docs
}

// outcome compiles documents and gives, as text, all that comes of them.
func (f *fixture) outcome(t *testing.T, docs []map[string]any) (string, diag.List) {
	t.Helper()
	var parts []string
	for _, doc := range docs {
		text, err := yaml.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(text))
	}
	parsed, findings := schema.Parse(f.name, []byte(strings.Join(parts, "---\n")))
	if findings.HasErrors() {
		return "", findings
	}
	program, findings := f.compiler.Compile(parsed)
	var out strings.Builder
	for _, d := range findings {
		fmt.Fprintln(&out, d.Code, d.Message)
	}
	if findings.HasErrors() {
		return out.String(), findings
	}
	files := tree(t, program)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if path != emit.UnitOf(path).Ledger() {
			fmt.Fprintf(&out, "%s\n%s\n", path, files[path])
		}
	}
	var graphs []*compiler.Graph
	for _, g := range program.Graphs {
		if g.Environment == nil {
			graphs = append(graphs, g)
		}
	}
	plan, _, err := local.NewPlan(graphs, ".")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	return out.String() + string(text), findings
}

func clone(doc map[string]any) map[string]any {
	text, err := yaml.Marshal(doc)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := yaml.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// set puts a value at a path, making the maps and lists on the way.
func set(doc map[string]any, path []string, value any) map[string]any {
	doc, _ = put(doc, path, value).(map[string]any)
	return doc
}

func put(at any, path []string, value any) any {
	if len(path) == 0 {
		return normal(value)
	}
	if path[0] == "[]" {
		list, ok := at.([]any)
		if !ok || len(list) == 0 {
			list = []any{nil}
		}
		list[0] = put(list[0], path[1:], value)
		return list
	}
	m, ok := at.(map[string]any)
	if !ok {
		m = map[string]any{}
	}
	m[path[0]] = put(m[path[0]], path[1:], value)
	return m
}

// normal gives whole numbers the type that YAML gives them.
func normal(value any) any {
	if f, ok := value.(float64); ok && f == float64(int(f)) {
		return int(f)
	}
	return value
}

// remove takes the field that a path leads to out of its map, or the item out of its list.
func remove(doc map[string]any, path []string) map[string]any {
	parent := any(doc)
	for _, p := range path[:len(path)-1] {
		if p == "[]" {
			parent = parent.([]any)[0]
		} else {
			parent = parent.(map[string]any)[p]
		}
	}
	if m, ok := parent.(map[string]any); ok {
		delete(m, path[len(path)-1])
		return doc
	}
	return remove(doc, path[:len(path)-1]) // a list of one: the list goes
}

// TestIdleFixturesHaveEnoughOfEach keeps the fixtures from losing what the leaves are set in.
func TestIdleFixturesHaveEnoughOfEach(t *testing.T) {
	count := map[string]int{}
	for _, f := range readFixtures(t) {
		for _, doc := range f.docs {
			count[fmt.Sprint(doc["kind"])]++
		}
	}
	if count["Pipeline"] < 2 || count["Environment"] < 2 {
		t.Errorf("fixtures hold %s pipelines and %s environments, want 2 of each", strconv.Itoa(count["Pipeline"]), strconv.Itoa(count["Environment"]))
	}
}
