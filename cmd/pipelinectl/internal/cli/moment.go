package cli

import (
	"fmt"
	"time"
)

// moment is the value of a flag that takes a point in time (a pflag.Value).
type moment struct {
	at   *time.Time
	text string
}

// Set takes the time.
func (m *moment) Set(text string) (err error) {
	*m.at, err = parseMoment(text)
	m.text = text
	return err
}

// String gives the time as it was written.
func (m *moment) String() string { return m.text }

// Type names the values for a help text that names none.
func (m *moment) Type() string { return "TIME" }

// parseMoment reads a time (RFC 3339), the begin of a day in UTC, or how long ago.
func parseMoment(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return time.Now().Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("`%s` is no time: write 2026-11-20T08:00:00Z, 2026-11-20, or how long ago, as in 90m or 48h", text)
}
