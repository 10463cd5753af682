package compiler

import (
	"regexp"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// ExtrasSpec is what a pipeline adds to the objects that its nodes emit, and changes in them. The words are kustomize's.
type ExtrasSpec struct {
	// Objects are whole Kubernetes objects, as written, those of files among them: Layer has put them here.
	Objects []*schema.Node `yaml:"objects"`
	// Patches apply to all objects of the pipeline, in the order written.
	Patches []PatchSpec `yaml:"patches"`
}

// PatchSpec changes the objects that a target selects.
type PatchSpec struct {
	Target TargetSpec `yaml:"target"`
	// Patch is a list of operations (RFC 6902), or part of an object (a strategic merge patch).
	Patch *schema.Node `yaml:"patch"`
}

// TargetSpec selects objects; at least one field is set, and all that are must match. All but the selectors are regular
// expressions that match a whole name.
type TargetSpec struct {
	Group              schema.Value[string] `yaml:"group"`
	Version            schema.Value[string] `yaml:"version"`
	Kind               schema.Value[string] `yaml:"kind"`
	Name               schema.Value[string] `yaml:"name"`
	LabelSelector      schema.Value[string] `yaml:"labelSelector"`
	AnnotationSelector schema.Value[string] `yaml:"annotationSelector"`
}

const (
	// CodeExtrasObject is reported for an object of a pipeline's own that no overlay could hold, or that is not as its kind.
	CodeExtrasObject diag.Code = "extras-object"
	// CodeExtrasSecret is reported for a Secret with values among a pipeline's own objects.
	CodeExtrasSecret diag.Code = "extras-secret"
	// CodeExtrasTarget is reported for a patch's target that is no regular expression.
	CodeExtrasTarget diag.Code = "extras-target"
)

// check reports what can be seen without the objects that the nodes emit.
func (s *ExtrasSpec) check() diag.List {
	var findings diag.List
	if s == nil {
		return nil
	}
	for _, object := range s.Objects {
		checkObject(object, &findings)
	}
	for _, p := range s.Patches {
		for _, field := range []schema.Value[string]{p.Target.Group, p.Target.Version, p.Target.Kind, p.Target.Name} {
			if _, err := regexp.Compile(field.V); err != nil {
				findings.Errorf(CodeExtrasTarget, field.Pos, "`%s` is no regular expression: %v", field.V, err).
					WithHint("kustomize reads the fields of a target as such: a name by itself matches that name")
			}
		}
	}
	return findings
}

func checkObject(object *schema.Node, findings *diag.List) {
	metadata := object.Get("metadata")
	for _, field := range []struct {
		what string
		node *schema.Node
	}{{"apiVersion", object.Get("apiVersion")}, {"kind", object.Get("kind")}, {"metadata.name", metadata.Get("name")}} {
		if field.node == nil || field.node.Kind != schema.String || field.node.Text == "" {
			findings.Errorf(CodeExtrasObject, object.Pos, "an object of the pipeline's own lacks `%s`", field.what).
				WithHint("write the object whole, as `kubectl apply` takes it")
			return
		}
	}
	if e := metadata.Entry("namespace"); e != nil {
		findings.Errorf(CodeExtrasObject, e.KeyPos, "an object of the pipeline's own has a namespace").
			WithHint("remove it: each environment sets its own")
	}
	if object.Get("kind").Text != "Secret" {
		return
	}
	for _, field := range []string{"data", "stringData"} { // those that hold values
		if e := object.Entry(field); e != nil {
			findings.Errorf(CodeExtrasSecret, e.KeyPos, "Secret `%s` holds values, which everybody who reads the repository would know", metadata.Get("name").Text).
				WithHint("have it made in the cluster, by an ExternalSecret or a SealedSecret for one, and name it by `secretKeyRef`")
		}
	}
}
