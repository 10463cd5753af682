package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/origin"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// How much of an explanation people are shown: characters of a value, sources with their lines.
const (
	maxValueShown   = 80
	maxSourcesShown = 3
)

// writeExplanation writes an explanation for people.
func writeExplanation(s Streams, e *origin.Explanation, sources map[string][]byte) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s in %s is %s\n\n", e.Object, e.Path, e.Environment, shown(e.Value))
	switch {
	case len(e.Defaults) > 0:
		writeDefaults(&out, e.Defaults)
	case e.Rule != "":
		fmt.Fprintf(&out, "it is a rule of pipelinectl: %s\n", e.Rule)
	}
	if len(e.Sources) > 0 {
		telling := telling(e.Sources)
		fmt.Fprintln(&out, heading(telling))
		if err := writeSources(&out, telling, sources, s.ColorOut); err != nil {
			return err
		}
	}
	if err := writeLayers(&out, e.Layers); err != nil {
		return err
	}
	_, err := s.Out.Write(out.Bytes())
	return err
}

// telling gives the sources that people want to know of: what is written as it is, else all that gives the value, else
// what decides whether it is there.
func telling(sources []origin.Source) []origin.Source {
	first := sources[0].Relation
	end := slices.IndexFunc(sources, func(s origin.Source) bool {
		return s.Relation != first && (first == origin.Written || s.Relation == origin.Presence)
	})
	if end < 0 {
		return sources
	}
	return sources[:end]
}

// heading says how the value hangs on its telling sources.
func heading(sources []origin.Source) string {
	switch n := len(sources); {
	case sources[0].Relation == origin.Written:
		return "it is written here"
	case sources[0].Relation == origin.Presence:
		return "it is there because of"
	case n == 1:
		return "it is computed from"
	case n <= maxSourcesShown:
		return fmt.Sprintf("it is made of %d things that are written", n)
	default:
		return fmt.Sprintf("it is computed from %d things that are written; the first %d are", n, maxSourcesShown)
	}
}

// writeSources writes the first sources with their lines in the documents.
func writeSources(w io.Writer, list []origin.Source, sources map[string][]byte, color bool) error {
	for _, s := range list[:min(len(list), maxSourcesShown)] {
		fmt.Fprintf(w, "  %v: `%s` of %s\n", s.Pos, s.Field, s.Document)
		if err := diag.WriteSnippet(w, s.Pos, sources, color); err != nil {
			return err
		}
	}
	return nil
}

func writeDefaults(w io.Writer, defaults []origin.Default) {
	fmt.Fprintln(w, "it is a default: nobody has written")
	for _, d := range defaults {
		fmt.Fprintf(w, "  %v: `%s` of %s", d.Pos, d.Field, d.Document)
		if d.Value != "" {
			fmt.Fprintf(w, ", which is then %s", shown(d.Value))
		}
		fmt.Fprintln(w)
		if d.Description != "" {
			fmt.Fprintf(w, "    %s\n", d.Description)
		}
	}
}

// writeLayers writes the steps to the value, one a line.
func writeLayers(w io.Writer, layers []origin.Layer) error {
	if len(layers) == 0 {
		return nil
	}
	fmt.Fprintln(w, "\nlayers")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range layers {
		pos := l.Pos
		if len(l.Sources) > 0 {
			pos = l.Sources[0].Pos
		}
		before, after := layerValues(l)
		fmt.Fprintf(table, "  %s\t%s -> %s\t%v\n", l.Name, before, after, pos)
	}
	return table.Flush()
}

// layerValues gives the values of a layer; of long texts that begin alike, what stands where they part.
func layerValues(l origin.Layer) (before, after string) {
	before, after = layerValue(l.Before), layerValue(l.After)
	if before != after {
		return before, after
	}
	was, is := []rune(origin.Text(l.Before)), []rune(origin.Text(l.After))
	from := 0
	for from < min(len(was), len(is)) && was[from] == is[from] {
		from++
	}
	from = max(0, from-maxValueShown/4)
	part := func(text []rune) string {
		return fmt.Sprintf("...%q...", string(text[from:min(len(text), from+maxValueShown/2)]))
	}
	return part(was), part(is)
}

// layerValue is a value of a layer, which may have none.
func layerValue(value any) string {
	if value == nil {
		return "none"
	}
	return shown(value)
}

// shown gives a value on one line that can be read at a glance: a text that holds more is cut, and quoted.
func shown(value any) string {
	text := origin.Text(value)
	runes := []rune(text)
	switch {
	case len(runes) > maxValueShown:
		return fmt.Sprintf("%q... (%d characters)", string(runes[:maxValueShown]), len(runes))
	case text == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }):
		return fmt.Sprintf("%q", text)
	default:
		return text
	}
}

// The JSON form of an explanation. Field names are a promise to those who read it.
type (
	jsonValue struct {
		Object      string        `json:"object"`
		Path        string        `json:"path"`
		Pipeline    string        `json:"pipeline"`
		Environment string        `json:"environment"`
		Value       any           `json:"value"`
		Sources     []jsonSource  `json:"sources"`
		Defaults    []jsonDefault `json:"defaults"`
		Rule        string        `json:"rule,omitempty"`
		Layers      []jsonLayer   `json:"layers"`
	}
	jsonPlace struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Column int    `json:"column"`
	}
	jsonSource struct {
		Relation string `json:"relation"`
		Document string `json:"document"`
		Field    string `json:"field"`
		Text     string `json:"text"`
		jsonPlace
	}
	jsonDefault struct {
		Document    string `json:"document"`
		Field       string `json:"field"`
		Value       string `json:"value,omitempty"`
		Description string `json:"description,omitempty"`
		jsonPlace
	}
	jsonLayer struct {
		Name    string       `json:"name"`
		Before  any          `json:"before"`
		After   any          `json:"after"`
		Sources []jsonSource `json:"sources"`
		jsonPlace
	}
)

// writeExplanationJSON writes an explanation for programs.
func writeExplanationJSON(w io.Writer, e *origin.Explanation) error {
	out := jsonValue{
		Object: e.Object.String(), Path: e.Path, Pipeline: e.Pipeline, Environment: e.Environment, Value: e.Value,
		Sources: jsonSources(e.Sources), Defaults: []jsonDefault{}, Rule: e.Rule, Layers: []jsonLayer{},
	}
	for _, d := range e.Defaults {
		out.Defaults = append(out.Defaults, jsonDefault{d.Document, d.Field, d.Value, d.Description, jsonPlaceOf(d.Pos)})
	}
	for _, l := range e.Layers {
		out.Layers = append(out.Layers, jsonLayer{l.Name, l.Before, l.After, jsonSources(l.Sources), jsonPlaceOf(l.Pos)})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func jsonSources(list []origin.Source) []jsonSource {
	out := make([]jsonSource, len(list))
	for i, s := range list {
		out[i] = jsonSource{s.Relation.String(), s.Document, s.Field, s.Text, jsonPlaceOf(s.Pos)}
	}
	return out
}

func jsonPlaceOf(p diag.Pos) jsonPlace { return jsonPlace{p.File, p.Line, p.Col} }
