package record

// Class is the sort of a failure; it decides what happens next to the record.
type Class string

// The classes.
const (
	// Transient may pass by itself: it is tried again, and counts as an attempt.
	Transient Class = "transient"
	// Permanent will fail the same way again: the record goes to dead letters at once.
	Permanent Class = "permanent"
	// Overload says that the other side takes no work now: the record waits, and no attempt is counted.
	Overload Class = "overload"
	// Poison is a record whose handling broke the runner itself: to dead letters at once.
	Poison Class = "poison"
)
