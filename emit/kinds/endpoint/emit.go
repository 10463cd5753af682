package endpoint

import (
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/strimzi"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

var _ emit.Emitter = (*Component)(nil)

// Emit implements emit.Emitter: a runner that serves, and where the environment has a domain for the pipeline, the way
// to it from outside.
func (c *Component) Emit(b *emit.Builder, n *compiler.Node) error {
	g := b.Graph()
	strimzi.Emit(b, n)
	if err := workload.Emit(b, n, &c.Spec.Spec, c.pod(g, n)); err != nil || g.Domain == nil {
		return err
	}
	h := c.host(g)
	b.Share(emit.App, gitops.Decorate(g.Environment, h.emissary(g)))
	b.Add(emit.App, gitops.Decorate(g.Environment, h.mapping(g, n)))
	return h.certify(b)
}

// pod is what runs a node that has its runner.
func (c *Component) pod(g *compiler.Graph, n *compiler.Node) workload.Pod {
	image := workload.RunnerImage(g)
	pod := workload.Pod{Runner: workload.Runner(g, n, image, image)}
	c.Configure(&pod.Runner)
	return pod
}
