package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxShown bounds how much of a delivery is printed, in bytes.
const maxShown = 64 << 10

// receiver stands in for the servers that hooks post to: it prints each delivery as one line on the result output.
type receiver struct {
	server *http.Server
	base   url.URL
	ended  chan struct{}
}

// startReceiver listens on loopback.
func startReceiver(s *screen) (*receiver, error) {
	listener, err := net.Listen("tcp", loopback)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{label...}", func(w http.ResponseWriter, req *http.Request) {
		line, err := describe(req.PathValue("label"), req.Header.Get("Content-Type"), req.Body)
		if err == nil {
			err = s.Result(line)
		}
		if err != nil { // the hook tries again
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	r := &receiver{
		server: &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second},
		base:   url.URL{Scheme: "http", Host: listener.Addr().String()},
		ended:  make(chan struct{}),
	}
	go func() {
		defer close(r.ended)
		_ = r.server.Serve(listener) // ends with ErrServerClosed
	}()
	return r, nil
}

// URL is where the hook of a label posts to.
func (r *receiver) URL(label string) string { return r.base.JoinPath(label).String() }

// Close ends the receiver, once deliveries under way are printed.
func (r *receiver) Close(hurry context.Context) error {
	err := r.server.Shutdown(hurry)
	if errors.Is(err, context.Canceled) {
		err = r.server.Close()
	}
	<-r.ended
	return err
}

// describe gives a delivery as one line: the label, a tab, and the body if it is text, else its size and media type.
// Line ends inside stand as \n and \r; one at the end is left out.
func describe(label, contentType string, body io.Reader) ([]byte, error) {
	head, err := io.ReadAll(io.LimitReader(body, maxShown))
	if err != nil {
		return nil, err
	}
	more, err := io.Copy(io.Discard, body)
	if err != nil {
		return nil, err
	}
	size := int64(len(head)) + more
	if more > 0 {
		head = trimRune(head)
	}
	if !isText(head) {
		return fmt.Appendf(nil, "%s\t(%d bytes of %s)\n", label, size, contentType), nil
	}
	text := string(head)
	if more == 0 {
		text = strings.TrimSuffix(text, "\n")
	} else {
		text += fmt.Sprintf("... (%d bytes in all)", size)
	}
	return []byte(label + "\t" + strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(text) + "\n"), nil
}

// trimRune drops the part of a rune that a cut has left at the end.
func trimRune(text []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax, len(text)); i++ {
		if tail := text[len(text)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// isText says whether a terminal would show the bytes as they are meant.
func isText(b []byte) bool {
	return utf8.Valid(b) && !strings.ContainsFunc(string(b), func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}
