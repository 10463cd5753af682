// Package broker owns the Kafka that lives inside `pipelinectl run`: one broker in memory, on the loopback address, that
// speaks Kafka's own protocol. It is the only importer of kfake, and must not know pipelines or runners. Everything in
// it is gone once it is closed. Start at Start.
package broker

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Topic is a topic to create.
type Topic struct {
	Name string
	// Partitions is 1 or more.
	Partitions int32
	// Replicas is the replication factor, 0 where it is the broker's to say; Config is the topic's configuration by
	// Kafka's names (retention.ms). What speaks of replicas has no effect here: there is one broker.
	Replicas int16
	Config   map[string]string
}

// Broker is a running broker. Its methods may be called side by side.
type Broker struct {
	cluster *kfake.Cluster
	// admin speaks the protocol, for what the cluster offers in no other way.
	admin *kgo.Client
}

// Start starts a broker on a free loopback port.
func Start() (*Broker, error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.ListenFn(listenLoopback))
	if err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	admin, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		cluster.Close()
		return nil, fmt.Errorf("broker: %w", err)
	}
	return &Broker{cluster: cluster, admin: admin}, nil
}

// listenLoopback binds the loopback address, whatever host is asked for: no other machine may connect.
func listenLoopback(network, address string) (net.Listener, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return net.Listen(network, net.JoinHostPort("127.0.0.1", port))
}

// Address is the broker's host:port.
func (b *Broker) Address() string { return b.cluster.ListenAddrs()[0] }

// Close ends the broker and forgets its records.
func (b *Broker) Close() {
	b.admin.Close()
	b.cluster.Close()
}

// Create makes topics; one that is there already is an error.
func (b *Broker) Create(topics ...Topic) error {
	for _, t := range topics {
		err := b.cluster.CreateTopic(t.Name, t.Partitions, t.Config)
		switch {
		case errors.Is(err, kerr.InvalidTopicException):
			return fmt.Errorf("broker: topic %s: another topic's name differs from it only in dots and underscores", t.Name)
		case err != nil:
			return fmt.Errorf("broker: topic %s: %w", t.Name, err)
		}
	}
	return nil
}

// Lag is how many records of the topics a group has not committed yet.
func (b *Broker) Lag(group string, topics ...string) int64 {
	committed := map[string]map[int32]kfake.GroupCommit{}
	if info := b.cluster.GroupInfo(group); info != nil {
		committed = info.Commits
	}
	var lag int64
	for _, topic := range topics {
		for _, p := range b.cluster.PartitionInfos(topic) {
			// A group without a commit starts at the partition's beginning.
			next := max(p.LogStartOffset, committed[topic][p.Partition].Offset)
			lag += max(0, p.HighWatermark-next)
		}
	}
	return lag
}

// Evict takes every member out of a group, so that the next one to join need not wait until the session of a member that
// was killed has timed out (KIP-345's removal of members). Only for a group whose members are known to be dead.
func (b *Broker) Evict(ctx context.Context, group string) error {
	info := b.cluster.GroupInfo(group)
	if info == nil || len(info.Members) == 0 {
		return nil
	}
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group = group
	for _, m := range info.Members {
		leaving := kmsg.NewLeaveGroupRequestMember()
		leaving.MemberID = m.MemberID
		req.Members = append(req.Members, leaving)
	}
	resp, err := req.RequestWith(ctx, b.admin)
	if err != nil {
		return fmt.Errorf("broker: group %s: %w", group, err)
	}
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return fmt.Errorf("broker: group %s: %w", group, err)
	}
	return nil
}
