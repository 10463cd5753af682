package gitopstest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/pipelinectl/pipelinectl/emit/gitops"
)

// Flux tells how objects of one kind stand, as Flux does (github.com/fluxcd/pkg/runtime/cel, StatusEvaluator and
// Expression): it parses without checking types, since the variables are whatever fields an object has.
type Flux struct {
	inProgress, failed, current cel.Program
}

// NewFlux makes it of the expressions that are written for the kind.
func NewFlux(t testing.TB, check gitops.HealthCheckExpressions) *Flux {
	t.Helper()
	env, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(), cel.EagerlyValidateDeclarations(true), cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(), ext.Strings(), ext.Sets(), ext.Encoders(),
	)
	if err != nil {
		t.Fatal(err)
	}
	program := func(expression string) cel.Program {
		if expression == "" {
			return nil
		}
		parsed, issues := env.Parse(expression)
		if issues.Err() != nil {
			t.Fatalf("%s: %v", expression, issues.Err())
		}
		p, err := env.Program(parsed, cel.EvalOptions(cel.OptOptimize), cel.InterruptCheckFrequency(100))
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return p
	}
	return &Flux{inProgress: program(check.InProgress), failed: program(check.Failed), current: program(check.Current)}
}

// Status gives Current, Failed or InProgress. Where an expression fails, Flux takes the object for Unknown and looks again,
// until its timeout.
func (e *Flux) Status(obj map[string]any) (string, error) {
	seen, written, err := unstructured.NestedInt64(obj, "status", "observedGeneration")
	if err != nil {
		return "Unknown", err
	}
	if generation, ok, _ := unstructured.NestedInt64(obj, "metadata", "generation"); written && ok && seen != generation {
		return "InProgress", nil
	}
	for _, step := range []struct {
		program cel.Program
		status  string
	}{{e.inProgress, "InProgress"}, {e.failed, "Failed"}, {e.current, "Current"}} {
		if step.program == nil {
			continue
		}
		value, _, err := step.program.ContextEval(context.Background(), obj)
		if err != nil {
			return "Unknown", err
		}
		verdict, ok := value.(types.Bool)
		if !ok {
			return "Unknown", errors.New("the expression for " + step.status + " is not boolean")
		}
		if verdict {
			return step.status, nil
		}
	}
	return "InProgress", nil
}
