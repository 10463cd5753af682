package cli

import (
	"path/filepath"

	"github.com/pipelinectl/pipelinectl/emit"
)

// reportWritten says what became of the folder, and how to look at it.
func (b *build) reportWritten(c *emit.Changes) {
	s := b.opts.factory.Streams
	for _, u := range c.Interrupted {
		s.say("an earlier build of %s was interrupted; it is complete now", u.Name())
	}
	b.mentionRelaid(c)
	for _, name := range c.Removed {
		s.say("removed %s", filepath.Join(b.dir, filepath.FromSlash(name)))
	}
	s.say("%s in %s: %d written, %d removed, %d unchanged",
		plural(len(b.built), "pipeline"), b.dir, len(c.Written), len(c.Removed), len(c.Unchanged))
	b.mentionOthers()
	b.mentionResult()
}

// mentionResult says how to look at what was built.
func (b *build) mentionResult() {
	s := b.opts.factory.Streams
	environments := b.w.environments()
	switch {
	case len(environments) == 0 && b.w.layout == emit.Flat:
		s.say("nothing can be applied yet: add a document of kind Environment")
		return
	case len(environments) == 0:
		s.say("only bases were written: add a document of kind Environment for an overlay that can be applied")
		return
	case b.w.layout == emit.Flat:
		return // they are plain manifests
	}
	for _, pl := range b.built {
		if overlay := emit.Overlay(pl.Name.V, environments[0]); b.tree.Holds(overlay) {
			s.say("look at it: kubectl kustomize %s", filepath.Join(b.dir, filepath.FromSlash(overlay)))
			return
		}
	}
}

// mentionRelaid says which trees have, or had, another layout.
func (b *build) mentionRelaid(c *emit.Changes) {
	for _, u := range c.Relaid {
		b.opts.factory.Streams.say("%s is laid out anew: the layout is %s", u, b.w.layout)
	}
}

// interruptedText is said of a pipeline and its folder where a build was killed.
const interruptedText = "a build of %s was interrupted while it wrote to %s; the next build of it completes it"

// mentionOthers says what the output folder has beside the pipelines built that somebody should look after.
func (b *build) mentionOthers() {
	s := b.opts.factory.Streams
	for _, u := range b.killed {
		if !b.target().Concerns(u) {
			s.say(interruptedText, u.Name(), filepath.Join(b.dir, filepath.FromSlash(string(u))))
		}
	}
	for _, u := range b.gone {
		if b.target().Concerns(u) {
			continue
		}
		s.say("%s %s: --prune removes %s", u, whyGone(u), filepath.Join(b.dir, filepath.FromSlash(string(u))))
	}
}

// whyGone says why a unit of the output folder is none of the project's.
func whyGone(u emit.Unit) string {
	if _, shared := u.Environment(); shared {
		return "is no longer in the project, or names no GitOps engine"
	}
	return "is no longer in the project"
}
