package kafka

import (
	"context"
	"sync/atomic"

	"github.com/IBM/sarama"
	"golang.org/x/sync/semaphore"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// Memory is what the records of a runner may take, in bytes, and how much of it they take. It is divided among three
// stages, each of which waits for itself alone, so that none can wait for what another holds:
//
//	fetching  what the requests under way to all brokers may bring: an eighth. Sizes of fetches follow from it.
//	held      what is read and lies above a watermark: queued, with the user's code, or finished behind what is not.
//	          Beyond it the claims pause, each as more of it comes, so it is exceeded by what was fetched already.
//	writing   results and dead letters that are not acknowledged: a quarter. Whoever writes waits for room.
//
// Whatever is larger than its stage goes through alone. Bytes are those of record.Record.Size, headers and the structs
// around a record included.
//
// What it does not see: a fetch counts as the broker sends it, and what it unpacks to counts when it is handed on, so that
// highly compressed batches exceed the stage by as much as one fetch unpacks to (maxInflatedBytes bounds each batch); and
// what the user's code answers counts once all of it is there.
type Memory struct {
	fetching, holding int64
	held              atomic.Int64
	// full says that held has reached holding and has not fallen to easedAt since.
	full  atomic.Bool
	eased func()

	writingBytes int64
	writing      *semaphore.Weighted
}

const (
	// defaultLimit is a container's memory where nobody says how much it is: what a runner requests by default.
	defaultLimit = 256 << 20
	// leastRecords and mostRecords bound what records may take: a few of the usual size, or one large one; and as much as
	// is of use, where a limit is missing and the place gives that of the whole machine instead.
	leastRecords, mostRecords = 4 << 20, 1 << 30
	// maxWriting bounds what is written at once: beyond it the client's requests only grow, and it caps them at 100 MiB.
	maxWriting = 32 << 20
)

// NewMemory divides a container's limit of memory, in bytes; 0: it is not known. Records get a quarter: the collector lets
// a heap double before it looks at it, and the rest is the runtime's and the client's own.
func NewMemory(limit int64) *Memory {
	if limit == 0 {
		limit = defaultLimit
	}
	records := min(max(limit/4, leastRecords), mostRecords)
	m := &Memory{fetching: records / 8, writingBytes: min(records/4, maxWriting), eased: func() {}}
	m.holding = records - m.fetching - m.writingBytes
	m.writing = semaphore.NewWeighted(m.writingBytes)
	return m
}

// OnEased has f called, on a goroutine of its own, whenever a quarter is free again after more was held than may be: a
// claim that paused then and holds nothing itself has nobody else to wake it.
func (m *Memory) OnEased(f func()) { m.eased = f }

// Room is how many bytes more may be held; below zero, by how much it is exceeded.
func (m *Memory) Room() int { return int(m.holding - m.held.Load()) }

// Share is what one of so many claims may hold when all hold as much.
func (m *Memory) Share(claims int) int { return int(m.holding) / max(1, claims) }

// Held is how many bytes of records are held.
func (m *Memory) Held() int64 { return m.held.Load() }

// Hold takes up that so many bytes more are held, or fewer.
func (m *Memory) Hold(bytes int) {
	switch held := m.held.Add(int64(bytes)); {
	case bytes > 0 && held > m.holding:
		m.full.Store(true)
	case bytes < 0 && held <= m.holding/4*3 && m.full.CompareAndSwap(true, false):
		go m.eased()
	}
}

// writtenTimes is how often the client has what it writes: as it was handed over and, as far as it is on its way, as a batch
// and as a request, which is about half of it.
const writtenTimes = 2

// toWrite is the room that records of so many bytes take until they are acknowledged.
func (m *Memory) toWrite(bytes int) int64 { return min(writtenTimes*int64(bytes), m.writingBytes) }

// write waits for room for a record to be written, and gives what it took.
func (m *Memory) write(ctx context.Context, r *record.Record) (size int64, err error) {
	size = m.toWrite(r.Size())
	return size, m.writing.Acquire(ctx, size)
}

// written says whether all that was written is acknowledged.
func (m *Memory) written() bool {
	if !m.writing.TryAcquire(m.writingBytes) {
		return false
	}
	m.writing.Release(m.writingBytes)
	return true
}

// Bounds of a fetch, in bytes. A batch that is larger comes whole (KIP-74).
const (
	fetchLeast, fetchMost               = 32 << 10, 1 << 20
	fetchRequestLeast, fetchRequestMost = 128 << 10, 16 << 20
)

// fetches gives what to ask for per partition and per request where so many brokers lead so many partitions: with a
// request under way to each broker all of them keep to their stage, and a partition to an eighth of its share of what is held.
func (m *Memory) fetches(brokers, partitions int) (partition, request int32) {
	request = int32(min(max(m.fetching/int64(max(1, brokers)), fetchRequestLeast), fetchRequestMost))
	partition = int32(min(max(m.holding/int64(8*max(1, partitions)), fetchLeast), fetchMost))
	return min(partition, request), request
}

// leaders counts the brokers that lead the partitions of some topics, and these. What is not known now is not counted: a
// topic that is missing ends the membership, and the next one counts anew.
func leaders(client sarama.Client, topics []string) (brokers, partitions int) {
	lead := map[int32]struct{}{}
	for _, topic := range topics {
		ids, _ := client.Partitions(topic)
		for _, id := range ids {
			partitions++
			if broker, err := client.Leader(topic, id); err == nil {
				lead[broker.ID()] = struct{}{}
			}
		}
	}
	return len(lead), partitions
}
