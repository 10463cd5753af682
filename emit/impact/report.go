package impact

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Report is what a comparison found, for the writers.
type Report struct {
	// Against says what the changes are changes from, for people: "HEAD".
	Against string
	// Commit is the commit that Against is, empty where it is none.
	Commit string
	// Changes are in the order of Compare.
	Changes []Change
}

// count gives the number of changes of each class.
func (r Report) count() map[Class]int {
	counts := map[Class]int{}
	for i := range r.Changes {
		counts[r.Changes[i].Class]++
	}
	return counts
}

// counted is the line that every form for people has: "1 data loss, 0 downtime, 2 restart, 5 safe".
func (r Report) counted() string {
	counts := r.count()
	var parts []string
	for _, class := range Classes() {
		parts = append(parts, fmt.Sprintf("%d %s", counts[class], class))
	}
	return strings.Join(parts, ", ")
}

// headline says how many changes there are.
func (r Report) headline() string {
	switch len(r.Changes) {
	case 0:
		return "no change against " + r.Against
	case 1:
		return "1 change against " + r.Against
	default:
		return fmt.Sprintf("%d changes against %s", len(r.Changes), r.Against)
	}
}

// group is the heading under which a change stands.
func (c *Change) group() string {
	switch {
	case c.Pipeline == "":
		return "environment " + c.Environment
	case c.ID.Kind == KindPipeline:
		return c.Pipeline
	case c.Environment == "":
		return c.Pipeline + ", without environment"
	default:
		return c.Pipeline + " in " + c.Environment
	}
}

// jsonChange is one change in the form json.
type jsonChange struct {
	Pipeline    string `json:"pipeline"`
	Environment string `json:"environment,omitempty"`
	Source      string `json:"source"`
	Group       string `json:"group,omitempty"`
	Kind        string `json:"kind"`
	Namespace   string `json:"namespace,omitempty"`
	Name        string `json:"name"`
	Verb        Verb   `json:"verb"`
	Class       Class  `json:"class"`
	Refused     bool   `json:"refused"`
	// AllowDestroy is the flag's value that lets a refused change through.
	AllowDestroy string   `json:"allowDestroy,omitempty"`
	Renamed      string   `json:"renamed,omitempty"`
	Reasons      []string `json:"reasons"`
	Fields       []Field  `json:"fields,omitempty"`
}

// WriteJSON writes a report for programs: {"against", "commit", "counts": {class: number}, "changes": [...]}. Names and
// meanings stay; new ones may come. The error is w's.
func WriteJSON(w io.Writer, r Report) error {
	counts := map[string]int{}
	for _, class := range Classes() {
		counts[class.String()] = r.count()[class]
	}
	changes := make([]jsonChange, len(r.Changes))
	for i := range r.Changes {
		c := &r.Changes[i]
		changes[i] = jsonChange{
			Pipeline: c.Pipeline, Environment: c.Environment, Source: c.Source,
			Group: c.ID.Group, Kind: c.ID.Kind, Namespace: c.ID.Namespace, Name: c.ID.Name,
			Verb: c.Verb, Class: c.Class, Refused: c.Refused, Renamed: c.Renamed, Reasons: c.Reasons, Fields: c.Fields,
		}
		if c.Refused {
			changes[i].AllowDestroy = c.Allowance()
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Against string         `json:"against"`
		Commit  string         `json:"commit,omitempty"`
		Counts  map[string]int `json:"counts"`
		Changes []jsonChange   `json:"changes"`
	}{r.Against, r.Commit, counts, changes})
}

// Brief is a value on one line, printable, cut to a number of characters; nothing is "none".
func Brief(value any, limit int) string {
	if value == nil {
		return "none"
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return "unprintable"
	}
	runes := []rune(Printable(strings.TrimSuffix(out.String(), "\n")))
	if len(runes) <= limit {
		return string(runes)
	}
	return string(runes[:limit-1]) + "…"
}

// Printable replaces what a terminal or a page would act on rather than print.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
