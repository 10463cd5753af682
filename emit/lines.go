package emit

import (
	"bytes"
	"io"
)

// unixLines writes a text on with line ends of Unix: without the carriage returns that stand before line feeds. No text of
// ours has any, so that nothing else is lost.
type unixLines struct {
	to io.Writer
	// held says that the text so far ends in a carriage return, of which the next byte decides.
	held bool
	// changed says that there was one to leave out.
	changed bool
}

// Write implements io.Writer. The error is that of the writer below.
func (u *unixLines) Write(text []byte) (int, error) {
	for rest := text; len(rest) > 0; {
		if u.held && rest[0] != '\n' {
			if _, err := u.to.Write([]byte{'\r'}); err != nil {
				return 0, err
			}
		}
		u.changed = u.changed || u.held && rest[0] == '\n'
		line := rest
		if i := bytes.IndexByte(rest, '\r'); i >= 0 {
			line, rest, u.held = rest[:i], rest[i+1:], true
		} else {
			rest, u.held = nil, false
		}
		if _, err := u.to.Write(line); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}

// end writes what is held back at the end of the text.
func (u *unixLines) end() error {
	if !u.held {
		return nil
	}
	u.held = false
	_, err := u.to.Write([]byte{'\r'})
	return err
}
