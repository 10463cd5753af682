package record

import (
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Moment is a time as headers have it: RFC 3339 in UTC, to the millisecond.
func Moment(at time.Time) []byte {
	return at.UTC().Truncate(time.Millisecond).AppendFormat(nil, time.RFC3339Nano)
}

// Entered gives when the pipeline first saw a record that was read, as a header has it and as a time: what its header
// says, else now. A header that lies in the future counts for now, so that a foreign one cannot lengthen a life.
func Entered(r *Record, now time.Time) ([]byte, time.Time) {
	if text, ok := r.Header(contract.HeaderEntered); ok {
		if at, err := time.Parse(time.RFC3339Nano, string(text)); err == nil && !at.After(now) {
			return text, at
		}
	}
	return Moment(now), now
}
