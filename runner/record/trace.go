package record

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"

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

// TraceParent is a trace context in the form of its header.
type TraceParent [traceLength]byte

// Trace gives the trace context in which a record is handled: that of its header under a span id of its own, or a
// new, sampled trace when the header is absent or malformed.
func Trace(r *Record) TraceParent {
	parent, _ := r.Header(contract.HeaderTraceParent)
	return NextSpan(parent)
}

// NextSpan continues a traceparent with a new span id, or begins a new trace when it is not valid.
func NextSpan(parent []byte) (out TraceParent) {
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
	return out
}

// validTrace says whether text is a traceparent of version 00, or of a later one that begins like it.
func validTrace(text []byte) bool {
	if len(text) < traceLength || string(text[:2]) == "ff" || (string(text[:2]) == "00" && len(text) != traceLength) {
		return false
	}
	if len(text) > traceLength && text[traceLength] != '-' {
		return false
	}
	if text[traceIDStart-1] != '-' || text[traceIDEnd] != '-' || text[spanIDEnd] != '-' {
		return false
	}
	id, span := text[traceIDStart:traceIDEnd], text[spanIDStart:spanIDEnd]
	return lowerHex(text[:2]) && lowerHex(id) && lowerHex(span) && lowerHex(text[spanIDEnd+1:traceLength]) &&
		string(id) != "00000000000000000000000000000000" && string(span) != "0000000000000000"
}

// lowerHex says whether text is hexadecimal digits without capitals. It looks at all of it without a branch: digits and
// letters alternate at random, which a processor cannot predict.
func lowerHex(text []byte) bool {
	var others byte
	for _, c := range text {
		others |= notLowerHex[c]
	}
	return others == 0
}

// notLowerHex is 1 for each byte that is no such digit.
var notLowerHex = func() (table [256]byte) {
	for c := range table {
		if !strings.ContainsRune("0123456789abcdef", rune(c)) {
			table[c] = 1
		}
	}
	return table
}()

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
