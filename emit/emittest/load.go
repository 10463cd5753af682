package emittest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// Load reads every CRD under a folder; a file may hold several documents. A CRD is parsed when an object first needs it.
func Load(dir string) (*Validator, error) {
	v := &Validator{custom: map[schema.GroupVersionKind]*customKind{}, builtin: runtime.NewScheme()}
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(v.builtin); err != nil {
			return nil, fmt.Errorf("emittest: %w", err)
		}
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		if err := v.read(path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("emittest: %w", err)
	}
	return v, nil
}

func (v *Validator) read(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		v.documents = append(v.documents, document)
	}
}

// lookup gives the kind of a custom resource, nil when no CRD serves it.
func (v *Validator) lookup(gvk schema.GroupVersionKind) (*customKind, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.custom[gvk] == nil {
		crd, err := v.CRD(gvk.GroupKind())
		if err != nil || crd == nil {
			return nil, err
		}
		if err := v.add(crd); err != nil {
			return nil, fmt.Errorf("%s: %w", crd.Name, err)
		}
	}
	return v.custom[gvk], nil
}

// CRD gives the definition of a custom kind, nil when there is none.
func (v *Validator) CRD(kind schema.GroupKind) (*apiextensionsv1.CustomResourceDefinition, error) {
	for _, document := range v.documents {
		if !bytes.Contains(document, []byte("group: "+kind.Group)) || !bytes.Contains(document, []byte("kind: "+kind.Kind)) {
			continue
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(document, &crd); err != nil {
			return nil, fmt.Errorf("emittest: %w", err)
		}
		if crd.Spec.Group == kind.Group && crd.Spec.Names.Kind == kind.Kind {
			return &crd, nil
		}
	}
	return nil, nil
}

// add builds what a CRD's served versions are checked with.
func (v *Validator) add(crd *apiextensionsv1.CustomResourceDefinition) error {
	for _, version := range crd.Spec.Versions {
		if !version.Served || version.Schema == nil {
			continue
		}
		var internal apiextensions.JSONSchemaProps
		err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &internal, nil)
		if err != nil {
			return err
		}
		shape, err := structural.NewStructural(&internal)
		if err != nil {
			return err
		}
		validator, _, err := validation.NewSchemaValidator(&internal)
		if err != nil {
			return err
		}
		gvk := schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name, Kind: crd.Spec.Names.Kind}
		v.custom[gvk] = &customKind{
			structural: shape,
			schema:     validator,
			cel:        cel.NewValidator(shape, true, celconfig.PerCallLimit),
		}
	}
	return nil
}
