package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/IBM/sarama"
)

// producer is who writes under a transactional id, in the eyes of the brokers. It speaks the versions of the protocol in
// which a producer keeps its epoch from one transaction to the next, before those of KIP-890.
type producer struct {
	client sarama.Client
	// id is the transactional id.
	id         string
	producerID int64
	epoch      int16
	// unheard says that an answer never came: what was asked may happen yet.
	unheard atomic.Bool
}

// heard takes up how a request to a broker went.
func (p *producer) heard(broker *sarama.Broker, err error) {
	if _, answered := errors.AsType[sarama.KError](err); err == nil || answered {
		return
	}
	p.unheard.Store(true)
	if _, garbled := errors.AsType[sarama.PacketDecodingError](err); garbled {
		_ = broker.Close() // the client does so itself after any other
	}
}

// ask asks one of the coordinators, that of the transaction or that of the group.
func (p *producer) ask(find func(string) (*sarama.Broker, error), refresh func(string) error, of string, request func(*sarama.Broker) error) error {
	broker, err := find(of)
	if err != nil {
		return err
	}
	err = request(broker)
	p.heard(broker, err)
	code, answered := errors.AsType[sarama.KError](err)
	if err != nil && !answered || code == sarama.ErrNotCoordinatorForConsumer || code == sarama.ErrConsumerCoordinatorNotAvailable {
		_ = refresh(of)
	}
	return err
}

func (p *producer) askTransactions(request func(*sarama.Broker) error) error {
	return p.ask(p.client.TransactionCoordinator, p.client.RefreshTransactionCoordinator, p.id, request)
}

// failure is the error of an answer.
func failure(code sarama.KError) error {
	if code == sarama.ErrNoError {
		return nil
	}
	return code
}

// begin takes over the id: whoever had it is fenced, and what it left open is aborted.
func (p *producer) begin(ctx context.Context) error {
	return insist(ctx, beginWithin, func() error { return p.askTransactions(p.initialize) })
}

func (p *producer) initialize(broker *sarama.Broker) error {
	response, err := broker.InitProducerID(&sarama.InitProducerIDRequest{
		Version: 4, TransactionalID: &p.id, TransactionTimeout: transactionTimeout, ProducerID: -1, ProducerEpoch: -1,
	})
	if err != nil {
		return err
	}
	p.producerID, p.epoch = response.ProducerID, response.ProducerEpoch
	return failure(response.Err)
}

// enlist tells the coordinator of partitions that are about to be written to.
func (p *producer) enlist(partitions map[string][]int32) error {
	return p.askTransactions(func(broker *sarama.Broker) error {
		response, err := broker.AddPartitionsToTxn(&sarama.AddPartitionsToTxnRequest{
			Version: 3, TransactionalID: p.id, ProducerID: p.producerID, ProducerEpoch: p.epoch, TopicPartitions: partitions,
		})
		if err != nil {
			return err
		}
		return refusalOf(response.Errors, partitions)
	})
}

// refusalOf gives the first refusal in an answer that says something of each of some partitions, behind the name of its topic.
// Partitions that were not tried because of another one say nothing.
func refusalOf(answers map[string][]*sarama.PartitionError, of map[string][]int32) error {
	var wanted, got int
	var refusal error
	for _, topic := range slices.Sorted(maps.Keys(of)) {
		wanted += len(of[topic])
		got += len(answers[topic])
		for _, answer := range answers[topic] {
			if answer.Err != sarama.ErrNoError && (refusal == nil || errors.Is(refusal, sarama.ErrOperationNotAttempted)) {
				refusal = fmt.Errorf("%s: %w", topic, answer.Err)
			}
		}
	}
	if refusal == nil && got < wanted {
		return sarama.ErrIncompleteResponse
	}
	return refusal
}

// commit commits the transaction that is open, and positions of a group with it if there are any.
func (p *producer) commit(ctx context.Context, offsets map[string][]*sarama.PartitionOffsetMetadata, group string, session sarama.ConsumerGroupSession) error {
	if len(offsets) > 0 {
		if err := insist(ctx, lostAfter, func() error { return p.askTransactions(p.enlistGroup(group)) }); err != nil {
			return err
		}
		if err := p.commitTo(ctx, offsets, group, session); err != nil {
			return err
		}
	}
	// Whoever has committed already says so again. Where it stays unknown, beginning anew waits for what was decided.
	return insist(ctx, lostAfter, func() error { return p.askTransactions(p.end(true)) })
}

// commitTo commits positions as a member of their group. Where the group has gone on and the member is about to follow, as in
// every rebalance, the positions are told once more.
func (p *producer) commitTo(ctx context.Context, offsets map[string][]*sarama.PartitionOffsetMetadata, group string, session sarama.ConsumerGroupSession) error {
	for {
		generation := session.GenerationID()
		err := insist(ctx, lostAfter, func() error {
			return p.ask(p.client.Coordinator, p.client.RefreshCoordinator, group, p.commitOffsets(offsets, group, session))
		})
		if !errors.Is(err, sarama.ErrIllegalGeneration) || !follows(ctx, session, generation) {
			return err
		}
	}
}

// follows waits until a member is in another generation of its group, and says whether it is.
func follows(ctx context.Context, session sarama.ConsumerGroupSession, generation int32) bool {
	ctx, cancel := context.WithTimeout(ctx, lostAfter)
	defer cancel()
	for session.GenerationID() == generation {
		if sleep(ctx, insistPause); ctx.Err() != nil || session.Context().Err() != nil {
			return false
		}
	}
	return true
}

func (p *producer) enlistGroup(group string) func(*sarama.Broker) error {
	return func(broker *sarama.Broker) error {
		response, err := broker.AddOffsetsToTxn(&sarama.AddOffsetsToTxnRequest{
			Version: 3, TransactionalID: p.id, ProducerID: p.producerID, ProducerEpoch: p.epoch, GroupID: group,
		})
		if err != nil {
			return err
		}
		return failure(response.Err)
	}
}

// commitOffsets says as which member of the group, so that one that the group has gone on without is refused (KIP-447).
func (p *producer) commitOffsets(offsets map[string][]*sarama.PartitionOffsetMetadata, group string, session sarama.ConsumerGroupSession) func(*sarama.Broker) error {
	return func(broker *sarama.Broker) error {
		response, err := broker.TxnOffsetCommit(&sarama.TxnOffsetCommitRequest{
			Version: 3, TransactionalID: p.id, GroupID: group, ProducerID: p.producerID, ProducerEpoch: p.epoch,
			GenerationID: session.GenerationID(), MemberID: session.MemberID(), Topics: offsets,
		})
		if err != nil {
			return err
		}
		of := map[string][]int32{}
		for topic, partitions := range offsets {
			for _, one := range partitions {
				of[topic] = append(of[topic], one.Partition)
			}
		}
		return refusalOf(response.Topics, of)
	}
}

func (p *producer) end(commit bool) func(*sarama.Broker) error {
	return func(broker *sarama.Broker) error {
		response, err := broker.EndTxn(&sarama.EndTxnRequest{
			Version: 3, TransactionalID: p.id, ProducerID: p.producerID, ProducerEpoch: p.epoch, TransactionResult: commit,
		})
		if err != nil {
			return err
		}
		return failure(response.Err)
	}
}

// abort ends what is open, so that nobody waits for its timeout. Where a request may yet arrive it must not: that would
// be behind the end. The next owner of the id then aborts, with a new epoch, which keeps out what is late.
func (p *producer) abort() {
	if !p.unheard.Load() {
		_ = p.askTransactions(p.end(false)) // else the next owner does, or the broker after the timeout
	}
}
