package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// lookAgain is between two looks at what waits in parks: each reads them.
const lookAgain = 50 * time.Millisecond

// idle waits until a node has nothing in work and nothing to read, and nothing waits for a delayed retry.
func (d *driver) idle(ctx context.Context, n local.Node) error {
	patience := idleWithin + longestDelays(n.Runner)
	last, parked := int64(-1), 0
	since, changed := time.Now(), time.Now()
	for time.Since(changed) < patience {
		counts, err := d.session.Counts(ctx, n.Label)
		lag := d.session.Lag(n.Label)
		busy := err != nil || counts.InFlight > 0
		if lag != last {
			changed = time.Now()
		}
		if lag != last || busy {
			last, since = lag, time.Now()
		}
		look := lookEvery
		if !busy && (lag == 0 || time.Since(since) > settled) {
			nothing, err := d.nothingUnread(ctx, n, lag)
			if err != nil {
				return err
			}
			waiting, err := d.parked(ctx, n)
			if err != nil || nothing && len(waiting) == 0 {
				return err
			}
			if len(waiting) != parked {
				parked, changed = len(waiting), time.Now()
			}
			look, since = lookAgain, time.Now()
		}
		if err := pause(ctx, look); err != nil {
			return err
		}
	}
	return fmt.Errorf("node %s: %w within %v: %d records not committed, %d parked", n.Label, errStalled, patience, last, parked)
}

// longestDelays is how long a record may wait for all its delayed retries, and those of its key behind it.
func longestDelays(n *contract.Node) time.Duration {
	longest := time.Duration(0)
	for i := range n.Inputs {
		longest = max(longest, delays(policyOf(n, n.Inputs[i].Topic)))
	}
	return longest
}

// nothingUnread says whether a lag is only that of transactions' ends, which take offsets that nobody commits.
func (d *driver) nothingUnread(ctx context.Context, n local.Node, lag int64) (bool, error) {
	if lag == 0 {
		return true, nil
	}
	at, err := d.cut(ctx, n)
	if err != nil {
		return false, err
	}
	records, err := read(ctx, d.session, append(inputsOf(n), n.Runner.Retries...), at.Committed)
	return len(records) == 0, err
}

// parked gives the places of the records, in their sources, that a node's parks hold.
func (d *driver) parked(ctx context.Context, n local.Node) (map[Position]bool, error) {
	sources := map[string]string{}
	for _, in := range n.Runner.Inputs {
		if in.Park != "" {
			sources[in.Park] = in.Topic
		}
	}
	out := map[Position]bool{}
	if len(sources) == 0 {
		return out, nil
	}
	logs, err := read(ctx, d.session, parksOf(n), nil)
	for park, source := range sources {
		replay(out, logs[park], source)
	}
	return out, err
}

// parkedAgain is parked for a node that stands still, where it matters: with exactly-once nothing is written again, and a
// transaction that is open would be waited for.
func (d *driver) parkedAgain(ctx context.Context, n local.Node) (map[Position]bool, error) {
	if n.Runner.Delivery == contract.ExactlyOnce {
		return nil, nil
	}
	return d.parked(ctx, n)
}

// replay takes up the log of a park: an entry counts until one without value ends it. What else is there are marks.
func replay(parked map[Position]bool, log []Record, source string) {
	for _, rec := range log {
		offset, ok := record.ParkedOffset([]byte(rec.Key), rec.Partition)
		at := Position{Place{source, rec.Partition}, offset}
		switch {
		case !ok:
		case rec.Null:
			delete(parked, at)
		default:
			parked[at] = true
		}
	}
}
