package algo

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeTemplate is reported when a $(...) reference names nothing, is not closed, or cannot stand where it does.
const CodeTemplate diag.Code = "template-reference"

// parameterPrefix begins the references to parameters.
const parameterPrefix = "parameters."

// Plan implements compiler.Component.
func (c *Component) Plan(g *compiler.Graph, n *compiler.Node) (*contract.Node, diag.List) {
	runner, findings := c.Consumer(g, n)
	runner.Delivery = contract.Delivery(c.Delivery.Or(string(runner.Delivery)))
	switch {
	case c.Exec != nil:
		runner.Exec = c.planExec(&findings)
	case c.HTTP != nil:
		runner.HTTP = &contract.HTTP{
			Port: c.HTTP.Port.V,
			Path: c.expand(&findings, c.path(), nil),
		}
		c.checkPath(runner.HTTP.Path, &findings)
		if c.Health != nil && c.Health.HTTP != nil {
			runner.HTTP.Ready = c.Health.HTTP.Path.V
		}
	}
	c.refuseReferences(&findings)
	c.checkResults(&findings)
	findings = append(findings, c.CheckClasses(runner)...)
	return runner, append(findings, c.CheckPod(g, n, runner, c.pod)...)
}

func (c *Component) planExec(findings *diag.List) *contract.Exec {
	exec := &contract.Exec{
		Input:  contract.ExecInput(c.Exec.Input.Or(string(contract.InputStdin))),
		Output: contract.ExecOutput(c.Exec.Output.Or(string(contract.OutputStdout))),
	}
	var files []string
	if exec.Input == contract.InputFile {
		files = append(files, contract.RefInputFile)
	}
	if exec.Output == contract.OutputFile {
		files = append(files, contract.RefOutputFile)
	}
	for _, word := range c.Exec.Command {
		exec.Command = append(exec.Command, c.expand(findings, word, files))
	}
	if exec.Command[0] == "" {
		findings.Errorf(CodeAction, c.Exec.Command[0].Pos, "the command of algo `%s` is empty", c.NodeName.V).
			WithHint("begin it with the name of a program")
	}
	for _, ref := range files {
		if !strings.Contains(strings.Join(exec.Command, " "), "$("+ref+")") {
			field := c.Exec.Input
			if ref == contract.RefOutputFile {
				field = c.Exec.Output
			}
			findings.Errorf(CodeTemplate, field.Pos, "the command of algo `%s` is not told the file: it lacks `$(%s)`", c.NodeName.V, ref).
				WithHint("add `$(%s)` to `command` where the program expects the path", ref).
				WithRelated(c.Exec.Command[0].Pos, "the command")
		}
	}
	return exec
}

// expand binds the references of a text to the algo's parameters; those in keep stay for the runner.
func (c *Component) expand(findings *diag.List, text schema.Value[string], keep []string) string {
	expanded, err := c.bind(text.V, keep)
	if err == nil {
		return expanded
	}
	d := findings.Errorf(CodeTemplate, text.Pos, "in algo `%s`: %v", c.NodeName.V, err)
	if unknown := (*contract.UnknownReferenceError)(nil); errors.As(err, &unknown) {
		c.hint(d, unknown.Name, keep)
	}
	return text.V
}

// bind leaves a command in the form that the runner expands once more, and any other text finished.
func (c *Component) bind(text string, keep []string) (string, error) {
	lookup := func(name string) (string, bool) {
		parameter, ok := strings.CutPrefix(name, parameterPrefix)
		if !ok {
			return "", false
		}
		for _, p := range c.Parameters {
			if p.Key.V == parameter {
				return p.Value.Text, true
			}
		}
		return "", false
	}
	if c.Exec != nil {
		return contract.Bind(text, keep, lookup)
	}
	return contract.Expand(text, lookup)
}

// ParameterUse implements compiler.Parameterized. What stands where no reference is expanded counts: it is reported there.
func (c *Component) ParameterUse() (set []schema.Value[string], used []string) {
	for _, p := range c.Parameters {
		set = append(set, p.Key)
	}
	note := func(name string) (string, bool) {
		if parameter, ok := strings.CutPrefix(name, parameterPrefix); ok {
			used = append(used, parameter)
		}
		return "", true
	}
	var texts []schema.Value[string]
	if c.Exec != nil {
		texts = append(texts, c.Exec.Command...)
	}
	if c.HTTP != nil {
		texts = append(texts, c.HTTP.Path)
	}
	for _, e := range c.Env {
		texts = append(texts, e.Value)
	}
	for _, text := range texts {
		_, _ = contract.Expand(text.V, note) // an unclosed reference is expand's to report
	}
	return set, used
}

// hint names the nearest reference that exists, or all of them.
func (c *Component) hint(d *diag.Diagnostic, name string, keep []string) {
	known := slices.Clone(keep)
	for _, p := range c.Parameters {
		known = append(known, parameterPrefix+p.Key.V)
	}
	slices.Sort(known)
	switch near := schema.Nearest(name, known); {
	case near != "":
		d.WithHint("did you mean `$(%s)`?", near)
	case name == contract.RefInputFile:
		d.WithHint("`exec.input: file` makes it known")
	case name == contract.RefOutputFile:
		d.WithHint("`exec.output: file` makes it known")
	case len(known) == 0:
		d.WithHint("the algo has no parameters: add `parameters: {NAME: VALUE}`, or write `$$(` for the characters themselves")
	default:
		d.WithHint("known here: `$(%s)`; write `$$(` for the characters themselves", strings.Join(known, ")`, `$("))
	}
}

// refuseReferences reports references to parameters where nothing expands them.
func (c *Component) refuseReferences(findings *diag.List) {
	for _, e := range c.Env {
		if strings.Contains(e.Value.V, "$("+parameterPrefix) {
			findings.Errorf(CodeTemplate, e.Value.Pos, "variable `%s` of algo `%s` refers to a parameter, which is not expanded here", e.Name.V, c.NodeName.V).
				WithHint("write the value itself: an environment's override can change `env` as it can change `parameters`")
		}
	}
}

// checkPath reports a path that parameters have made unfit for a request: the schema saw it before they came in.
func (c *Component) checkPath(path string, findings *diag.List) {
	_, err := url.ParseRequestURI(path)
	if err == nil && !strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }) {
		return
	}
	findings.Errorf(CodeTemplate, c.HTTP.Path.Pos, "the path of algo `%s` becomes `%s`, which no request can have", c.NodeName.V, path).
		WithHint("write the parameter as it stands in a URL, with %%20 for a space")
}

// path is where records are posted to.
func (c *Component) path() schema.Value[string] {
	return schema.Value[string]{V: c.HTTP.Path.Or("/"), Pos: c.HTTP.Path.Pos}
}
