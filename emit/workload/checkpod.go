package workload

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	podsecurity "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/typed"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodePodFixed is reported for what `pod` would change though the pipeline stands on it.
	CodePodFixed diag.Code = "pod-fixed"
	// CodePodInvalid is reported for a merged pod that no API server would accept: a container without an image, say.
	CodePodInvalid diag.Code = "pod-invalid"
	// CodePodRestricted is a warning about a pod that the Pod Security Standard restricted refuses.
	CodePodRestricted diag.Code = "pod-restricted"
)

// CheckPod reports what in the node's `pod` cannot be had together with what is planned: runner, and the pod that the kind
// makes of the node once it has that runner.
func (s *Spec) CheckPod(g *compiler.Graph, n *compiler.Node, runner *contract.Node, makePod func(*compiler.Graph, *compiler.Node) Pod) diag.List {
	var findings diag.List
	if !s.hasPod() || runner == nil {
		return findings
	}
	node := *n
	node.Runner, node.Hash = runner, "planned" // the hash proper is known after the plan; any value shows a change
	pod := makePod(g, &node)
	planned := pod.planned(g, &node, s)
	merged, err := s.merge(planned)
	if err != nil {
		findings.Errorf(CodePodInvalid, s.Pod.Pos, "`pod` of `%s` cannot be merged: %v", n.Name, err).
			WithHint("its lists and maps must have the form of Kubernetes' pod template")
		return findings
	}
	for _, f := range fixed(&planned, &merged) {
		if !reflect.DeepEqual(f.was, f.is) {
			findings.Errorf(CodePodFixed, typed.Find(s.Pod, f.path...), "`pod` of `%s` would change `%s`, %s", n.Name, strings.Join(f.path, "."), f.why).
				WithHint("%s", f.mend)
		}
	}
	if findings.HasErrors() {
		return findings
	}
	s.checkMerged(n.Name, &merged, &findings)
	s.checkRestricted(n.Name, &merged, &findings)
	return findings
}

// checkMerged reports what the API server would.
func (s *Spec) checkMerged(node string, merged *corev1.PodTemplateSpec, findings *diag.List) {
	volumes := map[string]bool{}
	for _, v := range merged.Spec.Volumes {
		volumes[v.Name] = true
	}
	seen := map[string]bool{}
	for _, l := range containerLists(merged) {
		for _, c := range l.containers {
			at := []string{"spec", l.field, c.Name}
			if c.Image == "" {
				findings.Errorf(CodePodInvalid, typed.Find(s.Pod, at...), "container `%s` in `pod` of `%s` has no image", c.Name, node).
					WithHint("add `image`; to change a container that is there, its name is one of `%s`", strings.Join(names(merged), "`, `"))
			}
			if seen[c.Name] {
				findings.Errorf(CodePodInvalid, typed.Find(s.Pod, at...), "there are two containers `%s` in the pod of `%s`", c.Name, node).
					WithHint("choose another name: initContainers and containers share them")
			}
			seen[c.Name] = true
			for _, m := range c.VolumeMounts {
				if !volumes[m.Name] {
					findings.Errorf(CodePodInvalid, typed.Find(s.Pod, append(at, "volumeMounts", m.Name)...), "container `%s` in `pod` of `%s` mounts the volume `%s`, which is not there", c.Name, node, m.Name).
						WithHint("add it to `volumes`")
				}
			}
		}
	}
}

// containerList is one of a pod's lists of containers, with its field.
type containerList struct {
	field      string
	containers []corev1.Container
}

func containerLists(t *corev1.PodTemplateSpec) []containerList {
	return []containerList{{"initContainers", t.Spec.InitContainers}, {"containers", t.Spec.Containers}}
}

// names are those of the containers that have an image.
func names(t *corev1.PodTemplateSpec) []string {
	var out []string
	for _, l := range containerLists(t) {
		for _, c := range l.containers {
			if c.Image != "" {
				out = append(out, c.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// evaluator is that of Kubernetes' own admission. It knows the checks of every version, so that it is made but once.
var evaluator = sync.OnceValue(func() policy.Evaluator {
	e, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic(fmt.Sprintf("workload: Kubernetes' own checks: %v", err)) // they are constants
	}
	return e
})

// checkRestricted asks the evaluator. What is planned passes it.
func (s *Spec) checkRestricted(node string, merged *corev1.PodTemplateSpec, findings *diag.List) {
	level := podsecurity.LevelVersion{Level: podsecurity.LevelRestricted, Version: podsecurity.LatestVersion()}
	for _, result := range evaluator().EvaluatePod(level, &merged.ObjectMeta, &merged.Spec) {
		if result.Allowed {
			continue
		}
		words := strings.FieldsFunc(result.ForbiddenDetail+" "+result.ForbiddenReason, func(r rune) bool { return !unicode.IsLetter(r) })
		findings.Warnf(CodePodRestricted, typed.FindWord(s.Pod, words), "the pod of `%s` breaks the Pod Security Standard *restricted*: %s (%s)", node, result.ForbiddenReason, result.ForbiddenDetail).
			WithHint("a namespace that enforces it refuses the pod: remove this, or write `# pipelinectl:allow %s REASON` where none does", CodePodRestricted)
	}
}
