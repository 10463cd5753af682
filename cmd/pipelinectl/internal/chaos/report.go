package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Sound says whether everything is as promised.
func (o *Outcome) Sound() bool { return len(o.Differences) == 0 }

// outcomeJSON is an Outcome for programs.
type outcomeJSON struct {
	Seed        uint64       `json:"seed"`
	Entered     int          `json:"entered"`
	Faults      []Strike     `json:"faults"`
	Nodes       []NodeReport `json:"nodes"`
	Differences []string     `json:"differences"`
	Sound       bool         `json:"sound"`
}

// WriteJSON writes the outcome for programs.
func (o *Outcome) WriteJSON(w io.Writer, seed uint64) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(outcomeJSON{
		Seed: seed, Entered: o.Entered, Faults: list(o.Strikes), Nodes: list(o.Nodes), Differences: list(o.Differences), Sound: o.Sound(),
	})
}

// list is never null in JSON.
func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

// WriteText writes the outcome for people: what was found beside what is promised, then each difference.
func (o *Outcome) WriteText(w io.Writer, seed uint64) error {
	fmt.Fprintf(w, "records entered: %d, faults struck: %d, seed: %d\n\n", o.Entered, len(o.Strikes), seed)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tREAD\tWRITTEN\tLOST\tDUPLICATED\tREORDERED\tDEAD LETTERS\tDROPPED")
	for _, n := range o.Nodes {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%d\n", n.Node, n.Read, n.Written, beside(n.Lost, 0),
			beside(n.Duplicated, n.Allowed), n.order(), n.letters(), n.Dropped)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if o.Sound() {
		_, err := fmt.Fprintln(w, "everything is as promised")
		return err
	}
	for _, difference := range o.Differences {
		fmt.Fprintf(w, "difference: %s\n", difference)
	}
	return nil
}

// beside is a count with what is promised: "3 (at most 7)".
func beside(n, promised int) string {
	if promised == 0 {
		return fmt.Sprintf("%d (promised 0)", n)
	}
	return fmt.Sprintf("%d (at most %d)", n, promised)
}

func (n NodeReport) order() string {
	if n.Reordered < 0 {
		return "any (" + string(contract.OrderNone) + ")"
	}
	return beside(n.Reordered, 0)
}

func (n NodeReport) letters() string {
	if n.Unexplained == 0 {
		return strconv.Itoa(n.DeadLettered) + " (by policy)"
	}
	return fmt.Sprintf("%d (%d not by policy)", n.DeadLettered, n.Unexplained)
}
