package workload_test

import (
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// decode reads the fields of a node as a kind does.
func decode(t *testing.T, text string) *workload.Spec {
	t.Helper()
	header := "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: photos}\nspec:\n"
	docs, findings := schema.Parse("pipeline.yaml", []byte(header+"  "+strings.ReplaceAll(text, "\n", "\n  ")))
	if len(findings) > 0 || len(docs) != 1 {
		t.Fatalf("%d documents, findings %v", len(docs), findings)
	}
	var spec workload.Spec
	if findings := schema.Decode(docs[0].Root.Get("spec"), &spec); len(findings) > 0 {
		t.Fatal(findings)
	}
	return &spec
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, text string
		want       diag.Code
		// at is the text that the finding stands at, says what it must hold.
		at, says string
	}{
		{"nothing", `replicas: 2`, "", "", ""},
		{"canonical amounts", `resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: 2, memory: 1Gi}}`, "", "", ""},
		{"thousandths", `resources: {requests: {cpu: 1000m}}`, workload.CodeQuantityCanonical, "1000m", "stored by the cluster as `1`"},
		{"fraction", `resources: {limits: {cpu: 0.5}}`, workload.CodeQuantityCanonical, "0.5", "`500m`"},
		{"finer than the cluster counts", `resources: {limits: {cpu: "0.0001"}}`, workload.CodeQuantityCanonical, `"0.0001"`, "`1m`"},
		{"mebibytes", `resources: {limits: {memory: 2048Mi}}`, workload.CodeQuantityCanonical, "2048Mi", "`2Gi`"},
		{"no amount", `resources: {requests: {memory: many}}`, workload.CodeQuantityInvalid, "many", "not an amount of memory"},
		{"milli-bytes", `resources: {requests: {memory: 512m}}`, workload.CodeQuantityInvalid, "512m", "whole number of bytes"},
		{"request over limit", `resources: {requests: {memory: 2Gi}, limits: {memory: 1Gi}}`, workload.CodeRequestOverLimit, "2Gi", "its limit, `1Gi`"},
		{"variable twice", "env: [{name: A, value: a},\n {name: A, value: b}]", workload.CodeEnvTwice, "A, value: b", "twice"},
		{"variable of the contract", `env: [{name: RUNNER_NODE_FILE, value: a}]`, workload.CodeEnvReserved, "RUNNER_NODE_FILE", "runner's own"},
		{"variable of the process", `env: [{name: PIPELINECTL_ID, value: a}]`, workload.CodeEnvReserved, "PIPELINECTL_ID", "runner's own"},
		{"trace", `env: [{name: TRACEPARENT, value: a}]`, workload.CodeEnvReserved, "TRACEPARENT", "runner's own"},
		{"port", `env: [{name: PORT, value: a}]`, workload.CodeEnvReserved, "PORT", "runner's own"},
		{"no block", `egress: [{cidr: 10.0.0/8}]`, compiler.CodeEgressCIDR, "10.0.0/8", "not a block"},
		{"bits beyond the mask", `egress: [{cidr: 10.1.2.3/8}]`, compiler.CodeEgressCIDR, "10.1.2.3/8", "not how"},
		{"long form", `egress: [{cidr: "2001:DB8::/32"}]`, compiler.CodeEgressCIDR, `"2001`, "not how"},
		{"blocks", `egress: [internet, {cidr: 10.0.0.0/8}, {cidr: "2001:db8::/32"}, {namespace: models}]`, "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			findings := decode(t, test.text).Check()
			if test.want == "" {
				if len(findings) > 0 {
					t.Fatalf("unexpected findings: %v", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Code != test.want {
				t.Fatalf("findings are %v, want one of %s", findings, test.want)
			}
			f := findings[0]
			if !strings.Contains(f.Message, test.says) || f.Hint == "" {
				t.Errorf("the finding says %q with hint %q, want something about %q", f.Message, f.Hint, test.says)
			}
			if mended := test.want == workload.CodeQuantityCanonical || strings.HasPrefix(test.says, "not how"); mended != (len(f.Mends) == 1) {
				t.Errorf("the mends are %v", f.Mends)
			}
			line := strings.Split(test.text, "\n")[f.Pos.Line-5]
			if got := line[f.Pos.Col-3:]; !strings.HasPrefix(got, test.at) {
				t.Errorf("the finding points at %q, want %q", got, test.at)
			}
		})
	}
}
