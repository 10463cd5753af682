package compiler

import (
	"regexp"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeSecretLiteral is reported for a secret that stands in a document: whoever reads git or the cluster would have it.
//
// Example:
//
//	algos: [{name: label, image: "acme/label:1", env: [{name: DB_PASSWORD, value: hunter2}]}]
const CodeSecretLiteral diag.Code = "secret-literal"

// Names of variables and headers whose values are secrets, and texts that are.
var (
	secretName = regexp.MustCompile(`(?i)(^|[_-])(passwd|password|passphrase|secret|token|credentials?|(api|access|private|secret)[_-]?key|authorization|cookie)$`)
	// Keys in PEM (RFC 7468), and the forms of AWS' access keys, GitHub's, Slack's and Stripe's tokens and signed JWTs.
	secretText = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(A(KIA|SIA)[0-9A-Z]{16}|gh[oprsu]_[0-9A-Za-z]{36}|xox[abeoprs]-[0-9A-Za-z-]{10}|[rs]k_live_[0-9A-Za-z]{16}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.)`)
)

// CheckSecret reports a value that is a secret by its look, or by its name where it has one; what says where it stands,
// as in "variable `TOKEN` of algo `label`", and mend what to do instead.
func CheckSecret(what, name string, value schema.Value[string], mend string) diag.List {
	var findings diag.List
	if value.V != "" && (secretName.MatchString(name) || secretText.MatchString(value.V)) {
		findings.Errorf(CodeSecretLiteral, value.Pos, "%s holds a secret: whatever stands here is readable in git and in the cluster", what).
			WithHint("%s", mend)
	}
	return findings
}
