package compiler

import (
	"iter"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// FailureSpec is what happens to a record that fails, as written.
type FailureSpec struct {
	PolicySpec
	// Classes are those of statuses where they differ from the runner's table.
	Classes struct {
		Exit schema.Entries[schema.Value[string]] `yaml:"exit"`
		HTTP schema.Entries[schema.Value[string]] `yaml:"http"`
	} `yaml:"classes"`
}

// PolicySpec is what follows on a failure's class; an input may have one of its own, laid over that of its node.
type PolicySpec struct {
	InPlace RetrySpec `yaml:"inPlace"`
	// Delayed is nil where nothing is written; an empty list says that there are no tiers.
	Delayed []DelaySpec            `yaml:"delayed"`
	Within  schema.Value[Duration] `yaml:"within"`
	Routes  RoutesSpec             `yaml:"routes"`
}

// DelaySpec is one tier of delayed retries.
type DelaySpec struct {
	After schema.Value[Duration] `yaml:"after"`
	Times schema.Value[int32]    `yaml:"times"`
}

// RetrySpec is the in-place retry.
type RetrySpec struct {
	Attempts schema.Value[int32]    `yaml:"attempts"`
	Backoff  schema.Value[Duration] `yaml:"backoff"`
	Max      schema.Value[Duration] `yaml:"max"`
	Within   schema.Value[Duration] `yaml:"within"`
}

// RoutesSpec says where records go that are given up, by class.
type RoutesSpec struct {
	Transient RouteSpec `yaml:"transient"`
	Permanent RouteSpec `yaml:"permanent"`
	Overload  RouteSpec `yaml:"overload"`
	Poison    RouteSpec `yaml:"poison"`
}

// RouteSpec is one route: a word (deadLetters, drop) or the name of an output; neither where nothing is written.
type RouteSpec struct {
	Word   schema.Value[string]
	Output schema.Value[string]
}

// DecodeNode implements schema.NodeDecoder.
func (r *RouteSpec) DecodeNode(n *schema.Node) diag.List {
	if n.Kind != schema.Map {
		return schema.Decode(n, &r.Word)
	}
	var to struct {
		Output schema.Value[string] `yaml:"output"`
	}
	findings := schema.Decode(n, &to)
	r.Output = to.Output
	return findings
}

// all gives the routes with their classes.
func (r RoutesSpec) all() iter.Seq2[contract.Class, RouteSpec] {
	return func(yield func(contract.Class, RouteSpec) bool) {
		of := map[contract.Class]RouteSpec{
			contract.Transient: r.Transient, contract.Permanent: r.Permanent, contract.Overload: r.Overload, contract.Poison: r.Poison,
		}
		for _, class := range contract.Classes() {
			if !yield(class, of[class]) {
				return
			}
		}
	}
}

// over lays a policy over another one: what it says wins.
func (p PolicySpec) over(under PolicySpec) PolicySpec {
	return PolicySpec{
		InPlace: RetrySpec{
			Attempts: either(p.InPlace.Attempts, under.InPlace.Attempts),
			Backoff:  either(p.InPlace.Backoff, under.InPlace.Backoff),
			Max:      either(p.InPlace.Max, under.InPlace.Max),
			Within:   either(p.InPlace.Within, under.InPlace.Within),
		},
		Delayed: p.delayedOver(under),
		Within:  either(p.Within, under.Within),
		Routes: RoutesSpec{
			Transient: p.Routes.Transient.or(under.Routes.Transient),
			Permanent: p.Routes.Permanent.or(under.Routes.Permanent),
			Overload:  p.Routes.Overload.or(under.Routes.Overload),
			Poison:    p.Routes.Poison.or(under.Routes.Poison),
		},
	}
}

// delayedOver is the list of tiers as a whole: those of two lists would not be tiers of one another.
func (p PolicySpec) delayedOver(under PolicySpec) []DelaySpec {
	if p.Delayed != nil {
		return p.Delayed
	}
	return under.Delayed
}

func either[T any](over, under schema.Value[T]) schema.Value[T] {
	if over.IsSet() {
		return over
	}
	return under
}

func (r RouteSpec) or(under RouteSpec) RouteSpec {
	if r.Word.IsSet() || r.Output.IsSet() {
		return r
	}
	return under
}

// RoutedOutputs are the names of the outputs that routes of the node, or of its inputs, lead to. Results do not go there
// by themselves.
func (s ConsumerSpec) RoutedOutputs(inputs []InputSpec) map[string]bool {
	names := map[string]bool{}
	note := func(routes RoutesSpec) {
		for _, route := range routes.all() {
			if route.Output.IsSet() {
				names[route.Output.V] = true
			}
		}
	}
	note(s.OnFailure.Routes)
	for _, in := range inputs {
		if in.OnFailure != nil {
			note(in.OnFailure.Routes)
		}
	}
	return names
}
