package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/broker"
)

// Cluster is a Kafka that is there without the session and stays. A session has topics and groups of its own in it, and
// takes them away again.
type Cluster struct {
	*Remote
	// Client asks it, Options are those of a further client.
	Client  *kgo.Client
	Options []kgo.Opt
	// Control is a program that ends a broker without a word (`Control kill ID`, by Kafka's id of the node), and starts it
	// again on the same data (`Control start ID`). Empty: no broker is harmed.
	Control string
}

var (
	// ErrTopicThere is returned by Open where the plan's topics are somebody's already.
	ErrTopicThere = errors.New("the Kafka has topics of these names already")
	// errSingle is why leaders stay where they are.
	errSingle = errors.New("there is no other broker to lead a partition")
)

// clustered is a Cluster while a session disturbs it.
type clustered struct {
	Cluster
	say func(format string, args ...any)
	// count is how many brokers it has when all is well.
	count int
	// topics and groups are the session's own; insync are the replicas that a topic of them demands.
	topics, groups []string
	insync         map[string]string
	// killed is the broker that does not run, -1 for none.
	killed int32
}

var _ brokers = (*clustered)(nil)

// enter finds out what there is to disturb.
func (c Cluster) enter(ctx context.Context, say func(string, ...any)) (*clustered, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	there, err := c.Admin.ListBrokers(ctx)
	return &clustered{Cluster: c, say: say, count: len(there), insync: map[string]string{}, killed: -1}, err
}

func (c *clustered) asked() *kgo.Client { return c.Client }

func (c *clustered) options() []kgo.Opt { return c.Options }

func (c *clustered) abilities() Abilities {
	return Abilities{Kill: c.Control != "", KeepsTransactions: true, Move: c.count > 1}
}

// replicas and inSync are what a topic gets that says nothing itself: as many as the loss of one broker takes.
const (
	replicas = 3
	inSync   = 2
)

// Prepare implements store: groups and topics must be nobody else's, since records that are not of this run would be
// handled, and others would handle those that are.
func (c *clustered) Prepare(ctx context.Context, p *Plan, _ func(string, ...any)) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	if err := c.free(ctx, p); err != nil {
		return err
	}
	there, err := c.Admin.ListTopics(ctx)
	if err != nil {
		return err
	}
	var taken []string
	for _, t := range p.Topics {
		if there.Has(t.Name) {
			taken = append(taken, t.Name)
		}
	}
	if len(taken) > 0 {
		return fmt.Errorf("%w: %s", ErrTopicThere, strings.Join(taken, ", "))
	}
	for _, t := range p.Topics {
		if err := c.make(ctx, t); err != nil {
			return err
		}
		c.topics = append(c.topics, t.Name)
	}
	for _, n := range p.Nodes {
		if n.Runner.Group != "" {
			c.groups = append(c.groups, n.Runner.Group)
		}
	}
	return nil
}

// make makes a topic with the replicas that it says.
func (c *clustered) make(ctx context.Context, t broker.Topic) error {
	config := map[string]*string{}
	for name, value := range t.Config {
		config[name] = &value
	}
	factor := cmp.Or(t.Replicas, int16(min(replicas, c.count)))
	if _, said := config[minISR]; !said && factor >= replicas {
		config[minISR] = new(strconv.Itoa(inSync))
	}
	c.insync[t.Name] = "1"
	if said := config[minISR]; said != nil {
		c.insync[t.Name] = *said
	}
	if _, err := c.Admin.CreateTopic(ctx, t.Partitions, factor, config, t.Name); err != nil {
		return fmt.Errorf("topic %s, with %s: %w", t.Name, plural(int64(factor), "replica"), err)
	}
	return nil
}

// Bury implements store: the groups are the session's own, so their members are.
func (c *clustered) Bury(ctx context.Context, group string) error { return evict(ctx, c.Client, group) }

// Close implements store: what was made goes. The connection is closed by who opened it.
func (c *clustered) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	var failures []error
	if c.killed >= 0 {
		failures = append(failures, c.control(ctx, "start", c.killed))
	}
	if len(c.topics) > 0 {
		deleted, err := c.Admin.DeleteTopics(ctx, c.topics...)
		failures = append(failures, err, deleted.Error())
	}
	for _, group := range c.groups {
		failures = append(failures, evict(ctx, c.Client, group)) // one that was killed may still count as a member
		deleted, err := c.Admin.DeleteGroups(ctx, group)
		if err == nil {
			err = deleted.Error()
		}
		if !errors.Is(err, kerr.GroupIDNotFound) {
			failures = append(failures, err)
		}
	}
	if err := errors.Join(failures...); err != nil {
		c.say("not all that was made in Kafka could be removed: %v", err)
	}
}

