// Command server is the algo of the text-transform example: it answers POST /text?transform=upper|lower|title with the
// body transformed. It listens on the port named by the variable PORT, as every algo's server may.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode"
)

// maxBody is the largest text taken, in bytes.
const maxBody = 1 << 20

var transforms = map[string]func(string) string{
	"upper": strings.ToUpper,
	"lower": strings.ToLower,
	"title": title,
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /text", transform)
	server := &http.Server{
		Addr:              net.JoinHostPort("", os.Getenv("PORT")),
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
	}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

func transform(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("transform")
	apply, ok := transforms[name]
	if !ok {
		http.Error(w, fmt.Sprintf("unknown transform %q", name), http.StatusBadRequest)
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := io.WriteString(w, apply(string(text))); err != nil {
		log.Print(err)
	}
}

// title begins each word with a capital.
func title(text string) string {
	start := true
	return strings.Map(func(r rune) rune {
		capital := start
		start = unicode.IsSpace(r)
		if capital {
			return unicode.ToUpper(r)
		}
		return r
	}, text)
}
