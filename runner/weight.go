package runner

import "github.com/pipelinectl/pipelinectl/runner/kafka"

// weight is what somebody who keeps records has told the runner's memory last, in bytes. Its owner's lock guards it.
type weight int

// set tells what is kept now.
func (w *weight) set(memory *kafka.Memory, now int) {
	if told := int(*w); now != told {
		memory.Hold(now - told)
		*w = weight(now)
	}
}
