package deadletters

import (
	"slices"
	"strings"
	"time"
)

// Filter chooses letters; what is not set chooses all. A letter is chosen when everything that is set agrees.
type Filter struct {
	// Since and Until bound when the record was given up, Until itself left out.
	Since, Until time.Time
	// Classes are those that may be, any of them.
	Classes []string
	// Headers are those that the letter has, all of them.
	Headers []HeaderIs
	// Key is the record's key; nil: any.
	Key *string
	// Cause is part of the cause, without regard to case.
	Cause string
}

// HeaderIs demands that a letter has a header with this value among those of its name.
type HeaderIs struct {
	Name, Value string
}

// IsZero says that the filter chooses every letter.
func (f *Filter) IsZero() bool {
	return f.Since.IsZero() && f.Until.IsZero() && len(f.Classes)+len(f.Headers) == 0 && f.Key == nil && f.Cause == ""
}

// Chooses says whether the filter chooses a letter.
func (f *Filter) Chooses(l *Letter) bool {
	if f.IsZero() {
		return true
	}
	failure := l.Failure()
	at := l.GivenUp(failure)
	switch {
	case !f.Since.IsZero() && at.Before(f.Since),
		!f.Until.IsZero() && !at.Before(f.Until),
		len(f.Classes) > 0 && !slices.Contains(f.Classes, failure.Class),
		f.Key != nil && (l.Key == nil || string(l.Key) != *f.Key),
		!strings.Contains(strings.ToLower(failure.Cause), strings.ToLower(f.Cause)):
		return false
	}
	return !slices.ContainsFunc(f.Headers, func(want HeaderIs) bool {
		return !slices.ContainsFunc(l.Headers, func(h Header) bool {
			return strings.EqualFold(h.Name, want.Name) && string(h.Value) == want.Value
		})
	})
}
