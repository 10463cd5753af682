package compiler

import (
	"regexp"
	"slices"
	"strings"
)

// secretForms are the forms of secrets whose issuers gave them one, so that they can be found.
var secretForms = []struct {
	// what it is, in words.
	what string
	// marks are texts of which one is in every such secret: the pattern is tried only where there is one.
	marks   []string
	pattern *regexp.Regexp
}{
	{"a private key", []string{"PRIVATE KEY"}, regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----`)}, // RFC 7468
	{"a key of a Google service account", []string{"service_account"}, regexp.MustCompile(`"type"\s*:\s*"service_account"`)},
	{"a JSON Web Token", []string{"eyJ"}, regexp.MustCompile(`\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.`)}, // RFC 7519, signed
	{"a URL with a password", []string{"@"}, regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#@:]*:[^\s/?#@${<%][^\s/?#@$]*@`)},
	{"an access key of AWS", []string{"AKIA", "ASIA"}, regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`)},
	{"an API key of Google", []string{"AIza"}, regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}`)},
	{"a key of Azure's storage", []string{"AccountKey="}, regexp.MustCompile(`AccountKey=[0-9A-Za-z+/]{20,}`)},
	{"a token of GitHub", []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}, regexp.MustCompile(`\b(gh[oprsu]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{22})`)},
	{"a token of GitLab", []string{"gl"}, regexp.MustCompile(`\bgl(pat|rt|dt|cbt|ptt|ft|soat|agent|oas|imt)-[0-9A-Za-z_-]{20}`)},
	{"a token of Slack", []string{"xox", "xapp-", "hooks.slack.com"}, regexp.MustCompile(`\b(xox[abeoprs]-[0-9A-Za-z-]{10}|xapp-[0-9]-[0-9A-Za-z-]{10}|hooks\.slack\.com/services/T\w+/B\w+/\w{20})`)},
	{"a key of Stripe", []string{"k_live_", "k_test_", "whsec_"}, regexp.MustCompile(`\b([rs]k_(live|test)|whsec)_[0-9A-Za-z]{16}`)},
	{"a token of npm", []string{"npm_"}, regexp.MustCompile(`\bnpm_[0-9A-Za-z]{36}`)},
	{"a token of PyPI", []string{"pypi-"}, regexp.MustCompile(`\bpypi-AgE[0-9A-Za-z_-]{20}`)},
	{"a token of Hugging Face", []string{"hf_"}, regexp.MustCompile(`\bhf_[0-9A-Za-z]{34}`)},
}

// secretForm says which of the forms is in a text, empty when none is.
func secretForm(text string) string {
	for _, f := range secretForms {
		if slices.ContainsFunc(f.marks, func(mark string) bool { return strings.Contains(text, mark) }) && f.pattern.MatchString(text) {
			return f.what
		}
	}
	return ""
}
