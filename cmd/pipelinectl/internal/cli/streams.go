package cli

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are where a command reads and writes: results go to Out, talk to Err.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// ColorOut and ColorErr say whether colours are welcome: on a terminal whose user has not set NO_COLOR
	// (https://no-color.org).
	ColorOut, ColorErr bool
	// OutTerminal says that Out is a terminal; ErrWidth gives the columns of the one that Err is, nil when it is none.
	OutTerminal bool
	ErrWidth    func() int
}

// NewStreams makes the Streams of a process.
func NewStreams(in io.Reader, out, err *os.File, lookup func(string) (string, bool)) Streams {
	plain, _ := lookup("NO_COLOR")
	dumb, _ := lookup("TERM")
	fancy := plain == "" && dumb != "dumb"
	s := Streams{In: in, Out: out, Err: err, OutTerminal: term.IsTerminal(int(out.Fd()))}
	s.ColorOut = fancy && s.OutTerminal
	if term.IsTerminal(int(err.Fd())) {
		s.ColorErr = fancy
		if dumb != "dumb" {
			s.ErrWidth = func() int { return width(err) }
		}
	}
	return s
}

// say prints one line of talk; nobody is left to tell when that fails.
func (s Streams) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.Err, format+"\n", args...)
}

// width gives the columns of a terminal, 80 where it does not tell.
func width(f *os.File) int {
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 {
		return 80
	}
	return columns
}
