package kinds_test

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// needsOf gives what an object needs of objects that may be in its tree.
func needsOf(g *compiler.Graph, obj *unstructured.Unstructured, secrets map[string]string) []need {
	tree := obj.Object
	switch obj.GetKind() {
	case "Deployment":
		return append(podNeeds(tree, secrets), runnerNeeds(g, obj.GetName())...)
	case "KafkaAccess":
		return []need{{"KafkaUser/" + text(tree, "spec", "user", "name"), true}}
	case "Certificate":
		return []need{{text(tree, "spec", "issuerRef", "kind") + "/" + text(tree, "spec", "issuerRef", "name"), true}}
	case "Host":
		return []need{{secrets[text(tree, "spec", "tlsSecret", "name")], true}}
	case "Mapping":
		service, _, _ := strings.Cut(text(tree, "spec", "service"), ":")
		return []need{{"Service/" + service, false}, {"Deployment/" + service, true}}
	default:
		return nil
	}
}

// podNeeds are the needs of a pod: its account, and what is mounted into it.
func podNeeds(tree map[string]any, secrets map[string]string) []need {
	spec, _, _ := unstructured.NestedMap(tree, "spec", "template", "spec")
	out := []need{{"ServiceAccount/" + text(spec, "serviceAccountName"), false}}
	volumes, _, _ := unstructured.NestedSlice(spec, "volumes")
	for _, volume := range volumes {
		v := volume.(map[string]any)
		out = append(out, need{"ConfigMap/" + text(v, "configMap", "name"), false})
		sources, _, _ := unstructured.NestedSlice(v, "projected", "sources")
		for _, source := range sources {
			out = append(out, need{secrets[text(source.(map[string]any), "secret", "name")], true})
		}
	}
	return out
}

// runnerNeeds are the needs of the runner in a Deployment: its topics and its user.
func runnerNeeds(g *compiler.Graph, deployment string) []need {
	i := slices.IndexFunc(g.Nodes, func(n *compiler.Node) bool { return n.Object == deployment })
	n := g.Nodes[i]
	out := []need{{"KafkaUser/" + n.User, true}}
	topics := []*compiler.Topic{}
	for _, in := range n.Inputs {
		topics = append(topics, in.Topics...)
	}
	for _, o := range n.Outputs {
		topics = append(topics, o.Topic)
	}
	if n.DeadLetters != nil {
		topics = append(topics, n.DeadLetters)
	}
	for _, t := range topics {
		out = append(out, need{"KafkaTopic/" + t.Object, true})
	}
	return out
}
