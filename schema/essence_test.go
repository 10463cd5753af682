package schema

import (
	"maps"
	"sync/atomic"
	"testing"
)

// TestEssenceRefusesWhatDraftsDoNotShare has the validator take no keyword that it would read in another way than editors
// do, which have the schema as one of draft 2020-12.
func TestEssenceRefusesWhatDraftsDoNotShare(t *testing.T) {
	for name, schema := range map[string]object{
		"a keyword of 2020-12": {"properties": object{"list": object{"prefixItems": []any{object{}}}}},
		"format":               {"items": object{"format": "uri"}},
		"beside a reference":   {"anyOf": []any{object{"$ref": "#/$defs/name", "maxLength": 3}}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is taken")
				}
			}()
			essence(schema)
		})
	}
}

func TestEssenceLeavesWordsOut(t *testing.T) {
	got := essence(object{
		"title": "a", "description": "b", "examples": []any{"c"}, "default": "d", "errorMessage": "e", "type": "object",
		// The names of fields are no keywords.
		"properties": object{"title": object{"$ref": "#/$defs/name", "description": "f"}, "format": true},
	}).(object)
	fields := got["properties"].(object)
	if len(got) != 2 || len(fields) != 2 || !maps.Equal(fields["title"].(object), object{"$ref": "#/$defs/name"}) || fields["format"] != true {
		t.Errorf("%v", got)
	}
}

// TestSchemasAreCompiledForDocumentsOnly has each verb that shows or reads the schema, but validates nothing, do without
// the validator, whose making takes longer than such a verb may.
func TestSchemasAreCompiledForDocumentsOnly(t *testing.T) {
	set := NewSet(fakeFragments()...)
	var compiled atomic.Int32
	for _, kind := range set.Kinds() {
		compile := set.compiled[kind]
		set.compiled[kind] = func() *validator {
			compiled.Add(1)
			return compile()
		}
	}
	set.Section("algos")
	for _, kind := range append(set.Kinds(), "") {
		if _, err := set.JSON(kind); err != nil {
			t.Fatal(err)
		}
	}
	set.ValidateAll(nil)
	if n := compiled.Load(); n > 0 {
		t.Errorf("%d schemas are compiled for nobody", n)
	}
	docs, _ := Parse("f", pipelineText(0))
	set.ValidateAll(docs)
	if compiled.Load() == 0 {
		t.Error("no schema is compiled for a document")
	}
}
