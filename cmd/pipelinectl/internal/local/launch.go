package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// place gives a member its environment, and starts what it calls there.
func (r *run) place(serving context.Context, m *member) (err error) {
	m.environment = r.kafka.Environment()
	m.environment.Image, m.environment.Command, m.environment.Dir, m.environment.URL = image, m.Command, m.Dir, m.URL
	switch {
	case m.URL != "":
	case m.Runner.Webhook != nil:
		m.environment.URL = r.receiver.URL(m.Label)
	case m.Runner.HTTP != nil:
		m.environment.URL, err = r.serve(serving, m)
	}
	return err
}

// launch starts the member's runner, which ends when m.stop is called.
func (r *run) launch(m *member, file string) error {
	ctx, stop := context.WithCancel(context.Background())
	m.stop, m.done = stop, make(chan struct{})
	life := func() {
		if err := m.runHere(ctx); err != nil {
			r.failed <- fmt.Errorf("node %s: %w", m.Label, err)
		}
	}
	if r.options.Isolate {
		child, err := r.isolate(m, file)
		if err != nil {
			close(m.done)
			return err
		}
		life = func() { child.keep(ctx, r.hurry) }
	}
	go func() {
		defer close(m.done)
		life()
	}()
	return nil
}

// isolate prepares the process of a member's runner.
func (r *run) isolate(m *member, file string) (*child, error) {
	if err := m.admin.share(); err != nil {
		return nil, err
	}
	if m.ingest != nil {
		if err := m.ingest.share(); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(file, m.Contract, 0o600); err != nil {
		return nil, err
	}
	c := &child{
		what:    fmt.Sprintf("node %s: runner", m.Label),
		command: func() *exec.Cmd { return m.isolated(r.options.Program, file) },
		output:  m.talk,
		say:     r.say,
		grace:   m.Runner.Drain.D() + killMargin,
		started: func(pid int) {
			m.pid.Store(int64(pid))
			r.say("node %s: runner pid %d", m.Label, pid)
		},
	}
	if m.Runner.Group != "" {
		// In a cluster the group waits until the dead member's session times out; a person at a laptop need not.
		c.died = func(ctx context.Context) {
			if err := r.kafka.Bury(ctx, m.Runner.Group); err != nil {
				r.say("node %s: %v", m.Label, err)
			}
		}
	}
	return c, nil
}
