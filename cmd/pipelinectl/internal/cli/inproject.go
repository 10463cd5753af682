package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// aPipeline takes the name of a pipeline before any paths; example is a command line with one.
func aPipeline(example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		fault := errors.New("no PIPELINE given")
		if len(args) > 0 {
			if !strings.ContainsAny(args[0], "./") { // which no pipeline's name holds
				return nil
			}
			fault = fmt.Errorf("%w: `%s` is a PATH", fault, args[0])
		}
		return &usageError{cmd: cmd, err: fault, hint: "its name comes first, as in `" + example + "`"}
	}
}

// pipelinesIn gives those that the paths name and that run in an environment, at least one; empty: in none.
func (w *workspace) pipelinesIn(cmd *cobra.Command, environment string) ([]*compiler.Pipeline, error) {
	named, err := w.pipelines(cmd)
	if err != nil || environment == "" {
		return named, err
	}
	env, err := w.environment(cmd, environment)
	if err != nil {
		return nil, err
	}
	running := slices.DeleteFunc(slices.Clone(named), func(pl *compiler.Pipeline) bool { return !env.Runs(pl) })
	if len(running) == 0 {
		return nil, w.absent(cmd, env, named[0].Name.V)
	}
	return running, nil
}

// pipeline gives the pipeline of a name, wherever it is in the project.
func (w *workspace) pipeline(cmd *cobra.Command, name string) (*compiler.Pipeline, error) {
	var known []string
	for _, pl := range w.program.Project.Pipelines {
		if pl.Name.V == name {
			return pl, nil
		}
		known = append(known, pl.Name.V)
	}
	hint := didYouMean(name, known)
	if hint == "" && len(known) > 0 {
		hint = "the project has " + names(known)
	}
	return nil, &usageError{cmd: cmd, err: fmt.Errorf("no pipeline `%s` in the project", name), hint: hint}
}

// environment gives the environment of a name.
func (w *workspace) environment(cmd *cobra.Command, name string) (*compiler.Environment, error) {
	for _, env := range w.program.Project.Environments {
		if env.Name.V == name {
			return env, nil
		}
	}
	known := w.environments()
	usage := &usageError{cmd: cmd, err: fmt.Errorf("no environment `%s` in the project", name), hint: didYouMean(name, known)}
	isAbstract := func(doc *schema.Document) bool {
		return doc.Kind == schema.KindEnvironment && doc.Name.V == name && compiler.IsAbstract(doc)
	}
	switch {
	case slices.ContainsFunc(w.project.Documents, isAbstract):
		usage.err = fmt.Errorf("environment `%s` is abstract: nothing is built for it", name)
		usage.hint = "name one that extends it; the project has " + list(known)
	case len(known) == 0:
		usage.hint = noEnvironment
	case usage.hint == "":
		usage.hint = "the project has " + list(known)
	}
	return nil, usage
}

// absent is wrong usage of a pipeline that an environment leaves out.
func (w *workspace) absent(cmd *cobra.Command, env *compiler.Environment, pipeline string) error {
	return &usageError{
		cmd: cmd, err: fmt.Errorf("pipeline `%s` does not run in environment `%s`", pipeline, env.Name.V),
		hint: fmt.Sprintf("%v says which pipelines do", env.Pipelines.Pos),
	}
}

// graph gives the plan of a pipeline in an environment; empty: in none.
func (w *workspace) graph(cmd *cobra.Command, pipeline, environment string) (*compiler.Graph, error) {
	for _, g := range w.program.GraphsOf(pipeline) {
		if (g.Environment == nil && environment == "") || (g.Environment != nil && g.Environment.Name.V == environment) {
			return g, nil
		}
	}
	env, err := w.environment(cmd, environment)
	if err != nil {
		return nil, err
	}
	return nil, w.absent(cmd, env, pipeline)
}

// checkEnvironment refuses an environment that is not given, or that the project lacks.
func checkEnvironment(cmd *cobra.Command, w *workspace, environment string) error {
	if environment != "" {
		_, err := w.environment(cmd, environment)
		return err
	}
	return w.withoutEnvironment(cmd, "`--env %s`")
}

// withoutEnvironment is wrong usage without an environment; form is what to add, with a place for a name.
func (w *workspace) withoutEnvironment(cmd *cobra.Command, form string) error {
	usage := &usageError{cmd: cmd, err: errors.New("no environment given"), hint: noEnvironment}
	if known := w.environments(); len(known) > 0 {
		usage.hint = "add " + fmt.Sprintf(form, known[0]) + "; the project has " + list(known)
	}
	return usage
}

// noEnvironment is the hint where a project has none.
const noEnvironment = "the project has none: add a document of kind Environment"

// environments are the names of all environments of the project that something is built for, sorted.
func (w *workspace) environments() []string {
	var out []string
	for _, doc := range w.project.Documents {
		if doc.Kind == schema.KindEnvironment && !compiler.IsAbstract(doc) {
			out = append(out, doc.Name.V)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
