package record

import (
	"strconv"

	"github.com/google/uuid"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// maxID is the longest foreign id that is taken over as it stands; longer ones count as absent.
const maxID = 200

// NewID gives the id of a record that enters a pipeline: a UUIDv7 (RFC 9562 section 5.7), so that ids sort by time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// ID gives the id of a record that was read: that of its header, or, where it carries none that is printable, a
// UUIDv5 of its topic, partition and offset. So a redelivered record has the same id.
func ID(r *Record) string {
	if v, ok := r.Header(contract.HeaderID); ok && len(v) > 0 && len(v) <= maxID && printable(v) {
		return string(v)
	}
	place := append([]byte(r.Topic), 0)
	place = strconv.AppendInt(place, int64(r.Partition), 10)
	place = append(place, 0)
	place = strconv.AppendInt(place, r.Offset, 10)
	return uuid.NewSHA1(uuid.NameSpaceURL, place).String()
}

// Derive gives the id of a record made from another one: a UUIDv5 (RFC 9562 section 5.5) whose name is the maker
// (pipeline, node and output) and whose space is the parent's id, so that handling the parent again gives it again.
func Derive(parent string, maker []byte) string {
	space, err := uuid.Parse(parent)
	if err != nil {
		space = uuid.NewSHA1(uuid.NameSpaceOID, []byte(parent))
	}
	return uuid.NewSHA1(space, maker).String()
}

// printable says whether all bytes are visible ASCII, so that they may stand in an HTTP header as they are.
func printable(text []byte) bool {
	for _, b := range text {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}
