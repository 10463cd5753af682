package runner

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/kafka"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// The pause before a park's log is read again that could not be.
const (
	parkPause    = 200 * time.Millisecond
	parkPauseMax = 30 * time.Second
)

// suspicion is what is known of those who may have killed a process, when a park is opened.
type suspicion struct {
	// died says that the last process did, so that its last mark accuses.
	died bool
	// doubts are those of an earlier life of the claim, in this process.
	doubts map[int64]*doubt
}

// start reads the log, on a goroutine of its own: the client's must not wait. Until it is read, nothing of the partition
// starts. It is tried for as long as the claim lasts.
func (k *park) start(s suspicion) {
	if k == nil {
		return
	}
	ctx, cancel := context.WithCancel(k.part.ctx)
	go func() {
		defer cancel()
		if read := k.replay(ctx); read != nil {
			k.open(read, s)
		}
	}()
	go func() {
		select {
		case <-k.part.shut:
		case <-ctx.Done():
		}
		cancel()
	}()
}

// replay gives what the log holds, nil at the end of the claim.
func (k *park) replay(ctx context.Context) *replayed {
	l := k.part.loop
	defer l.unread(k.part, false)
	for pause := parkPause; ; pause = min(2*pause, parkPauseMax) {
		read := newReplayed(k)
		err := k.log.Replay(ctx, read.take)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			return read
		}
		var mismatch *kafka.PartitionsError
		l.unread(k.part, errors.As(err, &mismatch))
		l.log.Error("park not read, trying again: nothing of the partition runs until it is", "topic", k.part.claim.Topic,
			"partition", k.part.claim.Partition, "park", k.topic, "error", err)
		l.metrics.ClientFailed("park")
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// replayed is what is read of a log.
type replayed struct {
	park    *park
	entries map[int64]*parked
	keys    map[*parked][]byte // nil: it has none
	store   *store
	// marked is the last mark, at its offset.
	marked   map[int64]int
	markedAt int64
}

func newReplayed(k *park) *replayed {
	return &replayed{park: k, entries: map[int64]*parked{}, keys: map[*parked][]byte{}, store: newStore(k.store.budget)}
}

// take reads one record of the log; a later one replaces an earlier one of the same key.
func (r *replayed) take(one record.Record) {
	k := r.park
	claim := &k.part.claim
	log := k.part.loop.log.With("park", k.topic, "partition", claim.Partition, "offset", one.Offset)
	if string(one.Key) == string(markKey(claim.Partition)) {
		tries, err := parseMark(string(one.Value))
		if err != nil {
			log.Warn("a park's mark is not understood, and taken for none", "error", err)
		}
		r.marked, r.markedAt = tries, one.Offset
		return
	}
	offset, ok := record.ParkedOffset(one.Key, claim.Partition)
	if ok && one.Value == nil {
		if e := r.entries[offset]; e != nil {
			r.drop(e)
		}
		return
	}
	source, retry, err := record.ParseParked(&one)
	if err == nil && (source.Topic != claim.Topic || source.Partition != claim.Partition) {
		err = errors.New("it belongs to another topic or partition")
	}
	if err != nil {
		log.Warn("an entry of the park is not ours, and left alone", "error", err)
		return
	}
	if e := r.entries[offset]; e != nil {
		r.drop(e)
	}
	due := k.part.loop.policies[claim.Topic].due(retry.Due, one.Timestamp, time.Now())
	e := &parked{offset: offset, timestamp: source.Timestamp.UnixMilli(), at: one.Offset, due: due, written: true}
	r.entries[offset], r.keys[e] = e, slices.Clone(source.Key)
	r.store.keep(e, content{source, retry}, false)
}

func (r *replayed) drop(e *parked) {
	r.store.drop(e)
	delete(r.entries, e.offset)
	delete(r.keys, e)
}

// open takes up what the log holds: from here on the park is as it was when the last claim ended, or its process died.
func (k *park) open(r *replayed, s suspicion) {
	p := k.part
	p.mu.Lock()
	k.entries, k.store = r.entries, r.store
	inOrder := slices.SortedFunc(maps.Values(k.entries), func(a, b *parked) int { return cmp.Compare(a.offset, b.offset) })
	for _, e := range inOrder {
		e.queue = k.queueOf(r.keys[e])
		e.queue.waiting = append(e.queue.waiting, e)
		if p.claim.Committed != (kafka.Position{}) && e.offset >= p.claim.Committed.Next {
			k.seen[e.offset] = e.timestamp
		}
	}
	k.suspect(r, s)
	for _, e := range inOrder {
		if e.queue.waiting[0] == e {
			k.call(e.queue)
		}
	}
	k.tryNext()
	p.weigh()
	trying := len(k.marks.doubts)
	opened := p.open()
	p.mu.Unlock()
	p.loop.log.Debug("park read", "topic", p.claim.Topic, "partition", p.claim.Partition, "entries", len(inOrder), "doubtful", trying)
	p.pass(opened, false)
	k.dispatch()
}

// suspect finds those that must be tried alone: of those in the last mark the first of each key, unless its entry was written
// after the mark, since that was an outcome.
func (k *park) suspect(r *replayed, s suspicion) {
	k.marks.covered, k.marks.doubts = map[*parked]bool{}, map[int64]*doubt{}
	first := func(offset int64) bool {
		e := k.entries[offset]
		return e != nil && e.queue.waiting[0] == e
	}
	for offset, tries := range r.marked {
		if !first(offset) || k.entries[offset].at > r.markedAt {
			continue
		}
		if s.died {
			k.marks.doubts[offset] = &doubt{tries: tries}
		}
	}
	for offset, d := range s.doubts {
		if first(offset) {
			k.marks.doubts[offset] = d
		}
	}
	k.state, k.marks.stale = parkTrying, true
}

// unread notes whether a partition stands still since its park does not fit.
func (l *loop) unread(p *partition, is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if is {
		l.misfits[p] = struct{}{}
	} else {
		delete(l.misfits, p)
	}
}

// parksFit says whether every partition's park does.
func (l *loop) parksFit() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.misfits) == 0
}
