package compiler

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeRetryRange is reported when the times of a failure policy contradict one another.
	CodeRetryRange diag.Code = "failure-backoff"
	// CodeFailureRoute is reported when a route of the failure policy leads nowhere, or is never taken.
	CodeFailureRoute diag.Code = "failure-route"
	// CodeFailureClass is reported for classes of statuses that the node's action does not give.
	CodeFailureClass diag.Code = "failure-class"
)

// plan is the node's failure policy as its contract has it.
func (f FailureSpec) plan(n *Node, findings *diag.List) *contract.OnFailure {
	f.Routes.check(n, f.Within, findings)
	return &contract.OnFailure{
		Exit:          statuses(f.Classes.Exit),
		HTTP:          statuses(f.Classes.HTTP),
		FailurePolicy: f.policy(n, findings),
	}
}

// statuses reads keys that the schema has found to be numbers.
func statuses(entries schema.Entries[schema.Value[string]]) map[int]contract.Class {
	if len(entries) == 0 {
		return nil
	}
	out := make(map[int]contract.Class, len(entries))
	for _, e := range entries {
		if status, err := strconv.Atoi(e.Key.V); err == nil {
			out[status] = contract.Class(e.Value.V)
		}
	}
	return out
}

// inputs lists each topic under the name of its input, with the failure policy that the input has of its own.
func (f FailureSpec) inputs(n *Node, findings *diag.List) []contract.Input {
	specs := map[string]InputSpec{}
	for _, in := range n.Component.Ports().Inputs {
		specs[in.Name.V] = in
	}
	var out []contract.Input
	for _, in := range n.Inputs {
		var policy *contract.FailurePolicy
		merged := f.PolicySpec
		if own := specs[in.Name].OnFailure; own != nil {
			merged = own.over(f.PolicySpec)
			own.Routes.check(n, merged.Within, findings)
			planned := merged.policy(n, findings)
			policy = &planned
		}
		checkRoutedType(n, in, merged.Routes, findings)
		for _, t := range in.Topics {
			contentType := cmp.Or(concrete(t.ContentType), concrete(in.ContentType))
			planned := contract.Input{Name: in.Name, Topic: t.Name, ContentType: contentType, OnFailure: policy}
			if park := n.parkOf(t); park != nil {
				planned.Park = park.Name
			}
			out = append(out, planned)
		}
	}
	return out
}

// policy gives the policy with its defaults, and reports times that contradict one another.
func (p PolicySpec) policy(n *Node, findings *diag.List) contract.FailurePolicy {
	r := p.InPlace
	backoff := r.Backoff.Or(Duration(defaultBackoff))
	longest := r.Max.Or(max(Duration(defaultMaxBackoff), backoff))
	if backoff > longest { // then max is written: the default is no shorter than any backoff
		d := findings.Errorf(CodeRetryRange, r.Max.Pos, "the first pause of `%s`, %s, is longer than the longest, %s", n.Name, backoff, longest).
			WithHint("make `max` at least as long as `backoff`")
		if r.Backoff.IsSet() {
			d.WithRelated(r.Backoff.Pos, "the first pause stands here")
		}
	}
	if p.Within.IsSet() && r.Within.IsSet() && r.Within.V > p.Within.V {
		findings.Errorf(CodeRetryRange, r.Within.Pos, "`%s` would try a record in place for %s, longer than the record's whole life, %s", n.Name, r.Within.V, p.Within.V).
			WithHint("make `inPlace.within` shorter than `within`, or remove it").
			WithRelated(p.Within.Pos, "the record's life")
	}
	p.checkDelayed(n, findings)
	out := contract.FailurePolicy{
		InPlace: contract.InPlace{
			Attempts: int(r.Attempts.Or(defaultAttempts)),
			Backoff:  contract.Duration(backoff),
			Max:      contract.Duration(longest),
			Within:   contract.Duration(r.Within.V),
		},
		Delayed: p.tiers(),
		Within:  contract.Duration(p.Within.V),
		Routes:  map[contract.Class]contract.Route{},
	}
	for class, route := range p.Routes.all() {
		out.Routes[class] = route.planned()
	}
	return out
}

