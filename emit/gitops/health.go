package gitops

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// HealthCheckExpressions says of one custom kind, in CEL, when Flux is to count an object as healthy: the first that is
// true of InProgress, Failed and Current decides, and where none is, it is in progress. Flux first compares
// status.observedGeneration with the object's, where there is one (fluxcd/flux2 RFC 0009,
// github.com/fluxcd/pkg/runtime/cel.StatusEvaluator).
type HealthCheckExpressions struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	InProgress string `json:"inProgress,omitempty"`
	Failed     string `json:"failed,omitempty"`
	Current    string `json:"current"`
}

// healthCheck gives the expressions for a kind whose status Flux would misread on its own (it takes what has no condition
// Ready for healthy). APIVersion and Kind are left to the caller.
//
// Every field is guarded, since an expression that fails on a missing one makes Flux wait until its timeout. The status as
// a whole cannot be: Flux evaluates without it until it is there. That is right for objects whose operator always writes
// one. Emissary does not (emissary-ingress/emissary#5967, and for a Mapping only with AMBASSADOR_UPDATE_MAPPING_STATUS),
// so its objects are healthy once they are there, unless somebody writes a status that says otherwise.
func healthCheck(kind schema.GroupKind) (HealthCheckExpressions, bool) {
	switch kind {
	case kafkaTopic, kafkaUser, kafkaConnect, kafkaConnector:
		// The topic operator says Ready=False, the others say NotReady=True.
		return HealthCheckExpressions{
			Failed:  condition("NotReady", "True") + " || " + condition("Ready", "False", "c.?reason.orValue('') != ''"),
			Current: condition("Ready", "True"),
		}, true
	case kafkaAccess:
		// A missing resource is a Secret of the user that is about to come.
		return HealthCheckExpressions{
			Failed:  condition("Ready", "False", "c.?reason.orValue('') != 'MissingKubernetesResource'"),
			Current: condition("Ready", "True"),
		}, true
	case certificate:
		// Issuing=False stands for an attempt that failed; an older certificate may be valid meanwhile.
		return HealthCheckExpressions{
			Failed:  condition("Issuing", "False", observed) + " && !" + condition("Ready", "True", observed),
			Current: condition("Ready", "True", observed),
		}, true
	case issuer:
		return HealthCheckExpressions{
			Failed:  condition("Ready", "False", observed),
			Current: condition("Ready", "True", observed),
		}, true
	case host:
		return HealthCheckExpressions{
			InProgress: statusWritten + " && status.?state.orValue('') in ['Initial', 'Pending']",
			Failed:     statusWritten + " && status.?state.orValue('') == 'Error'",
			Current:    "true",
		}, true
	case mapping:
		return HealthCheckExpressions{
			Failed:  statusWritten + " && status.?state.orValue('') == 'Inactive'",
			Current: "true",
		}, true
	default:
		return HealthCheckExpressions{}, false
	}
}

// observed says that a condition c is of this generation: cert-manager notes it in each condition.
const observed = "(!has(c.observedGeneration) || c.observedGeneration == metadata.generation)"

// statusWritten says that the object has a status, without a look at it: the API server notes who wrote one.
const statusWritten = "metadata.?managedFields.orValue([]).exists(m, m.?subresource.orValue('') == 'status')"

// condition gives the expression that is true where a condition c has the type and status, and all else holds of it.
func condition(kind, status string, holds ...string) string {
	terms := append([]string{"c.?type.orValue('') == '" + kind + "'", "c.?status.orValue('') == '" + status + "'"}, holds...)
	return "status.?conditions.orValue([]).exists(c, " + strings.Join(terms, " && ") + ")"
}
