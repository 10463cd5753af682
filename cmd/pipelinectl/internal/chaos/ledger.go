package chaos

import (
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Ledger is all that is known of a run once it has drained. Check judges it.
//
// Records are told apart by the ids in their headers: what a node makes of a record names it as its parent, and is the
// same for the same parent (runner/record.Derive). So each node is judged by what it read against what it wrote, and
// what a fault upstream has doubled is no fault of those behind it.
type Ledger struct {
	Nodes []Node
	// Topics are the records that a reader of what is committed finds, by topic, in the order of offsets within each
	// partition.
	Topics map[string][]Record
	// Entered are the records whose writing was acknowledged to who fed them, in the order of sending for each key.
	Entered []Entry
	// Delivered are the requests that hooks made, by label, in the order of arrival.
	Delivered map[string][]string
	// Cuts are the states of nodes in which faults struck.
	Cuts []Cut
}

// Node is one node and what it promises.
type Node struct {
	Label    string
	Contract *contract.Node
	// Deaths is how often its runner has ended, for whatever reason.
	Deaths int
}

// Place is a partition.
type Place struct {
	Topic     string
	Partition int32
}

// Position is where a record stands.
type Position struct {
	Place
	Offset int64
}

// Record is one record of a topic.
type Record struct {
	Position
	// ID and Parent are empty where no header tells them.
	ID, Parent string
	Key        string
	// Null says that it has no value: in a park it is the end of an entry.
	Null bool
	// Round counts the delayed deliveries of a record in a tier, that which it waits for included; 0 for others.
	Round int
	// Failure is what a record tells that was given up; nil for others.
	Failure *Failure
}

// Failure is why a record was given up, out of its headers.
type Failure struct {
	Class    contract.Class
	Cause    string
	Attempts int
	// Topic is that which it was read from.
	Topic string
}

// Entry is one record that entered.
type Entry struct {
	Topic, ID, Key string
}

// Cut is the state of one node in the moment of a fault that may have it do work again. The runner stood still and all
// that it had sent was answered.
type Cut struct {
	Label string
	// Committed is the offset from which each partition of the inputs and tiers is read again.
	Committed map[Place]int64
	// Ends are the ends of all partitions that the node reads and writes.
	Ends map[Place]int64
	// Parked are the places of the records, in their sources, that its parks held: they are in work again too.
	Parked map[Position]bool
	// Delivered is how many requests its hook had made.
	Delivered int
	// Alive says that the runner went on with what it had in work: then what was not finished may be written twice too.
	Alive bool
}

// Report is the judgement of a Ledger.
type Report struct {
	Nodes []NodeReport
	// Differences say what is not as promised, one line each; empty: all is.
	Differences []string
}

// NodeReport is what a node did beside what it promises.
type NodeReport struct {
	Node     string            `json:"node"`
	Ordering contract.Ordering `json:"ordering,omitempty"`
	Delivery contract.Delivery `json:"delivery,omitempty"`
	// Read counts different records that the node had to handle, Written those of its results, dead letters apart.
	Read    int `json:"read"`
	Written int `json:"written"`
	// Lost are records of which nothing is left. Where the policy drops a class they cannot be told from dropped ones, and
	// are Dropped.
	Lost    int `json:"lost"`
	Dropped int `json:"dropped"`
	// Duplicated counts what was written more often than read; Allowed is how much of that the faults explain: records
	// finished or put off when the runner died, and neither committed nor taken out of their park, and, where it lived on,
	// in work too.
	Duplicated int `json:"duplicated"`
	Allowed    int `json:"allowed"`
	// Reordered counts records that arrived behind a later one of their key; -1: the node keeps no order.
	Reordered int `json:"reordered"`
	// DeadLettered counts different records among the dead letters, Unexplained those that the policy does not send there.
	DeadLettered int `json:"deadLettered"`
	Unexplained  int `json:"unexplained"`
}
