package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// Position is how far a claim is, as a commit says it.
type Position struct {
	// Next is the offset from which on work is unfinished.
	Next int64
	// Metadata is what the runner keeps beside it, at most 4,000 bytes.
	Metadata string
}

// committer commits the positions of one membership's claims: those that changed, in one request, every commitEvery and
// as soon as a claim asks. The client's own commits are switched off, since they say nothing of how they went.
type committer struct {
	client  sarama.Client
	group   string
	session sarama.ConsumerGroupSession
	// asking and committing hear of each request, and whether it got through.
	asking, committing *trouble
	wake               chan struct{}
	// stable has fetch wait for transactions that are about to commit.
	stable bool

	mu     sync.Mutex
	claims map[*claimed]struct{}
	// failing are those whose last commit was refused.
	failing map[*claimed]struct{}
}

// claimed is a claim as the committer sees it.
type claimed struct {
	topic     string
	partition int32
	// id is that of the topic when the claim began.
	id     sarama.Uuid
	intake Intake
	// committed is the last position that the broker took.
	committed Position
	// failures are the refusals in a row, after is when the next try is due. They are under the committer's lock.
	failures int
	after    time.Time
	// once lets one request at a time speak for the claim, from asking it to telling it: an older position never follows
	// a newer one.
	once sync.Mutex
}

func newCommitter(client sarama.Client, group string, session sarama.ConsumerGroupSession, log *slog.Logger, failed func()) *committer {
	return &committer{
		client: client, group: group, session: session,
		asking:     &trouble{log: log, what: "asking what is committed", group: group, count: failed},
		committing: &trouble{log: log, what: "committing", group: group, count: failed},
		wake:       make(chan struct{}, 1), claims: map[*claimed]struct{}{}, failing: map[*claimed]struct{}{},
	}
}

// soon has the positions committed without waiting for the next round.
func (c *committer) soon() {
	select {
	case c.wake <- struct{}{}:
	default: // somebody has asked already
	}
}

// run commits until ctx is done. What is finished then is each claim's own to commit, in last.
func (c *committer) run(ctx context.Context) {
	ticker := time.NewTicker(commitEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-c.wake:
		}
		_ = c.commit(c.due()) // told and tried again; see noted
	}
}

func (c *committer) add(one *claimed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claims[one] = struct{}{}
}

// due are the claims that need not wait since they were refused.
func (c *committer) due() []*claimed {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*claimed, 0, len(c.claims))
	for one := range c.claims {
		if one.after.Before(now) {
			out = append(out, one)
		}
	}
	return out
}

// noted takes up what became of a request. A claim that is refused waits before it is tried again, the longer the more
// often; the others need not.
func (c *committer) noted(one *claimed, refused error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case refused != nil:
		one.failures++
		pause := repeatPause(one.failures)
		one.after = time.Now().Add(pause)
		time.AfterFunc(pause, c.soon)
		c.failing[one] = struct{}{}
	case one.failures > 0:
		one.failures = 0
		delete(c.failing, one)
	}
}

// last commits a claim that is let go, again and again until the broker took it, ctx is done, or the partition is no
// longer ours. A request that the broker does not answer is left alone when ctx is done: should it arrive after all, the
// broker knows that its generation is past.
func (c *committer) last(ctx context.Context, one *claimed) {
	c.mu.Lock()
	delete(c.claims, one)
	c.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		_ = repeat(ctx, func() error { return c.commit([]*claimed{one}) }, func(err error) {
			if fenced(err) {
				cancel()
			}
		})
	}()
	<-ctx.Done()
	c.mu.Lock()
	delete(c.failing, one)
	c.mu.Unlock()
}

// commit sends the positions that the broker does not know yet.
func (c *committer) commit(claims []*claimed) error {
	request := sarama.NewOffsetCommitRequest(c.client.Config(), c.group)
	request.ConsumerGroupGeneration, request.ConsumerID = c.session.GenerationID(), c.session.MemberID()
	sent := map[*claimed]Position{}
	for _, one := range claims {
		one.once.Lock()
		position, ok := one.intake.Position()
		if !ok || position == one.committed {
			one.once.Unlock()
			continue
		}
		sent[one] = position
		request.AddBlockWithLeaderEpoch(one.topic, one.partition, position.Next, unknownEpoch, 0, signed(position.Metadata, one.id))
	}
	if len(sent) == 0 {
		return nil
	}
	response, err := c.send(request)
	var failures []error
	for one, position := range sent {
		refused := err
		if refused == nil {
			refused = refusal(response, one)
		}
		if refused == nil {
			one.committed = position
			one.intake.Committed(position)
		} else {
			one.committed = unknown
			c.moved(refused)
		}
		one.once.Unlock()
		c.noted(one, refused)
		if refused != nil {
			failures = append(failures, fmt.Errorf("commit: topic %s, partition %d: %w", one.topic, one.partition, refused))
		}
	}
	// In one order, so that the same refusals make the same text.
	slices.SortFunc(failures, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	err = errors.Join(failures...)
	c.tell(err)
	return err
}

// tell tells of a request.
func (c *committer) tell(err error) {
	if err != nil {
		c.committing.met(err)
		return
	}
	c.mu.Lock()
	well := len(c.failing) == 0
	c.mu.Unlock()
	if well {
		c.committing.over()
	}
}

// unknownEpoch says that nothing is known of the leader under which a record was written.
const unknownEpoch = -1

// unknown is a position that none is equal to: an answer that was lost leaves open what the broker has.
var unknown = Position{Next: -1}

// moved has the group's coordinator looked up anew where an error says that it is another broker now.
func (c *committer) moved(err error) {
	if errors.Is(err, sarama.ErrNotCoordinatorForConsumer) {
		_ = c.client.RefreshCoordinator(c.group)
	}
}

func (c *committer) send(request *sarama.OffsetCommitRequest) (*sarama.OffsetCommitResponse, error) {
	broker, err := c.client.Coordinator(c.group)
	if err != nil {
		return nil, err
	}
	response, err := broker.CommitOffset(request)
	if err != nil {
		_ = broker.Close() // it is opened again by whoever needs it next
		_ = c.client.RefreshCoordinator(c.group)
	}
	return response, err
}

// refusal is what the broker said about one claim.
func refusal(response *sarama.OffsetCommitResponse, one *claimed) error {
	code, ok := response.Errors[one.topic][one.partition]
	switch {
	case !ok:
		return sarama.ErrIncompleteResponse
	case code != sarama.ErrNoError:
		return code
	default:
		return nil
	}
}

// fenced says that the group has gone on without this member: its partitions are others' now.
func fenced(err error) bool {
	return errors.Is(err, sarama.ErrUnknownMemberId) || errors.Is(err, sarama.ErrFencedInstancedId) || errors.Is(err, sarama.ErrClosedClient)
}
