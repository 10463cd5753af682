package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/promotion"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// promoter moves values into the document of an environment, in memory.
type promoter struct {
	opts *promoteOptions
	// before is the project as it is on disk, now as it is with texts, which holds those that differ.
	before, now *workspace
	texts       map[string][]byte
}

// pipeline gives the pipeline as it is in an environment now.
func (p *promoter) pipeline(environment string) (*compiler.Pipeline, error) {
	env, err := p.now.environment(p.opts.cmd, environment)
	if err != nil {
		return nil, err
	}
	pl, err := p.now.pipeline(p.opts.cmd, p.opts.pipeline)
	if err != nil {
		return nil, err
	}
	if !env.Runs(pl) {
		return nil, p.now.absent(p.opts.cmd, env, pl.Name.V)
	}
	return p.now.program.Project.In(env, pl), nil
}

// move makes one move by the first edit that does.
func (p *promoter) move(m promotion.Move) error {
	document := p.document()
	file := document.Pos.File
	for _, edit := range m.Edits(p.now.project.Sources[file], document, p.opts.pipeline) {
		text, err := schema.Mend(p.now.project.Sources[file], []diag.Mend{edit})
		if err != nil {
			continue
		}
		texts := maps.Clone(p.texts)
		texts[file] = text
		project, findings := p.before.project.Mended(texts)
		next := &workspace{project: project, paths: p.before.paths, layout: p.before.layout, findings: findings}
		next.compile(p.before.compiler)
		if next.program == nil || next.program.Project == nil {
			continue
		}
		after := &promoter{opts: p.opts, before: p.before, now: next, texts: texts}
		if to, err := after.pipeline(p.opts.to); err == nil && m.Done(to) {
			*p = *after
			return nil
		}
	}
	return fmt.Errorf("%s: cannot put `%s: %s` of node `%s` into the overrides of environment `%s`: write it by hand", file, m.Field(), m.After.Flow(), m.Node, p.opts.to)
}

// document is that of the environment which the values go to.
func (p *promoter) document() *schema.Document {
	docs := p.now.project.Documents
	return docs[slices.IndexFunc(docs, func(d *schema.Document) bool {
		return d.Kind == schema.KindEnvironment && d.Name.V == p.opts.to
	})]
}

// worse gives the findings that the project has now and had not before. Lines have moved, so they are told by their words.
func (p *promoter) worse() diag.List {
	type words struct {
		code          diag.Code
		file, message string
	}
	had := map[words]int{}
	for _, d := range p.before.findings {
		had[words{d.Code, d.Pos.File, d.Message}]++
	}
	var out diag.List
	for _, d := range p.now.findings {
		key := words{d.Code, d.Pos.File, d.Message}
		if had[key]--; had[key] < 0 {
			out = append(out, d)
		}
	}
	return out
}

// write puts the new text into the file, and says what was moved.
func (p *promoter) write(moves []promotion.Move) error {
	verb := "to move"
	if !p.opts.dryRun {
		verb = "moved"
		for _, file := range slices.Sorted(maps.Keys(p.texts)) {
			path, _ := p.before.project.Path(file)
			if err := replaceFile(path, p.before.project.Sources[file], p.texts[file]); err != nil {
				return err
			}
		}
	}
	var out strings.Builder
	for _, m := range moves {
		before := "none"
		if m.Before != nil {
			before = m.Before.Flow()
		}
		fmt.Fprintf(&out, "%s %s: %s -> %s\n", m.Node, m.Field(), before, m.After.Flow())
	}
	s := p.opts.factory.Streams
	_, err := s.Out.Write([]byte(out.String()))
	s.say("%s %s from `%s` to `%s`, in %s", plural(len(moves), "value"), verb, p.opts.from, p.opts.to, p.document().Pos.File)
	return err
}
