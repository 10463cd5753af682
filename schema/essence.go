package schema

import "fmt"

// cheapDraft is the draft of JSON Schema that the validator takes our schemas for. Before it compiles a schema it checks
// it against the metaschema, which takes longer than compiling it; the metaschema of draft 7 is one schema where that of
// 2020-12 is eight, and takes half the time. What essence leaves means the same in both.
const cheapDraft = "http://json-schema.org/draft-07/schema#"

// essence gives a copy of a schema without the keywords that do not decide whether a value is valid. It panics at one that
// draft 7 does not have, or gives another meaning.
func essence(schema any) any {
	in, ok := schema.(object)
	if !ok {
		return schema // true or false
	}
	out := object{}
	for keyword, value := range in {
		switch keyword {
		case "title", "description", "examples", "default", "errorMessage":
		case "properties", "patternProperties", "$defs":
			fields := object{}
			for name, field := range value.(object) {
				fields[name] = essence(field)
			}
			out[keyword] = fields
		case "allOf", "anyOf", "oneOf":
			var branches []any
			for _, branch := range value.([]any) {
				branches = append(branches, essence(branch))
			}
			out[keyword] = branches
		case "items", "additionalProperties", "propertyNames", "not", "if", "then", "else":
			out[keyword] = essence(value)
		case "$schema", "$id", "$ref", "type", "const", "enum", "required",
			"minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties":
			out[keyword] = value
		default:
			panic(fmt.Sprintf("schema: the keyword %s, which drafts 7 and 2020-12 may not share", keyword))
		}
	}
	if out["$ref"] != nil && len(out) > 1 {
		panic(fmt.Sprintf("schema: keywords beside $ref: %v, which draft 7 passes over", out))
	}
	return out
}
