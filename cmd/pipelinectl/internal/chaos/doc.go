// Package chaos owns `pipelinectl chaos`: a pipeline runs on this machine, records are fed into it, processes are killed
// while they work, and at the end every record is accounted for.
//
// Two halves know nothing of each other. The ledger (ledger.go, check.go) is pure: what was read, written and delivered,
// and where each fault struck, is held against what the contracts promise. The rest makes that: feed.go feeds records,
// hooks.go takes what hooks send, faults.go injects, idle.go waits until nothing is left, read.go reads what the broker
// holds in the end. Start at Run; to trust its verdict, at Ledger.
package chaos
