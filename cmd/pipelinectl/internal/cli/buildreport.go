package cli

import (
	"path/filepath"

	"github.com/pipelinectl/pipelinectl/emit"
)

// reportWritten says what became of the folder, and how to look at it.
func (b *build) reportWritten(c *emit.Changes) {
	s := b.opts.factory.Streams
	for _, name := range c.Interrupted {
		s.say("an earlier build of %s was interrupted; it is complete now", name)
	}
	for _, name := range c.Removed {
		s.say("removed %s", filepath.Join(b.dir, filepath.FromSlash(name)))
	}
	s.say("%s in %s: %d written, %d removed, %d unchanged",
		plural(len(b.built), "pipeline"), b.dir, len(c.Written), len(c.Removed), len(c.Unchanged))
	b.mentionOthers()
	environments := b.w.environments()
	if len(environments) == 0 {
		s.say("only bases were written: add a document of kind Environment for an overlay that can be applied")
		return
	}
	for _, pl := range b.built {
		if overlay := emit.Overlay(pl.Name.V, environments[0]); b.tree.Holds(overlay) {
			s.say("look at it: kubectl kustomize %s", filepath.Join(b.dir, filepath.FromSlash(overlay)))
			return
		}
	}
}

// interruptedText is said of a pipeline and its folder where a build was killed.
const interruptedText = "a build of %s was interrupted while it wrote to %s; the next build of it completes it"

// mentionOthers says what the output folder has beside the pipelines built that somebody should look after.
func (b *build) mentionOthers() {
	s := b.opts.factory.Streams
	for _, name := range b.killed {
		if !b.target().Concerns(name) {
			s.say(interruptedText, name, filepath.Join(b.dir, name))
		}
	}
	for _, name := range b.gone {
		if !b.target().Concerns(name) {
			s.say("pipeline `%s` is no longer in the project: --prune removes %s", name, filepath.Join(b.dir, name))
		}
	}
}
