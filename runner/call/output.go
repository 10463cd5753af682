package call

import (
	"bytes"
	"io"

	"github.com/pipelinectl/pipelinectl/runner/record"
)

const (
	// maxLine bounds a line of standard error that is passed on; the rest of it is dropped.
	maxLine = 8 << 10
	// maxDetail bounds what of it stands in a dead letter.
	maxDetail = 500
)

// limited gathers output and refuses what goes beyond limit; the process then dies of a broken pipe.
type limited struct {
	limit int
	buf   bytes.Buffer
	over  bool
}

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if l.buf.Len()+len(p) > l.limit {
		l.over = true
		return 0, errTooLarge
	}
	return l.buf.Write(p)
}

// readAll reads a result of at most MaxResult bytes.
func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxResult+1))
	if err == nil && len(data) > MaxResult {
		return nil, errTooLarge
	}
	return data, err
}

// lines passes whole lines on, bounded, and remembers the last one that is not blank. It never refuses: a process must
// not fail because of what it says.
type lines struct {
	to     io.Writer
	line   []byte
	recent string
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.take(p)
			return n, nil
		}
		l.take(p[:i])
		l.end()
		p = p[i+1:]
	}
}

func (l *lines) take(p []byte) {
	l.line = append(l.line, p[:min(len(p), maxLine-len(l.line))]...)
}

func (l *lines) end() {
	if text := record.Excerpt(l.line, maxDetail); text != "" {
		l.recent = text
	}
	_, _ = l.to.Write(append(l.line, '\n')) // a log that cannot be written is no reason to fail a record
	l.line = l.line[:0]
}

// flush ends a last line that has no line end.
func (l *lines) flush() {
	if len(l.line) > 0 {
		l.end()
	}
}

func (l *lines) last() string { return l.recent }
