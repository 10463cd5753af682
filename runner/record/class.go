package record

import "github.com/pipelinectl/pipelinectl/runner/contract"

// Class is the sort of a failure, in the contract's words.
type Class = contract.Class

// The classes.
const (
	Transient = contract.Transient
	Permanent = contract.Permanent
	Overload  = contract.Overload
	Poison    = contract.Poison
)
