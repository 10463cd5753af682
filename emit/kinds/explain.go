package kinds

import (
	"io/fs"

	"github.com/pipelinectl/pipelinectl/emit/kinds/algo"
	"github.com/pipelinectl/pipelinectl/emit/kinds/endpoint"
	"github.com/pipelinectl/pipelinectl/emit/kinds/hook"
	"github.com/pipelinectl/pipelinectl/emit/kinds/topic"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// Explanations gives the explanations of the codes that kinds declare, and of those that they share.
func Explanations() []fs.FS {
	return []fs.FS{
		workload.Explanations(),
		algo.Explanations(),
		endpoint.Explanations(),
		hook.Explanations(),
		topic.Explanations(),
	}
}