// planned is the route as the contract has it; without a word a record goes to the dead letters.
func (r RouteSpec) planned() contract.Route {
	if r.Output.IsSet() {
		return contract.Route{To: contract.RouteOutput, Output: r.Output.V}
	}
	return contract.Route{To: contract.RouteTo(r.Word.Or(string(contract.RouteDeadLetters)))}
}

// check reports routes that lead nowhere or are never taken.
func (r RoutesSpec) check(n *Node, within schema.Value[Duration], findings *diag.List) {
	names := make([]string, len(n.Outputs))
	for i, o := range n.Outputs {
		names[i] = o.Name
	}
	for class, route := range r.all() {
		if route.Output.IsSet() && !slices.Contains(names, route.Output.V) {
			d := findings.Errorf(CodeFailureRoute, route.Output.Pos, "`%s` routes %s failures to the output `%s`, which it does not have", n.Name, class, route.Output.V)
			if near := schema.Nearest(route.Output.V, names); near != "" {
				d.WithHint("did you mean `%s`?", near)
			} else {
				d.WithHint("add it to the node's outputs, as in `outputs: [{name: %s}]`, and have another node read it", route.Output.V)
			}
		}
		pos := route.Word.Pos
		if route.Output.IsSet() {
			pos = route.Output.Pos
		}
		switch {
		case class == contract.Poison && route.Word.V == string(contract.RouteDrop):
			findings.Errorf(CodeFailureRoute, pos, "`%s` would drop poison: nothing would tell which record broke the runner", n.Name).
				WithHint("leave it to `deadLetters`, or route it to an output")
		case class == contract.Overload && pos.IsValid() && !within.IsSet():
			findings.Errorf(CodeFailureRoute, pos, "`%s` routes overload, but an overloaded node waits as long as it takes", n.Name).
				WithHint("say how long with `within`, as in `within: 24h`, or remove the route")
		}
	}
}

// checkRoutedType reports a route by which records of one content type would go to an output that gives another.
func checkRoutedType(n *Node, in Input, routes RoutesSpec, findings *diag.List) {
	for _, route := range routes.all() {
		i := slices.IndexFunc(n.Outputs, func(o Output) bool { return route.Output.IsSet() && o.Name == route.Output.V })
		if i < 0 {
			continue
		}
		out := n.Outputs[i].Topic
		for _, t := range in.Topics {
			if have := cmp.Or(t.ContentType, in.ContentType); have != "" && out.ContentType != "" && !accepts(out.ContentType, have) {
				findings.Errorf(CodeFailureRoute, route.Output.Pos, "`%s` routes records of `%s` as they are to the output `%s`, which gives `%s`", n.Name, have, route.Output.V, out.ContentType).
					WithHint("give the output the type of the input, or none").
					WithRelated(out.Pos, "the output")
				break
			}
		}
	}
}

// CheckClasses reports classes of statuses that the action of the planned runner never gives.
func (s ConsumerSpec) CheckClasses(runner *contract.Node) diag.List {
	var findings diag.List
	classes := s.OnFailure.Classes
	if len(classes.Exit) > 0 && runner.Exec == nil {
		findings.Errorf(CodeFailureClass, classes.Exit[0].Key.Pos, "`%s` names classes of exit statuses, but runs no process", runner.Node).
			WithHint("name the statuses of its answers under `classes.http`")
	}
	if len(classes.HTTP) > 0 && runner.Exec != nil {
		findings.Errorf(CodeFailureClass, classes.HTTP[0].Key.Pos, "`%s` names classes of HTTP statuses, but runs a process per record", runner.Node).
			WithHint("name its exit statuses under `classes.exit`")
	}
	return findings
}
