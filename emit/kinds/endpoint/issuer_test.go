package endpoint

import (
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema"
)

// issuerNode reads the `issuer` of a domain, which begins in line 5.
func issuerNode(t *testing.T, text string) *schema.Node {
	t.Helper()
	header := "apiVersion: pipelinectl.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  "
	docs, findings := schema.Parse("prod.yaml", []byte(header+strings.ReplaceAll(text, "\n", "\n  ")+"\n"))
	if len(findings) > 0 || len(docs) != 1 {
		t.Fatalf("%d documents, findings %v", len(docs), findings)
	}
	return docs[0].Root.Get("spec")
}

func TestCheckIssuer(t *testing.T) {
	const acme = "acme:\n  server: https://acme.example.org/directory\n  privateKeySecretRef: {name: account}\n"
	tests := []struct {
		name, text string
		// at is the text that the only finding stands at; empty: there is none.
		at, says string
	}{
		{"self-signed", "selfSigned: {}", "", ""},
		{"acme", acme + "  solvers: [{http01: {ingress: {ingressClassName: nginx}}}]", "", ""},
		{"unknown field", "acme:\n  sever: x", "sever", "no field `acme.sever`"},
		{"unknown field in a list", acme + "  solvers:\n  - http01: {ingress: {}}\n  - htp01: {}", "htp01", "solvers[1].htp01"},
		{"unknown sort", "acne: {}", "acne", "no field `acne`"},
		{"wrong type", "acme:\n  server: [x]", "server", "array"},
		{"wrong type of the whole", "acme: x", "acme", "string"},
		{"wrong type in a list", acme + "  solvers:\n  - http01: {ingress: {class: [x]}}", "solvers", "array"},
		{"nothing", "selfSigned:", "selfSigned", "is empty"},
		{"incomplete", "ca: {}", "ca", "`ca` lacks `secretName`"},
		{"two sorts", "selfSigned: {}\nca: {secretName: ca}", "selfSigned", "has 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			findings := CheckIssuer(issuerNode(t, test.text))
			if test.at == "" {
				if len(findings) > 0 {
					t.Errorf("unexpected findings: %v", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Code != CodeIssuer || !strings.Contains(findings[0].Message, test.says) {
				t.Fatalf("findings are %v, want one about %q", findings, test.says)
			}
			pos := findings[0].Pos
			if line := strings.Split(test.text, "\n")[pos.Line-5]; !strings.HasPrefix(line[pos.Col-3:], test.at) {
				t.Errorf("the finding points at %q, want %q", line[pos.Col-3:], test.at)
			}
		})
	}
}
