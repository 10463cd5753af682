package deadletters

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a person is shown of one letter, in bytes.
const (
	shownValue = 1024
	shownText  = 256
)

// WriteText writes a letter for a person: bounded, and without a byte that a terminal would act on.
func WriteText(w io.Writer, l *Letter, replayed bool) error {
	var out bytes.Buffer
	f := l.Failure()
	fmt.Fprintf(&out, "%s/%d@%d  %s  %s", l.Topic, l.Partition, l.Offset, l.GivenUp(f).UTC().Format(time.RFC3339), orUnknown(Printable(f.Class)))
	if f.Attempts > 0 {
		fmt.Fprintf(&out, "  attempts %d", f.Attempts)
	}
	if n := l.Replays(); n > 0 {
		fmt.Fprintf(&out, "  replayed before: %d", n)
	}
	if replayed {
		out.WriteString("  put back to work")
	}
	fmt.Fprintf(&out, "\n  cause: %s\n", orUnknown(printable([]byte(f.Cause), shownValue)))
	if f.Topic != "" {
		fmt.Fprintf(&out, "  from: %s/%d@%d of %s\n", Printable(f.Topic), f.Partition, f.Offset, l.Timestamp.UTC().Format(time.RFC3339))
	}
	if l.Key != nil {
		fmt.Fprintf(&out, "  key: %s\n", printable(l.Key, shownText))
	}
	for _, h := range l.Headers {
		if !tellsFailure(h.Name) {
			fmt.Fprintf(&out, "  header %s: %s\n", Printable(h.Name), printable(h.Value, shownText))
		}
	}
	writeValue(&out, l.Value)
	_, err := w.Write(out.Bytes())
	return err
}

// writeValue writes text line by line, and of anything else the first bytes in hexadecimal.
func writeValue(out *bytes.Buffer, value []byte) {
	if value == nil {
		out.WriteString("  value: none\n")
		return
	}
	fmt.Fprintf(out, "  value, of %d B:\n", len(value))
	shown := value[:min(len(value), shownValue)]
	if !readable(shown) {
		shown = shown[:min(len(shown), shownText)]
		fmt.Fprintf(out, "    %x\n", shown)
	} else {
		for text := range strings.Lines(string(shown)) {
			fmt.Fprintf(out, "    %s\n", printable([]byte(strings.TrimRight(text, "\r\n")), shownValue))
		}
	}
	if rest := len(value) - len(shown); rest > 0 {
		fmt.Fprintf(out, "    and %d B more\n", rest)
	}
}

// readable says whether bytes are text, though the last character may be cut.
func readable(data []byte) bool {
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			return len(data) < utf8.UTFMax && !utf8.FullRune(data)
		}
		data = data[size:]
	}
	return true
}

// Printable gives what a record says, cut short, and with escapes for what does not print.
func Printable(text string) string { return printable([]byte(text), shownText) }

// printable gives up to limit bytes as text, with escapes as in Go for what does not print.
func printable(data []byte, limit int) string {
	var out strings.Builder
	rest := data[:min(len(data), limit)]
	for len(rest) > 0 {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, rest[0])
		case unicode.IsPrint(r):
			out.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			out.WriteString(quoted[1 : len(quoted)-1])
		}
		rest = rest[size:]
	}
	if more := len(data) - limit; more > 0 {
		fmt.Fprintf(&out, " (and %d B more)", more)
	}
	return out.String()
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
