package topic

import (
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/strimzi"
)

var _ emit.Emitter = (*Component)(nil)

// Emit implements emit.Emitter: the topic itself, where the pipeline owns it.
func (c *Component) Emit(b *emit.Builder, n *compiler.Node) error {
	strimzi.Emit(b, n)
	return nil
}
