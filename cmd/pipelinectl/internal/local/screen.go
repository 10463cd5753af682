package local

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// maxLine bounds a line of talk, in bytes: a process that prints no line end must not fill memory.
const maxLine = 64 << 10

// screen shares the two outputs among results, talk and, on a terminal, a table that stays below both. Its methods may
// be called side by side.
type screen struct {
	mu           sync.Mutex
	result, talk io.Writer
	// shared says that results go to the same terminal as the table.
	shared bool
	// table is what stands below, rows how many lines of the terminal it takes.
	table string
	rows  int
}

// Result writes results. The error is the writer's.
func (s *screen) Result(line []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shared {
		s.erase()
		defer s.draw()
	}
	_, err := s.result.Write(line)
	return err
}

// Write implements io.Writer for talk, in whole lines.
func (s *screen) Write(lines []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	defer s.draw()
	return s.talk.Write(lines)
}

// Redraw puts another table in the place of the one before. Its lines must fit the terminal's width.
func (s *screen) Redraw(table string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	s.table = table
	s.draw()
}

// erase goes up to where the table begins and clears all below (ECMA-48: CUU, ED). Nobody can mend a terminal that
// does not take it.
func (s *screen) erase() {
	if s.rows > 0 {
		_, _ = io.WriteString(s.talk, strings.Repeat("\x1b[A", s.rows)+"\r\x1b[J")
		s.rows = 0
	}
}

func (s *screen) draw() {
	if s.table != "" {
		_, _ = io.WriteString(s.talk, s.table)
		s.rows = strings.Count(s.table, "\n")
	}
}

// prefixed makes whole lines of what a process says and names the process before each.
type prefixed struct {
	to     io.Writer
	prefix string

	mu   sync.Mutex
	line []byte
}

// Write implements io.Writer. It never refuses: a process must not fail because of what it says.
func (p *prefixed) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for rest := text; ; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		p.line = append(p.line, line[:min(len(line), maxLine-len(p.line))]...)
		if !ended {
			return len(text), nil
		}
		p.end()
		rest = after
	}
}

// flush writes a last line that has no line end.
func (p *prefixed) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.line) > 0 {
		p.end()
	}
}

func (p *prefixed) end() {
	_, _ = p.to.Write([]byte(p.prefix + string(bytes.TrimSuffix(p.line, []byte("\r"))) + "\n"))
	p.line = p.line[:0]
}
