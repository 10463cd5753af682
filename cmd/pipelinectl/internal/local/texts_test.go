package local

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxShown-1)
	for name, c := range map[string]struct{ body, want string }{
		"text":            {"hello", "hook\thello\n"},
		"one line end":    {"hello\n", "hook\thello\n"},
		"several lines":   {"a\r\nb\n\n", `hook	a\r\nb\n` + "\n"},
		"nothing":         {"", "hook\t\n"},
		"other letters":   {"žluť 日本", "hook\tžluť 日本\n"},
		"binary":          {"\x00\x01", "hook\t(2 bytes of image/png)\n"},
		"an escape":       {"\x1b[2J", "hook\t(4 bytes of image/png)\n"},
		"not UTF-8":       {"a\xffb", "hook\t(3 bytes of image/png)\n"},
		"long":            {long + "yz", "hook\t" + long + "y... (65537 bytes in all)\n"},
		"cut in a letter": {long + "日", "hook\t" + long + "... (65538 bytes in all)\n"},
		"long and binary": {"\x00" + long + "yz", "hook\t(65538 bytes of image/png)\n"},
	} {
		got, err := describe("hook", "image/png", strings.NewReader(c.body))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %.100q (%v), want %.100q", name, got, err, c.want)
		}
	}
}

func TestCurl(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]string{
		"":                         `curl -H 'content-type: text/plain' --data-binary 'hello' 'http://h/p'`,
		"text/*":                   `curl -H 'content-type: text/plain' --data-binary 'hello' 'http://h/p'`,
		"text/csv":                 `curl -H 'content-type: text/csv' --data-binary 'hello' 'http://h/p'`,
		"application/json":         `curl -H 'content-type: application/json' --data-binary '{"hello": "world"}' 'http://h/p'`,
		"application/geo+json":     `curl -H 'content-type: application/geo+json' --data-binary '{"hello": "world"}' 'http://h/p'`,
		"image/*":                  `curl -H 'content-type: image/TYPE' --data-binary '@FILE' 'http://h/p'`,
		"application/octet-stream": `curl -H 'content-type: application/octet-stream' --data-binary '@FILE' 'http://h/p'`,
	} {
		if got := curl("http://h/p", contentType); got != want {
			t.Errorf("%q: got %s, want %s", contentType, got, want)
		}
	}
	if got, want := quote("/it's"), `'/it'\''s'`; got != want {
		t.Errorf("quoted as %s, want %s", got, want)
	}
}

func TestTotalsOverSeveralLives(t *testing.T) {
	t.Parallel()
	var total totals
	for _, now := range []counts{
		{In: 5, Out: 4, Lag: 7, InFlight: 1, Born: 1},
		{In: 9, Out: 9, Failures: 2, DeadLetters: 1, Born: 1},
		{In: 9, Out: 2, Lag: 4, Born: 2}, // another life, which has read as much already
		{In: 10, Out: 4, Failures: 1, Born: 2},
	} {
		total.add(now)
	}
	if want := (counts{In: 19, Out: 13, Failures: 3, DeadLetters: 1}); total.counts != want {
		t.Errorf("got %+v, want %+v", total.counts, want)
	}
}

func TestPrefixedMakesWholeLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &prefixed{to: &out, prefix: "node: "}
	for _, text := range []string{"a", "b\nc\r\n", "\n", strings.Repeat("x", maxLine+10), "\nend"} {
		if n, err := p.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("wrote %d bytes of %d: %v", n, len(text), err)
		}
	}
	p.flush()
	p.flush()
	want := "node: ab\nnode: c\nnode: \nnode: " + strings.Repeat("x", maxLine) + "\nnode: end\n"
	if out.String() != want {
		t.Errorf("got %.200q", out.String())
	}
}

func TestScreenKeepsTheTableBelow(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &screen{result: &out, talk: &out, shared: true}
	s.Redraw("one\ntwo\n")
	if err := s.Result([]byte("result\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("talk\n")); err != nil {
		t.Fatal(err)
	}
	s.Redraw("")
	const up = "\x1b[A\x1b[A\r\x1b[J"
	if want := "one\ntwo\n" + up + "result\none\ntwo\n" + up + "talk\none\ntwo\n" + up; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	s.result = brokenWriter{}
	if err := s.Result([]byte("lost\n")); !errors.Is(err, errBroken) {
		t.Errorf("a result that could not be written gave %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestProgressAndTable(t *testing.T) {
	t.Parallel()
	in, out := []contract.Input{{Name: "in", Topic: "t"}}, []contract.Output{{Name: "out", Topic: "o"}}
	members := []*member{
		{Node: Node{Label: "upload", Runner: &contract.Node{Outputs: out}}, totals: totals{counts: counts{In: 3, Out: 3}}},
		{Node: Node{Label: "notify", Runner: &contract.Node{Inputs: in}}, totals: totals{counts: counts{In: 2, Failures: 1, DeadLetters: 1, Lag: 1}}},
	}
	members[1].pid.Store(42)
	if got, want := progress(members), "upload in 3 out 3 | notify in 2 errors 1 dead letters 1 lag 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := "NODE    IN  OUT  ERRORS  DEAD LETTERS  LAG  PID\nupload  3   3    0       -             -    0\nnotify  2   -    1       1             1    42\n"
	if got := table(members, true, 0); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
