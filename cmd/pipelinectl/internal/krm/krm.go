// Package krm owns pipelinectl as a KRM function, the protocol by which kpt and kustomize run programs over manifests: a
// ResourceList comes in and goes out again
// (github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md).
//
// The documents of ours among the items are compiled for the environment that the functionConfig names, and what kustomize
// makes of that overlay joins the items. The function is hermetic: it reads no file and no variable. It must not know the
// command line, nor what an object means; what a change destroys, emit/impact says.
//
// Start reading at Function.Run.
package krm

import (
	"fmt"
	"io"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// maxInput bounds a ResourceList, in bytes: a cluster's worth of manifests has a tenth of it.
const maxInput = 64 << 20

// Function renders documents. The zero value lacks its fields.
type Function struct {
	Compiler *compiler.Compiler
	// Codes gives the codes that findings have, for those that comments and settings name.
	Codes func() []diag.Code
}

// Run reads one ResourceList and writes it with the manifests among its items. What it finds is in the results, which it
// also gives. Where one of them is an error, the items go out as they came in, and the caller exits 1. A Go error is an
// input that is no ResourceList, or a fault of in, out or this program; nothing is written then.
func (f *Function) Run(in io.Reader, out io.Writer) (Results, error) {
	limited := &io.LimitedReader{R: in, N: maxInput + 1}
	list := kio.ByteReadWriter{Reader: limited, Writer: out, OmitReaderAnnotations: true, KeepReaderAnnotations: true}
	items, err := list.Read()
	switch {
	case limited.N == 0:
		return nil, fmt.Errorf("the input has more than %d bytes", maxInput)
	case err != nil:
		return nil, fmt.Errorf("read the ResourceList: %w", err)
	case list.WrappingKind != kio.ResourceListKind:
		return nil, fmt.Errorf("the input is no %s of %s, or has no items", kio.ResourceListKind, kio.ResourceListAPIVersion)
	}
	if fc := list.FunctionConfig; !fc.IsNilOrEmpty() {
		if err := checkShape(fc); err != nil {
			return nil, fmt.Errorf("functionConfig of the ResourceList is no object: %w", err)
		}
	}
	for i, item := range items {
		if err := checkShape(item); err != nil {
			return nil, fmt.Errorf("items[%d] of the ResourceList is no object: %w", i, err)
		}
	}
	rendered, results, err := f.process(items, list.FunctionConfig)
	if err != nil {
		return nil, err
	}
	if !results.HasErrors() {
		items = rendered
	}
	if list.Results, err = results.node(); err != nil {
		return nil, err
	}
	if err := list.Write(items); err != nil {
		return nil, fmt.Errorf("write the ResourceList: %w", err)
	}
	return results, nil
}

// process gives the items with the manifests among them; those given are not changed. Without a good result it gives nil.
func (f *Function) process(items []*yaml.RNode, functionConfig *yaml.RNode) ([]*yaml.RNode, Results, error) {
	c, err := readConfig(functionConfig)
	if err != nil {
		return nil, Results{faultOfConfig(functionConfig, err)}, nil
	}
	docs, err := gather(items)
	if err != nil {
		return nil, nil, err
	}
	program, results := f.compile(docs)
	if results.HasErrors() {
		return nil, results, nil
	}
	if err := c.checkEnvironment(program); err != nil {
		return nil, append(results, faultOfConfig(functionConfig, err)), nil
	}
	rendering, err := render(program, c.environment)
	if err != nil {
		return nil, nil, err
	}
	merged, more, err := merge(docs, rendering, c)
	return merged, append(results, more...), err
}

// compile compiles the documents.
func (f *Function) compile(docs *documents) (*compiler.Program, Results) {
	findings := docs.findings
	var program *compiler.Program
	if !findings.Blocks() {
		var more diag.List
		program, more = f.Compiler.Compile(docs.project.Documents)
		findings = append(findings, emit.Check(program, more)...)
	}
	return program, docs.results(docs.project.Weigh(findings, f.Codes))
}
