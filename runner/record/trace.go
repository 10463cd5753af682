package record

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// The layout of version 00 of traceparent: version-traceid-parentid-flags (W3C Trace Context section 3.2.2).
const (
	traceLength   = 55
	traceIDStart  = 3
	traceIDEnd    = 35
	spanIDStart   = 36
	spanIDEnd     = 52
	traceFlagsNew = "01"
)

// Trace gives the trace context in which a record is handled: that of its header under a span id of its own, or a
// new, sampled trace when the header is absent or malformed.
func Trace(r *Record) string {
	parent, _ := r.Header(contract.HeaderTraceParent)
	return NextSpan(string(parent))
}

// NextSpan continues a traceparent with a new span id, or begins a new trace when it is not valid.
func NextSpan(parent string) string {
	var out [traceLength]byte
	if validTrace(parent) {
		copy(out[:], parent[:traceLength])
		copy(out[:traceIDStart], "00-")
	} else {
		copy(out[:], "00-")
		randomHex(out[traceIDStart : traceIDStart+16])
		randomHex(out[traceIDStart+16 : traceIDEnd])
		copy(out[spanIDEnd:], "-"+traceFlagsNew)
	}
	out[traceIDEnd] = '-'
	randomHex(out[spanIDStart:spanIDEnd])
	return string(out[:])
}

// validTrace says whether text is a traceparent of version 00, or of a later one that begins like it.
func validTrace(text string) bool {
	if len(text) < traceLength || text[:2] == "ff" || (text[:2] == "00" && len(text) != traceLength) {
		return false
	}
	if len(text) > traceLength && text[traceLength] != '-' {
		return false
	}
	for i, c := range []byte(text[:traceLength]) {
		dash := i == 2 || i == traceIDEnd || i == spanIDEnd
		if dash != (c == '-') || (!dash && (c < '0' || c > '9') && (c < 'a' || c > 'f')) {
			return false
		}
	}
	return text[traceIDStart:traceIDEnd] != "00000000000000000000000000000000" &&
		text[spanIDStart:spanIDEnd] != "0000000000000000"
}

// randomHex fills 16 characters. Span ids must differ, not be secret, so the fast generator will do.
func randomHex(dst []byte) {
	var raw [8]byte
	for {
		if n := rand.Uint64(); n != 0 {
			binary.BigEndian.PutUint64(raw[:], n)
			hex.Encode(dst, raw[:])
			return
		}
	}
}
