package contract

import (
	"maps"
	"slices"
)

// Class is the sort of a failure; it decides what happens next to the record.
type Class string

// The classes.
const (
	// Transient may pass by itself: the record is tried again, and the attempt counts.
	Transient Class = "transient"
	// Permanent will fail the same way again: the record is given up at once.
	Permanent Class = "permanent"
	// Overload says that the other side takes no work now: the record waits, and no attempt counts.
	Overload Class = "overload"
	// Poison is a record whose handling broke the runner itself: it is given up at once.
	Poison Class = "poison"
)

// Classes are all classes.
func Classes() []Class { return []Class{Transient, Permanent, Overload, Poison} }

// OnFailure is what becomes of a record that failed.
type OnFailure struct {
	// Exit and HTTP are the classes of exit statuses (1 to 255) and of HTTP statuses (300 to 599) where they differ from
	// the table in runner/call/class.go. Exit goes with Node.Exec, HTTP with Node.HTTP and Node.Webhook.
	Exit map[int]Class `json:"exit,omitempty"`
	HTTP map[int]Class `json:"http,omitempty"`
	FailurePolicy
}

// FailurePolicy is what follows on a class.
type FailurePolicy struct {
	InPlace InPlace `json:"inPlace"`
	// Delayed are further deliveries, tier 1 first, of a record that fails with class transient when InPlace is spent; the
	// node goes on with others meanwhile. Each delivery has the attempts of InPlace anew.
	Delayed []Delay `json:"delayed,omitempty"`
	// Within bounds the life of a record, from when a runner of the pipeline first saw it or what it was made from
	// (HeaderEntered); zero: it is not bounded. A record that failed is not tried again beyond it.
	Within Duration `json:"within,omitempty"`
	// Routes say where a record of each class goes when it is given up.
	Routes map[Class]Route `json:"routes"`
}

// Delay is one tier of delayed retries.
type Delay struct {
	// After is the time from the end of a delivery to the one that follows; more than zero.
	After Duration `json:"after"`
	// Times is how many deliveries there are after it; 1 or more.
	Times int `json:"times"`
}

// InPlace is attempts one after the other while the record keeps its place.
type InPlace struct {
	// Attempts counts the first one; 1 means no retry. Failures of class overload are not counted.
	Attempts int `json:"attempts"`
	// Backoff is the pause after the first failure; it doubles, with jitter, up to Max.
	Backoff Duration `json:"backoff"`
	Max     Duration `json:"max"`
	// Within bounds the time of all attempts with the pauses between them, waits for an overloaded algo left out; zero:
	// it is not bounded. No attempt begins beyond it.
	Within Duration `json:"within,omitempty"`
}

// Route is where a record goes that is given up.
type Route struct {
	To RouteTo `json:"to"`
	// Output is the name of one of the node's outputs, with RouteOutput.
	Output string `json:"output,omitempty"`
}

// RouteTo is the sort of a Route.
type RouteTo string

// The sorts of routes.
const (
	// RouteDeadLetters keeps the record in Node.DeadLetters.
	RouteDeadLetters RouteTo = "deadLetters"
	// RouteDrop forgets it, with a count (MetricDropped).
	RouteDrop RouteTo = "drop"
	// RouteOutput writes it to an output, for another node.
	RouteOutput RouteTo = "output"
)

// Policy is the failure policy of an input: its own, else that of the node.
func (n *Node) Policy(in *Input) FailurePolicy {
	if in.OnFailure != nil {
		return *in.OnFailure
	}
	return n.OnFailure.FailurePolicy
}

// ResultOutputs are the outputs that results go to: those that no route names. An answer that names no output goes to
// the only one of them.
func (n *Node) ResultOutputs() []Output {
	var routed []string
	note := func(p FailurePolicy) {
		for route := range maps.Values(p.Routes) {
			routed = append(routed, route.Output)
		}
	}
	if n.OnFailure != nil {
		note(n.OnFailure.FailurePolicy)
	}
	for _, in := range n.Inputs {
		if in.OnFailure != nil {
			note(*in.OnFailure)
		}
	}
	return slices.DeleteFunc(slices.Clone(n.Outputs), func(o Output) bool { return slices.Contains(routed, o.Name) })
}

