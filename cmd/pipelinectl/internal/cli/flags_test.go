package cli

import (
	"bytes"
	"errors"
	"fmt"
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
			return newValidateCmd(f, func(o *validateOptions) error {
				*r = result{o.paths, []string{o.format, map[bool]string{true: "ignore-foreign"}[o.ignoreForeign]}}
				return nil
			})
		},
		"init": func(f *Factory, r *result) *cobra.Command {
			return newInitCmd(f, func(o *initOptions) error {
				*r = result{[]string{o.dir}, []string{o.project.Name, o.project.Template, o.project.Engine, o.project.CI}}
				return nil
			})
		},
		"fix": func(f *Factory, r *result) *cobra.Command {
			return newFixCmd(f, func(o *fixOptions) error {
				*r = result{o.paths, []string{o.format, map[bool]string{true: "dry-run"}[o.dryRun]}}
				return nil
			})
		},
		"build": func(f *Factory, r *result) *cobra.Command {
			return newBuildCmd(f, func(o *buildOptions) error { *r = result{o.paths, []string{o.output, o.dump + o.layout}}; return nil })
		},
		"diff": func(f *Factory, r *result) *cobra.Command {
			return newDiffCmd(f, func(o *diffOptions) error {
				*r = result{o.paths, []string{o.output, o.against, o.layout + o.format}}
				return nil
			})
		},
		"render": func(f *Factory, r *result) *cobra.Command {
			return newRenderCmd(f, func(o *renderOptions) error {
				*r = result{o.paths, []string{o.environment, map[bool]string{true: "argocd"}[o.argocd]}}
				return nil
			})
		},
		"explain-value": func(f *Factory, r *result) *cobra.Command {
			return newExplainValueCmd(f, func(o *explainValueOptions) error {
				*r = result{o.paths, []string{o.object, o.field, o.environment, o.format}}
				return nil
			})
		},
		"promote": func(f *Factory, r *result) *cobra.Command {
			return newPromoteCmd(f, func(o *promoteOptions) error {
				*r = result{o.paths, []string{o.pipeline, o.from, o.to, o.node, map[bool]string{true: "parameters"}[o.parameters]}}
				return nil
			})
		},
		"explain-domain": func(f *Factory, r *result) *cobra.Command {
			return newExplainDomainCmd(f, func(o *explainDomainOptions) error {
				*r = result{o.paths, []string{o.pipeline, o.environment}}
				return nil
			})
		},
		"graph": func(f *Factory, r *result) *cobra.Command {
			return newGraphCmd(f, func(o *graphOptions) error { *r = result{o.paths, []string{o.format}}; return nil })
		},
		"schema": func(f *Factory, r *result) *cobra.Command {
			return newSchemaCmd(f, func(o *schemaOptions) error { *r = result{nil, []string{o.kind}}; return nil })
		},
		"status": func(f *Factory, r *result) *cobra.Command {
			return newStatusCmd(f, func(o *statusOptions) error {
				*r = result{o.paths, []string{o.cluster.environment, o.cluster.context, o.cluster.kubeconfig, o.format}}
				return nil
			})
		},
		"dlq-ls": func(f *Factory, r *result) *cobra.Command {
			return newDLQLsCmd(f, func(o *dlqLsOptions) error {
				*r = result{o.paths, []string{o.kafka.environment, o.kafka.bootstrap, o.node, strings.Join(o.filter.Classes, "+"), o.format}}
				return nil
			})
		},
		"dlq-show": func(f *Factory, r *result) *cobra.Command {
			return newDLQShowCmd(f, func(o *dlqShowOptions) error {
				*r = result{o.paths, []string{fmt.Sprint(o.limit, o.filter.Headers, *o.filter.Key), o.filter.Cause, o.format}}
				return nil
			})
		},
		"dlq-replay": func(f *Factory, r *result) *cobra.Command {
			return newDLQReplayCmd(f, func(o *dlqReplayOptions) error {
				*r = result{o.paths, []string{string(o.replay.To), o.from, fmt.Sprint(o.replay.Rate, o.replay.MaxReplays, o.replay.Force, o.replay.DryRun, o.replay.Limit)}}
				return nil
			})
		},
		"dlq-purge": func(f *Factory, r *result) *cobra.Command {
			return newDLQPurgeCmd(f, func(o *dlqPurgeOptions) error {
				*r = result{o.paths, []string{o.allow.String(), fmt.Sprint(o.replayed, o.dryRun)}}
				return nil
			})
		},
		"reset": func(f *Factory, r *result) *cobra.Command {
			return newResetCmd(f, func(o *resetOptions) error {
				*r = result{o.paths, []string{o.pipeline, o.node, o.allow.String(), fmt.Sprint(o.target.Latest, o.dryRun)}}
				return nil
			})
		},
		"clean": func(f *Factory, r *result) *cobra.Command {
			return newCleanCmd(f, func(o *cleanOptions) error {
				*r = result{o.paths, []string{o.pipeline, o.kafka.environment, o.kafka.credentials, o.kafka.user, fmt.Sprint(o.kafka.plaintext, o.dryRun)}}
				return nil
			})
		},
		"run": func(f *Factory, r *result) *cobra.Command {
			return newRunCmd(f, func(o *runOptions) error {
				*r = result{o.paths, []string{o.environment, map[bool]string{true: "isolate"}[o.isolate]}}
				return nil
			})
		},
	}
	verbs["chaos"] = func(f *Factory, r *result) *cobra.Command {
		return newChaosCmd(f, func(o *chaosOptions) error {
			*r = result{o.paths, []string{o.kafka.environment, o.kafka.bootstrap, fmt.Sprint(o.kills, o.records, o.seed), strings.Join(o.faults, "+"), o.format}}
			return nil
		})
	}
	for _, c := range []struct {
		line string
		want result
		// usage is part of the error of wrong usage.
		usage string
	}{
		{line: "validate", want: result{[]string{}, []string{"text", ""}}},
		{line: "validate a b --format json", want: result{[]string{"a", "b"}, []string{"json", ""}}},
		{line: "validate --ignore-foreign a", want: result{[]string{"a"}, []string{"text", "ignore-foreign"}}},
		{line: "init", want: result{[]string{"."}, []string{"", "minimal", "none", "github"}}},
		{line: "init a --name b --template http --engine argocd --ci none", want: result{[]string{"a"}, []string{"b", "http", "argocd", "none"}}},
		{line: "init --engine flx", usage: "--engine does not take `flx`"},
		{line: "validate --format=yaml a", usage: "--format does not take `yaml`"},
		{line: "fix a --dry-run", want: result{[]string{"a"}, []string{"text", "dry-run"}}},
		{line: "fix --format yaml", usage: "--format does not take `yaml`"},
		{line: "build a -o out", want: result{[]string{"a"}, []string{"out", ""}}},
		{line: "build a --output out --dump plan", want: result{[]string{"a"}, []string{"out", "plan"}}},
		{line: "build a --layout flat", want: result{[]string{"a"}, []string{"", "flat"}}},
		{line: "build a --layout round", usage: "--layout does not take `round`"},
		{line: "diff --layout kustomize", want: result{[]string{}, []string{"", "", "kustomizetext"}}},
		{line: "build a --dump=", usage: "--dump does not take ``"},
		{line: "build a -x", usage: "unknown shorthand flag: 'x' in -x"},
		{line: "diff", want: result{[]string{}, []string{"", "", "text"}}},
		{line: "diff a -o out --against main --format markdown", want: result{[]string{"a"}, []string{"out", "main", "markdown"}}},
		{line: "diff --format sarif", usage: "--format does not take `sarif`"},
		{line: "render a --env prod", want: result{[]string{"a"}, []string{"prod", ""}}},
		{line: "render --argocd", want: result{[]string{}, []string{"", "argocd"}}},
		{line: "render --argocd a", usage: "--argocd takes neither PATH nor --env"},
		{line: "render --argocd --env prod", usage: "--argocd takes neither PATH nor --env"},
		{line: "render a --env", usage: "flag needs an argument: --env"},
		{line: "explain-value K/n spec.x a b --env dev", want: result{[]string{"a", "b"}, []string{"K/n", "spec.x", "dev", "text"}}},
		{line: "explain-value K/n", usage: "requires at least 2 arg(s), only received 1"},
		{line: "explain-value K/n x --format sarif", usage: "--format does not take `sarif`"},
		{line: "promote photos --from a --to b", want: result{[]string{}, []string{"photos", "a", "b", "", ""}}},
		{line: "promote photos x --from a --to b --node n --parameters", want: result{[]string{"x"}, []string{"photos", "a", "b", "n", "parameters"}}},
		{line: "promote", usage: "no PIPELINE given"},
		{line: "explain-domain photos a --env prod", want: result{[]string{"a"}, []string{"photos", "prod"}}},
		{line: "explain-domain", usage: "no PIPELINE given"},
		{line: "graph a", want: result{[]string{"a"}, []string{"mermaid"}}},
		{line: "graph a --format svg", usage: "--format does not take `svg`"},
		{line: "schema", want: result{nil, []string{""}}},
		{line: "schema Pipeline", want: result{nil, []string{"Pipeline"}}},
		{line: "schema a b", usage: "accepts at most 1 arg(s), received 2"},
		{line: "status a --env prod --context c --kubeconfig k", want: result{[]string{"a"}, []string{"prod", "c", "k", "text"}}},
		{line: "status --format sarif", usage: "--format does not take `sarif`"},
		{line: "dlq-ls a --env prod --class poison,transient", want: result{[]string{"a"}, []string{"prod", "", "", "poison+transient", "text"}}},
		{line: "dlq-ls --bootstrap b:1 --node n --format json", want: result{[]string{}, []string{"", "b:1", "n", "", "json"}}},
		{line: "dlq-ls --class bad", usage: "--class does not take `bad`"},
		{line: "dlq-show --key k --header a=b=c --cause x --limit 3", want: result{[]string{}, []string{"3 [{a b=c}]k", "x", "text"}}},
		{line: "dlq-show --limit -1", usage: "--limit takes 1 or more"},
		{line: "dlq-show --since noon", usage: "`noon` is no time"},
		{line: "dlq-replay", want: result{[]string{}, []string{"stage", "", "0 3 false false 0"}}},
		{line: "dlq-replay a --to source --from f --rate 0.5 --force --dry-run --limit 7", want: result{[]string{"a"}, []string{"source", "f", "0.5 3 true true 7"}}},
		{line: "dlq-replay --to sink", usage: "--to does not take `sink`"},
		{line: "dlq-replay --max-replays 0", usage: "--max-replays takes 1 or more"},
		{line: "dlq-purge --replayed --allow-destroy KafkaTopic/a@b", want: result{[]string{}, []string{"KafkaTopic/a@b", "true false"}}},
		{line: "dlq-purge --bootstrap here", usage: "--bootstrap does not take `here`"},
		{line: "reset photos a --to latest --node n --dry-run", want: result{[]string{"a"}, []string{"photos", "n", "", "true true"}}},
		{line: "reset photos --to never", usage: "--to does not take `never`"},
		{line: "reset", usage: "no PIPELINE given"},
		{line: "reset pipelines/photos.yaml", usage: "no PIPELINE given: `pipelines/photos.yaml` is a PATH"},
		{line: "clean photos --env prod --credentials d --user u", want: result{[]string{}, []string{"photos", "prod", "d", "u", "false false"}}},
		{line: "clean photos --credentials d", usage: "--credentials without --env"},
		{line: "clean photos --user u", usage: "--user without --credentials"},
		{line: "run a --isolate --env dev", want: result{[]string{"a"}, []string{"dev", "isolate"}}},
		{line: "run", want: result{[]string{}, []string{"", ""}}},
		{line: "run --isolate=perhaps", usage: "--isolate does not take `perhaps`"},
		{line: "dlq-replay --rate fast", usage: "--rate does not take `fast`"},
		{line: "chaos --kills many", usage: "--kills does not take `many`"},
		{line: "chaos a --env dev --kills 3 --seed 9 --faults runner,broker", want: result{[]string{"a"}, []string{"dev", "", "3 400 9", "runner+broker", "text"}}},
		{line: "chaos --records 7 --format json --faults members", want: result{[]string{}, []string{"", "", "10 7 1", "members", "json"}}},
		{line: "chaos --bootstrap k:9092 --faults leader,roll", want: result{[]string{}, []string{"", "k:9092", "10 400 1", "leader+roll", "text"}}},
		{line: "chaos --bootstrap k --faults leader", usage: "--bootstrap does not take `k`"},
		{line: "chaos --plaintext", usage: "--plaintext without --bootstrap"},
		{line: "chaos --faults brokr", usage: "--faults does not take `brokr`"},
		{line: "chaos --kills 0", usage: "--kills does not take `0`"},
		{line: "chaos --records -1", usage: "--records does not take `-1`"},
		{line: "chaos --faults runner,leader", usage: "--faults `leader` without --bootstrap"},
		{line: "chaos --format sarif", usage: "--format does not take `sarif`"},
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
	want := []string{"build", "chaos", "clean", "completion", "diff", "dlq", "explain", "fix", "fn", "graph", "init", "promote", "render", "reset", "run", "schema", "status", "validate", "version"}
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
