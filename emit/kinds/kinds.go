// Package kinds lists the kinds of node. Adding one is a folder beside this file and a line in All.
package kinds

import (
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/kinds/algo"
	"github.com/pipelinectl/pipelinectl/emit/kinds/endpoint"
	"github.com/pipelinectl/pipelinectl/emit/kinds/hook"
	"github.com/pipelinectl/pipelinectl/emit/kinds/topic"
)

// All gives every kind, in the order that the schema lists their sections.
func All() []compiler.Kind {
	return []compiler.Kind{
		topic.Kind(),
		endpoint.Kind(),
		algo.Kind(),
		hook.Kind(),
	}
}
