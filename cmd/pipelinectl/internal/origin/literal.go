package origin

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// nodeOf gives a value of JSON as a node of a document that stands at a place.
func nodeOf(value any, pos diag.Pos) *schema.Node {
	out := &schema.Node{Pos: pos}
	switch v := value.(type) {
	case map[string]any:
		out.Kind = schema.Map
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out.Entries = append(out.Entries, schema.Entry{Key: k, KeyPos: pos, Value: nodeOf(v[k], pos)})
		}
	case []any:
		out.Kind = schema.List
		for _, item := range v {
			out.Items = append(out.Items, nodeOf(item, pos))
		}
	case bool:
		out.Kind, out.Text = schema.Bool, strconv.FormatBool(v)
	case float64:
		out.Kind, out.Text = schema.Float, fmt.Sprint(v)
		if v == float64(int64(v)) {
			out.Kind, out.Text = schema.Int, strconv.FormatInt(int64(v), 10)
		}
	case string:
		out.Kind, out.Text = schema.String, v
	default:
		out.Kind = schema.Null
	}
	return out
}

// Text gives a value on one line as people write it: a scalar without quotes, anything else as JSON.
func Text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case map[string]any, []any:
		text, err := json.Marshal(v)
		if err != nil { // a tree of JSON values always marshals
			panic(err)
		}
		return string(text)
	case float64:
		if v == float64(int64(v)) {
			return strconv.FormatInt(int64(v), 10)
		}
	}
	return fmt.Sprint(value)
}
