package endpoint

import (
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/strimzi"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

var _ emit.Emitter = (*Component)(nil)

// Emit implements emit.Emitter: a runner that serves, and where the environment has a domain for the pipeline, the way
// to it from outside.
func (c *Component) Emit(b *emit.Builder, n *compiler.Node) error {
	g := b.Graph()
	strimzi.Emit(b, n)
	image := workload.RunnerImage(g)
	pod := workload.Pod{Runner: workload.Runner(g, n, image, image)}
	spec := &c.Spec.Spec
	spec.Configure(&pod.Runner)
	workload.Emit(b, n, spec, pod)
	if g.Domain == nil {
		return nil
	}
	h := c.host(g)
	b.Share(emit.App, h.emissary(g))
	b.Add(emit.App, h.mapping(g, n))
	return h.certify(b)
}
