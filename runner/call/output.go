package call

import (
	"bytes"
	"errors"
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

// ReadFrom implements io.ReaderFrom: without it, each process would cost a copy through a buffer of 32 KiB.
func (l *limited) ReadFrom(r io.Reader) (int64, error) {
	n, err := l.buf.ReadFrom(io.LimitReader(r, int64(l.limit-l.buf.Len()+1)))
	if l.buf.Len() > l.limit {
		l.over = true
		return n, errTooLarge
	}
	return n, err
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

// ReadFrom implements io.ReaderFrom, with a buffer for what processes usually say: little.
func (l *lines) ReadFrom(r io.Reader) (n int64, err error) {
	for buf := make([]byte, 1<<10); ; {
		read, err := r.Read(buf)
		n += int64(read)
		_, _ = l.Write(buf[:read])
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
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
