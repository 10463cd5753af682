package krm

import (
	"bytes"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	head     = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
	pipeline = `- apiVersion: pipelinectl.dev/v1alpha1
  kind: Pipeline
  metadata: {name: words}
  spec:
    endpoints: [{name: upload, http: {path: /upload}}]
    hooks: [{name: notify, from: upload, url: "https://hooks.example.org/words"}]
`
	prod = `- apiVersion: pipelinectl.dev/v1alpha1
  kind: Environment
  metadata: {name: prod}
  spec: {namespace: words, kafka: {bootstrapServers: "kafka.example.org:9092", cluster: main, namespace: kafka}}
`
	render1 = "functionConfig:\n  apiVersion: fn.pipelinectl.dev/v1alpha1\n  kind: Render\n  metadata: {name: render}\n  spec: {environment: prod}\n"
)

func run(t *testing.T, in string) (string, Results) {
	t.Helper()
	out, results, err := try(in)
	if err != nil {
		t.Fatal(err)
	}
	return out, results
}

func try(in string) (string, Results, error) {
	f := Function{Compiler: compiler.New(kinds.All()), Codes: func() []diag.Code { return nil }}
	var out bytes.Buffer
	results, err := f.Run(strings.NewReader(in), &out)
	return out.String(), results, err
}

// Another's items go out as they came in, in their order, whatever they are; the documents between them stay.
func TestItemsOfOthersStay(t *testing.T) {
	t.Parallel()
	others := []string{
		"- apiVersion: v1\n  kind: ConfigMap # why\n  metadata: {name: a}\n  data: {on: \"yes\", n: \"012\", big: \"1e3\"}\n",
		"- apiVersion: v1\n  kind: List\n  items: []\n",
		"- apiVersion: example.org/v1\n  kind: Odd\n  metadata:\n    name: odd\n    labels: {app.kubernetes.io/managed-by: pipelinectl}\n  spec:\n    text: |\n      pipelinectl.dev/v1alpha1\n    nothing: null\n    f: 1.50\n",
	}
	in := head + "items:\n" + others[0] + pipeline + others[1] + prod + others[2] + render1
	out, results := run(t, in)
	if results != nil {
		t.Errorf("the results are %v", results)
	}
	before, after := items(t, in), items(t, out)
	for i, at := range []int{0, 2, 4} {
		if after[at] != before[at] {
			t.Errorf("item %d was\n%s\nand is\n%s", i, before[at], after[at])
		}
	}
	if len(after) < 15 || !strings.Contains(after[1], annotationLocal) || !strings.Contains(after[3], annotationLocal) {
		t.Errorf("there are %d items, of which the documents are\n%s\n%s", len(after), after[1], after[3])
	}
	if again, _ := run(t, out); again != out {
		t.Error("a second run changes something")
	}
}

// TestFilesOfExtras hands over what a pipeline names as a file: its objects are made, once in each namespace, and what stands
// in the file is no longer to be applied itself.
func TestFilesOfExtras(t *testing.T) {
	t.Parallel()
	object := func(name, index string) string {
		return "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: " + name + "\n    annotations: {internal.config.kubernetes.io/path: 'extras/words.yaml', internal.config.kubernetes.io/index: '" + index + "'}\n"
	}
	named := strings.Replace(pipeline, "metadata: {name: words}", "metadata: {name: words, annotations: {internal.config.kubernetes.io/path: words.yaml}}", 1) +
		"    extras: {files: [extras/words.yaml]}\n"
	in := head + "items:\n" + named + object("a", "0") + object("b", "1") + prod + render1
	out, results := run(t, in)
	if results != nil {
		t.Errorf("the results are %v", results)
	}
	var local, made int
	for _, item := range items(t, out) {
		switch {
		case !strings.Contains(item, "kind: ConfigMap") || !strings.Contains(item, "name: a\n") && !strings.Contains(item, "name: b\n"):
		case strings.Contains(item, "namespace: words") && !strings.Contains(item, "extras/words.yaml"):
			made++
		case strings.Contains(item, annotationLocal):
			local++
		default:
			t.Errorf("an item is neither made nor local:\n%s", item)
		}
	}
	if local != 2 || made != 2 {
		t.Errorf("%d items are local and %d made, want 2 of each", local, made)
	}
	if again, results := run(t, out); results != nil || again != out {
		t.Errorf("a second run gives %v and\n%s\nwant\n%s", results, again, out)
	}
}

func items(t *testing.T, list string) []string {
	t.Helper()
	var out []string
	for _, n := range read(t, list) {
		out = append(out, n.MustString())
	}
	return out
}

func read(t *testing.T, list string) []*yaml.RNode {
	t.Helper()
	nodes, err := (&kio.ByteReader{Reader: strings.NewReader(list), OmitReaderAnnotations: true}).Read()
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}

