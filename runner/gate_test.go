package runner

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// commit writes a commit as another process left it.
func (c *cluster) commit(group, topic string, next int64, metadata string) {
	c.tb.Helper()
	offsets := kadm.Offsets{}
	offsets.Add(kadm.Offset{Topic: topic, At: next, LeaderEpoch: -1, Metadata: metadata})
	if err := kadm.NewClient(c.kgo).CommitAllOffsets(context.Background(), group, offsets); err != nil {
		c.tb.Fatal(err)
	}
}

// metadata gives what was committed for partition 0 of a topic.
func (c *cluster) metadata(group, topic string) (next int64, metadata string) {
	c.tb.Helper()
	offsets := c.offsets(group)
	o, _ := offsets.Lookup(topic, 0)
	metadata, _, _ = strings.Cut(o.Metadata, " topic=") // the client's own
	return o.At, metadata
}

// TestRecover claims a partition that was left by a process that died: what it had finished is not done again, what
// killed it three times is set aside untried, the rest below its ceiling runs one by one, and what lies above it does not
// wait longer than that.
func TestRecover(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 40, 40)...)
	left := checkpoint{ceiling: 12, suspect: 4, tries: 3, done: []span{{5, 7}, {9, 10}}}
	c.commit("photos.resize", "in", 2, left.encode(2))

	var mu sync.Mutex
	var called []int
	active, most := 0, 0
	n := httpNode()
	n.Ordering, n.Concurrency = contract.OrderNone, 8
	r := c.start(n, serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		value, _ := strconv.Atoi(string(body))
		mu.Lock()
		called = append(called, value)
		active++
		if value < 12 {
			most = max(most, active)
		}
		mu.Unlock()
		if next, metadata := c.metadata("photos.resize", "in"); value < 12 {
			if known, err := parseCheckpoint(metadata, next); err != nil || known.suspect != int64(value) || known.tries != 1 {
				t.Errorf("record %d runs while the commit says %q, %v", value, metadata, err)
			}
		}
		mu.Lock()
		active--
		mu.Unlock()
	}))
	letter := c.read("dlq", 1)[0]
	c.read("out", 40-2-3-1)
	r.stop()
	if string(letter.Value) != "4" || header(letter, contract.HeaderErrorClass) != "poison" || header(letter, contract.HeaderErrorAttempts) != "3" {
		t.Errorf("dead letter %q: %v", letter.Value, letter.Headers)
	}
	if most != 1 {
		t.Errorf("below the ceiling %d ran at once", most)
	}
	slices.Sort(called)
	want := []int{2, 3, 7, 8, 10, 11}
	for v := 12; v < 40; v++ {
		want = append(want, v)
	}
	if !slices.Equal(called, want) {
		t.Errorf("called for %v, want %v", called, want)
	}
	if next, metadata := c.metadata("photos.resize", "in"); next != 40 || metadata != "1" {
		t.Errorf("committed %d %q, want 40, clean", next, metadata)
	}
}

// TestResume: a life that follows one whose transaction came to nothing goes on from what is committed, and knows its own tries.
func TestResume(t *testing.T) {
	const found = 10
	try := func(offset int64, tries int) suspect { return suspect{set: true, offset: offset, tries: tries} }
	begun := try(4, 3)
	begun.begun = true
	for name, c := range map[string]struct {
		next      int64
		committed suspect
		last      gate
		alone     int64
		ours      bool
	}{
		"announced":                        {next: 4, committed: try(4, 3), last: gate{announced: try(4, 3)}, alone: found, ours: true},
		"concluded, the next begun":        {next: 4, committed: try(4, 3), last: gate{announced: try(4, 3), suspect: suspect{set: true, offset: 5, tries: 1, begun: true}}, alone: found, ours: true},
		"announced, the answer lost":       {next: 4, committed: try(4, 3), last: gate{suspect: begun}, alone: found, ours: true},
		"begun, not announced":             {next: 4, committed: try(4, 2), last: gate{suspect: begun}, alone: found},
		"condemned":                        {next: 4, committed: try(4, 3), alone: found},
		"nothing tried":                    {next: 4, alone: found},
		"recovered, but not as it is said": {next: 9, alone: found},
		"recovered":                        {next: found, committed: try(4, 3), last: gate{announced: try(4, 3)}},
	} {
		t.Run(name, func(t *testing.T) {
			c.last.found, c.last.margin = found, marginMin
			g := gate{ceiling: 99, found: 99, alone: 99, suspect: c.committed}
			g.resume(&c.last, c.next)
			if g.alone != c.alone || g.found != found || c.alone > 0 && g.ceiling != found {
				t.Errorf("alone below %d, ceiling %d, found %d", g.alone, g.ceiling, g.found)
			}
			if s := g.suspect; s.set != (c.committed.set && c.alone > 0) || s.begun != c.ours || s.announced != c.ours {
				t.Errorf("suspect %+v", s)
			}
		})
	}
}

// TestUnknownMetadata: what somebody else wrote beside an offset hinders nothing.
func TestUnknownMetadata(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 5, 5)...)
	c.commit("photos.resize", "in", 2, "reset by hand")
	n := httpNode()
	r := c.start(n, serve(t, func(http.ResponseWriter, *http.Request) {}))
	c.read("out", 3)
	r.stop()
	if next, metadata := c.metadata("photos.resize", "in"); next != 5 || metadata != "1" {
		t.Errorf("committed %d %q, want 5, clean", next, metadata)
	}
}
