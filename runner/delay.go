package runner

import (
	"time"

	"github.com/pipelinectl/pipelinectl/runner/call"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// delay puts a record off that failed, to the tier and time that was decided. Where the order of its key matters it is
// parked; else it goes to the tier's topic, and its place in the input's log is free.
func (l *loop) delay(t *task, f *call.Failure, next decision) {
	l.log.Warn("record put off", "topic", t.rec.Topic, "partition", t.rec.Partition, "offset", t.rec.Offset, "class", string(f.Class),
		"cause", f.Cause, "failures", t.history.attempts(), "tier", next.tier, "due", next.due)
	t.tier = next.tier
	if t.part.park != nil {
		l.park(t, t.retry(next))
		return
	}
	l.send(t, record.Delayed(&t.rec, l.node.Retries[next.tier-1], t.retry(next)))
}

// retry is what a record went through that is put off.
func (t *task) retry(next decision) record.Retry {
	return record.Retry{
		Due: next.due, Round: t.history.round + 1, Failures: t.history.attempts(),
		First: t.history.first, Cause: t.history.last.Error(), Entered: t.history.entered,
	}
}

// undelayed gives a record up that its tier's topic rejects: its failure is still what it was.
func (l *loop) undelayed(t *task, rejected error) {
	t.tier = 0
	l.giveUp(t, t.history.last, "not put off, "+rejected.Error())
}

// resume takes up what a record went through in its deliveries before this one. Its last failure was transient: else it
// would not have been put off.
func (h *history) resume(retry record.Retry, now time.Time) {
	h.round, h.earlier, h.first, h.entered = retry.Round, retry.Failures, retry.First, retry.Entered
	if h.entered.After(now) { // as in record.Entered: nothing lengthens a life
		h.entered = now
	}
	if retry.Failures > 0 {
		h.last = &call.Failure{Class: record.Transient, Cause: retry.Cause}
	}
}

// enter finds when the pipeline first saw a record that starts now; one that was put off knows it.
func (t *task) enter(now time.Time) {
	if !t.history.entered.IsZero() {
		now = t.history.entered
	}
	t.entered, t.history.entered = record.Entered(&t.rec, now)
}

// returned has a task that was read from a tier run as if its record had been read from its source, and says when. What
// was not put there by this node, or came from a topic that it no longer reads, has no input: see stray.
func (t *task) returned(now time.Time) (due time.Time) {
	l := t.part.loop
	source, retry, err := record.ParseDelayed(&t.rec)
	if err != nil {
		t.history.last = &call.Failure{Class: record.Permanent, Cause: "it stands among delayed retries, but nothing put it off", Detail: err.Error()}
		return now
	}
	wrote := t.rec.Timestamp
	t.rec = source
	t.history.resume(retry, now)
	if t.input = l.inputs[source.Topic]; t.input == nil {
		t.history.last = &call.Failure{Class: record.Permanent, Cause: "it was put off, but the node no longer reads " + source.Topic}
		return now
	}
	return l.policies[source.Topic].due(retry.Due, wrote, now)
}

// due bounds the time at which an entry says that it is due, by when it was written, and by now, since both may be a
// stranger's: no tier waits longer than the longest does today.
func (p policy) due(at, wrote, now time.Time) time.Time {
	var longest time.Duration
	for _, d := range p.Delayed {
		longest = max(longest, d.After.D())
	}
	for _, latest := range []time.Time{wrote, now} {
		if latest = latest.Add(longest); at.After(latest) {
			at = latest
		}
	}
	return at
}

// stray keeps a record among the dead letters that no input answers for.
func (l *loop) stray(t *task) {
	f, now := t.history.last, time.Now()
	l.log.Error("record given up", "topic", t.rec.Topic, "partition", t.rec.Partition, "offset", t.rec.Offset,
		"class", string(f.Class), "cause", f.Cause, "from", t.part.claim.Topic)
	t.given = &record.Failed{Class: f.Class, Cause: f.Error(), Attempts: t.history.attempts(), First: t.history.first, Last: now}
	if t.given.First.IsZero() {
		t.given.First = now
	}
	l.bury(t)
}
