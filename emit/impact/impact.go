// Package impact owns the question what a change of manifests does to what runs: it compares the objects of two trees,
// environment by environment, and classes each change as safe, restart, downtime or data loss, with the reason.
//
// What it knows of Kubernetes and Kafka stands in one table (table.go) by kind and path. It must not know where the two
// trees come from (a folder, a revision of git), nor what becomes of its verdicts: a verb prints them, another refuses
// to build. Start reading at Compare, then at the table.
package impact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/emit"
)

// Class says what a change does when it is applied. The zero value is invalid.
type Class int

// The classes, in order of danger.
const (
	// Safe disturbs nothing that runs.
	Safe Class = iota + 1
	// Restart replaces pods one after the other; work goes on.
	Restart
	// Downtime stops something that works now, until somebody acts or pods are back.
	Downtime
	// DataLoss destroys records, offsets or volumes, or leaves them where nothing reads them.
	DataLoss
)

// Classes are all classes, the most dangerous first.
func Classes() []Class { return []Class{DataLoss, Downtime, Restart, Safe} }

// String gives the words that people read.
func (c Class) String() string {
	switch c {
	case Safe:
		return "safe"
	case Restart:
		return "restart"
	case Downtime:
		return "downtime"
	case DataLoss:
		return "data loss"
	default:
		return fmt.Sprintf("invalid class %d", int(c))
	}
}

// MarshalText implements encoding.TextMarshaler.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Verb says what happens to an object.
type Verb string

// The verbs.
const (
	Added   Verb = "added"
	Removed Verb = "removed"
	Changed Verb = "changed"
)

// KindGroup is the kind under which a consumer group stands among the objects. Kubernetes has none such: it is read from
// the contract of a runner, since Kafka keeps offsets under its name.
const KindGroup = "ConsumerGroup"

// KindPipeline is the kind under which a pipeline stands whose earlier tree cannot be read: what happens to its objects
// is not known.
const KindPipeline = "Pipeline"

// Unknown is the change of a pipeline whose earlier tree cannot be read. It counts as the worst, until somebody allows it.
func Unknown(pipeline, source string, cause error) Change {
	c := Change{Pipeline: pipeline, Source: source, ID: emit.ID{Kind: KindPipeline, Name: pipeline}, Verb: Changed}
	causes := []error{cause}
	if several, ok := cause.(interface{ Unwrap() []error }); ok {
		causes = several.Unwrap()
	}
	for _, cause := range causes {
		c.judge("", dataLoss("what it was cannot be read: "+strings.Join(strings.Fields(cause.Error()), " ")))
	}
	return c
}

// KindEnvironment is the kind under which an environment stands of which it cannot be read what its pipelines shared.
const KindEnvironment = "Environment"

// UnknownShared is the change of what the pipelines of an environment share where it cannot be read what that was: by
// itself it stops nothing.
func UnknownShared(environment string, cause error) Change {
	c := Change{Environment: environment, ID: emit.ID{Kind: KindEnvironment, Name: environment}, Verb: Changed}
	c.judge("", safe("what its pipelines shared cannot be read: "+strings.Join(strings.Fields(cause.Error()), " ")))
	return c
}

// Change is what happens to one object in one environment.
type Change struct {
	// Pipeline is empty for what the pipelines of an environment share.
	Pipeline string
	// Environment is empty for a pipeline that has none: its base is compared then.
	Environment string
	// Source is the file that holds the pipeline, relative to the project; empty without a pipeline.
	Source string
	ID     emit.ID
	// Node is the pipeline's node that has the object, empty for an object of the whole pipeline.
	Node  string
	Verb  Verb
	Class Class
	// Refused says that a build does it only when it is named (see Allowance).
	Refused bool
	// Renamed is the name that a removed object goes on under, or that an added one had before; empty for most.
	Renamed string
	// Reasons say why it has its class: those of that class only, each once.
	Reasons []string
	// Fields are what differs in a changed object, in order of their paths; Decisive is the path of the first of them that
	// gave it its class.
	Fields   []Field
	Decisive string
}

// Object is the change's object as kind and name: KafkaTopic/photos.resize.thumb.
func (c *Change) Object() string { return c.ID.Kind + "/" + c.ID.Name }

// Allowance is the value of --allow-destroy that lets exactly this change through: the object with its environment.
func (c *Change) Allowance() string {
	if c.Environment == "" {
		return c.Object()
	}
	return c.Object() + "@" + c.Environment
}

// judge takes over a verdict about a field, or about the whole object where the path is empty: the worst one makes the
// class, and all of that class give reasons.
func (c *Change) judge(path string, v verdict) {
	c.Refused = c.Refused || v.refused || v.class == DataLoss
	if v.class > c.Class {
		c.Class, c.Decisive, c.Reasons = v.class, path, nil
	}
	if v.class == c.Class && !slices.Contains(c.Reasons, v.reason) {
		c.Reasons = append(c.Reasons, v.reason)
	}
}

// Compare gives the changes from one set of manifests to another, by pipeline and environment, the most dangerous
// first. A pipeline or an environment that only one side has is compared with nothing. Bases are not applied, so they
// count only for a pipeline that has no environment on either side.
func Compare(before, after []*emit.Manifests) []Change {
	type place struct{ pipeline, environment string }
	places := map[place][2]*emit.Manifests{}
	placed := map[string]bool{}
	for side, list := range [][]*emit.Manifests{before, after} {
		for _, m := range list {
			at := place{m.Pipeline, m.Environment}
			pair := places[at]
			pair[side] = m
			places[at] = pair
			placed[m.Pipeline] = placed[m.Pipeline] || m.Environment != ""
		}
	}
	var out []Change
	for at, pair := range places {
		if at.environment == "" && placed[at.pipeline] {
			continue
		}
		out = append(out, comparison{pair[0], pair[1]}.changes()...)
	}
	slices.SortFunc(out, func(x, y Change) int {
		return cmp.Or(cmp.Compare(x.Pipeline, y.Pipeline), cmp.Compare(x.Environment, y.Environment),
			cmp.Compare(y.Class, x.Class), cmp.Compare(x.ID.Kind, y.ID.Kind), cmp.Compare(x.ID.Name, y.ID.Name),
			x.ID.Compare(y.ID), cmp.Compare(x.Verb, y.Verb))
	})
	return out
}
