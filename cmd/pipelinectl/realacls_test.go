package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// TestRealACLs holds the rights of compiled users to what nodes do on a real Kafka: with all of them each node works, and
// without any one it says which is missing. A right whose loss nobody tells would be one too many.
func TestRealACLs(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"quickstart": filepath.Join(examples(t)["quickstart"], "pipeline.yaml"),
		"rights":     "../../testdata/real/rights.yaml",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newRealKafka(t)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := k.deploy(strings.ReplaceAll(string(text), "UNIQUE", k.unique))
			if !t.Run("all", func(t *testing.T) { d.in(t).works() }) {
				return
			}
			for _, n := range d.graph.Nodes {
				if n.Runner == nil {
					continue
				}
				t.Run("less/"+n.Name, func(t *testing.T) {
					t.Parallel()
					for _, r := range rightsOf(d.users[n.User]) {
						t.Run(r.String(), func(t *testing.T) { d.in(t).misses(n, r) })
					}
				})
			}
		})
	}
}

// works runs every node, and waits until each has written all that it may write and committed what it read.
func (d *deployment) works() {
	var runners []*realRunner
	var written []string
	committed := map[string][]string{}
	for _, n := range d.graph.Nodes {
		if n.Runner == nil {
			continue
		}
		r := d.start(n)
		d.feed(n, r)
		runners = append(runners, r)
		written = append(written, writtenBy(n)...)
		committed[n.Group] = topicsRead(n)
	}
	delete(committed, "") // an endpoint reads nothing
	for _, topic := range written {
		d.await("a record in "+topic, func() bool { return d.ends(topic)[topic] > 0 })
	}
	for group, topics := range committed {
		d.await("commits of "+group, func() bool {
			offsets, err := d.admin.FetchOffsets(context.Background(), group)
			done := err == nil
			for _, topic := range topics {
				var at int64
				for _, o := range offsets[topic] {
					at += max(0, o.At)
				}
				done = done && at > 0
			}
			return done
		})
	}
	for _, r := range runners {
		r.stop()
		if log := r.log.String(); strings.Contains(log, "do not allow") {
			d.t.Errorf("with all of its rights it says:\n%s", log)
		}
	}
}

// misses takes one right of a node away, and waits until its runner says so.
func (d *deployment) misses(n *compiler.Node, missing right) {
	d.deny(missing)
	defer d.allow(missing)
	r := d.start(n)
	defer r.stop()
	d.feed(n, r)
	d.await("the runner to say that it misses: "+missing.String(), func() bool {
		return strings.Contains(r.log.String(), "do not allow "+missing.String())
	})
}

// writtenBy are the topics that a node writes, by its contract.
func writtenBy(n *compiler.Node) []string {
	var out []string
	for _, o := range n.Runner.Outputs {
		out = append(out, o.Topic)
	}
	if n.Runner.DeadLetters != "" {
		out = append(out, n.Runner.DeadLetters)
	}
	return out
}

// topicsRead are the topics that a node reads in its group.
func topicsRead(n *compiler.Node) []string {
	var out []string
	for _, in := range n.Inputs {
		for _, t := range in.Topics {
			out = append(out, t.Name)
		}
	}
	return out
}