// write gives a ResourceList with a functionConfig of this spec.
func write(t *testing.T, nodes []*yaml.RNode, spec string) string {
	t.Helper()
	var out bytes.Buffer
	w := kio.ByteWriter{
		Writer: &out, KeepReaderAnnotations: true, WrappingAPIVersion: kio.ResourceListAPIVersion, WrappingKind: kio.ResourceListKind,
		FunctionConfig: yaml.MustParse("{apiVersion: fn.pipelinectl.dev/v1alpha1, kind: Render, metadata: {name: render}, spec: {" + spec + "}}"),
	}
	if err := w.Write(nodes); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// An orchestrator may have moved the file of an object, and notes what it needs to know it by.
func TestReplacedItemKeepsItsNotes(t *testing.T) {
	t.Parallel()
	first, _ := run(t, head+"items:\n"+pipeline+prod+render1)
	const path = "'words/prod/service-words-upload.yaml'"
	if strings.Count(first, path) != 1 {
		t.Fatalf("there is no file %s in\n%s", path, first)
	}
	moved := strings.Replace(first, path, "'moved.yaml'\n      internal.config.kubernetes.io/id: '7'\n      mine: gone", 1)
	moved = strings.Replace(moved, "port: 80\n", "port: 81\n", 1)
	out, results := run(t, moved)
	if results != nil {
		t.Errorf("the results are %v", results)
	}
	for _, want := range []string{"path: 'moved.yaml'", "internal.config.kubernetes.io/id: '7'", "port: 80\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q", want)
		}
	}
	for _, gone := range []string{"mine: gone", path, "port: 81"} {
		if strings.Contains(out, gone) {
			t.Errorf("there is still %q", gone)
		}
	}
}

// A pipeline whose document is gone takes along what was rendered of it, in this environment only.
func TestPipelineIsGone(t *testing.T) {
	t.Parallel()
	staging := strings.NewReplacer("name: prod", "name: staging", "namespace: words", "namespace: words-staging", "cluster: main", "cluster: main, prefix: staging.").Replace(prod)
	other := strings.Replace(pipeline, "name: words", "name: other", 1)
	list, _ := run(t, head+"items:\n"+pipeline+other+prod+staging+render1)
	list, _ = run(t, strings.Replace(list, "environment: prod", "environment: staging", 1))
	nodes := read(t, list)
	without := write(t, nodes[1:], "environment: prod")
	if nodes[0].GetName() != "words" {
		t.Fatalf("the first item is %s", nodes[0].GetName())
	}
	_, results := run(t, without)
	if !results.HasErrors() {
		t.Fatalf("its topics go without a word: %v", results)
	}
	var allow []string
	for _, r := range results {
		if r.ResourceRef != nil && !strings.HasPrefix(r.File.Path, "words/prod/") {
			t.Errorf("unexpected: %v", r)
		}
		_, rest, _ := strings.Cut(r.Message, "or add `")
		name, _, _ := strings.Cut(rest, "`")
		allow = append(allow, name)
	}
	out, results := run(t, write(t, nodes[1:], "environment: prod, allowDestroy: ["+strings.Join(allow, ", ")+"]"))
	if results != nil || strings.Contains(out, "'words/prod/") || !strings.Contains(out, "'words/staging/") || !strings.Contains(out, "'other/prod/") {
		t.Errorf("the results are %v, the list is\n%s", results, out)
	}
}

// The project's own file may be among the items.
func TestProjectWeighs(t *testing.T) {
	t.Parallel()
	project := "- apiVersion: pipelinectl.dev/v1alpha1\n  kind: Project\n  spec: {warnings: {errors: [topic-unread]}}\n"
	unread := strings.Replace(pipeline, "endpoints: [", "endpoints: [{name: more, http: {path: /more}}, ", 1)
	for list, want := range map[string]string{unread + prod: "warning", unread + prod + project: "error"} {
		_, results := run(t, head+"items:\n"+list+render1)
		if len(results) != 1 || results[0].Severity != want || results[0].Tags["code"] != "topic-unread" || results[0].Field.Path != "spec.endpoints[0].name" {
			t.Errorf("the results are %+v, want one %s", results, want)
		}
	}
}

func TestNoResourceList(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "a: [", "kind: ResourceList\n", "apiVersion: v1\nkind: List\nitems: []\n", strings.Repeat("#", maxInput+1)} {
		if out, _, err := try(in); err == nil || out != "" {
			t.Errorf("%.40q gives %q without an error", in, out)
		}
	}
}

// FuzzRun demands that nothing makes the function panic, and that what it writes is a ResourceList again.
func FuzzRun(f *testing.F) {
	for _, in := range []string{
		head + "items:\n" + pipeline + prod + render1,
		head + "items: [null, 1, a, [b], {metadata: 1}, {kind: [], metadata: {labels: 1, annotations: []}}]\n" + render1,
		head + "items: {a: b}\nfunctionConfig: 7\n",
		head + "items: [&a {apiVersion: v1, kind: X, metadata: {name: *a}}, *a]\nfunctionConfig: &b [*b]\n",
		"? {}\n", head + "? items\n: \n",
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out, _, err := try(in)
		if err != nil {
			return
		}
		if _, _, err := try(out); err != nil {
			t.Errorf("what was written cannot be read: %v\n%s", err, out)
		}
	})
}
