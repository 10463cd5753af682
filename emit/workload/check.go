package workload

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeQuantityInvalid is reported for an amount that is no quantity, or for memory that is not whole bytes.
	CodeQuantityInvalid diag.Code = "quantity-invalid"
	// CodeQuantityCanonical is a warning about an amount that the cluster stores in another form than the document.
	CodeQuantityCanonical diag.Code = "quantity-canonical"
	// CodeRequestOverLimit is reported when a container requests more than it may use.
	CodeRequestOverLimit diag.Code = "request-over-limit"
	// CodeEnvTwice is reported when a container has two variables of one name.
	CodeEnvTwice diag.Code = "env-twice"
	// CodeEnvReserved is reported for a variable that the runner reads or sets itself.
	CodeEnvReserved diag.Code = "env-reserved"
)

// Check reports what the JSON Schema cannot see.
func (s *Spec) Check() diag.List {
	var findings diag.List
	s.Resources.check(&findings)
	checkEnv(&findings, s.Env)
	findings = append(findings, s.checkPodTypes()...)
	return append(findings, compiler.CheckEgress(s.Egress)...)
}

func (r *ResourcesSpec) check(findings *diag.List) {
	pairs := []struct {
		name           string
		request, limit schema.Value[Quantity]
	}{
		{"cpu", r.Requests.CPU, r.Limits.CPU},
		{"memory", r.Requests.Memory, r.Limits.Memory},
	}
	for _, p := range pairs {
		ok := checkQuantity(findings, p.name, p.request)
		if !checkQuantity(findings, p.name, p.limit) || !ok || !p.request.IsSet() || !p.limit.IsSet() {
			continue
		}
		if p.request.V.Amount.Cmp(p.limit.V.Amount) > 0 {
			findings.Errorf(CodeRequestOverLimit, p.request.Pos, "the request of %s, `%s`, is more than its limit, `%s`", p.name, p.request.V.Text, p.limit.V.Text).
				WithHint("raise the limit or lower the request").
				WithRelated(p.limit.Pos, "the limit stands here")
		}
	}
}

// checkQuantity says whether the amount can be used.
func checkQuantity(findings *diag.List, name string, q schema.Value[Quantity]) bool {
	amount := q.V.Amount
	switch {
	case !q.IsSet():
		return true
	case q.V.Err != nil:
		findings.Errorf(CodeQuantityInvalid, q.Pos, "`%s` is not an amount of %s", q.V.Text, name).
			WithHint("write a number with a unit of Kubernetes, as in `500m`, `2` or `512Mi`")
		return false
	case name == "memory" && amount.MilliValue()%1000 != 0:
		findings.Errorf(CodeQuantityInvalid, q.Pos, "`%s` of memory is not a whole number of bytes: `m` stands for thousandths", q.V.Text).
			WithHint("write `%s` for mebibytes", wholeBytes(q.V.Text))
		return false
	case q.V.Text != amount.String():
		d := findings.Warnf(CodeQuantityCanonical, q.Pos, "`%s` is stored by the cluster as `%s`", q.V.Text, amount.String()).
			WithHint("write `%s`, so that document, manifest and cluster say the same", amount.String())
		q.Rewrite(d, amount.String())
	}
	return true
}

// wholeBytes is what somebody who wrote thousandths of a byte most likely meant.
func wholeBytes(text string) string {
	number, _ := strings.CutSuffix(text, "m")
	if q, err := resource.ParseQuantity(number + "Mi"); err == nil {
		return q.String()
	}
	return "512Mi"
}

func checkEnv(findings *diag.List, env []EnvSpec) {
	seen := map[string]diag.Pos{}
	for _, e := range env {
		name := e.Name.V
		if earlier, twice := seen[name]; twice {
			findings.Errorf(CodeEnvTwice, e.Name.Pos, "variable `%s` is there twice", name).
				WithHint("keep one of the two").
				WithRelated(earlier, "the other one")
		}
		seen[name] = e.Name.Pos
		if reserved(name) {
			findings.Errorf(CodeEnvReserved, e.Name.Pos, "variable `%s` is the runner's own", name).
				WithHint("choose another name; `PORT`, `%s` and what begins with `RUNNER_` or `PIPELINECTL_` are taken", contract.VarTraceParent)
		}
	}
}

// VarPort is the variable that tells an algo's server its port.
const VarPort = "PORT"

// reserved says whether a variable is one that a runner reads (contract.Environment), or one that an algo is told. The
// prefixes are kept as a whole, so that a later contract can add to them.
func reserved(name string) bool {
	return name == VarPort || name == contract.VarTraceParent ||
		strings.HasPrefix(name, "RUNNER_") || strings.HasPrefix(name, "PIPELINECTL_")
}
