package live

import (
	"cmp"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// Workload is what runs of a node.
type Workload struct {
	// Wanted is how many pods the Deployment is to have, Ready how many are, Updated how many are made of its last version.
	Wanted, Ready, Updated int32
	// Containers are those that were compiled, in order: first those that start before the runner.
	Containers []Container
	// Config is the hash of the configuration.
	Config Value
	// State and Message say how the Deployment and its pods stand.
	State   State
	Message string

	pods []*corev1.Pod
}

// Container is the image of one container.
type Container struct {
	Name  string
	Image Value
}

// Value is something of a pod as it was compiled, as the Deployment has it, and as its pods do: each value once, sorted.
type Value struct {
	Compiled, Deployed string
	Running            []string
}

// Same says whether all pods, and those that will be made, have what was compiled.
func (v Value) Same() bool {
	return v.Deployed == v.Compiled && !slices.ContainsFunc(v.Running, func(r string) bool { return r != v.Compiled })
}

// asCompiled says whether what runs is what was compiled.
func (w *Workload) asCompiled() bool {
	return w.Config.Same() && !slices.ContainsFunc(w.Containers, func(c Container) bool { return !c.Image.Same() })
}

// workload compares a compiled Deployment with the live one and its pods. Autoscaled says that the number of pods is
// somebody else's matter.
func (s *survey) workload(m emit.Manifest, autoscaled bool) (*Workload, error) {
	compiled, live := &appsv1.Deployment{}, &appsv1.Deployment{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(runtime.DeepCopyJSON(m.Value), compiled); err != nil {
		return nil, fmt.Errorf("%s: %w", m.ID, err)
	}
	if u := s.objects[m.ID]; u != nil {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, live); err != nil {
			return nil, fmt.Errorf("%s: %w", m.ID, err)
		}
	}
	selector, err := metav1.LabelSelectorAsSelector(compiled.Spec.Selector)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.ID, err)
	}
	w := &Workload{pods: s.podsOf(m.ID.Namespace, selector), Ready: live.Status.ReadyReplicas, Updated: live.Status.UpdatedReplicas}
	if live.Spec.Replicas != nil {
		w.Wanted = *live.Spec.Replicas
	}
	w.values(compiled, live)
	switch {
	case s.denied[m.ID] != nil:
		w.State, w.Message = Unknown, s.denied[m.ID].Error()
	case s.objects[m.ID] == nil:
		w.State = Missing
	case w.Wanted == 0 && !autoscaled && (compiled.Spec.Replicas == nil || *compiled.Spec.Replicas > 0):
		w.State, w.Message = Failed, "it is scaled to no pod"
	default:
		w.State, w.Message = w.health(live)
	}
	return w, nil
}

// values fills in the images and the hash. A Deployment or pod that lacks one has the empty text.
func (w *Workload) values(compiled, live *appsv1.Deployment) {
	for _, c := range containers(&compiled.Spec.Template.Spec) {
		image := Value{Compiled: c.Image, Deployed: imageOf(&live.Spec.Template.Spec, c.Name)}
		for _, p := range w.pods {
			image.Running = append(image.Running, imageOf(&p.Spec, c.Name))
		}
		w.Containers = append(w.Containers, Container{Name: c.Name, Image: image.compact()})
	}
	w.Config = Value{
		Compiled: compiled.Spec.Template.Annotations[workload.AnnotationConfigHash],
		Deployed: live.Spec.Template.Annotations[workload.AnnotationConfigHash],
	}
	for _, p := range w.pods {
		w.Config.Running = append(w.Config.Running, p.Annotations[workload.AnnotationConfigHash])
	}
	w.Config = w.Config.compact()
}

func (v Value) compact() Value {
	slices.Sort(v.Running)
	v.Running = slices.Compact(v.Running)
	return v
}

func containers(pod *corev1.PodSpec) []corev1.Container {
	return slices.Concat(pod.InitContainers, pod.Containers)
}

func imageOf(pod *corev1.PodSpec, container string) string {
	for _, c := range containers(pod) {
		if c.Name == container {
			return c.Image
		}
	}
	return ""
}

// health says how the Deployment stands, as kubectl rollout status does: all pods are of the last version, none of an
// earlier one is left, all are available.
func (w *Workload) health(d *appsv1.Deployment) (State, string) {
	state, message := Progressing, ""
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentProgressing && c.Reason == "ProgressDeadlineExceeded" ||
			c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			state, message = Failed, joined(c.Reason, c.Message)
		}
	}
	switch {
	case d.Status.ObservedGeneration < d.Generation:
		return Progressing, "its controller has not taken over the last change yet"
	case w.Updated < w.Wanted:
		return state, cmp.Or(w.trouble(), message, fmt.Sprintf("%d of %d pods are of the last version", w.Updated, w.Wanted))
	case d.Status.Replicas > w.Updated:
		return state, cmp.Or(w.trouble(), message, fmt.Sprintf("%d pods of an earlier version have not ended yet", d.Status.Replicas-w.Updated))
	case w.Ready < w.Wanted, d.Status.AvailableReplicas < w.Wanted:
		return state, cmp.Or(w.trouble(), message, fmt.Sprintf("%d of %d pods are ready", w.Ready, w.Wanted))
	default:
		return Ready, ""
	}
}

// trouble is what the first pod that is in trouble says of itself, empty when none is.
func (w *Workload) trouble() string {
	for _, p := range w.pods {
		if why := troubleOf(p); why != "" {
			return "pod " + p.Name + ": " + why
		}
	}
	return ""
}

func troubleOf(p *corev1.Pod) string {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return joined(c.Reason, c.Message)
		}
	}
	for _, c := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if w := c.State.Waiting; w != nil && w.Reason != "PodInitializing" && w.Reason != "ContainerCreating" {
			return "container " + c.Name + ": " + joined(w.Reason, w.Message)
		}
	}
	return ""
}
