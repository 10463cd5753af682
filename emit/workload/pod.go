package workload

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Pod is what a kind says of its pods; everything else is the same for all kinds.
type Pod struct {
	// Runner is the main container, as Runner made it and the kind changed it.
	Runner corev1.Container
	// Init are the containers that start before it, in order; sidecars are among them.
	Init []corev1.Container
	// Volumes are those that the kind's containers need beyond the runner's.
	Volumes []corev1.Volume
	// Egress are destinations of the kind's own, beside DNS, Kafka and what the document names.
	Egress []networkingv1.NetworkPolicyEgressRule
}

const (
	// nonRoot is the user and group of every process: the number that distroless images call nonroot, and that an
	// image need not know.
	nonRoot int64 = 65532
	// stopMargin is what a pod has beyond the runner's own drain to leave the group and have its containers stopped.
	stopMargin = 10 * time.Second
)

// UserCode gives a container what the user's code may expect: the document's variables and resources, and folders to
// write to, since the root is read-only. HOME is the document's own where it sets one.
func (p *Pod) UserCode(c *corev1.Container, s *Spec) {
	home := corev1.EnvVar{Name: "HOME", Value: homeDir}
	if !s.sets(home.Name) {
		c.Env = append(c.Env, home)
	}
	s.Configure(c)
	for _, v := range []corev1.VolumeMount{{Name: volumeTmp, MountPath: "/tmp"}, {Name: volumeHome, MountPath: homeDir}} {
		c.VolumeMounts = append(c.VolumeMounts, v)
		p.Volumes = append(p.Volumes, EmptyDir(v.Name))
	}
}

// sets says whether the document has a variable of the name.
func (s *Spec) sets(name string) bool {
	for _, e := range s.Env {
		if e.Name.V == name {
			return true
		}
	}
	return false
}

// EmptyDir is a volume that lives as long as its pod.
func EmptyDir(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
}

// planned is the whole pod before the document's `pod`: the kind's part in the shape that all share, under the Pod
// Security Standard restricted and a read-only root.
func (p *Pod) planned(g *compiler.Graph, n *compiler.Node, spec *Spec) corev1.PodTemplateSpec {
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{
			Labels:      Labels(g, n),
			Annotations: map[string]string{AnnotationConfigHash: n.Hash},
		},
		Spec: corev1.PodSpec{
			ServiceAccountName:            n.Object,
			AutomountServiceAccountToken:  new(false),
			EnableServiceLinks:            new(false),
			TerminationGracePeriodSeconds: new(graceSeconds(n)),
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   new(true),
				RunAsUser:      new(nonRoot),
				RunAsGroup:     new(nonRoot),
				FSGroup:        new(nonRoot),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Volumes: []corev1.Volume{{Name: volumeNode, VolumeSource: corev1.VolumeSource{
				ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: n.Object}},
			}}},
		},
	}
	for _, c := range p.Init {
		template.Spec.InitContainers = append(template.Spec.InitContainers, harden(c))
	}
	template.Spec.Containers = []corev1.Container{harden(p.Runner)}
	if files := Credentials(g, n); len(files) > 0 {
		template.Spec.Volumes = append(template.Spec.Volumes, credentialsVolume(files))
	}
	template.Spec.Volumes = append(template.Spec.Volumes, p.Volumes...)
	if spec.scaled() {
		template.Spec.TopologySpreadConstraints = spread(selector(g, n))
	}
	return template
}

// harden takes from a container what it does not need.
func harden(c corev1.Container) corev1.Container {
	c.SecurityContext = &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(false),
		ReadOnlyRootFilesystem:   new(true),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
	return c
}

// graceSeconds is the time from SIGTERM to SIGKILL, rounded up.
func graceSeconds(n *compiler.Node) int64 {
	grace := n.Runner.Drain.D() + stopMargin
	return int64((grace + time.Second - 1) / time.Second)
}

// scaled says whether several pods run.
func (s *Spec) scaled() bool { return s.Replicas.Or(1) > 1 }

// spread keeps pods in different zones and on different machines, as far as there are some.
func spread(selector map[string]string) []corev1.TopologySpreadConstraint {
	var out []corev1.TopologySpreadConstraint
	for _, key := range []string{corev1.LabelTopologyZone, corev1.LabelHostname} {
		out = append(out, corev1.TopologySpreadConstraint{
			MaxSkew:           1,
			TopologyKey:       key,
			WhenUnsatisfiable: corev1.ScheduleAnyway,
			LabelSelector:     &metav1.LabelSelector{MatchLabels: selector},
		})
	}
	return out
}
