package live

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// absent stands for what a node does not have, valueLength is how many characters of a value are shown.
const (
	absent      = "-"
	valueLength = 120
)

// WriteText writes a status for people: a table of the nodes of each pipeline, below it all that is not as it should be.
//
//	photos in prod (pipelines/photos.yaml)
//	  NODE    PODS  UPDATED  IMAGE    CONFIG  LAG  STATE
//	  resize  2/3   3        differs  same    120  progressing
//	  upload  1/1   1        same     same    -    ready
//	  Deployment/photos-resize progressing: pod photos-resize-x2x: container runner: ImagePullBackOff
//	    image of runner: compiled acme/resize:2, deployed acme/resize:2, running acme/resize:1
//	  KafkaTopic/photos.resize.thumb missing
//	1 of 2 nodes are as compiled and ready, in context prod-eu
//
// The error is w's.
func WriteText(w io.Writer, s *Status) error {
	out := bufio.NewWriter(w)
	good, all, leftover := 0, 0, 0
	for _, p := range s.Pipelines {
		// out keeps the first error for Flush.
		_, _ = fmt.Fprintf(out, "%s in %s (%s)\n", impact.Printable(p.Name), impact.Printable(s.Environment), impact.Printable(p.Source))
		writeNodes(out, p.Nodes)
		for _, n := range p.Nodes {
			all++
			if n.OK() {
				good++
			}
			writeNode(out, n)
		}
		writeObjects(out, p.Shared)
		writeObjects(out, p.Leftovers)
		leftover += len(p.Leftovers)
	}
	_, _ = fmt.Fprintf(out, "%d of %d nodes are as compiled and ready, in %s", good, all, impact.Printable(s.Cluster))
	if leftover > 0 {
		_, _ = fmt.Fprintf(out, "; left over: %d", leftover)
	}
	_, _ = fmt.Fprintln(out)
	return out.Flush()
}

func writeNodes(out io.Writer, nodes []*Node) {
	if len(nodes) == 0 {
		return
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = fmt.Fprintf(table, "  %s\n", strings.Join(cells, "\t")) }
	row("NODE", "PODS", "UPDATED", "IMAGE", "CONFIG", "LAG", "STATE")
	for _, n := range nodes {
		pods, updated, image, config := absent, absent, absent, absent
		if w := n.Workload; w != nil && w.State != Missing && w.State != Unknown {
			pods, updated = fmt.Sprintf("%d/%d", w.Ready, w.Wanted), strconv.Itoa(int(w.Updated))
			same := !slices.ContainsFunc(w.Containers, func(c Container) bool { return !c.Image.Same() })
			image, config = sameness(same), sameness(w.Config.Same())
		}
		row(impact.Printable(n.Name), pods, updated, image, config, n.Lag.cell(), n.state())
	}
	_ = table.Flush()
}

func sameness(same bool) string {
	if same {
		return "same"
	}
	return "differs"
}

func (l *Lag) cell() string {
	switch {
	case l == nil:
		return absent
	case l.Known:
		return strconv.FormatInt(l.Records, 10)
	default:
		return string(Unknown)
	}
}

// state is the word for a node: that of the worst of its objects.
func (n *Node) state() string {
	if n.OK() {
		return string(Ready)
	}
	for _, state := range []State{Missing, Failed, Unknown, Progressing} {
		if slices.ContainsFunc(n.Objects, func(o Object) bool { return o.State == state }) {
			return string(state)
		}
	}
	return "differs"
}

// writeNode writes what is not as it should be, and why a lag is not known.
func writeNode(out io.Writer, n *Node) {
	for _, o := range n.Objects {
		writeObject(out, o)
		if w := n.Workload; w != nil && isDeployment(o.ID) && w.State != Missing && w.State != Unknown {
			for _, c := range w.Containers {
				writeValue(out, "image of "+c.Name, c.Image)
			}
			writeValue(out, "config hash", w.Config)
		}
	}
	if n.Lag != nil && !n.Lag.Known && n.Workload.State != Missing {
		_, _ = fmt.Fprintf(out, "  lag of %s unknown: %s\n", impact.Printable(n.Name), impact.Printable(n.Lag.Why))
	}
}

func writeValue(out io.Writer, what string, v Value) {
	if v.Same() {
		return
	}
	shown := func(text string) string {
		if text == "" {
			return "none"
		}
		return impact.Printable(text)
	}
	running := "no pod"
	if len(v.Running) > 0 {
		running = strings.Join(each(v.Running, shown), " and ")
	}
	_, _ = fmt.Fprintf(out, "    %s: compiled %s, deployed %s, running %s\n", impact.Printable(what), shown(v.Compiled), shown(v.Deployed), running)
}

func writeObjects(out io.Writer, objects []Object) {
	for _, o := range objects {
		writeObject(out, o)
	}
}

func writeObject(out io.Writer, o Object) {
	if o.OK() {
		return
	}
	line := nameFor(o.ID) + " " + string(o.State)
	if o.State == Ready {
		line = nameFor(o.ID) + " differs"
	}
	if o.Message != "" {
		line += ": " + o.Message
	}
	_, _ = fmt.Fprintf(out, "  %s\n", impact.Printable(line))
	for _, f := range o.Differs {
		_, _ = fmt.Fprintf(out, "    %s: compiled %s, there %s\n", impact.Printable(f.Path), impact.Brief(f.New, valueLength), impact.Brief(f.Old, valueLength))
	}
}

// nameFor is what people call an object: KafkaTopic/photos.resize.thumb.
func nameFor(id emit.ID) string { return id.Kind + "/" + id.Name }
