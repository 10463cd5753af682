package workload

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/pipelinectl/pipelinectl/emit/typed"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodePodField is reported for what stands in `pod` and is no field, or no value, of a pod template of Kubernetes.
const CodePodField diag.Code = "pod-field"

// checkPodTypes holds `pod` against Kubernetes' own types.
func (s *Spec) checkPodTypes() diag.List {
	if !s.hasPod() {
		return nil
	}
	return typed.Check(s.Pod, reflect.TypeFor[corev1.PodTemplateSpec](), CodePodField, "a pod template")
}

func (s *Spec) hasPod() bool { return s.Pod != nil && s.Pod.Kind == schema.Map }

// Merges says how the fields of a Spec that have rules of their own lie over one another, for compiler.Kind.
func Merges() map[string]func(under, over *schema.Node) *schema.Node {
	return map[string]func(under, over *schema.Node) *schema.Node{
		"pod": func(under, over *schema.Node) *schema.Node {
			return typed.Merge(under, over, reflect.TypeFor[corev1.PodTemplateSpec]())
		},
	}
}

// merge lays `pod` over a template by the rules of a strategic merge patch
// (kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch): maps key by key, containers and
// volumes by name, mounts by path, ports by number, other lists whole; a null removes. Where a list of the patch names
// items in an order, that order holds; new items come first otherwise.
func (s *Spec) merge(planned corev1.PodTemplateSpec) (corev1.PodTemplateSpec, error) {
	if !s.hasPod() {
		return planned, nil
	}
	var merged corev1.PodTemplateSpec
	original, err := json.Marshal(planned)
	if err != nil {
		return merged, err
	}
	patch, err := json.Marshal(retain(s.Pod.JSON()))
	if err != nil {
		return merged, err
	}
	text, err := strategicpatch.StrategicMergePatch(original, patch, corev1.PodTemplateSpec{})
	if err != nil {
		return merged, fmt.Errorf("merge of a pod template: %w", err)
	}
	if err := json.Unmarshal(text, &merged); err != nil {
		return merged, fmt.Errorf("a merged pod template: %w", err)
	}
	finish(&planned, &merged)
	return merged, nil
}

// retain marks the volumes of a patch, so that another source takes the place of the planned one: joined, they would be a
// volume of two sorts. The API's types ask for the directive (patchStrategy retainKeys); kubectl writes it, too.
func retain(pod any) any {
	template, _ := pod.(map[string]any)
	spec, _ := template["spec"].(map[string]any)
	volumes, _ := spec["volumes"].([]any)
	for _, v := range volumes {
		if volume, ok := v.(map[string]any); ok {
			volume["$retainKeys"] = slices.Sorted(maps.Keys(volume))
		}
	}
	return pod
}

// finish puts a merged template into the form that every template has. The runner is the first of the containers, which
// `kubectl logs` shows. Containers of the document's own are hardened as ours are, as far as it says nothing else.
func finish(planned, merged *corev1.PodTemplateSpec) {
	spec := &merged.Spec
	isRunner := func(c corev1.Container) bool { return c.Name == ContainerRunner }
	if i := slices.IndexFunc(spec.Containers, isRunner); i > 0 {
		runner := spec.Containers[i]
		spec.Containers = slices.Insert(slices.Delete(spec.Containers, i, i+1), 0, runner)
	}
	for _, lists := range [][2][]corev1.Container{
		{planned.Spec.InitContainers, spec.InitContainers},
		{planned.Spec.Containers, spec.Containers},
	} {
		for i := range lists[1] {
			c := &lists[1][i]
			if container(lists[0], c.Name) == nil {
				hardenFurther(c)
			}
			for j := range c.Ports {
				if c.Ports[j].Protocol == "" {
					c.Ports[j].Protocol = corev1.ProtocolTCP // a key of the list, see port
				}
			}
			roundUp(c.Resources.Requests)
			roundUp(c.Resources.Limits)
		}
	}
}

// container gives the container of a name, nil when there is none.
func container(list []corev1.Container, name string) *corev1.Container {
	if i := slices.IndexFunc(list, func(c corev1.Container) bool { return c.Name == name }); i >= 0 {
		return &list[i]
	}
	return nil
}

// hardenFurther is harden for a container that may have said something of its own.
func hardenFurther(c *corev1.Container) {
	ours := harden(corev1.Container{}).SecurityContext
	if c.SecurityContext == nil {
		c.SecurityContext = ours
		return
	}
	s := c.SecurityContext
	if s.AllowPrivilegeEscalation == nil {
		s.AllowPrivilegeEscalation = ours.AllowPrivilegeEscalation
	}
	if s.ReadOnlyRootFilesystem == nil {
		s.ReadOnlyRootFilesystem = ours.ReadOnlyRootFilesystem
	}
	switch {
	case s.Capabilities == nil:
		s.Capabilities = ours.Capabilities
	case s.Capabilities.Drop == nil:
		s.Capabilities.Drop = ours.Capabilities.Drop
	}
}

// roundUp gives amounts as the API server stores them, see Quantity.
func roundUp(list corev1.ResourceList) {
	for name, amount := range list {
		amount.RoundUp(resource.Milli)
		list[name] = amount
	}
}
