package diag

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Rule is what readers of SARIF are told of a code, apart from any one finding. All is plain text but Help.
type Rule struct {
	// Summary is one sentence; empty: the code in words.
	Summary string
	// Description is the whole meaning; empty: the Summary.
	Description string
	// Help is an example and its mend in GitHub-Flavored Markdown, without HTML; may be empty.
	Help string
}

// maxResults is how many results a run may have: GitHub refuses to read one with more, and shows 5,000 of them, the
// errors first (https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit).
const maxResults = 25_000

// srcRoot names the folder that relative URIs are relative to.
const srcRoot = "SRCROOT"

// fingerprint is the key of the one fingerprint of a result, with the version of its recipe.
const fingerprint = "findingHash/v1"

// WriteSARIF writes a list as a log of SARIF 2.1.0 with one run, in its order. sources holds the bytes of files by
// Pos.File, for the ends of regions. rules explains a code; it may be nil.
//
// A path that is not absolute becomes a URI relative to SRCROOT, the current folder: in CI, run in the root of the
// repository. A fingerprint depends on code, file and message, so that it outlives edits above the finding. An error
// that keeps a file from being read is a notification too, and the execution not successful: what else the file holds
// is not known. Of more than 25,000 findings, as many are written as GitHub reads, errors first, and a notification says
// so. Neither the tool's version nor a time is written: the same findings give the same bytes. The error is w's.
func WriteSARIF(w io.Writer, list List, sources map[string][]byte, rules func(Code) Rule) error {
	kept := list
	if len(list) > maxResults {
		kept = slices.Clone(list)
		slices.SortStableFunc(kept, func(a, b Diagnostic) int { return cmp.Compare(a.Severity, b.Severity) })
		kept = kept[:maxResults]
	}
	s := sarifWriter{sources: newSourceLines(sources), indexes: map[Code]int{}, seen: map[string]int{}}
	s.addRules(kept, rules)
	invocation := sarifInvocation{ExecutionSuccessful: true}
	if left := len(list) - len(kept); left > 0 {
		text := fmt.Sprintf("%d of %d findings are left out: GitHub reads no more of one run", left, len(list))
		invocation.Notifications = append(invocation.Notifications, sarifNotification{Level: levelWarning, Message: sarifMessage{Text: text}})
	}
	results := make([]sarifResult, len(kept))
	for i := range kept {
		results[i] = s.result(&kept[i])
		if kept[i].unread() {
			invocation.ExecutionSuccessful = false
			invocation.Notifications = append(invocation.Notifications, notification(&results[i]))
		}
	}
	return encode(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{sarifDriver{
				Name: "pipelinectl", InformationURI: "https://github.com/pipelinectl/pipelinectl", Rules: s.rules,
			}},
			Invocations:        []sarifInvocation{invocation},
			OriginalURIBaseIDs: map[string]sarifArtifact{srcRoot: {Description: &sarifMessage{Text: "the folder in which pipelinectl ran"}}},
			ColumnKind:         "unicodeCodePoints",
			NewlineSequences:   []string{"\r\n", "\n", "\r"},
			Results:            results,
		}},
	})
}

// The failure levels of SARIF (section 3.27.10) that findings have.
const (
	levelError   = "error"
	levelWarning = "warning"
)

// level is the word of SARIF and GitHub for the severity; a forgotten one is an error, as everywhere.
func (d *Diagnostic) level() string {
	if d.Severity == Warning {
		return levelWarning
	}
	return levelError
}

// unread says that the finding kept its file from being read.
func (d *Diagnostic) unread() bool {
	return d.Severity != Warning && (strings.HasPrefix(string(d.Code), "yaml-") || strings.HasPrefix(string(d.Code), "file-"))
}

type sarifWriter struct {
	sources *sourceLines
	rules   []sarifRule
	// indexes are those of rules.
	indexes map[Code]int
	// seen counts the fingerprints that are equal but for their count.
	seen map[string]int
}

// addRules describes the codes of a list, in their order.
func (s *sarifWriter) addRules(list List, rules func(Code) Rule) {
	for i := range list {
		s.indexes[list[i].rule()] = 0
	}
	s.rules = make([]sarifRule, 0, len(s.indexes))
	for i, code := range slices.Sorted(maps.Keys(s.indexes)) {
		var r Rule
		if rules != nil {
			r = rules(code)
		}
		summary := cmp.Or(r.Summary, strings.ReplaceAll(string(code), "-", " "))
		s.indexes[code] = i
		s.rules = append(s.rules, sarifRule{
			ID:               code,
			ShortDescription: sarifMessage{Text: summary},
			FullDescription:  sarifMessage{Text: cmp.Or(r.Description, summary)},
			Help:             sarifMessage{Text: fmt.Sprintf("`pipelinectl explain code %s` shows an example and its mend", code), Markdown: r.Help},
		})
	}
}

// rule is the code; a finding without one has a rule all the same, since results refer to theirs.
func (d *Diagnostic) rule() Code { return cmp.Or(d.Code, "unnamed") }

func (s *sarifWriter) result(d *Diagnostic) sarifResult {
	here := s.location(d.Pos)
	if d.Path != "" {
		here.LogicalLocations = []sarifLogicalLocation{{printable(d.Path)}}
	}
	r := sarifResult{
		RuleID: d.rule(), RuleIndex: s.indexes[d.rule()], Level: d.level(), Message: sarifText(d.advice()),
		Locations:           []sarifLocation{here},
		Fixes:               d.fixes(),
		PartialFingerprints: map[string]string{fingerprint: s.fingerprint(d)},
	}
	for i, other := range d.Related {
		there, message := s.location(other.Pos), sarifText(printable(other.Message))
		there.ID, there.Message = i+1, &message
		r.RelatedLocations = append(r.RelatedLocations, there)
	}
	return r
}

// advice is the message with the hint below it.
func (d *Diagnostic) advice() string {
	if d.Hint == "" {
		return printable(d.Message)
	}
	return printable(d.Message) + "\nhint: " + printable(d.Hint)
}

// sarifText makes a message that holds no link (section 3.11.6): what a document says is never one to follow. Braces,
// which only matter where there are arguments, stand as they are: readers in use show doubled ones doubled.
func sarifText(text string) sarifMessage {
	return sarifMessage{Text: strings.ReplaceAll(text, "](", "] (")}
}

// fingerprint is equal for what is one finding to a person, whatever lines or items were added above it. The path in the
// document counts items, so that the message, which has names, stands for it. Equal findings of a file are counted.
func (s *sarifWriter) fingerprint(d *Diagnostic) string {
	identity := strings.Join([]string{string(d.Code), d.Pos.slashed(), d.Message}, "\x00")
	s.seen[identity]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", identity, s.seen[identity]))
	return hex.EncodeToString(sum[:])
}

// notification repeats a result among what went wrong in the run.
func notification(r *sarifResult) sarifNotification {
	return sarifNotification{
		AssociatedRule: &sarifRuleReference{r.RuleID, r.RuleIndex}, Level: r.Level, Message: r.Message, Locations: r.Locations,
	}
}