func (n *Node) validateFailure(fault func(string, ...any)) {
	f := n.OnFailure
	if f == nil {
		fault("a node with inputs needs onFailure")
		return
	}
	f.validate(n, fault)
	for _, in := range n.Inputs {
		if in.OnFailure != nil {
			in.OnFailure.validate(n, fault)
		}
	}
	n.validateDelayed(fault)
	if len(f.Exit) > 0 && n.Exec == nil || len(f.HTTP) > 0 && n.HTTP == nil && n.Webhook == nil {
		fault("onFailure has classes of statuses that its action does not give")
	}
	validateStatuses("exit", f.Exit, 1, 255, fault)
	validateStatuses("http", f.HTTP, 300, 599, fault)
}

// validateDelayed holds the topics of delayed retries to the policies that need them.
func (n *Node) validateDelayed(fault func(string, ...any)) {
	tiers := 0
	for i := range n.Inputs {
		in := &n.Inputs[i]
		delayed := len(n.Policy(in).Delayed)
		tiers = max(tiers, delayed)
		if parks := delayed > 0 && n.Ordering == OrderKey; parks != (in.Park != "") {
			fault("topic %q needs a park exactly where ordering is key and its onFailure has delayed", in.Topic)
		}
	}
	switch {
	case tiers > 0 && n.Ordering == OrderPartition:
		fault("onFailure has delayed, which ordering partition does not allow: a record that waits would be overtaken")
	case n.Ordering == OrderNone && len(n.Retries) != tiers, n.Ordering != OrderNone && len(n.Retries) > 0:
		fault("there are %d retries: with ordering none there is one for each tier of delayed, %d, and else none", len(n.Retries), tiers)
	}
}

func validateStatuses(name string, classes map[int]Class, least, most int, fault func(string, ...any)) {
	for _, status := range slices.Sorted(maps.Keys(classes)) {
		if status < least || status > most || !slices.Contains(Classes(), classes[status]) {
			fault("onFailure %s: status %d of class %q: statuses are %d to %d, classes %v", name, status, classes[status], least, most, Classes())
		}
	}
}

func (p FailurePolicy) validate(n *Node, fault func(string, ...any)) {
	if r := p.InPlace; r.Attempts < 1 || r.Backoff <= 0 || r.Max < r.Backoff || r.Within < 0 || p.Within < 0 {
		fault("onFailure needs attempts of 1 or more, a backoff between zero and max, and no time below zero")
	}
	for i, tier := range p.Delayed {
		if tier.After <= 0 || tier.Times < 1 {
			fault("tier %d of onFailure needs a delay of more than zero, and 1 or more times", i+1)
		}
	}
	if len(p.Routes) != len(Classes()) {
		fault("onFailure needs a route for each of %v", Classes())
	}
	for _, class := range slices.Sorted(maps.Keys(p.Routes)) {
		route := p.Routes[class]
		named := slices.ContainsFunc(n.Outputs, func(o Output) bool { return o.Name == route.Output })
		switch {
		case !slices.Contains(Classes(), class):
			fault("onFailure has a route for %q, which is no class", class)
		case route.To == RouteOutput && !named:
			fault("onFailure routes %s to the output %q, which the node does not have", class, route.Output)
		case route.To == RouteOutput:
		case route.To != RouteDeadLetters && route.To != RouteDrop || route.Output != "":
			fault("the route of %s, %q to output %q, is not deadLetters, drop or output", class, route.To, route.Output)
		case class == Poison && route.To == RouteDrop:
			fault("poison cannot be dropped: nothing would tell what broke the runner")
		}
	}
}
