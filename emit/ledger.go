package emit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
)

// LedgerFile is the name of the ledger in a pipeline's folder: which files are ours, and what we wrote into them.
const LedgerFile = ".pipelinectl.json"

// ledgerVersion is the version of the ledger's and the journal's form.
const ledgerVersion = 1

// ledger names every other file of a unit that we wrote.
type ledger struct {
	Version int `json:"version"`
	// Project is the name of the project that the unit belongs to, empty where it has none.
	Project string `json:"project,omitempty"`
	// Layout is that of the unit's files, empty for Kustomize.
	Layout Layout `json:"layout,omitempty"`
	// Files are by path relative to the unit's folder.
	Files map[string]ledgerEntry `json:"files"`
}

// ledgerEntry is one file that we wrote.
type ledgerEntry struct {
	// SHA256 is that of the bytes we wrote, hexadecimal.
	SHA256 string `json:"sha256"`
	// Source is the document that it was compiled from, relative to the project, without a line number, so that moving
	// a document changes no ledger. It is empty for what an environment's pipelines share, which is called like the
	// environment.
	Source string `json:"source,omitempty"`
}

// seal makes the tree of a unit in the layout from its files, by path relative to its folder: it adds the ledger.
func (l Layout) seal(u Unit, source string, files map[string][]byte) (Tree, error) {
	record := ledger{Version: ledgerVersion, Layout: l.recorded(), Files: make(map[string]ledgerEntry, len(files))}
	t := make(Tree, len(files)+1)
	for name, text := range files {
		record.Files[name] = ledgerEntry{SHA256: digest(text), Source: source}
		t[path.Join(string(u), name)] = text
	}
	text, err := marshalRecord(record)
	if err != nil {
		return nil, err
	}
	t[u.Ledger()] = text
	return t, nil
}

// SealEnvironment gives the tree of what the pipelines of an environment share, with its ledger, from its files by their
// paths in the output. An error is a file that no environment's unit has.
func SealEnvironment(environment string, files Tree) (Tree, error) {
	u := EnvironmentUnit(environment)
	own := make(map[string][]byte, len(files))
	for name, text := range files {
		rest := u.relative(name)
		if err := u.check(rest); err != nil {
			return nil, err
		}
		own[rest] = text
	}
	return Kustomize.seal(u, "", own) // which the ledger does not mention: what is shared lies alike in every layout
}

// Claim gives the tree with the name of its project in the ledgers, so that several projects can share an output folder:
// none takes the others' trees for its own. An empty name claims nothing.
func (t Tree) Claim(project string) (Tree, error) {
	if project == "" {
		return t, nil
	}
	out := maps.Clone(t)
	for name, text := range t {
		u := UnitOf(name)
		if name != u.Ledger() {
			continue
		}
		l, err := parseLedger(u, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		l.Project = project
		if out[name], err = marshalRecord(l); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// LedgerProject gives the name of the project that a ledger's unit belongs to, empty where it says none. An error is a
// ledger that cannot be read.
func LedgerProject(u Unit, text []byte) (string, error) {
	l, err := parseLedger(u, text)
	return l.Project, err
}

// digest is the SHA-256 of a file's bytes, hexadecimal.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// parseLedger reads a unit's ledger, nil being an empty one.
func parseLedger(u Unit, text []byte) (ledger, error) {
	var l ledger
	if text == nil {
		return l, nil
	}
	if err := parseRecord(text, &l); err != nil {
		return ledger{}, err
	}
	if l.Version != ledgerVersion {
		return ledger{}, fmt.Errorf("version %d is unknown; version %d is understood: use the pipelinectl that wrote it", l.Version, ledgerVersion)
	}
	if !l.Layout.known() {
		return ledger{}, fmt.Errorf("layout %q is unknown: use the pipelinectl that wrote it", l.Layout)
	}
	for name := range l.Files {
		if err := u.check(name); err != nil {
			return ledger{}, err
		}
	}
	return l, nil
}

// marshalRecord prints a ledger or journal: indented JSON with sorted keys and a final newline.
func marshalRecord(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// conflictMark begins a conflict in a file that git merged.
var conflictMark = []byte("\n<<<<<<< ")

// parseRecord reads what marshalRecord printed, and nothing else.
func parseRecord(text []byte, v any) error {
	if bytes.HasPrefix(text, conflictMark[1:]) || bytes.Contains(text, conflictMark) {
		return errors.New("it has the marks of a merge conflict")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the end")
	}
	return nil
}
