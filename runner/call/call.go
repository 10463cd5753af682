// Package call owns the ways in which a record reaches a user's code: a process per record (Exec), a server beside the
// runner (HTTP), somebody else's server (Webhook). Each Call is one attempt; it gives a Result or a *Failure with a
// class. The package must not know Kafka, retries, ordering nor outputs' topics. Start at Request and Result; class.go
// is the one table that says which failure is of which class.
package call

import (
	"errors"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

// MaxResult bounds a result, in bytes: more than any sensible topic takes, little enough that a runner's memory
// survives a few at once.
const MaxResult = 64 << 20

// Request is one attempt at one record.
type Request struct {
	Record *record.Record
	// ID is the record's id and Trace the trace context of its handling, both fit for a header.
	ID, Trace string
	// Input is the name of the input it arrived at, ContentType the media type of its value.
	Input, ContentType string
	// Attempt counts from 1; waits for an overloaded algo do not count.
	Attempt int
}

// Result is what the user's code made of a record.
type Result struct {
	// None says that there is no result: the code filtered the record out.
	None bool
	// Output is the name of the output it chose; empty when it chose none.
	Output string
	// Key is the result's key: the record's own unless the code gave another.
	Key, Value []byte
	// ContentType is what the code stated; empty when it stated none.
	ContentType string
}

// errTooLarge ends the reading of a result that is larger than MaxResult.
var errTooLarge = errors.New("the result is larger than 64 MiB")
