package emittest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metavalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	kjson "sigs.k8s.io/json"
)

// VarCRDs names the folder of the CRDs of every upstream whose objects are emitted.
const VarCRDs = "PIPELINECTL_CRDS"

// Validator knows the schemas of custom resources and the types of built-in kinds. Tests that run side by side may share
// one.
type Validator struct {
	builtin *runtime.Scheme
	// documents are the CRDs as text.
	documents [][]byte

	mu sync.Mutex
	// custom are the CRDs that were needed so far.
	custom map[schema.GroupVersionKind]*customKind
}

// customKind is one served version of a CRD.
type customKind struct {
	structural *structural.Structural
	schema     validation.SchemaValidator
	// cel is nil for a kind without rules.
	cel *cel.Validator
}

// New loads the CRDs in the folder that PIPELINECTL_CRDS names; without it the test is skipped.
func New(t testing.TB) *Validator {
	t.Helper()
	dir := os.Getenv(VarCRDs)
	if dir == "" {
		t.Skipf("%s is not set: it names the folder of the CRDs that objects are proved against", VarCRDs)
	}
	v, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Validate says everything that an API server would find wrong with an object, given as its JSON value.
func (v *Validator) Validate(tree map[string]any) error {
	obj := &unstructured.Unstructured{Object: tree}
	gvk := obj.GroupVersionKind()
	var faults []error
	if v.builtin.Recognizes(gvk) {
		faults = v.decode(gvk, tree)
	} else if kind, err := v.lookup(gvk); err != nil {
		return fmt.Errorf("emittest: %w", err)
	} else if kind == nil {
		faults = []error{errors.New("there is no schema for this kind")}
	} else {
		faults = kind.validate(tree)
	}
	faults = append(faults, checkMeta(obj)...)
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%s %s: %w", gvk, obj.GetName(), err)
	}
	return nil
}

// validate checks a copy: pruning takes the unknown fields out.
func (k *customKind) validate(tree map[string]any) []error {
	tree = runtime.DeepCopyJSON(tree)
	var faults []error
	options := structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range pruning.PruneWithOptions(tree, k.structural, true, options) {
		faults = append(faults, fmt.Errorf("unknown field %s", path))
	}
	list := validation.ValidateCustomResource(nil, tree, k.schema)
	list = append(list, listtype.ValidateListSetsAndMaps(nil, k.structural, tree)...)
	if k.cel != nil {
		broken, _ := k.cel.Validate(context.Background(), nil, k.structural, tree, nil, celconfig.RuntimeCELCostBudget)
		list = append(list, broken...)
	}
	for _, fault := range list {
		faults = append(faults, fault)
	}
	return faults
}

// decode reads an object strictly into its Go type.
func (v *Validator) decode(gvk schema.GroupVersionKind, tree map[string]any) []error {
	typed, err := v.builtin.New(gvk)
	if err != nil {
		return []error{err}
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return []error{err}
	}
	faults, err := kjson.UnmarshalStrict(text, typed)
	if err != nil {
		faults = append(faults, err)
	}
	return faults
}

// checkMeta checks name, labels and annotations, which no schema describes.
func checkMeta(obj *unstructured.Unstructured) []error {
	name := metavalidation.NameIsDNSSubdomain
	if obj.GetKind() == "Service" {
		name = metavalidation.NameIsDNS1035Label
	}
	var faults []error
	for _, fault := range metavalidation.ValidateObjectMetaAccessor(obj, obj.GetNamespace() != "", name, field.NewPath("metadata")) {
		faults = append(faults, fault)
	}
	return faults
}
