package runner

import (
	"container/list"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// parkBytes bounds what a partition keeps in memory of what is parked of it, beside a small struct for each entry.
const parkBytes = 8 << 20

// parkBytes is that bound, or less where memory is short.
func (l *loop) parkBytes() int { return min(parkBytes, l.share()/4) }

// content is what an entry of a park holds.
type content struct {
	rec   record.Record
	retry record.Retry
}

// store keeps the contents of entries, as many as its budget allows; those of the others are read from the park when their
// turn comes. It is under its partition's lock.
type store struct {
	budget func() int
	bytes  int
	// kept are the entries whose contents are here, those that came first in front.
	kept *list.List
}

func newStore(budget func() int) *store { return &store{budget: budget, kept: list.New()} }

// keep takes in what an entry holds, if there is room: the entries that were parked first come first. With force it makes
// room: what is read anew is needed sooner than what lies here. The memory becomes its own.
func (s *store) keep(e *parked, c content, force bool) {
	s.drop(e)
	size := c.rec.Size()
	budget := s.budget()
	for force && s.bytes+size > budget && s.kept.Len() > 0 {
		s.drop(s.kept.Front().Value.(*parked))
	}
	if s.bytes+size > budget {
		return
	}
	c.rec = c.rec.Clone()
	e.content, e.place = &c, s.kept.PushBack(e)
	s.bytes += size
}

// drop forgets what an entry holds.
func (s *store) drop(e *parked) {
	if e.content == nil {
		return
	}
	s.bytes -= e.content.rec.Size()
	s.kept.Remove(e.place)
	e.content, e.place = nil, nil
}
