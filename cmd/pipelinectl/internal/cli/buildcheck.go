package cli

import (
	"io"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// check compares the output folder with the tree, and says what mends it.
func (b *build) check() error {
	changes, err := emit.Compare(b.dir, b.target())
	if err != nil {
		return err
	}
	if err := b.report(changes.Drift); err != nil {
		return err
	}
	s := b.opts.factory.Streams
	b.mentionOthers()
	if b.guarded.refuses() {
		b.guarded.say(s, "build would write nothing to "+b.dir)
		return errRefused
	}
	if len(changes.Drift) == 0 {
		s.say("%s in %s: as build writes it", plural(len(b.built), "pipeline"), b.dir)
		return nil
	}
	b.mentionRelaid(changes)
	s.say("%s is not as build writes it: %s", b.dir, tally(changes.Drift))
	if len(changes.Conflicts) > 0 {
		s.say("first do what the hints say: build leaves alone what it did not write and what somebody edited")
	}
	if !changes.Clean() {
		s.say("run: %s", b.command())
	}
	return errFindings
}

// tally counts findings by code, without the code's first part: "1 missing, 2 stale".
func tally(list diag.List) string {
	counts := map[string]int{}
	for _, d := range list {
		_, sort, _ := strings.Cut(string(d.Code), "-")
		counts[sort]++
	}
	var parts []string
	for _, sort := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, strconv.Itoa(counts[sort])+" "+sort)
	}
	return strings.Join(parts, ", ")
}

// command gives the command line that makes the output folder what check wants it to be.
func (b *build) command() string {
	words := append([]string{"pipelinectl", "build"}, b.opts.paths...)
	if b.opts.output != "" {
		words = append(words, "-o", b.opts.output)
	}
	if b.opts.layout != "" {
		words = append(words, "--"+layoutName, b.opts.layout)
	}
	if len(b.gone) > 0 {
		words = append(words, "--prune")
	}
	return commandLine(words...)
}

// commandLine joins words into a line for a POSIX shell.
func commandLine(words ...string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellWord(word)
	}
	return strings.Join(quoted, " ")
}

// plainWord is a word that means itself to a shell.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// shellWord quotes a word for a POSIX shell (Shell Command Language, section 2.2.2) where it needs that.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// rehearse says what a build would do.
func (b *build) rehearse() error {
	changes, err := emit.Compare(b.dir, b.target())
	if err != nil {
		return err
	}
	if err := b.report(changes.Conflicts); err != nil {
		return err
	}
	if err := b.listChanges(changes); err != nil {
		return err
	}
	s := b.opts.factory.Streams
	if b.guarded.refuses() {
		b.guarded.say(s, "build would write nothing to "+b.dir)
		return errRefused
	}
	if len(changes.Conflicts) > 0 {
		s.say("build would write nothing to %s: %v", b.dir, emit.ErrConflict)
		return errRefused
	}
	for _, u := range changes.Interrupted {
		s.say("an earlier build of %s was interrupted; build would complete it", u.Name())
	}
	b.mentionRelaid(changes)
	s.say("%s in %s: %d to write, %d to remove, %d to keep",
		plural(len(b.built), "pipeline"), b.dir, len(changes.Written), len(changes.Removed), len(changes.Unchanged))
	b.mentionOthers()
	return nil
}

// listChanges prints what would be written and removed, one file per line.
func (b *build) listChanges(c *emit.Changes) error {
	var lines strings.Builder
	for _, part := range []struct {
		verb  string
		names []string
	}{{"write", c.Written}, {"remove", c.Removed}} {
		for _, name := range part.names {
			lines.WriteString(part.verb + " " + path.Join(filepath.ToSlash(b.dir), name) + "\n")
		}
	}
	_, err := io.WriteString(b.opts.factory.Streams.Out, lines.String())
	return err
}
