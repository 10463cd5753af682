package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// Session is a Plan that runs to be disturbed: each runner is a process of its own, whose id is told, and which is
// started again at once whenever it ends; so is the broker, unless there is one. Its methods may be called side by side.
type Session struct {
	run   *run
	kafka brokers
	// deaths counts the lives that have ended, by label.
	deaths map[string]*atomic.Int64
	// joined counts the runners of a node beside its first.
	joined map[string]*atomic.Int64
}

// Open starts a plan on a Kafka that is there, or on an embedded one, and waits until all of it takes records.
// Options.Isolate and Options.Kafka have no effect. Force ends waiting and processes at once. Close it, whatever the
// error.
func Open(ctx, force context.Context, p *Plan, o Options, there *Cluster) (*Session, error) {
	hurry, giveUp := context.WithCancel(force)
	o.Isolate, o.Kafka = true, nil
	s := &Session{
		deaths: map[string]*atomic.Int64{}, joined: map[string]*atomic.Int64{},
		run: &run{
			options: o, screen: &screen{result: o.Results, talk: o.Talk}, admin: newAdmin(),
			failed: make(chan error, len(p.Nodes)), hurry: hurry, giveUp: giveUp,
		},
	}
	err := s.start(ctx, p, there)
	if err == nil {
		err = s.run.awaitReady(ctx)
	}
	return s, errors.Join(err, ctx.Err())
}

// start starts the broker, if it has to, and the runners.
func (s *Session) start(ctx context.Context, p *Plan, there *Cluster) (err error) {
	r := s.run
	if r.dir, err = os.MkdirTemp("", "pipelinectl-chaos-"); err != nil {
		return err
	}
	if r.receiver, err = startReceiver(r.screen); err != nil {
		return err
	}
	serving, stop := context.WithCancel(context.Background())
	r.stopServers = stop
	if err := s.enter(ctx, serving, there); err != nil {
		return err
	}
	if err := r.kafka.Prepare(ctx, p, func(string, ...any) {}); err != nil {
		return err
	}
	for i, n := range p.Nodes {
		m := &member{Node: n, talk: &prefixed{to: r.screen, prefix: n.Label + ": "}}
		r.members = append(r.members, m)
		s.deaths[n.Label], s.joined[n.Label] = &atomic.Int64{}, &atomic.Int64{}
		if err := m.listen(); err != nil {
			return err
		}
		if err := r.place(serving, m); err != nil {
			return err
		}
		if err := s.launch(m, filepath.Join(r.dir, strconv.Itoa(i)+".json")); err != nil {
			return err
		}
	}
	r.members = slices.Concat(stages(r.members)...)
	return nil
}

// enter reaches the Kafka of the session.
func (s *Session) enter(ctx, serving context.Context, there *Cluster) error {
	if there == nil {
		b, err := s.run.startBroker(ctx, serving)
		if b != nil {
			s.kafka, s.run.kafka = b, b
		}
		return err
	}
	c, err := there.enter(ctx, s.run.say)
	if err == nil {
		s.kafka, s.run.kafka = c, c
	}
	return err
}

// launch starts a member's runner.
func (s *Session) launch(m *member, file string) error {
	ctx, stop := context.WithCancel(context.Background())
	m.stop, m.done = stop, make(chan struct{})
	c, err := s.run.isolate(m, file)
	if err != nil {
		close(m.done)
		return err
	}
	c.started = func(pid int) { m.pid.Store(int64(pid)) }
	bury := c.died
	c.died = func(ctx context.Context) {
		s.deaths[m.Label].Add(1)
		if bury != nil && s.joined[m.Label].Load() == 0 { // who of a group is dead, the group finds out itself
			bury(ctx)
		}
	}
	go func() {
		defer close(m.done)
		c.revive(ctx, s.run.hurry)
	}()
	return nil
}

// revive is keep with the same short pause before every life: here, a death is no sign that the next is near.
func (c *child) revive(stop, hurry context.Context) {
	runtime.LockOSThread() // as in keep
	defer runtime.UnlockOSThread()
	for stop.Err() == nil {
		err := c.live(stop, hurry)
		if stop.Err() != nil {
			return
		}
		c.say("%s died (%s), starting it again", c.what, ending(err))
		if c.died != nil {
			c.died(stop)
		}
		wait(stop, firstRestart)
	}
}

// Labels are those of all nodes, in the direction of flow.
func (s *Session) Labels() []string {
	out := make([]string, len(s.run.members))
	for i, m := range s.run.members {
		out[i] = m.Label
	}
	return out
}

// Stop has the runners drain and end, in the direction of flow. The broker lives on.
func (s *Session) Stop() {
	for _, m := range s.run.members {
		m.admin.release()
		m.ingest.release()
		m.stop()
		s.run.awaitEnd(m)
	}
}

// Close ends everything and removes its files.
func (s *Session) Close() error {
	defer s.run.giveUp()
	return s.run.close()
}

// await asks until met holds, within a time.
func await(ctx context.Context, within time.Duration, what string, met func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for !met() {
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
		wait(ctx, readyEvery)
	}
	return nil
}
