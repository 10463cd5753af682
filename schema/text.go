package schema

import (
	"bytes"
	"unicode/utf8"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// MaxFileBytes is the size of the largest file that is read.
const MaxFileBytes = 4 << 20

// maxValues bounds the values of a file. YAML needs about 350 bytes of memory for each, so that a file of 4 MiB with a
// value in every second byte would cost more than half a gigabyte.
const maxValues = 500_000

// byteOrderMark may stand at the beginning of a text (YAML 1.2.2 section 5.2).
const byteOrderMark = "\uFEFF"

// checkText finds what keeps a file from being read as YAML at all. The YAML reader would refuse most of it too, but
// without a place.
func checkText(file string, data []byte) diag.List {
	var list diag.List
	start := diag.Pos{File: file, Line: 1, Col: 1}
	if len(data) > MaxFileBytes {
		list.Errorf(CodeFileTooLarge, start, "the file has %d bytes, more than the %d that are read", len(data), MaxFileBytes).
			WithHint("split it into several files")
		return list
	}
	if bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF")) {
		list.Errorf(CodeYAMLEncoding, start, "the file is UTF-16").WithHint("save it as UTF-8")
		return list
	}
	if bad := firstBadCharacter(data); bad >= 0 {
		describeCharacter(list.Errorf(CodeYAMLEncoding, posAt(file, data, bad), ""), data[bad:])
		return list
	}
	if n := countSeparators(data); n > maxValues {
		list.Errorf(CodeFileTooLarge, start, "the file has up to %d values, more than the %d that are read", n, maxValues).
			WithHint("split it into several files")
	}
	return list
}

// firstBadCharacter gives the offset of the first character outside YAML's printable set (spec section 5.1), or of a
// Unicode line break: YAML 1.1 ends a line there, YAML 1.2 and editors do not, so that places would differ. It is -1
// when there is none.
func firstBadCharacter(data []byte) int {
	for i := 0; i < len(data); {
		c := data[i]
		if c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7F {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || r < 0xA0 || r == '\u2028' || r == '\u2029' || r == 0xFFFE || r == 0xFFFF || r == 0xFEFF && i > 0 {
			return i
		}
		i += size
	}
	return -1
}

func describeCharacter(d *diag.Diagnostic, text []byte) {
	switch r, size := utf8.DecodeRune(text); {
	case r == utf8.RuneError && size == 1:
		d.Message, d.Hint = "the byte here is not UTF-8", "save the file as UTF-8"
	case r == '\u0085' || r == '\u2028' || r == '\u2029':
		d.Message = "found an invisible line separator"
		d.WithHint("remove it, or write it as \"\\u%04X\" in double quotes", r)
	case r == 0xFEFF:
		d.Message, d.Hint = "found a byte order mark within the text", "remove it"
	default:
		d.Message = "found an invisible control character"
		d.WithHint("remove it, or write it as \"\\u%04X\" in double quotes", r)
	}
}

// countSeparators gives an upper bound for the values in a text: each one but the first follows one of these.
func countSeparators(data []byte) int {
	n := 0
	for _, c := range data {
		switch c {
		case '\n', '\r', ',', ':', '[', '{', '-', '?':
			n++
		}
	}
	return n
}

// posAt gives the place of an offset. Lines end with LF, CR LF or CR, as in YAML; a byte order mark is not counted.
func posAt(file string, data []byte, offset int) diag.Pos {
	before := bytes.TrimPrefix(data[:offset], []byte(byteOrderMark))
	pos := diag.Pos{File: file, Line: 1}
	begin := 0
	for i, c := range before {
		// A CR LF counts when its LF does.
		if c == '\n' || c == '\r' && (i+1 >= len(before) || before[i+1] != '\n') {
			if c == '\r' && i+1 == len(before) && offset < len(data) && data[offset] == '\n' {
				continue
			}
			pos.Line++
			begin = i + 1
		}
	}
	pos.Col = utf8.RuneCount(before[begin:]) + 1
	return pos
}
