package chaos

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
)

// watch sees what a node has to read and what it finishes, as others see it: when results and dead letters arrive at a
// reader of what is committed, and deliveries at their server. What waits for a delayed retry counts as finished: nobody
// can do more about it. It knows how long there was something to read and nothing was finished.
type watch struct {
	stop  context.CancelFunc
	ended chan error

	mu sync.Mutex
	// read and finished are the ids of records.
	read, finished map[string]bool
	// last is when something was finished, or when there was nothing to read; longest is the longest time from there on.
	last    time.Time
	longest time.Duration
}

func newWatch() *watch {
	return &watch{ended: make(chan error, 1), read: map[string]bool{}, finished: map[string]bool{}}
}

// watch begins to watch a node, which has nothing to read.
func (d *driver) watch(ctx context.Context, n local.Node) (*watch, error) {
	w := newWatch()
	ctx, w.stop = context.WithCancel(ctx)
	follow, err := d.follow(ctx, topicsOf(n))
	if err != nil {
		w.stop()
		return nil, err
	}
	inputs, waits := inputsOf(n), waitsOf(n)
	d.hooks.listen(n.Label, w.finish)
	go func() {
		defer d.hooks.listen(n.Label, nil)
		w.ended <- follow(func(r Record) { w.see(r, slices.Contains(inputs, r.Topic), slices.Contains(waits, r.Topic)) })
	}()
	return w, nil
}

// see takes up a record of the node's topics: of an input, of one where it waits, or of any other.
func (w *watch) see(r Record, input, waits bool) {
	switch {
	case input:
		w.begin(r.ID)
	case waits && r.ID == "": // a park's mark, or the end of an entry
	case waits, r.Failure != nil:
		w.finish(r.ID)
	default:
		w.finish(r.Parent)
	}
}

// close ends it.
func (w *watch) close() error {
	w.stop()
	return <-w.ended
}

func (w *watch) begin(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read[id] = true
}

func (w *watch) finish(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finished[id] = true
	w.count(time.Now())
}

// count ends a time in which nothing was finished.
func (w *watch) count(now time.Time) {
	if !w.last.IsZero() {
		w.longest = max(w.longest, now.Sub(w.last))
	}
	w.last = now
}

// left is how much there is to finish. While that is nothing, no time counts.
func (w *watch) left() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := len(w.read) - len(w.finished)
	if left <= 0 {
		w.last = time.Now()
	}
	return left
}

// measure gives the longest time in which nothing is finished while something is done.
func (w *watch) measure(do func() error) (time.Duration, error) {
	w.mu.Lock()
	w.last, w.longest = time.Now(), 0
	w.mu.Unlock()
	err := do()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count(time.Now())
	return w.longest, err
}

// follow has a reader of some topics ready at their ends; the function tells of what arrives until ctx is done.
func (d *driver) follow(ctx context.Context, topics []string) (func(tell func(Record)) error, error) {
	ends, err := d.session.Admin().ListEndOffsets(ctx, topics...)
	if err != nil {
		return nil, err
	}
	from := map[string]map[int32]kgo.Offset{}
	ends.Each(func(end kadm.ListedOffset) {
		if from[end.Topic] == nil {
			from[end.Topic] = map[int32]kgo.Offset{}
		}
		from[end.Topic][end.Partition] = kgo.NewOffset().At(end.Offset)
	})
	client, err := kgo.NewClient(append(d.session.Options(), kgo.ConsumePartitions(from), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		return nil, err
	}
	return func(tell func(Record)) error {
		defer client.Close()
		for {
			fetches := client.PollFetches(ctx)
			if ctx.Err() != nil {
				return nil
			}
			if err := fetches.Err(); err != nil {
				return err
			}
			fetches.EachRecord(func(r *kgo.Record) { tell(recordOf(r)) })
		}
	}, nil
}
