package schema

import (
	"slices"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	p, findings := Read(map[string][]byte{
		"b.yaml":          []byte("apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: b}\nspec: {}\n"),
		"a.yaml":          []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {pipelinectl.dev/node: x}}\n"),
		"c.yaml":          []byte("apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipline\nmetadata: {name: c}\nspec: {}\n"),
		ProjectFileName:   []byte("apiVersion: pipelinectl.dev/v1alpha1\nkind: Project\nspec: {warnings: {silenced: [topic-unread]}}\n"),
		"d/" + "env.yaml": []byte("apiVersion: pipelinectl.dev/v1alpha1\nkind: Environment\nmetadata: {name: d}\nspec: {}\n"),
	})
	var names []string
	for _, doc := range p.Documents {
		names = append(names, doc.Pos.File+" "+doc.Kind)
	}
	if want := []string{"b.yaml Pipeline", "d/env.yaml Environment", "pipelinectl.yaml Project"}; !slices.Equal(names, want) {
		t.Errorf("the documents are %q, want %q", names, want)
	}
	if len(findings) != 1 || findings[0].Code != CodeDocumentKind || findings[0].Pos.File != "c.yaml" {
		t.Errorf("the findings are %v", findings)
	}
	if _, other := p.Sources["a.yaml"]; other || p.Sources["c.yaml"] == nil {
		t.Errorf("the sources are %v", p.Sources)
	}
	if silenced := p.Settings.Warnings.Silenced; len(silenced) != 1 || silenced[0].V != "topic-unread" {
		t.Errorf("the settings are %+v", p.Settings)
	}
}

func TestPathAt(t *testing.T) {
	t.Parallel()
	docs, findings := Parse("f.yaml", []byte(`apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata:
  name: words
  annotations: {a.b/c d: x}
spec:
  algos:
    - name: count
      exec: {command: [wc, $(parameters.flag)]}
`))
	if len(docs) != 1 || len(findings) > 0 {
		t.Fatalf("%d documents, %v", len(docs), findings)
	}
	at := docs[0].Pos
	for path, place := range map[string][2]int{
		"":                                {0, 0},
		"kind":                            {2, 1},
		"metadata.name":                   {4, 9},
		`metadata.annotations["a.b/c d"]`: {5, 17},
		"spec.algos":                      {7, 3},
		"spec.algos[0].name":              {8, 7},
		"spec.algos[0].exec.command[0]":   {9, 24},
		"spec.algos[0].exec.command[1]":   {9, 40},
	} {
		at.Line, at.Col = place[0], place[1]
		if got := docs[0].Root.PathAt(at); got != path {
			t.Errorf("at %d:%d stands %q, want %q", place[0], place[1], got, path)
		}
	}
}
