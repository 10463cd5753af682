package live

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// State is how an object stands.
type State string

// The states.
const (
	// Ready is there and works, as far as it can be told.
	Ready State = "ready"
	// Progressing is on its way: its controller has not finished, or not begun.
	Progressing State = "progressing"
	// Failed is there, and its controller says that it does not work.
	Failed State = "failed"
	// Missing is compiled, and not there.
	Missing State = "missing"
	// Leftover is there, bears our labels, and is no longer compiled.
	Leftover State = "leftover"
	// Unknown could not be looked at.
	Unknown State = "unknown"
)

// health says how an object other than a Deployment stands, and why it is not ready. An object whose kind has no
// controller that tells is ready once it is there.
func health(u *unstructured.Unstructured) (State, string) {
	if u.GetDeletionTimestamp() != nil {
		return Progressing, "it is being deleted" + waitingFor(u)
	}
	kind := u.GroupVersionKind()
	switch kind.Group {
	case "kafka.strimzi.io", "access.strimzi.io", "cert-manager.io":
		return conditioned(u)
	case "getambassador.io":
		return emissaryHealth(u)
	default:
		return Ready, ""
	}
}

// waitingFor names the finalizers that hold a deletion up.
func waitingFor(u *unstructured.Unstructured) string {
	if f := u.GetFinalizers(); len(f) > 0 {
		return ", and waits for " + strings.Join(f, ", ")
	}
	return ""
}

// condition is one of status.conditions, as Strimzi and cert-manager write them.
type condition struct {
	kind, status, reason, text string
	// generation is what the condition was made of, 0 where it does not say.
	generation int64
}

func (c condition) is(kind, status string) bool { return c.kind == kind && c.status == status }

func conditions(u *unstructured.Unstructured) []condition {
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions") // another form says nothing
	var out []condition
	for _, item := range list {
		m, _ := item.(map[string]any)
		var c condition
		c.kind, _ = m["type"].(string)
		c.status, _ = m["status"].(string)
		c.generation, _ = m["observedGeneration"].(int64)
		c.reason, _ = m["reason"].(string)
		message, _ := m["message"].(string)
		c.text = joined(c.reason, message)
		out = append(out, c)
	}
	return out
}

// notTakenOver says that a status is of an earlier generation, and so says nothing.
const notTakenOver = "its operator has not taken over the last change yet"

// conditioned reads conditions as the engines are told to (emit/gitops, health checks), so that nobody hears two things of
// one object.
func conditioned(u *unstructured.Unstructured) (State, string) {
	observed, stated, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration") // another form says nothing
	if stated && observed != u.GetGeneration() {
		return Progressing, notTakenOver
	}
	all := conditions(u)
	valid := slices.DeleteFunc(slices.Clone(all), func(c condition) bool { return c.generation > 0 && c.generation != u.GetGeneration() })
	kind := u.GroupVersionKind().GroupKind()
	ready := slices.ContainsFunc(valid, func(c condition) bool { return c.is("Ready", "True") })
	failure := slices.IndexFunc(valid, func(c condition) bool { return failed(kind, c) })
	switch {
	case ready && (failure < 0 || kind.Kind == "Certificate"): // one is valid while an attempt to renew it fails
		return Ready, ""
	case failure >= 0:
		return Failed, valid[failure].text
	case len(valid) < len(all):
		return Progressing, notTakenOver
	default:
		return Progressing, waiting(valid)
	}
}

// failed says whether a condition tells that the operator of a kind has given an object up. Strimzi's operators say
// NotReady=True, that of topics Ready=False with a reason (strimzi-kafka-operator#9975); a Secret that the access operator
// misses is about to come; Issuing=False stands for an attempt of cert-manager's that failed.
func failed(kind schema.GroupKind, c condition) bool {
	switch {
	case kind.Group == "kafka.strimzi.io":
		return c.is("NotReady", "True") || c.is("Ready", "False") && c.reason != ""
	case kind.Group == "access.strimzi.io":
		return c.is("Ready", "False") && c.reason != "MissingKubernetesResource"
	case kind.Kind == "Certificate":
		return c.is("Issuing", "False")
	default:
		return strings.HasSuffix(kind.Kind, "Issuer") && c.is("Ready", "False")
	}
}

// waiting says what an object waits for that is neither ready nor failed.
func waiting(conditions []condition) string {
	for _, c := range conditions {
		if c.is("ReconciliationPaused", "True") {
			return "its reconciliation is paused"
		}
	}
	for _, c := range conditions {
		if c.kind == "Ready" && c.text != "" {
			return c.text
		}
	}
	return "its operator has not said anything of it yet"
}

// emissaryHealth reads the state of a Host or Mapping. Emissary writes it only where it is told to, so that none means
// nothing.
func emissaryHealth(u *unstructured.Unstructured) (State, string) {
	text := func(field string) string {
		value, _, _ := unstructured.NestedString(u.Object, "status", field) // another form says nothing
		return value
	}
	switch state := text("state"); state {
	case "", "Ready", "Running":
		return Ready, ""
	case "Error", "Inactive":
		return Failed, joined(state, text("errorReason")+text("reason"))
	default:
		return Progressing, joined(state, text("phasePending"))
	}
}

// joined is a reason with its message, whichever of them there is.
func joined(reason, message string) string {
	if reason == "" || message == "" {
		return reason + message
	}
	return fmt.Sprintf("%s: %s", reason, message)
}
