package record

import (
	"crypto/sha1"
	"encoding/hex"
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
func ID(r *Record) []byte {
	if v, ok := r.Header(contract.HeaderID); ok && len(v) > 0 && len(v) <= maxID && printable(v) {
		return v
	}
	place := append([]byte(r.Topic), 0)
	place = strconv.AppendInt(place, int64(r.Partition), 10)
	place = append(place, 0)
	place = strconv.AppendInt(place, r.Offset, 10)
	return text(named(uuid.NameSpaceURL, place))
}

// Derive gives the id of a record made from another one: a UUIDv5 whose name is the maker (pipeline, node and output)
// and whose space is the parent's id, so that handling the parent again gives it again.
func Derive(parent, maker []byte) []byte {
	space, err := uuid.ParseBytes(parent)
	if err != nil {
		space = named(uuid.NameSpaceOID, parent)
	}
	return text(named(space, maker))
}

// named is the UUIDv5 (RFC 9562 section 5.5) of a name in a space. It gives what uuid.NewSHA1 does, without a hash on
// the heap for each record.
func named(space uuid.UUID, name []byte) (id uuid.UUID) {
	var room [128]byte
	sum := sha1.Sum(append(append(room[:0], space[:]...), name...))
	copy(id[:], sum[:])
	id[6] = id[6]&0x0f | 5<<4 // the version
	id[8] = id[8]&0x3f | 0x80 // the variant
	return id
}

// text is the usual form of a UUID (RFC 9562 section 4).
func text(id uuid.UUID) []byte {
	out := hex.AppendEncode(make([]byte, 0, 36), id[:4])
	for _, part := range [...][]byte{id[4:6], id[6:8], id[8:10], id[10:]} {
		out = hex.AppendEncode(append(out, '-'), part)
	}
	return out
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
