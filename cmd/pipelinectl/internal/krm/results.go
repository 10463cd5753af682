package krm

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Results are those of a ResourceList.
type Results []Result

// Result is one of them. kyaml's fn/framework has the same type, in a package whose imports cost a millisecond at the start
// of every verb.
type Result struct {
	Message  string `yaml:"message"`
	Severity string `yaml:"severity"`
	// ResourceRef, Field and File say what it is about; each may be nil.
	ResourceRef *ResourceRef `yaml:"resourceRef,omitempty"`
	Field       *Field       `yaml:"field,omitempty"`
	File        *File        `yaml:"file,omitempty"`
	// Tags has the finding's code under "code".
	Tags map[string]string `yaml:"tags,omitempty"`
}

// ResourceRef names an item.
type ResourceRef struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Name       string `yaml:"name"`
	Namespace  string `yaml:"namespace,omitempty"`
}

// Field is a field of an item, such as spec.algos[0].image.
type Field struct {
	Path string `yaml:"path"`
}

// File is the file that an item comes from, relative to the package, and the item's index among those of the file.
type File struct {
	Path  string `yaml:"path"`
	Index int    `yaml:"index,omitempty"`
}

// newResult gives what a finding says, without its place.
func newResult(f diag.Diagnostic) Result {
	r := Result{Message: f.Message, Severity: f.Severity.String()}
	if f.Code != "" {
		r.Tags = map[string]string{"code": string(f.Code)}
	}
	if f.Hint != "" {
		r.Message += "\nhint: " + f.Hint
	}
	for _, other := range f.Related {
		r.Message += "\n" + other.Pos.File + ": " + other.Message
	}
	return r
}

// faultOfConfig is the result for a fault of the functionConfig.
func faultOfConfig(functionConfig *yaml.RNode, err error) Result {
	r := Result{Message: strings.TrimSpace(err.Error()), Severity: diag.Error.String()}
	if !functionConfig.IsNilOrEmpty() {
		r.ResourceRef = refOf(functionConfig)
	}
	return r
}

func refOf(item *yaml.RNode) *ResourceRef {
	return &ResourceRef{APIVersion: item.GetApiVersion(), Kind: item.GetKind(), Name: item.GetName(), Namespace: item.GetNamespace()}
}

// HasErrors says whether a result makes the function fail.
func (r Results) HasErrors() bool {
	return slices.ContainsFunc(r, func(one Result) bool { return one.Severity == diag.Error.String() })
}

// String gives the result on a line for people, and its hint on a second one.
func (r Result) String() string {
	var where []string
	if r.File != nil {
		where = append(where, r.File.Path)
	}
	if r.ResourceRef != nil {
		where = append(where, r.ResourceRef.Kind+"/"+r.ResourceRef.Name)
	}
	if r.Field != nil {
		where = append(where, r.Field.Path)
	}
	text := r.Severity + ": "
	if len(where) > 0 {
		text = strings.Join(where, " ") + ": " + text
	}
	first, rest, more := strings.Cut(r.Message, "\n")
	text += first
	if code := r.Tags["code"]; code != "" {
		text += " [" + code + "]"
	}
	if more {
		text += "\n  " + strings.ReplaceAll(rest, "\n", "\n  ")
	}
	return text
}

// node gives the results as they stand in a ResourceList; nil where there are none.
func (r Results) node() (*yaml.RNode, error) {
	if len(r) == 0 {
		return nil, nil
	}
	text, err := yaml.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	return yaml.Parse(string(text))
}
