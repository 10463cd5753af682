package cli

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// capture is a factory whose verbs write into buffers.
func capture() (*Factory, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	return newFactory(Streams{In: strings.NewReader(""), Out: &out, Err: &err}), &out, &err
}

func execute(cmd *cobra.Command, args ...string) error {
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetFlagErrorFunc(flagError)
	cmd.SetArgs(args)
	return cmd.Execute()
}

// TestFlags parses command lines, without running the verb.
func TestFlags(t *testing.T) {
	t.Parallel()
	type result struct {
		paths  []string
		values []string
	}
	verbs := map[string]func(*Factory, *result) *cobra.Command{
		"validate": func(f *Factory, r *result) *cobra.Command {
			return newValidateCmd(f, func(o *validateOptions) error { *r = result{o.paths, []string{o.format}}; return nil })
		},
		"fix": func(f *Factory, r *result) *cobra.Command {
			return newFixCmd(f, func(o *fixOptions) error {
				*r = result{o.paths, []string{o.format, map[bool]string{true: "dry-run"}[o.dryRun]}}
				return nil
			})
		},
		"build": func(f *Factory, r *result) *cobra.Command {
			return newBuildCmd(f, func(o *buildOptions) error { *r = result{o.paths, []string{o.output, o.dump}}; return nil })
		},
		"diff": func(f *Factory, r *result) *cobra.Command {
			return newDiffCmd(f, func(o *diffOptions) error { *r = result{o.paths, []string{o.output, o.against, o.format}}; return nil })
		},
		"render": func(f *Factory, r *result) *cobra.Command {
			return newRenderCmd(f, func(o *renderOptions) error { *r = result{o.paths, []string{o.environment}}; return nil })
		},
		"explain-value": func(f *Factory, r *result) *cobra.Command {
			return newExplainValueCmd(f, func(o *explainValueOptions) error {
				*r = result{o.paths, []string{o.object, o.field, o.environment, o.format}}
				return nil
			})
		},
		"graph": func(f *Factory, r *result) *cobra.Command {
			return newGraphCmd(f, func(o *graphOptions) error { *r = result{o.paths, []string{o.format}}; return nil })
		},
		"schema": func(f *Factory, r *result) *cobra.Command {
			return newSchemaCmd(f, func(o *schemaOptions) error { *r = result{nil, []string{o.kind}}; return nil })
		},
		"run": func(f *Factory, r *result) *cobra.Command {
			return newRunCmd(f, func(o *runOptions) error {
				*r = result{o.paths, []string{o.environment, map[bool]string{true: "isolate"}[o.isolate]}}
				return nil
			})
		},
	}
	for _, c := range []struct {
		line string
		want result
		// usage is part of the error of wrong usage.
		usage string
	}{
		{line: "validate", want: result{[]string{}, []string{"text"}}},
		{line: "validate a b --format json", want: result{[]string{"a", "b"}, []string{"json"}}},
		{line: "validate --format=yaml a", usage: "--format does not take `yaml`"},
		{line: "fix a --dry-run", want: result{[]string{"a"}, []string{"text", "dry-run"}}},
		{line: "fix --format yaml", usage: "--format does not take `yaml`"},
		{line: "build a -o out", want: result{[]string{"a"}, []string{"out", ""}}},
		{line: "build a --output out --dump plan", want: result{[]string{"a"}, []string{"out", "plan"}}},
		{line: "build a --dump=", usage: "--dump does not take ``"},
		{line: "build a -x", usage: "unknown shorthand flag: 'x' in -x"},
		{line: "diff", want: result{[]string{}, []string{"", "", "text"}}},
		{line: "diff a -o out --against main --format markdown", want: result{[]string{"a"}, []string{"out", "main", "markdown"}}},
		{line: "diff --format sarif", usage: "--format does not take `sarif`"},
		{line: "render a --env prod", want: result{[]string{"a"}, []string{"prod"}}},
		{line: "render a --env", usage: "flag needs an argument: --env"},
		{line: "explain-value K/n spec.x a b --env dev", want: result{[]string{"a", "b"}, []string{"K/n", "spec.x", "dev", "text"}}},
		{line: "explain-value K/n", usage: "requires at least 2 arg(s), only received 1"},
		{line: "explain-value K/n x --format sarif", usage: "--format does not take `sarif`"},
		{line: "graph a", want: result{[]string{"a"}, []string{"mermaid"}}},
		{line: "graph a --format svg", usage: "--format does not take `svg`"},
		{line: "schema", want: result{nil, []string{""}}},
		{line: "schema Pipeline", want: result{nil, []string{"Pipeline"}}},
		{line: "schema a b", usage: "accepts at most 1 arg(s), received 2"},
		{line: "run a --isolate --env dev", want: result{[]string{"a"}, []string{"dev", "isolate"}}},
		{line: "run", want: result{[]string{}, []string{"", ""}}},
		{line: "run --isolate=perhaps", usage: "invalid argument"},
	} {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			f, _, _ := capture()
			words := strings.Fields(c.line)
			var got result
			err := execute(verbs[words[0]](f, &got), words[1:]...)
			var usage *usageError
			switch {
			case c.usage == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.usage != "" && (!errors.As(err, &usage) || !strings.Contains(err.Error(), c.usage)):
				t.Errorf("got error %v, want wrong usage with %q", err, c.usage)
			case !reflect.DeepEqual(got, c.want):
				t.Errorf("parsed as %q, want %q", got, c.want)
			}
		})
	}
}

// TestVerbs holds the list of verbs to what is built: nothing is announced.
func TestVerbs(t *testing.T) {
	t.Parallel()
	f, _, _ := capture()
	var got []string
	for _, c := range newRootCmd(f).Commands() {
		got = append(got, c.Name())
		if c.Hidden {
			t.Errorf("verb %s is hidden", c.Name())
		}
	}
	slices.Sort(got)
	want := []string{"build", "completion", "diff", "explain", "fix", "graph", "render", "run", "schema", "validate", "version"}
	if !slices.Equal(got, want) {
		t.Errorf("the verbs are %v, want %v", got, want)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{Use: "verb PATH"}
	for _, c := range []struct {
		err  error
		code int
		text string
	}{
		{nil, 0, ""},
		{errFindings, 1, ""},
		{&usageError{cmd: cmd, err: errors.New("wrong"), hint: "do right"}, 2, "error: wrong\n  hint: do right\nusage: verb PATH\n"},
		{errors.New("disk full"), 3, "error: disk full\n"},
		{errRefused, 4, ""},
	} {
		f, out, talk := capture()
		if code := f.Streams.report(c.err); code != c.code || talk.String() != c.text || out.Len() > 0 {
			t.Errorf("error %v gives code %d and %q, want %d and %q", c.err, code, talk, c.code, c.text)
		}
	}
}
