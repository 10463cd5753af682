package kafka

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Times of the watchdog.
const (
	// checkEvery is how often a claim is looked at.
	checkEvery = 5 * time.Second
	// stallAfter is how long nothing is read before the broker is asked. It holds a fetch for maxWait, an election takes
	// seconds, and an idle partition costs a small request each time.
	stallAfter = 30 * time.Second
)

// Remedy is what the watchdog does about a partition that stands still, from the mildest on. A partition that moves again
// begins anew.
type Remedy string

// The remedies.
const (
	// RemedyReclaim gives up the membership's claims and joins again.
	RemedyReclaim Remedy = "reclaim"
	// RemedyRestart makes the client anew.
	RemedyRestart Remedy = "restart"
	// RemedyLiveness has the process ended from outside; see Source.Stalled.
	RemedyLiveness Remedy = "liveness"
)

// Remedies are all of them, as they follow one another.
func Remedies() []Remedy { return []Remedy{RemedyReclaim, RemedyRestart, RemedyLiveness} }

// watchdog notices partitions whose fetches the client has lost: a known fault of many consumers, where one partition
// stands still while others go on, and nothing says so. Where nothing was read for a while it asks the broker itself for
// the next record, and a partition that has one stands still. A pause, a slow algo, a dead letter that is refused or an
// open transaction are no stall, and a broker that does not answer proves nothing.
type watchdog struct {
	log    *slog.Logger
	healed func(Remedy)
	every  time.Duration
	after  time.Duration

	mu sync.Mutex
	// tried is how many remedies were tried since a partition last moved.
	tried map[place]int
}

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}

// watched is a claim as the watchdog sees it.
type watched struct {
	place
	// next is the offset behind what was read last.
	next func() int64
	// paused says that no fetch is meant to come.
	paused func() bool
	// pending asks the broker whether it has a record from an offset on.
	pending func(offset int64) (bool, error)
	// drop gives up the claim, restart the client.
	drop, restart func()
}

// watch looks after a claim until ctx is done.
func (w *watchdog) watch(ctx context.Context, c watched) {
	ticker := time.NewTicker(w.every)
	defer ticker.Stop()
	at, since := c.next(), time.Now()
	last := false // every remedy was tried
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		next := c.next()
		switch {
		case next != at:
			w.moved(c.place)
			at, since, last = next, time.Now(), false
			continue
		case c.paused(), last:
			since = time.Now()
			continue
		case time.Since(since) < w.after:
			continue
		}
		pending, err := c.pending(at)
		if ctx.Err() == nil && err == nil && pending && c.next() == at && !c.paused() {
			if last = w.heal(c, at) == RemedyLiveness; !last {
				return
			}
		}
		if err == nil && !pending {
			w.moved(c.place)
		}
		since = time.Now()
	}
}

// moved says that a partition does not stand still.
func (w *watchdog) moved(p place) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.tried, p)
}

// stalled says whether every remedy within the process was tried.
func (w *watchdog) stalled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.tried {
		if n >= len(Remedies()) {
			return true
		}
	}
	return false
}

// next gives the remedy to try now.
func (w *watchdog) next(p place) Remedy {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tried == nil {
		w.tried = map[place]int{}
	}
	w.tried[p] = min(w.tried[p]+1, len(Remedies()))
	return Remedies()[w.tried[p]-1]
}

// heal tries the next remedy, and gives it.
func (w *watchdog) heal(c watched, at int64) Remedy {
	remedy := w.next(c.place)
	w.log.Error("no fetch brings the next record, and there is one", "topic", c.topic, "partition", c.partition,
		"offset", at, "for", w.after.String(), "remedy", string(remedy))
	w.healed(remedy)
	switch remedy {
	case RemedyReclaim:
		c.drop()
	case RemedyRestart:
		c.restart()
	case RemedyLiveness: // stalled says so, until the partition moves after all
	}
	return remedy
}
