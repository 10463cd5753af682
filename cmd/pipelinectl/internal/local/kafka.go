package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/broker"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// store is the Kafka of a run.
type store interface {
	// Environment is how a runner reaches it.
	Environment() contract.Environment
	// Prepare makes it ready for a plan.
	Prepare(ctx context.Context, p *Plan, say func(format string, args ...any)) error
	// Lag is how many records of the topics a group has not committed yet.
	Lag(group string, topics ...string) int64
	// Bury has a group know that a member is dead, if that is possible.
	Bury(ctx context.Context, group string) error
	Close()
}

// memory is the Kafka in this process.
type memory struct{ *broker.Broker }

// Environment implements store.
func (m memory) Environment() contract.Environment {
	return contract.Environment{BootstrapServers: m.Address()}
}

// Prepare implements store.
func (m memory) Prepare(_ context.Context, p *Plan, _ func(string, ...any)) error {
	return m.Create(p.Topics...)
}

// Bury implements store: nobody else is in the group.
func (m memory) Bury(ctx context.Context, group string) error { return m.Evict(ctx, group) }

// Remote is a Kafka that is there without the run, and stays.
type Remote struct {
	// Admin asks it; Reached is how runners do.
	Admin   *kadm.Client
	Reached contract.Environment
}

var _ store = (*Remote)(nil)

// requestTime bounds a request to it.
const requestTime = 30 * time.Second

// ErrTaken is returned by Run where somebody else is in a group of the plan: records would be shared with them.
var ErrTaken = errors.New("others are in the pipeline's consumer groups")

// Environment implements store.
func (r *Remote) Environment() contract.Environment { return r.Reached }

// Close implements store: who has opened the connection closes it.
func (r *Remote) Close() {}

// Bury implements store. A group of a Kafka that others use too is left to its own time.
func (r *Remote) Bury(context.Context, string) error { return nil }

// Prepare implements store: nobody else may be in the groups, and topics that are missing are made.
func (r *Remote) Prepare(ctx context.Context, p *Plan, say func(string, ...any)) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	if err := r.free(ctx, p); err != nil {
		return err
	}
	there, err := r.Admin.ListTopics(ctx)
	if err != nil {
		return err
	}
	for _, t := range p.Topics {
		switch have := there[t.Name]; {
		case have.Err == nil && len(have.Partitions) > 0:
			say("topic %s is there, with %s", t.Name, plural(int64(len(have.Partitions)), "partition"))
		default:
			if err := r.create(ctx, t); err != nil {
				return err
			}
			say("topic %s made, with %s", t.Name, plural(int64(t.Partitions), "partition"))
		}
	}
	return nil
}

// free refuses groups that have members.
func (r *Remote) free(ctx context.Context, p *Plan) error {
	var groups []string
	for _, n := range p.Nodes {
		if n.Runner.Group != "" {
			groups = append(groups, n.Runner.Group)
		}
	}
	if len(groups) == 0 {
		return nil
	}
	described, err := r.describe(ctx, groups)
	if err != nil {
		return err
	}
	var taken []string
	for _, name := range slices.Sorted(maps.Keys(described)) {
		if len(described[name].Members) > 0 {
			taken = append(taken, name)
		}
	}
	if len(taken) > 0 {
		return fmt.Errorf("%w: %s", ErrTaken, strings.Join(taken, ", "))
	}
	return nil
}

// describe asks about groups. A Kafka that is new makes its topic of offsets when it is asked first.
func (r *Remote) describe(ctx context.Context, groups []string) (kadm.DescribedGroups, error) {
	for {
		described, err := r.Admin.DescribeGroups(ctx, groups...)
		if ctx.Err() != nil || !errors.Is(err, kerr.CoordinatorNotAvailable) && !errors.Is(err, kerr.CoordinatorLoadInProgress) {
			return described, err
		}
		wait(ctx, readyEvery)
	}
}

// minISR is left out of a topic that is made for a run: the Kafka may have fewer brokers than the environment's.
const minISR = "min.insync.replicas"

func (r *Remote) create(ctx context.Context, t broker.Topic) error {
	config := map[string]*string{}
	for name, value := range t.Config {
		if name != minISR {
			config[name] = &value
		}
	}
	_, err := r.Admin.CreateTopic(ctx, t.Partitions, -1, config, t.Name) // -1: as many replicas as the Kafka has by default
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("topic %s: %w", t.Name, err)
	}
	return nil
}

// Lag implements store. A Kafka that does not answer hides none: the run then waits as long as it may.
func (r *Remote) Lag(group string, topics ...string) int64 {
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	// What is committed comes first: a record that is put off is in its tier before its place in its source is committed.
	committed, err := r.Admin.FetchOffsets(ctx, group)
	if err != nil {
		return 1
	}
	ends, err := r.Admin.ListEndOffsets(ctx, topics...)
	if err != nil {
		return 1
	}
	starts, err := r.Admin.ListStartOffsets(ctx, topics...)
	if err != nil {
		return 1
	}
	var lag int64
	ends.Each(func(end kadm.ListedOffset) {
		next := int64(0)
		if start, ok := starts.Lookup(end.Topic, end.Partition); ok {
			next = start.Offset // where a group without a commit starts
		}
		if at, ok := committed.Lookup(end.Topic, end.Partition); ok && at.At >= 0 {
			next = max(next, at.At)
		}
		lag += max(0, end.Offset-next)
	})
	return lag
}
