package typed

import (
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// keys reports items without the key that they are known by, and two of one.
func (c *checker) keys(n *schema.Node, key, path string) {
	if key == "" || n.Kind != schema.List {
		return
	}
	seen := map[string]diag.Pos{}
	for _, item := range n.Items {
		if item.Kind != schema.Map {
			continue // is has reported it
		}
		value := item.Get(key)
		if value == nil || value.Kind == schema.Null {
			c.findings.Errorf(c.code, item.Pos, "an item of `%s` of %s has no `%s`", path, c.what, key).
				WithHint("add it: items are known by it")
			continue
		}
		if earlier, twice := seen[value.Text]; twice {
			c.findings.Errorf(c.code, value.Pos, "`%s` of %s has two items with the %s `%s`", path, c.what, key, clip(value.Text)).
				WithHint("make one of the two").
				WithRelated(earlier, "the other one")
		}
		seen[value.Text] = value.Pos
	}
}
