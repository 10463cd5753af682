package record

import "fmt"

// Ack is told, exactly once, what became of a record that was handed over for writing: nil when every in-sync replica
// has it, a *RejectedError when the broker will never take it, another error when the writer was closed first. It is
// called on the writer's own goroutine and must not block.
type Ack interface {
	Acked(err error)
}

// RejectedError says that a record cannot be written as it is, however often it is tried: it is too large for its
// topic, say.
type RejectedError struct {
	Topic string
	// TooLarge says that it is the size that the topic does not take.
	TooLarge bool
	Cause    error
}

// Error implements error.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("topic %s rejects the record: %v", e.Topic, e.Cause)
}

// Unwrap gives what the broker said.
func (e *RejectedError) Unwrap() error { return e.Cause }
