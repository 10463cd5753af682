package local

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// brokers are the Kafka of a Session: what runners need of it, and what can be done to it.
type brokers interface {
	store
	// asked is the client that asks it, options are those of a further one.
	asked() *kgo.Client
	options() []kgo.Opt
	abilities() Abilities
	// refuse has it take no records of the topics, or take them again.
	refuse(ctx context.Context, topics []string, yes bool) error
	// kill ends a broker that leads one of the topics, without a word.
	kill(ctx context.Context, topics []string) error
	// heal has a broker that was killed run again, after the others have gone on without it, and waits until all have
	// what any has.
	heal(ctx context.Context) error
	// move has other brokers lead the topics.
	move(ctx context.Context, topics []string) error
}

// Abilities are what a Kafka allows to be done to it.
type Abilities struct {
	// Kill: a broker can be killed. KeepsTransactions: then what was committed in transactions is still there, and what
	// will be is seen.
	Kill, KeepsTransactions bool
	// Move: partitions can be led by another broker.
	Move bool
}

// Abilities are those of the session's Kafka.
func (s *Session) Abilities() Abilities { return s.kafka.abilities() }

// Options are those of a client of the session's Kafka; Admin asks it for what concerns topics and groups.
func (s *Session) Options() []kgo.Opt { return s.kafka.options() }

// Admin is a client of the broker for what concerns topics and groups.
func (s *Session) Admin() *kadm.Client { return kadm.NewClient(s.kafka.asked()) }

// Refuse has Kafka take no records of some topics, as one does that has too few replicas in sync, until it is told
// otherwise; all else goes on. The embedded one takes none at all.
func (s *Session) Refuse(ctx context.Context, topics []string, yes bool) error {
	return s.kafka.refuse(ctx, topics, yes)
}

// KillBroker ends a broker without a word, one that leads a partition of the topics.
func (s *Session) KillBroker(ctx context.Context, topics []string) error {
	return s.kafka.kill(ctx, topics)
}

// HealBrokers has the broker that was killed run again, once the others, if there are any, have taken over, and waits
// until it has what they have.
func (s *Session) HealBrokers(ctx context.Context) error { return s.kafka.heal(ctx) }

// MoveLeaders has another broker lead each partition of the topics.
func (s *Session) MoveLeaders(ctx context.Context, topics []string) error {
	return s.kafka.move(ctx, topics)
}
