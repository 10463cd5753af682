package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// run runs a verb, and demands how it ends and what it prints.
func (c *realCluster) run(cmd func(*Factory) *cobra.Command, args []string, want error, texts ...string) {
	c.t.Helper()
	f, out, talk := capture()
	err := execute(cmd(f), slices.Concat([]string{c.project, "--env", c.environment}, args)...)
	if !errors.Is(err, want) {
		c.t.Errorf("%q ends with %v, want %v; it says\n%s%s", args, err, want, out, talk)
	}
	for _, text := range texts {
		if !strings.Contains(out.String()+talk.String(), text) {
			c.t.Errorf("%q does not say %q, but\n%s%s", args, text, out, talk)
		}
	}
}

func (c *realCluster) status(want error, texts ...string) {
	c.t.Helper()
	c.run(func(f *Factory) *cobra.Command { return newStatusCmd(f, nil) }, []string{"--kubeconfig", c.reader}, want, texts...)
}

func (c *realCluster) diff(want error, texts ...string) {
	c.t.Helper()
	c.run(liveDiffCmd, []string{"--live", "--kubeconfig", c.patcher}, want, texts...)
}

// TestLiveServer tells the life of a pipeline on a real API server, as status and diff --live see it.
func TestLiveServer(t *testing.T) {
	c := newRealCluster(t)
	c.plan("text-transform", "prod")
	c.status(errFindings, "0 of 3 nodes are as compiled and ready", "Deployment/text-transform-transform missing", "Certificate/text-transform missing")
	c.diff(errFindings, "Deployment/text-transform-transform added", "KafkaTopic/text-transform.transform.text added", "0 data loss, 0 downtime, 0 restart")

	c.apply()
	c.status(errFindings, "Deployment/text-transform-transform progressing", "transform   0/3", "KafkaTopic/text-transform.transform.text progressing: its operator has not said anything of it yet")
	c.diff(nil, "no change against context ")

	c.settle()
	c.status(nil, "transform   3/3   3        same   same    unknown  ready", "3 of 3 nodes are as compiled and ready, in context ", "lag of transform unknown: pod text-transform-transform-a: ")
	c.diff(nil, "no change")

	// Somebody changes an image, a topic and a container's variables by hand.
	c.edit("Deployment", "text-transform-transform", `[{"op": "replace", "path": "/spec/template/spec/initContainers/0/image", "value": "example.org/mine:1"}]`)
	c.edit("KafkaTopic", "text-transform.transform.text", `[{"op": "replace", "path": "/spec/partitions", "value": 9}]`)
	c.status(errFindings, "image of algo: compiled ghcr.io/pipelinectl/text-transform:1.0, deployed example.org/mine:1, running ghcr.io/pipelinectl/text-transform:1.0",
		"KafkaTopic/text-transform.transform.text progressing: its operator has not taken over the last change yet", "/spec/partitions: compiled 3, there 9", "2 of 3 nodes")
	c.diff(errFindings, `/spec/template/spec/initContainers/algo/image: "example.org/mine:1" -> "ghcr.io/pipelinectl/text-transform:1.0"`, "/spec/partitions: 9 -> 3", "2 changes against context")

	// The engine mends it.
	c.apply()
	c.settle()
	c.status(nil, "3 of 3 nodes")
	c.diff(nil, "no change")

	// Something is gone. Who may not create cannot have the API server look at it, but sees that it is missing.
	c.remove("PodDisruptionBudget", "text-transform-transform")
	c.status(errFindings, "PodDisruptionBudget/text-transform-transform missing")
	c.diff(errFindings, "PodDisruptionBudget/text-transform-transform added", `the cluster refuses PodDisruptionBudget/text-transform-transform: `, "1 change against context")
	c.apply()

	// What was applied before, and is no longer compiled: two objects, and one field.
	c.leave("PodDisruptionBudget", "text-transform-transform", "text-transform-old")
	c.leave("KafkaTopic", "text-transform.transform.text", "text-transform.old")
	c.leave("ServiceAccount", "text-transform-transform", "text-transform-transform")
	c.status(errFindings, "PodDisruptionBudget/text-transform-old leftover", "KafkaTopic/text-transform.old leftover", "3 of 3 nodes")
	// The topic stays: Argo CD, which this environment has, asks before it deletes one.
	c.diff(errFindings, "PodDisruptionBudget/text-transform-old removed", `/metadata/labels/former: "yes" -> none`,
		"2 changes against context", "KafkaTopic/text-transform.old is no longer compiled; its annotations keep engines from deleting it")
}

// TestLiveServerExamples has no false alarm about what other examples are made of.
func TestLiveServerExamples(t *testing.T) {
	c := newRealCluster(t)
	for project, environment := range map[string]string{"quickstart": "prod", "text-transform": "dev"} {
		c.plan(project, environment)
		c.apply()
		c.settle()
		c.status(nil, "in context ")
		c.diff(nil, "no change")
	}
}