// refuse has the topics demand more replicas than there are brokers.
func (c *clustered) refuse(ctx context.Context, topics []string, yes bool) error {
	var failures []error
	for _, topic := range topics {
		demand := c.insync[topic]
		if yes {
			demand = strconv.Itoa(c.count + 1)
		}
		altered, err := c.Admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: minISR, Value: &demand}}, topic)
		failures = append(failures, err)
		for _, one := range altered {
			failures = append(failures, one.Err)
		}
	}
	return errors.Join(failures...)
}

// kill ends the broker that leads the most partitions of the topics.
func (c *clustered) kill(ctx context.Context, topics []string) error {
	there, err := c.Admin.ListTopics(ctx, topics...)
	if err != nil {
		return err
	}
	leads := map[int32]int{}
	there.EachPartition(func(p kadm.PartitionDetail) { leads[p.Leader]++ })
	most := slices.MaxFunc(slices.Sorted(maps.Keys(leads)), func(a, b int32) int { return leads[a] - leads[b] })
	c.killed = most
	return c.control(ctx, "kill", most)
}

// control runs the program for a broker.
func (c *clustered) control(ctx context.Context, verb string, id int32) error {
	cmd := exec.CommandContext(ctx, c.Control, verb, strconv.Itoa(int(id)))
	cmd.WaitDelay = outputDelay // the broker may hold on to its output
	if said, err := cmd.CombinedOutput(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("%s: %w: %s", cmd, err, strings.TrimSpace(string(said)))
	}
	return nil
}

// healing bounds what takes an election, a start and the copying of what was missed.
const healing = 2 * time.Minute

// heal implements brokers. A broker that was killed counts as there until its session with the controller times out
// (broker.session.timeout.ms, 9 s), and its partitions stand still so long.
func (c *clustered) heal(ctx context.Context) error {
	if c.count > 1 {
		if err := c.settled(ctx, "no other broker takes over", func(p kadm.PartitionDetail) bool { return p.Leader >= 0 && p.Leader != c.killed }); err != nil {
			return err
		}
	}
	if err := c.control(ctx, "start", c.killed); err != nil {
		return err
	}
	c.killed = -1
	return c.settled(ctx, "the broker does not catch up", func(p kadm.PartitionDetail) bool { return len(p.ISR) == len(p.Replicas) })
}

// settled waits until every partition, Kafka's own too, is as it should be.
func (c *clustered) settled(ctx context.Context, what string, good func(kadm.PartitionDetail) bool) error {
	return await(ctx, healing, what, func() bool {
		there, err := c.Admin.ListTopicsWithInternal(ctx)
		if err != nil {
			return false
		}
		all := true
		there.EachPartition(func(p kadm.PartitionDetail) { all = all && (len(p.Replicas) < 2 || good(p)) })
		return all
	})
}

// move turns the replicas of each partition by one and has the first of them, which Kafka prefers, lead.
func (c *clustered) move(ctx context.Context, topics []string) error {
	there, err := c.Admin.ListTopics(ctx, topics...)
	if err != nil {
		return err
	}
	var wanted kadm.AlterPartitionAssignmentsReq
	leaders := map[string]map[int32]int32{}
	elected := kadm.TopicsSet{}
	there.EachPartition(func(p kadm.PartitionDetail) {
		if len(p.Replicas) < 2 {
			return
		}
		i := (slices.Index(p.Replicas, p.Leader) + 1) % len(p.Replicas)
		wanted.Assign(p.Topic, p.Partition, slices.Concat(p.Replicas[i:], p.Replicas[:i]))
		elected.Add(p.Topic, p.Partition)
		if leaders[p.Topic] == nil {
			leaders[p.Topic] = map[int32]int32{}
		}
		leaders[p.Topic][p.Partition] = p.Replicas[i]
	})
	if len(elected) == 0 {
		return errSingle
	}
	altered, err := c.Admin.AlterPartitionAssignments(ctx, wanted)
	if err = errors.Join(err, altered.Error()); err != nil {
		return err
	}
	return await(ctx, healing, "the leaders do not move", func() bool {
		_, _ = c.Admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, elected) // what counts is who leads
		there, err := c.Admin.ListTopics(ctx, topics...)
		moved := err == nil
		there.EachPartition(func(p kadm.PartitionDetail) {
			if want, ok := leaders[p.Topic][p.Partition]; ok && p.Leader != want {
				moved = false
			}
		})
		return moved
	})
}
