package compiler

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeSecretLiteral is reported for a secret that stands in a document: whoever reads git or the cluster would have it.
const CodeSecretLiteral diag.Code = "secret-literal"

// CheckSecrets looks at every string of every document, once and in linear time: at what it is called (its key, the name
// of its variable, the flag before it), at its form, and at how random it looks. Each string has one finding at most.
func CheckSecrets(docs []*schema.Document, kinds []Kind) diag.List {
	var s secretScan
	for _, doc := range docs {
		s.document(doc, kinds)
	}
	return s.findings
}

type secretScan struct {
	findings diag.List
	// owner is what the scalars belong to, as in "algo `label`".
	owner string
}

// document names each node of a pipeline by itself; all else belongs to the document.
func (s *secretScan) document(doc *schema.Document, kinds []Kind) {
	document := strings.ToLower(doc.Kind)
	if doc.Name.IsSet() {
		document += " `" + doc.Name.V + "`"
	}
	s.owner = document
	for _, e := range doc.Root.Entries {
		if e.Key != "spec" || doc.Kind != schema.KindPipeline {
			s.value(e.Key, e.Value)
			continue
		}
		for _, section := range e.Value.Entries {
			for _, item := range nodesOf(section.Value) {
				if name := item.Get("name"); name != nil {
					s.owner = kindOf(section.Key, kinds) + " `" + name.Text + "`"
				}
				s.value(section.Key, item)
				s.owner = document
			}
		}
	}
}

// nodesOf gives the nodes of a section; of a part of spec that is no list, the part itself.
func nodesOf(section *schema.Node) []*schema.Node {
	if section.Kind == schema.List {
		return section.Items
	}
	return []*schema.Node{section}
}

func kindOf(section string, kinds []Kind) string {
	for _, k := range kinds {
		if k.Section == section {
			return k.Name
		}
	}
	return section
}

// value looks at a value and all within it. A variable's value is called as the variable is, a word of a command after a
// flag as the flag is.
func (s *secretScan) value(name string, n *schema.Node) {
	switch n.Kind {
	case schema.Map:
		for _, e := range n.Entries {
			called := e.Key
			if variable := n.Get("name"); e.Key == "value" && variable != nil {
				called = variable.Text
			}
			s.value(called, e.Value)
		}
	case schema.List:
		for i, item := range n.Items {
			called := name
			if i > 0 && strings.HasPrefix(n.Items[i-1].Text, "-") {
				called = n.Items[i-1].Text
			}
			s.value(called, item)
		}
	case schema.Null, schema.Bool, schema.Int, schema.Float:
	case schema.String:
		if why := secretBy(name, n.Text); why != "" {
			d := s.findings.Errorf(CodeSecretLiteral, n.Pos, "`%s` of %s holds a secret, by %s: whatever stands here is readable in git and in the cluster", name, s.owner, why).
				WithHint("keep it in a Secret of the cluster, and name that: a variable takes `secretKeyRef: {name: NAME, key: KEY}` in the place of `value`; what is no secret gets the comment `# pipelinectl:allow %s REASON`", CodeSecretLiteral)
			d.Allowable = true
		}
	}
}

// issuerKeyID is the field of cert-manager's Issuer (acme, dns01, route53) for the half of a key of AWS that is no secret.
const issuerKeyID = "accessKeyID"

// secretBy says by what a text shows that it is a secret; empty: it does not.
func secretBy(name, text string) string {
	if text == "" {
		return ""
	}
	if what := secretForm(text); what != "" && name != issuerKeyID {
		return "its form " + what
	}
	if isSecretName(name) && isLiteral(text) {
		return "its name"
	}
	if called := cmp.Or(secretAssignment(text), secretPair(text)); called != "" {
		return "the name `" + called + "` in it"
	}
	if looksRandom(text) && !isIdentifierName(name) {
		return "how random it looks"
	}
	return ""
}

// noSecrets are values that say whether or how there is a secret, and are none.
var noSecrets = []string{"true", "false", "none", "null", "required", "optional"}

// aReference is a variable as a shell has it, or another flag in the place of a flag's value.
var aReference = regexp.MustCompile(`^(\$[A-Za-z_][A-Za-z0-9_]*$|--[a-z])`)

// isLiteral says whether a text is a value itself, rather than a reference to one or the path of a file that holds it.
func isLiteral(text string) bool {
	if slices.Contains(noSecrets, strings.ToLower(text)) || aReference.MatchString(text) {
		return false
	}
	return !strings.Contains(text, "$(") && !strings.Contains(text, "${") && (!strings.HasPrefix(text, "/") || strings.Count(text, "/") < 2)
}

// secretAssignment gives the name of the first secret that a text assigns: by a flag, a query's parameter, a part of a
// connection string.
func secretAssignment(text string) string {
	isURL := strings.Contains(text, "://")
	for {
		before, after, found := strings.Cut(text, "=")
		if !found {
			return ""
		}
		name := strings.TrimLeft(before[strings.LastIndexFunc(before, isNoName)+1:], "-")
		text = after
		signature := isURL && strings.EqualFold(name, "sig") // of a URL that is signed for Azure's storage
		if !signature && !isSecretName(name) {
			continue
		}
		value := assigned(after)
		if value != "" && isLiteral(value) {
			return name
		}
		text = after[len(value):] // each character is looked at once
	}
}

// pairs are the ways to write a name and its value within a text: as a flag, in JSON, in a header of HTTP.
var pairs = []struct {
	// mark is in every such text: the pattern is tried only where it is.
	mark    string
	pattern *regexp.Regexp
}{
	{"-", regexp.MustCompile(`(?:^|\s)--?([A-Za-z][\w.-]*)\s+["']?([^\s"'-][^\s"']*)`)},
	{`"`, regexp.MustCompile(`"([\w.-]+)"\s*:\s*"([^"]+)"`)},
	{"Basic ", regexp.MustCompile(`([A-Za-z-]+):\s*Basic\s+([^\s"']+)`)},
	{"Bearer ", regexp.MustCompile(`([A-Za-z-]+):\s*Bearer\s+([^\s"']+)`)},
}

// secretPair gives the name of the first secret that a text pairs with its value in another way than by an equals sign.
func secretPair(text string) string {
	for _, p := range pairs {
		if !strings.Contains(text, p.mark) {
			continue
		}
		for _, m := range p.pattern.FindAllStringSubmatch(text, -1) {
			if isSecretName(m[1]) && isLiteral(m[2]) {
				return m[1]
			}
		}
	}
	return ""
}

func isNoName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.-", r)
}

// assigned is the value that a text begins with, in quotes or up to what ends one.
func assigned(text string) string {
	if quoted, isQuoted := strings.CutPrefix(text, `"`); isQuoted {
		value, _, _ := strings.Cut(quoted, `"`)
		return value
	}
	if end := strings.IndexAny(text, " \t\r\n&;,\"'"); end >= 0 {
		return text[:end]
	}
	return text
}
