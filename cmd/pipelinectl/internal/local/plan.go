package local

import (
	"cmp"
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/broker"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Plan is what Run starts: a value that follows from the graphs and the programs on PATH alone.
type Plan struct {
	// Nodes are those that have a runner, by pipeline and name.
	Nodes []Node
	// Topics are those of all pipelines, each once, by name.
	Topics []broker.Topic
}

// Node is one node with a runner.
type Node struct {
	// Label names the node in all output: its name, after its pipeline's where several pipelines run.
	Label string
	// Contract is the document of the node's ConfigMap, byte for byte; Runner is what it says.
	Contract []byte
	Runner   *contract.Node
	// Dir is the folder of the pipeline's file, absolute: commands run in it.
	Dir string
	// Command takes the place of the command in the contract; nil keeps that one.
	Command []string
	// Server is the command of a server that is started for the node, nil for none.
	Server []string
	// URL takes the place of the node's own server or target. Empty: Server's address, or for a webhook the receiver
	// that prints what it is sent.
	URL string
}

const (
	// CodeCommand is reported when the command that an algo runs for each record is not on this machine.
	CodeCommand diag.Code = "run-command"
	// CodeServer is reported when an algo hands its records to a server and nothing says what stands for it on this
	// machine, where its image is not run; or when the command that does is not on this machine.
	CodeServer diag.Code = "run-server"
)

// NewPlan makes the Plan of pipelines, each given by its graph in the environment that is wanted. Root is the folder
// that the pipelines' sources are relative to. Findings are what this machine lacks; the Plan is complete without one.
func NewPlan(graphs []*compiler.Graph, root string) (*Plan, diag.List, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, nil, err
	}
	p := &Plan{}
	var findings diag.List
	topics := map[string]*compiler.Topic{}
	for _, g := range graphs {
		for _, t := range g.Topics {
			// A topic that one pipeline owns and another reads is made as its owner says.
			if earlier, ok := topics[t.Name]; !ok || t.Managed && !earlier.Managed {
				topics[t.Name] = t
			}
		}
		for _, n := range g.Nodes {
			if n.Runner == nil {
				continue
			}
			node := Node{Label: n.Name, Contract: n.Contract, Runner: n.Runner, Dir: filepath.Join(root, filepath.Dir(filepath.FromSlash(g.Pipeline.Source)))}
			if len(graphs) > 1 {
				node.Label = g.Pipeline.Name.V + "/" + n.Name
			}
			node.localize(n, &findings)
			p.Nodes = append(p.Nodes, node)
		}
	}
	slices.SortFunc(p.Nodes, func(a, b Node) int { return cmp.Compare(a.Label, b.Label) })
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		t := topics[name]
		p.Topics = append(p.Topics, broker.Topic{
			Name: t.Name, Partitions: t.Partitions, Replicas: int16(t.ReplicationFactor), Config: t.Config,
		})
	}
	return p, findings.Sorted(), nil
}

// localize finds what does the node's work on this machine.
func (n *Node) localize(planned *compiler.Node, findings *diag.List) {
	var spec compiler.LocalSpec
	if l, ok := planned.Component.(compiler.Local); ok && l.Local() != nil {
		spec = *l.Local()
	}
	n.URL = spec.URL.V
	command := words(spec.Command)
	switch {
	case n.Runner.Exec != nil:
		n.Command = command
		n.checkCommand(planned, spec, findings)
	case n.Runner.HTTP != nil:
		n.Server = command
		n.checkServer(planned, spec, findings)
	}
}

func words(values []schema.Value[string]) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.V)
	}
	return out
}

// checkCommand reports a command that no process could be started from.
func (n *Node) checkCommand(planned *compiler.Node, spec compiler.LocalSpec, findings *diag.List) {
	command, pos := n.Runner.Exec.Command, planned.Pos
	if len(n.Command) > 0 {
		command, pos = n.Command, spec.Command[0].Pos
	}
	program := command[0]
	for i, word := range command {
		expanded, err := contract.Expand(word, n.reference)
		if err != nil {
			findings.Errorf(CodeCommand, spec.Command[i].Pos, "the local command of node `%s` cannot be run: %v", n.Label, err).
				WithHint("write the value itself: `local.command` knows only the references $(input.file) and $(output.file) that `exec` turns on")
			return
		}
		if i == 0 {
			program = expanded
		}
	}
	if err := look(n.Dir, program); err != nil {
		findings.Errorf(CodeCommand, pos, "node `%s` runs `%s` for each record, but it is not on this machine: %v", n.Label, program, err).
			WithHint("install it, or say in the node what to run instead: `local: {command: [PROGRAM, ARGUMENT]}`")
	}
}

// reference knows the references that stay in a command until a record is at hand.
func (n *Node) reference(name string) (string, bool) {
	switch name {
	case contract.RefInputFile:
		return "", n.Runner.Exec.Input == contract.InputFile
	case contract.RefOutputFile:
		return "", n.Runner.Exec.Output == contract.OutputFile
	default:
		return "", false
	}
}

// checkServer reports a server that is not there and cannot be started.
func (n *Node) checkServer(planned *compiler.Node, spec compiler.LocalSpec, findings *diag.List) {
	switch {
	case n.URL != "":
	case len(n.Server) == 0:
		findings.Errorf(CodeServer, planned.Pos, "node `%s` posts its records to the server in its image, which `run` does not start", n.Label).
			WithHint("add `local: {command: [PROGRAM, ARGUMENT]}` with a server that listens on the port in the variable PORT, or `local: {url: \"http://127.0.0.1:8000\"}` with one that runs already")
	default:
		if err := look(n.Dir, n.Server[0]); err != nil {
			findings.Errorf(CodeServer, spec.Command[0].Pos, "the server of node `%s` is started with `%s`, but it is not on this machine: %v", n.Label, n.Server[0], err).
				WithHint("install it, or change `local.command`")
		}
	}
}

// look says why a program cannot be run in a folder: a name is looked for on PATH, a path is relative to the folder.
func look(dir, program string) error {
	if strings.ContainsRune(program, filepath.Separator) && !filepath.IsAbs(program) {
		program = filepath.Join(dir, program)
	}
	_, err := exec.LookPath(program)
	if missing, ok := errors.AsType[*exec.Error](err); ok {
		return missing.Err // without the name, which the finding tells
	}
	return err
}
