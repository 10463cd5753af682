package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// phase is one phase whose result --dump prints.
type phase struct {
	name  string
	print func(w io.Writer, ws *workspace, pipelines []*compiler.Pipeline) error
}

// dumps are the phases in their order. Parsing and validation give the same documents; they differ in what stops them.
func dumps() []phase {
	return []phase{
		{"parse", dumpDocuments},
		{"validate", dumpDocuments},
		{"resolve", dumpProject},
		{"plan", dumpGraphs},
		{"emit", dumpBundles},
		{"factor", dumpTree},
	}
}

func phases() []string {
	var names []string
	for _, p := range dumps() {
		names = append(names, p.name)
	}
	return names
}

// runDump prints what a phase gives for the pipelines named. The documents of parse are printed even when later phases
// would find faults.
func runDump(opts *buildOptions) error {
	s := opts.factory.Streams
	if opts.dump == "parse" {
		w, err := load(opts.cmd, opts.paths)
		if err != nil {
			return err
		}
		if err := opts.reporter().print(w.findings, w.project.Sources); err != nil {
			return err
		}
		if w.findings.HasErrors() {
			return errFindings
		}
		return dumpDocuments(s.Out, w, nil)
	}
	w, err := compiled(opts.factory, opts.cmd, opts.paths, opts.reporter())
	if err != nil {
		return err
	}
	pipelines, err := w.pipelines(opts.cmd)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(dumps(), func(p phase) bool { return p.name == opts.dump })
	return dumps()[i].print(s.Out, w, pipelines)
}

// document prints one YAML document under a comment.
func document(w io.Writer, value any, format string, args ...any) error {
	text, err := yaml.Marshal(value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "---\n# %s\n%s", fmt.Sprintf(format, args...), text)
	return err
}

// dumpDocuments prints the documents in the files given, without their places.
func dumpDocuments(w io.Writer, ws *workspace, _ []*compiler.Pipeline) error {
	for _, doc := range ws.project.Documents {
		if !ws.project.Holds(ws.paths, doc.Pos.File) {
			continue
		}
		if err := document(w, doc.Root.JSON(), "%v", doc.Pos); err != nil {
			return err
		}
	}
	return nil
}

// place says which plan of a pipeline is meant.
func place(pl *compiler.Pipeline, environment string) string {
	if environment == "" {
		return "pipeline " + pl.Name.V + ", no environment"
	}
	return "pipeline " + pl.Name.V + ", environment " + environment
}

func dumpBundles(w io.Writer, ws *workspace, pipelines []*compiler.Pipeline) error {
	for _, pl := range pipelines {
		bundles, err := ws.bundles(pl)
		if err != nil {
			return err
		}
		for _, b := range bundles {
			for _, r := range b.Resources {
				if err := document(w, r.Tree(), "%s, %v", place(pl, b.Environment), r.Layer); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// dumpTree prints the files as one text (https://pkg.go.dev/golang.org/x/tools/txtar).
func dumpTree(w io.Writer, ws *workspace, pipelines []*compiler.Pipeline) error {
	tree, err := ws.tree(pipelines)
	if err != nil {
		return err
	}
	archive := &txtar.Archive{}
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: tree[name]})
	}
	_, err = w.Write(txtar.Format(archive))
	return err
}
