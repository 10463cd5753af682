package fields

import (
	"encoding/json"
	"slices"
	"strings"
)

// definition is the part of a JSON Schema that says something about a field.
type definition struct {
	Ref         string            `json:"$ref"`
	Description string            `json:"description"`
	Default     json.RawMessage   `json:"default"`
	Examples    []json.RawMessage `json:"examples"`
	// ErrorMessage says the rule of Pattern, of an alternative or of a condition in words.
	ErrorMessage string `json:"errorMessage"`

	Type  oneOrMore `json:"type"`
	Const any       `json:"const"`
	Enum  []any     `json:"enum"`

	Pattern     string       `json:"pattern"`
	Minimum     *json.Number `json:"minimum"`
	Maximum     *json.Number `json:"maximum"`
	MinLength   *json.Number `json:"minLength"`
	MaxLength   *json.Number `json:"maxLength"`
	MinItems    *json.Number `json:"minItems"`
	MaxItems    *json.Number `json:"maxItems"`
	UniqueItems bool         `json:"uniqueItems"`

	Items                *definition            `json:"items"`
	Properties           map[string]*definition `json:"properties"`
	Required             []string               `json:"required"`
	PropertyNames        *definition            `json:"propertyNames"`
	AdditionalProperties *definition            `json:"additionalProperties"`

	AnyOf []*definition `json:"anyOf"`
	AllOf []*definition `json:"allOf"`
	Else  *definition   `json:"else"`

	Definitions map[string]*definition `json:"$defs"`

	// never is the schema `false`, which no value fulfils.
	never bool
}

// oneOrMore is a keyword whose value is a text or a list of them.
type oneOrMore []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// UnmarshalJSON implements json.Unmarshaler: a schema is an object, true or false.
func (d *definition) UnmarshalJSON(data []byte) error {
	var always bool
	if json.Unmarshal(data, &always) == nil {
		*d = definition{never: !always}
		return nil
	}
	type plain definition
	return json.Unmarshal(data, (*plain)(d))
}

// resolve gives a schema with those that it refers to merged into it: what stands nearer to the field wins.
func (d *definition) resolve(definitions map[string]*definition) *definition {
	out := *d
	for seen := 0; out.Ref != "" && seen < maxDepth; seen++ {
		target := lookup(definitions, out.Ref)
		if target == nil {
			break
		}
		merged := *target
		if out.Description != "" {
			merged.Description = out.Description
		}
		if out.Default != nil {
			merged.Default = out.Default
		}
		if out.Examples != nil {
			merged.Examples = out.Examples
		}
		if out.ErrorMessage != "" {
			merged.ErrorMessage = out.ErrorMessage
		}
		out = merged
	}
	return &out
}

// lookup gives the schema that a reference leads to, such as #/$defs/topicSettings/properties/retention; nil when there
// is none.
func lookup(definitions map[string]*definition, ref string) *definition {
	path, ok := strings.CutPrefix(ref, "#/$defs/")
	names := strings.Split(path, "/")
	if !ok {
		return nil
	}
	d := definitions[names[0]]
	for step := range slices.Chunk(names[1:], 2) {
		if d == nil || len(step) < 2 || step[0] != "properties" {
			return nil
		}
		d = d.Properties[step[1]]
	}
	return d
}

// alternatives gives the schemas of which a value fulfils one; the schema itself when there is no choice.
func (d *definition) alternatives(definitions map[string]*definition) []*definition {
	if len(d.AnyOf) == 0 {
		return []*definition{d}
	}
	var out []*definition
	for _, a := range d.AnyOf {
		out = append(out, a.resolve(definitions).alternatives(definitions)...)
	}
	return out
}

// entries gives the schema of the values of a map whose keys its author chooses, nil for any other.
func (d *definition) entries() *definition {
	if d.AdditionalProperties == nil || d.AdditionalProperties.never {
		return nil
	}
	return d.AdditionalProperties
}
