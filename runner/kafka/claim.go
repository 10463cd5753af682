package kafka

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

var _ sarama.ConsumerGroupHandler = (*handler)(nil)

// handler passes the claims of one membership to the partitions.
type handler struct {
	source     *Source
	partitions Partitions
	client     *connections
	group      sarama.ConsumerGroup
	joined     atomic.Bool
	leaving    leaving
	// restart ends the membership, so that the client is made anew.
	restart func()

	committer *committer
	// stop ends the committer's rounds, stopped is closed when they are over.
	stop    context.CancelFunc
	stopped chan struct{}
}

// Setup implements sarama.ConsumerGroupHandler: the group is joined.
func (h *handler) Setup(session sarama.ConsumerGroupSession) error {
	h.joined.Store(true)
	h.source.joined.Store(true)
	h.source.log.Info("joined", "group", h.source.group, "member", session.MemberID())
	h.committer = newCommitter(h.client.commits, h.source.group, session, h.source.log, func() { h.source.failed("commit") })
	h.committer.stable = h.source.exactly
	ctx, cancel := context.WithCancel(context.Background())
	h.stop, h.stopped = cancel, make(chan struct{})
	go func() {
		defer close(h.stopped)
		h.committer.run(ctx)
	}()
	return nil
}

// Cleanup implements sarama.ConsumerGroupHandler: every claim is closed and committed.
func (h *handler) Cleanup(sarama.ConsumerGroupSession) error {
	h.source.joined.Store(false)
	h.stop()
	<-h.stopped
	return nil
}

// ConsumeClaim implements sarama.ConsumerGroupHandler.
func (h *handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	if h.leaving.enter() {
		h.consume(session, claim)
		h.leaving.claims.Done()
	}
	if h.leaving.asked.Err() != nil {
		h.linger(session.Context(), claim)
	}
	return nil
}

// consume feeds an intake until the claim is over. It never blocks while the claim is held: a reader that does
// holds up the next fetch of every partition of the broker, and is then thrown off it again and again. The order at
// the end is what makes a rebalance lose nothing: start no more, wait for what was started, commit, and only then let the
// partition go.
func (h *handler) consume(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) {
	topic, partition := claim.Topic(), claim.Partition()
	ctx, drop := context.WithCancel(session.Context())
	defer drop()
	defer context.AfterFunc(h.leaving.asked, drop)()
	o, ok := h.ask(ctx, claim)
	if !ok {
		return // it was over before it began
	}
	known, again := h.judge(o, claim)
	if again { // returning has the membership begin anew
		h.rewind(ctx, o, claim)
		return
	}
	one := map[string][]int32{topic: {partition}}
	held := &claimed{topic: topic, partition: partition, id: o.id, committed: known}
	var paused atomic.Bool
	held.once.Lock() // with transactions a commit may be asked for before it is open
	held.intake = h.partitions.Open(Claim{
		Topic: topic, Partition: partition, Committed: known, HighWater: claim.HighWaterMarkOffset, Commit: h.committer.soon,
		Transactions: h.transactions(session, held),
		Log:          func(other string) *Log { return h.log(other, place{topic, partition}) },
		Pause: func(pause bool) {
			paused.Store(pause)
			if pause {
				h.group.Pause(one)
			} else {
				h.group.Resume(one)
			}
		},
	})
	held.once.Unlock()
	if !h.source.exactly {
		h.committer.add(held)
		h.committer.soon() // so that the first record need not wait for it
	}
	next := h.follow(ctx, claim, drop, paused.Load)
	go h.skip(ctx, claim, held.intake, next)
	read(ctx, claim, o.first, held.intake, next)
	drop() // a claim that drains reads nothing, and does not stand still
	held.intake.Close()
	// The client remembers a pause beyond the claim; without this the partition would stand still when it comes back.
	h.group.Resume(one)
	last, cancel := context.WithTimeout(context.Background(), max(h.source.drain/10, lastCommit))
	defer cancel()
	h.committer.last(last, held)
}

// follow has the watchdog look after a claim; the result takes the offset behind each record read.
func (h *handler) follow(ctx context.Context, claim sarama.ConsumerGroupClaim, drop func(), paused func() bool) *atomic.Int64 {
	topic, partition := claim.Topic(), claim.Partition()
	var next atomic.Int64
	next.Store(claim.InitialOffset())
	go h.source.watchdog.watch(ctx, watched{
		place: place{topic, partition}, next: next.Load, paused: paused, drop: drop, restart: h.restart,
		pending: func(offset int64) (pending bool, err error) {
			if offset, err = h.from(claim, offset); err == nil {
				_, pending, err = probe(h.client, topic, partition, offset)
			}
			return pending, err
		},
	})
	return &next
}

// lastCommit is the least time that the last commit of a claim has.
const lastCommit = time.Second

// read pushes records until the claim is over, first those that came before.
func read(ctx context.Context, claim sarama.ConsumerGroupClaim, first []*sarama.ConsumerMessage, intake Intake, next *atomic.Int64) {
	var b burst
	for _, msg := range first {
		if b.add(msg) {
			b.hand(intake, next)
		}
	}
	for goes := true; goes; {
		b.hand(intake, next)
		select {
		case msg, ok := <-claim.Messages():
			goes = ok && (b.add(msg) || rest(claim, &b))
		case <-ctx.Done(): // Messages may stay open while the client is looking for a leader
			goes = false
		}
	}
	b.hand(intake, next)
}

// rest takes what is there already, at a fraction of the price of a select over several channels. It says whether the
// claim goes on.
func rest(claim sarama.ConsumerGroupClaim, b *burst) bool {
	for {
		select {
		case msg, ok := <-claim.Messages():
			if !ok {
				return false
			}
			if b.add(msg) {
				return true
			}
		default:
			return true
		}
	}
}
