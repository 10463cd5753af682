package emit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// kustomizationText is a kustomization.yaml as Factor writes it. Another field is an error.
type kustomizationText struct {
	APIVersion     string      `yaml:"apiVersion"`
	Kind           string      `yaml:"kind"`
	Namespace      string      `yaml:"namespace"`
	Resources      []string    `yaml:"resources"`
	Components     []string    `yaml:"components"`
	Configurations []string    `yaml:"configurations"`
	Patches        []patchText `yaml:"patches"`
}

// patchText is one patch of a kustomization. It has a target unless it deletes an object.
type patchText struct {
	Path   string       `yaml:"path"`
	Target *patchTarget `yaml:"target"`
}

// patchTarget is the object that a patch is for, each field a regular expression that matches one text only.
type patchTarget struct {
	Group   string `yaml:"group"`
	Version string `yaml:"version"`
	Kind    string `yaml:"kind"`
	Name    string `yaml:"name"`
}

// targetOf is what a patch calls an object. Versions do not tell objects apart.
func targetOf(id ID) patchTarget {
	return patchTarget{Group: regexp.QuoteMeta(id.Group), Kind: regexp.QuoteMeta(id.Kind), Name: regexp.QuoteMeta(id.Name)}
}

// kustomization reads the kustomization.yaml of a folder, which is of a kind.
func (u *unfactoring) kustomization(dir, kind string) (kustomizationText, error) {
	var k kustomizationText
	name := path.Join(dir, kustomizationFile)
	text, ok := u.tree[name]
	if !ok {
		return k, fmt.Errorf("%s is missing", name)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&k); err != nil {
		return k, fmt.Errorf("%s: %w", name, withoutTypes(err))
	}
	if k.Kind != kind {
		return k, fmt.Errorf("%s is of kind %q, not %s", name, k.Kind, kind)
	}
	for _, file := range k.Configurations {
		if file != configurationFile {
			return k, fmt.Errorf("%s has the configuration %q, which no build writes", name, file)
		}
	}
	return k, nil
}

// fieldOfType is what the YAML decoder says of a field that our type lacks.
var fieldOfType = regexp.MustCompile(` not found in type \S+`)

// withoutTypes gives an error of the YAML decoder without names of Go types.
func withoutTypes(err error) error {
	several, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	return errors.New(fieldOfType.ReplaceAllString(strings.Join(several.Errors, "; "), ", which no build writes"))
}

// patch changes or deletes one object among those of a folder.
func (u *unfactoring) patch(dir string, p patchText, objects map[ID]map[string]any) error {
	file := path.Join(dir, p.Path)
	if p.Target == nil {
		return u.delete(file, objects)
	}
	p.Target.Version = ""
	id, ok := u.targets[*p.Target]
	if !ok || objects[id] == nil {
		return fmt.Errorf("%s is for no object of base", file)
	}
	operations, err := u.operations(file)
	if err != nil {
		return err
	}
	changed, err := apply(operations, objects[id])
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if after, err := identify(changed); err != nil || after != id {
		return fmt.Errorf("%s makes another object of %s", file, id)
	}
	objects[id] = changed
	return nil
}

// delete reads a deletionPatch and does what it says.
func (u *unfactoring) delete(file string, objects map[ID]map[string]any) error {
	value, err := u.document(file)
	if err != nil {
		return err
	}
	id, err := identify(value)
	if err == nil && (value["$patch"] != "delete" || len(value) != 4) {
		err = errors.New("neither has a target nor deletes an object")
	}
	if err == nil && objects[id] == nil {
		err = fmt.Errorf("deletes %s, which is not there", id)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	delete(objects, id)
	return nil
}

// operations reads a JSON patch.
func (u *unfactoring) operations(file string) ([]operation, error) {
	var operations []operation
	if err := u.decode(file, &operations); err != nil {
		return nil, err
	}
	for i, o := range operations {
		value, err := plainValue(o.Value)
		known := o.Op == opRemove || (o.Op == opAdd || o.Op == opReplace) && value != nil
		if err != nil || !known {
			return nil, fmt.Errorf("%s: operation %d is none that a build writes", file, i)
		}
		operations[i].Value = value
	}
	return operations, nil
}

// identify gives the identity of an object, which has no namespace of its own.
func identify(value map[string]any) (ID, error) {
	id, err := identity(value)
	if err == nil && id.Namespace != "" {
		err = errors.New("has a namespace of its own")
	}
	return id, err
}

// identity gives the identity of an object.
func identity(value map[string]any) (ID, error) {
	apiVersion, _ := value["apiVersion"].(string)
	kind, _ := value["kind"].(string)
	metadata, _ := value["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	namespace, _ := metadata["namespace"].(string)
	group, version, grouped := strings.Cut(apiVersion, "/")
	if !grouped {
		group, version = "", apiVersion
	}
	if version == "" || kind == "" || name == "" {
		return ID{}, errors.New("lacks apiVersion, kind or name")
	}
	if _, placed := metadata["namespace"]; placed && namespace == "" {
		return ID{}, errors.New("has a namespace that is no name")
	}
	return ID{Group: group, Kind: kind, Namespace: namespace, Name: name}, nil
}

// document reads a file that holds one object.
func (u *unfactoring) document(name string) (map[string]any, error) {
	var value any
	if err := u.decode(name, &value); err != nil {
		return nil, err
	}
	return asObject(name, value)
}

// asObject gives a decoded document of a file as an object.
func asObject(name string, document any) (map[string]any, error) {
	value, err := plainValue(document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: is not a map", name)
	}
	return object, nil
}

// decode reads a file that holds one YAML document.
func (u *unfactoring) decode(name string, into any) error {
	text, ok := u.tree[name]
	if !ok {
		return fmt.Errorf("%s is missing", name)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: has more than one document", name)
	}
	return nil
}
