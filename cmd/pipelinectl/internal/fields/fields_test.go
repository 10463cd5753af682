package fields

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/emit/kinds"
)

func tree(t *testing.T) *Tree {
	t.Helper()
	tree, err := New(kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestFind looks up paths as people write them, and as findings do.
func TestFind(t *testing.T) {
	t.Parallel()
	tree := tree(t)
	for path, want := range map[string]string{
		"Pipeline":                            "Pipeline",
		"algo":                                "algo",
		"algo.concurrency":                    "algo.concurrency",
		"Pipeline.spec.algos.concurrency":     "algo.concurrency",
		"pipeline.spec.algos":                 "Pipeline.spec.algos",
		"spec.algos[0].image":                 "algo.image",
		"ALGO.Exec.Command":                   "algo.exec.command",
		"concurrency":                         "algo.concurrency",
		"spec.kafka.topicDefaults":            "Environment.spec.kafka.topicDefaults",
		"topicDefaults.partitions":            "Environment.spec.kafka.topicDefaults.partitions",
		"spec.types.photo.contentType":        "Pipeline.spec.types.NAME.contentType",
		"topic.retention":                     "topic.retention",
		"retention":                           "topic.retention",
		"spec":                                "Defaults.spec Environment.spec Pipeline.spec Project.spec algo.pod.spec",
		"algo.concurency":                     "",
		"metadata.labels.team.lead":           "",
		"overrides.set.image":                 "Environment.spec.overrides.set.image",
		"Environment.spec.overrides[2].match": "Environment.spec.overrides.match",
		"":                                    "",
		"..":                                  "",
	} {
		var got []string
		for _, f := range tree.Find(path) {
			got = append(got, f.Short())
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %q, want %q", path, got, want)
		}
	}
}

// TestDescription compares what is said of a few fields with what the schema holds.
func TestDescription(t *testing.T) {
	t.Parallel()
	tree := tree(t)
	for _, c := range []struct {
		path, sort, def, choices, rule, example string
		required                                bool
	}{
		{path: "algo.concurrency", sort: "integer", def: "1", rule: "from 1 to 1000", example: "16"},
		{path: "algo.image", sort: "string", rule: "at most 512 characters", example: "ghcr.io/acme/resize:2.1", required: true},
		{path: "hook.ordering", sort: "string", def: "key", choices: "partition key none", example: "partition"},
		{path: "hook.from", sort: "string or list of strings", rule: "from 1 to 1000 items", example: "resize.thumb", required: true},
		{path: "algo.egress", sort: "list of strings or maps", rule: "a destination is `internet`, or {cidr, ports}, or {namespace, podLabels, ports}", example: `["internet"]`},
		{path: "algo.parameters", sort: "map of strings, integers, numbers or booleans", example: `{"width":300}`,
			rule: "a parameter's name is letters, digits, `_` and `-`, and begins with a letter"},
		{path: "topic.partitions", sort: "integer", rule: "from 1 to 100000", example: "12"},
		{path: "Pipeline.kind", sort: "string", choices: "Pipeline", required: true},
		{path: "Environment.spec.kafka.credentials", sort: "map", rule: "`secretRef` belongs to `from: secretRef`"},
		{path: "Environment.spec.ingressFrom", sort: "list of strings", def: `["emissary","monitoring"]`, rule: "each item once", example: `["edge","observability"]`},
	} {
		found := tree.Find(c.path)
		if len(found) != 1 {
			t.Errorf("%s: %d fields", c.path, len(found))
			continue
		}
		f := found[0]
		if f.Sort != c.sort || f.Default != c.def || strings.Join(f.Choices, " ") != c.choices || f.Required != c.required {
			t.Errorf("%s: %+v", c.path, f)
		}
		if c.rule != "" && !slices.Contains(f.Rules, c.rule) {
			t.Errorf("%s: rules %q, want one to be %q", c.path, f.Rules, c.rule)
		}
		if c.example != "" && !slices.Contains(f.Examples, c.example) {
			t.Errorf("%s: examples %q, want one to be %q", c.path, f.Examples, c.example)
		}
	}
}

// TestEveryFieldIsDescribed walks the whole tree: each field has a sort, and each but those of a map with keys of the
// author's own has a description.
func TestEveryFieldIsDescribed(t *testing.T) {
	t.Parallel()
	count := 0
	var visit func(f *Field, depth int)
	visit = func(f *Field, depth int) {
		count++
		if depth >= maxDepth {
			t.Fatalf("%s: the schema has no end", f.Path)
		}
		if f.Sort == "" || f.Description == "" && f.Name != anyKey {
			t.Errorf("%s is a %q: %q", f.Path, f.Sort, f.Description)
		}
		for _, c := range f.Fields {
			visit(c, depth+1)
		}
	}
	tree := tree(t)
	for _, f := range tree.roots() {
		visit(f, 0)
	}
	if count < 300 {
		t.Errorf("only %d fields", count)
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	tree := tree(t)
	for path, want := range map[string]string{
		"algo.concurency":               "algo: concurency: algo.concurrency",
		"algo.exce.command":             "algo: exce: algo.exec.command",
		"alog.image":                    ": alog: algo.image",
		"concurency":                    ": concurency: algo.concurrency",
		"algo.attempts":                 "algo: attempts: algo.inputs.onFailure.inPlace.attempts algo.onFailure.inPlace.attempts",
		"algo.retention":                "algo: retention: algo.outputs.topic.retention",
		"hook.retention":                "hook: retention: hook.outputs.topic.retention",
		"algo.image.digest":             "algo.image: digest: ",
		"nothing.like.it":               ": nothing: ",
		"Pipeline.spec.algoss":          "Pipeline.spec: algoss: Pipeline.spec.algos",
		"Environment.sepc.kafka":        "Environment: sepc: Environment.spec.kafka",
		"Pipeline.spec.kafka":           "Pipeline.spec: kafka:  elsewhere: Environment.spec.kafka",
		"algo.issuerRef.name":           "algo: issuerRef:  elsewhere: Environment.spec.domains.issuerRef.name",
		"hook.path":                     "hook: path: algo.health.http.path algo.http.path endpoint.http.path",
		"Environment.spec.algos":        "Environment.spec: algos:  elsewhere: Pipeline.spec.algos",
		"Defaults.spec.overrides.match": "Defaults.spec: overrides:  elsewhere: Environment.spec.overrides.match",
	} {
		s := tree.Suggest(path)
		at := ""
		if len(s.Known) > 0 {
			at = s.Known[0].Short()
		}
		slices.Sort(s.Meant)
		got := at + ": " + s.Unknown + ": " + strings.Join(s.Meant, " ")
		if len(s.Elsewhere) > 0 {
			got += " elsewhere: " + strings.Join(s.Elsewhere, " ")
		}
		if got != want {
			t.Errorf("%q suggests %q, want %q", path, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	tree := tree(t)
	for typed, want := range map[string]string{
		"":                "Defaults Environment Pipeline Project algo endpoint hook topic",
		"P":               "Pipeline Project",
		"algo.ex":         "algo.exec",
		"spec.kafka.topi": "spec.kafka.topicDefaults",
		"spec.o":          "spec.output spec.overrides",
		"algo.image.":     "",
		"nothing.":        "",
		"spec.types.p.c":  "spec.types.p.contentType",
	} {
		if got := strings.Join(slices.Sorted(maps.Keys(tree.Complete(typed))), " "); got != want {
			t.Errorf("%q completes to %q, want %q", typed, got, want)
		}
	}
}

// FuzzFind looks up and completes any text: nothing panics, and what Find does not know is not suggested as known.
func FuzzFind(f *testing.F) {
	for _, path := range []string{"algo.image", "spec.algos[0].image", "..[", "a[b.c]", "ſpec.Kafka", "/", "NAME.NAME"} {
		f.Add(path)
	}
	tree, err := New(kinds.All())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		tree.Complete(path)
		if len(tree.Find(path)) > 0 {
			return
		}
		s := tree.Suggest(path)
		for _, m := range slices.Concat(s.Meant, s.Elsewhere) {
			if len(tree.Find(m)) != 1 {
				t.Errorf("%q: `%s` is unknown and %q is suggested, which is not one field", path, s.Unknown, m)
			}
		}
	})
}
