package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Signal is what a Session sends to a process.
type Signal int

// The signals: a process is frozen, goes on, is asked to end, ends.
const (
	Pause Signal = iota
	Resume
	Terminate
	Kill
)

// Counts are what the metrics of a runner's present life say.
type Counts struct {
	// In and Failures count records taken and attempts that failed, InFlight those in work now.
	In, Failures, InFlight float64
}

// PID is the process of a node's runner.
func (s *Session) PID(label string) int { return int(s.member(label).pid.Load()) }

// Deaths is how often a node's runner has ended.
func (s *Session) Deaths(label string) int { return int(s.deaths[label].Load()) }

// URL is where a node with ingest takes records.
func (s *Session) URL(label string) string { return s.member(label).url() }

// Counts asks a node's runner for its counts.
func (s *Session) Counts(ctx context.Context, label string) (Counts, error) {
	c, err := s.run.admin.scrape(ctx, s.member(label).admin.address)
	return Counts{In: c.In, Failures: c.Failures, InFlight: c.InFlight}, err
}

// Lag is how many records of its inputs, and of the tiers of its delayed retries, a node has not committed.
func (s *Session) Lag(label string) int64 { return s.run.lag(s.member(label)) }

// Unread is how many records of its inputs a node has not committed.
func (s *Session) Unread(label string) int64 { return s.run.unread(s.member(label)) }

// Send sends a signal to a process.
func (s *Session) Send(pid int, what Signal) error {
	if pid == 0 {
		return errors.New("the process has not started")
	}
	return send(pid, what)
}

// AwaitLife waits until a node's runner is another process than before, and ready.
func (s *Session) AwaitLife(ctx context.Context, label string, before int) error {
	return (&Runner{s, s.member(label)}).AwaitLife(ctx, before)
}

// Runner is one runner of a node, through all its lives.
type Runner struct {
	session *Session
	member  *member
}

// Runner is the first runner of a node.
func (s *Session) Runner(label string) *Runner { return &Runner{s, s.member(label)} }

// Join starts another runner of a node and waits until it is in the group.
func (s *Session) Join(ctx context.Context, label string) (*Runner, error) {
	first := s.member(label)
	m := &member{Node: first.Node, environment: first.environment, talk: first.talk}
	if err := m.listen(); err != nil {
		return nil, err
	}
	number := s.joined[label].Add(1)
	file := fmt.Sprintf("joined-%d-%d.json", first.pid.Load(), number)
	if err := s.launch(m, filepath.Join(s.run.dir, file)); err != nil {
		m.admin.close()
		m.ingest.close()
		return nil, err
	}
	r := &Runner{s, m}
	if err := r.AwaitLife(ctx, 0); err != nil {
		r.Leave()
		return nil, err
	}
	return r, nil
}

// Leave has a runner that joined drain and leave, and waits for its end.
func (r *Runner) Leave() {
	r.member.stop()
	<-r.member.done
	r.session.joined[r.member.Label].Add(-1)
	r.member.admin.close()
	r.member.ingest.close()
}

// PID is its process.
func (r *Runner) PID() int { return int(r.member.pid.Load()) }

// AwaitLife waits until it is another process than before, and ready.
func (r *Runner) AwaitLife(ctx context.Context, before int) error {
	return await(ctx, rejoining, "node "+r.member.Label+": the runner does not come back", func() bool {
		return int(r.member.pid.Load()) != before && r.session.run.admin.ready(ctx, r.member.admin.address) == nil
	})
}

// rejoining bounds the time that a runner needs to be in its group again, while brokers come and go too.
const rejoining = time.Minute

// member gives the member of a label; the label is one of the plan's.
func (s *Session) member(label string) *member {
	for _, m := range s.run.members {
		if m.Label == label {
			return m
		}
	}
	panic("no node " + label)
}

// evict takes every member out of a group. Only for a group whose members are known to be dead.
func evict(ctx context.Context, client *kgo.Client, group string) error {
	described, err := kadm.NewClient(client).DescribeGroups(ctx, group)
	if err != nil {
		return err
	}
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group = group
	for _, m := range described[group].Members {
		leaving := kmsg.NewLeaveGroupRequestMember()
		leaving.MemberID = m.MemberID
		req.Members = append(req.Members, leaving)
	}
	if len(req.Members) == 0 {
		return nil
	}
	resp, err := req.RequestWith(ctx, client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("group %s: %w", group, err)
	}
	return nil
}
