package schema

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// TestEnvelope holds every definition of the envelope to what an editor and a reader need: objects are closed, fields
// are described, leaves have an example that fits and is not the default, patterns say their rule in words.
func TestEnvelope(t *testing.T) {
	source, err := assemble(nil)
	if err != nil {
		t.Fatal(err)
	}
	defs := source["$defs"].(object)
	e := envelopeCheck{t: t, defs: defs, compiler: jsonschema.NewCompiler()}
	if err := e.compiler.AddResource(envelopeURL, bytes.NewReader(envelope)); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(defs)) {
		e.check("#/$defs/"+name, defs[name], false)
	}
}

const envelopeURL = "https://pipelinectl.dev/envelope.schema.json"

type envelopeCheck struct {
	t        *testing.T
	defs     object
	compiler *jsonschema.Compiler
}

// check looks at the schema at a location; isField says that it is a field's.
func (e envelopeCheck) check(at string, schema any, isField bool) {
	s, ok := schema.(object)
	if !ok {
		return
	}
	if isField {
		e.checkField(at, s)
	}
	if s["properties"] != nil && s["type"] != nil && s["additionalProperties"] == nil && at != "#/$defs/domain/properties/issuer" {
		e.t.Errorf("%s: the object is not closed", at)
	}
	if s["pattern"] != nil && s["errorMessage"] == nil {
		e.t.Errorf("%s: the pattern has no errorMessage", at)
	}
	if fields, ok := s["properties"].(object); ok && s["additionalProperties"] != nil {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			e.check(at+"/properties/"+name, fields[name], true)
		}
	}
	for _, keyword := range []string{"items", "additionalProperties", "propertyNames"} {
		e.check(at+"/"+keyword, s[keyword], false)
	}
}

func (e envelopeCheck) checkField(at string, s object) {
	// What a field does not say itself, the definition that it refers to says.
	all := maps.Clone(s)
	for ref, ok := s["$ref"].(string); ok; {
		target := e.defs[strings.TrimPrefix(ref, "#/$defs/")].(object)
		for keyword, value := range target {
			if all[keyword] == nil {
				all[keyword] = value
			}
		}
		ref, ok = target["$ref"].(string)
	}
	if all["description"] == nil {
		e.t.Errorf("%s: no description", at)
	}
	examples, _ := all["examples"].([]any)
	isBranch := all["properties"] != nil || all["items"] != nil && examples == nil
	if all["const"] != nil || isBranch {
		return
	}
	if len(examples) == 0 {
		e.t.Errorf("%s: no example", at)
	}
	schema, err := e.compiler.Compile(envelopeURL + at)
	if err != nil {
		e.t.Fatal(err)
	}
	for _, example := range examples {
		if reflect.DeepEqual(example, all["default"]) {
			e.t.Errorf("%s: the example %v is the default", at, example)
		}
		if err := schema.Validate(example); err != nil {
			e.t.Errorf("%s: the example %v does not fit: %v", at, example, err)
		}
	}
	if all["default"] != nil {
		if err := schema.Validate(all["default"]); err != nil {
			e.t.Errorf("%s: the default does not fit: %v", at, err)
		}
	}
}
