package workload

import (
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// fact is something of a pod that must be after the merge what it was before.
type fact struct {
	path      []string
	was, is   any
	why, mend string
}

// fixed are the facts that a pipeline stands on: what finds its pods, what restarts them, and what tells a runner its work.
func fixed(planned, merged *corev1.PodTemplateSpec) []fact {
	var out []fact
	for _, label := range []string{LabelName, LabelComponent, LabelPartOf, LabelManagedBy} {
		out = append(out, fact{
			[]string{"metadata", "labels", label}, planned.Labels[label], merged.Labels[label],
			"by which the pods are found", "remove it, or add a label of your own",
		})
	}
	out = append(out, fact{
		[]string{"metadata", "annotations", AnnotationConfigHash}, planned.Annotations[AnnotationConfigHash], merged.Annotations[AnnotationConfigHash],
		"whose change restarts the pods when the node changes", "remove it, or add an annotation of your own",
	})
	p, m := &planned.Spec, &merged.Spec
	const deployment = "which the pods of a Deployment cannot have otherwise"
	out = append(out,
		fact{[]string{"spec", "restartPolicy"}, p.RestartPolicy, m.RestartPolicy, deployment, "remove it: they are always restarted"},
		fact{[]string{"spec", "activeDeadlineSeconds"}, p.ActiveDeadlineSeconds, m.ActiveDeadlineSeconds, deployment, "remove it: they run without end"},
		fact{[]string{"spec", "ephemeralContainers"}, p.EphemeralContainers, m.EphemeralContainers, deployment, "remove it: `kubectl debug` adds some to a running pod"},
		fact{
			[]string{"spec", "terminationGracePeriodSeconds"}, true, m.TerminationGracePeriodSeconds != nil && *m.TerminationGracePeriodSeconds >= *p.TerminationGracePeriodSeconds,
			"which the runner needs to finish its records", "a longer time is taken; a shorter `timeout` of the node makes the needed one shorter",
		},
	)
	out = append(out, fixedVolumes(p.Volumes, m.Volumes)...)
	before, after := containerLists(planned), containerLists(merged)
	for i, l := range before {
		for _, c := range l.containers {
			out = append(out, fixedContainer(l.field, &c, container(after[i].containers, c.Name))...)
		}
	}
	return out
}

// fixedVolumes wants every planned volume; those that are no empty folder as they were.
func fixedVolumes(planned, merged []corev1.Volume) []fact {
	var out []fact
	for _, v := range planned {
		f := fact{path: []string{"spec", "volumes", v.Name}, was: true, why: "which the containers of the node mount", mend: "give a volume of your own another name"}
		f.is = slices.ContainsFunc(merged, func(m corev1.Volume) bool {
			return m.Name == v.Name && (v.EmptyDir != nil || reflect.DeepEqual(m, v))
		})
		out = append(out, f)
	}
	return out
}

// fixedContainer wants of a planned container its image, its command, what the contract says to it, and its ports; m is
// nil where the merge removed it.
func fixedContainer(list string, p, m *corev1.Container) []fact {
	at := func(field ...string) []string { return append([]string{"spec", list, p.Name}, field...) }
	if m == nil {
		return []fact{{at(), true, false, "without which nothing runs", "keep it: a list that names other containers leaves it there"}}
	}
	const told = "by which the pod is told its work"
	out := []fact{
		{at("image"), p.Image, m.Image, "which other objects and the records' headers name too", "set the `image` of the node, or `runner.image` of the Environment"},
		{at("command"), p.Command, m.Command, told, "an algo's own command is its `exec.command`"},
		{at("args"), p.Args, m.Args, told, "an algo's own command is its `exec.command`"},
		{at("restartPolicy"), p.RestartPolicy, m.RestartPolicy, "on which the order of the containers stands", "remove it"},
	}
	const reservedMend = "choose another name: the variables of the contract are written by the compiler"
	for _, name := range reservedNames(p.Env, m.Env) {
		out = append(out, fact{at("env", name), variable(p.Env, name), variable(m.Env, name), told, reservedMend})
	}
	for _, mount := range p.VolumeMounts {
		if mount.Name != volumeTmp && mount.Name != volumeHome {
			out = append(out, fact{at("volumeMounts", mount.Name), true, has(m.VolumeMounts, mount), told, "mount a volume of your own at another path"})
		}
	}
	for _, port := range p.Ports {
		out = append(out, fact{at("ports", port.Name), true, has(m.Ports, port), "which probes and Services lead to", "add a port with another number"})
	}
	return out
}

// has says whether a list has an item like this one.
func has[T any](list []T, item T) bool {
	return slices.ContainsFunc(list, func(other T) bool { return reflect.DeepEqual(other, item) })
}

// reservedNames are those of the contract's variables that either list has, sorted.
func reservedNames(lists ...[]corev1.EnvVar) []string {
	var out []string
	for _, v := range slices.Concat(lists...) {
		if reserved(v.Name) {
			out = append(out, v.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// variable gives the variable of a name, nil when there is none.
func variable(env []corev1.EnvVar, name string) *corev1.EnvVar {
	if i := slices.IndexFunc(env, func(v corev1.EnvVar) bool { return v.Name == name }); i >= 0 {
		return &env[i]
	}
	return nil
}
