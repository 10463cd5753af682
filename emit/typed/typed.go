// Package typed holds a part of a document against a Go type that is not ours: a pod template of Kubernetes, say. It owns
// the strict reading: every unknown field and every value of the wrong type is a finding at its place. It knows Go types
// by their JSON tags only, and nothing of what the values mean. Start reading at Check.
package typed

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Check reports what of a value does not fit a Go type, under one code. What names the whole in messages ("a pod
// template"). A null is taken under any key, where it stands for absence, and nowhere else. Lists whose items are known
// by a key (the tag patchMergeKey) must have it in each item, no two the same.
func Check(n *schema.Node, t reflect.Type, code diag.Code, what string) diag.List {
	c := checker{code: code, what: what}
	c.value(n, t, "")
	return c.findings
}

type checker struct {
	code     diag.Code
	what     string
	findings diag.List
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

func (c *checker) value(n *schema.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		c.own(n, t, path)
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		if c.is(n, schema.Map, path) {
			c.fields(n, t, path)
		}
	case reflect.Map:
		if c.is(n, schema.Map, path) {
			c.entries(n, t, path)
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			c.own(n, t, path)
		} else if c.is(n, schema.List, path) {
			c.items(n, t, path)
		}
	case reflect.String:
		c.text(n, path)
	case reflect.Bool:
		c.is(n, schema.Bool, path)
	default:
		c.own(n, t, path)
	}
}

// own asks encoding/json, and so a type's own reading: of numbers, which have a range, and of quantities.
func (c *checker) own(n *schema.Node, t reflect.Type, path string) {
	text, err := json.Marshal(n.JSON())
	if err == nil {
		err = json.Unmarshal(text, reflect.New(t).Interface())
	}
	if err != nil || n.Kind == schema.Null {
		c.findings.Errorf(c.code, n.Pos, "%s cannot have %s in `%s`", c.what, describe(n), path).
			WithHint("write %s", wanted(t))
	}
}

// wanted says what a type that encoding/json reads takes.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		return fmt.Sprintf("a whole number of %d bits", t.Bits())
	default:
		return "what Kubernetes takes as " + t.Name() + ", such as `500m` or `1Gi` for a Quantity"
	}
}

func (c *checker) text(n *schema.Node, path string) {
	if c.is(n, schema.String, path) || n.Kind != schema.Bool && n.Kind != schema.Int && n.Kind != schema.Float {
		return
	}
	c.findings[len(c.findings)-1].Hint = "write it in quotes: `" + strconv.Quote(clip(n.Text)) + "`"
}

// is reports a value of another kind.
func (c *checker) is(n *schema.Node, want schema.Kind, path string) bool {
	if n.Kind == want {
		return true
	}
	at := c.what
	if path != "" {
		at = "`" + path + "` of " + c.what
	}
	c.findings.Errorf(c.code, n.Pos, "%s is a %s, not %s", at, want, describe(n)).
		WithHint("its form is that of Kubernetes' API")
	return false
}

func (c *checker) fields(n *schema.Node, t reflect.Type, path string) {
	known := fieldsOf(t)
	for _, e := range n.Entries {
		field, ok := known[e.Key]
		at := join(path, e.Key)
		switch {
		case !ok:
			c.unknown(e, at, known)
		case e.Value.Kind == schema.Null:
		default:
			c.value(e.Value, field.Type, at)
			c.keys(e.Value, field.Tag.Get("patchMergeKey"), at)
		}
	}
}

func (c *checker) unknown(e schema.Entry, path string, known map[string]reflect.StructField) {
	d := c.findings.Errorf(c.code, e.KeyPos, "%s has no field `%s`", c.what, path)
	if near := schema.Nearest(e.Key, slices.Collect(maps.Keys(known))); near != "" {
		d.WithHint("did you mean `%s`?", near)
		return
	}
	d.WithHint("its fields are those of Kubernetes' API: `kubectl explain` lists them")
}

// fieldsOf gives the fields of a struct by their names in JSON, those of embedded structs among them.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case (options == "inline" || f.Anonymous) && name == "" && inner.Kind() == reflect.Struct:
			maps.Copy(out, fieldsOf(inner))
		case name != "" && name != "-":
			out[name] = f
		}
	}
	return out
}

// maxKey is the length of a key for which every YAML reader has room on one line (YAML 1.2 section 7.4.2).
const maxKey = 250

func (c *checker) entries(n *schema.Node, t reflect.Type, path string) {
	for _, e := range n.Entries {
		switch {
		case strings.HasPrefix(e.Key, "$"): // a directive of strategic merge
			c.findings.Errorf(c.code, e.KeyPos, "`%s` of %s cannot have the key `%s`", path, c.what, clip(e.Key)).
				WithHint("a null in the place of a value removes it")
		case len(e.Key) > maxKey:
			c.findings.Errorf(c.code, e.KeyPos, "`%s` of %s has a key of %d bytes", path, c.what, len(e.Key)).
				WithHint("a key has %d at most", maxKey)
		case e.Value.Kind != schema.Null:
			c.value(e.Value, t.Elem(), join(path, e.Key))
		}
	}
}

func (c *checker) items(n *schema.Node, t reflect.Type, path string) {
	for i, item := range n.Items {
		c.value(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
	}
}
