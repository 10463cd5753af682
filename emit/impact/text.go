package impact

import (
	"bufio"
	"fmt"
	"io"
)

// valueLength is how many characters of a value the text shows.
const valueLength = 120

// WriteText writes a report for people, in the order of its changes:
//
//	photos in prod (pipelines/photos.yaml)
//	  data loss  KafkaTopic/photos.resize.thumb changed
//	             Kafka cannot take partitions away: the topic would have to be made anew, empty
//	             /spec/partitions: 12 -> 6
//	             build refuses this without --allow-destroy KafkaTopic/photos.resize.thumb@prod
//	1 change against HEAD: 1 data loss, 0 downtime, 0 restart, 0 safe
//
// The error is w's.
func WriteText(w io.Writer, r Report) error {
	out := bufio.NewWriter(w)
	group := ""
	for i := range r.Changes {
		c := &r.Changes[i]
		if g := c.group(); g != group {
			group = g
			_, _ = fmt.Fprint(out, Printable(g)) // out keeps the first error for Flush
			if c.Source != "" {
				_, _ = fmt.Fprintf(out, " (%s)", Printable(c.Source))
			}
			_, _ = fmt.Fprintln(out)
		}
		_, _ = fmt.Fprintf(out, "  %-10s %s %s\n", c.Class, Printable(c.Object()), c.Verb)
		for _, line := range c.details() {
			_, _ = fmt.Fprintf(out, "  %-10s %s\n", "", line)
		}
	}
	_, _ = fmt.Fprint(out, Printable(r.headline()))
	if len(r.Changes) > 0 {
		_, _ = fmt.Fprintf(out, ": %s", r.counted())
	}
	_, _ = fmt.Fprintln(out)
	return out.Flush()
}

// details are the lines below a change. That an object is new says all about it, unless it is not quite new.
func (c *Change) details() []string {
	var lines []string
	if c.Verb != Added || c.Renamed != "" {
		for _, reason := range c.Reasons {
			lines = append(lines, Printable(reason))
		}
	}
	for _, f := range c.Fields {
		lines = append(lines, Printable(f.Path)+": "+Brief(f.Old, valueLength)+" -> "+Brief(f.New, valueLength))
	}
	if c.Refused {
		lines = append(lines, "build refuses this without --allow-destroy "+Printable(c.Allowance()))
	}
	return lines
}
