package emit

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestLedger(t *testing.T) {
	tm, om := meta("v1", "ServiceAccount", "a")
	tree := factor(t, bundle(t, "", app(&corev1.ServiceAccount{TypeMeta: tm, ObjectMeta: om})))
	l, err := parseLedger(tree["photos/"+LedgerFile])
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range tree {
		rest := strings.TrimPrefix(name, "photos/")
		want := ledgerEntry{SHA256: digest(text), Source: "pipelines/photos.yaml"}
		if rest != LedgerFile && l.Files[rest] != want {
			t.Errorf("ledger says %v of %s, want %v", l.Files[rest], rest, want)
		}
	}
	if len(l.Files) != len(tree)-1 {
		t.Errorf("%d files in the ledger, %d in the tree", len(l.Files), len(tree))
	}
}

// Whatever a ledger or journal holds, it is an error or has only paths below the pipeline's folder, and prints again
// as what was read.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"version": 1, "files": {"base/a.yaml": {"sha256": "00", "source": "p.yaml"}}}`))
	f.Add([]byte(`{"version": 1, "files": {"base/a.yaml": {"before": "00", "after": "01"}}}`))
	f.Add([]byte(`{"version": 1, "files": {"../a": {}}}`))
	f.Add([]byte(`{"version": 1, "files": {"/etc/passwd": {}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseLedger(text)
		if err == nil {
			for name := range l.Files {
				wantInside(t, name)
			}
			wantAgain(t, l, parseLedger)
		}
		j, err := parseJournal(text)
		if err == nil {
			for name := range j.Files {
				wantInside(t, name)
			}
			wantAgain(t, j, parseJournal)
		}
	})
}

func wantInside(t *testing.T, name string) {
	t.Helper()
	if !fs.ValidPath(name) || name == "." || name == LedgerFile {
		t.Errorf("path %q was accepted", name)
	}
}

func wantAgain[T any](t *testing.T, record T, parse func([]byte) (T, error)) {
	t.Helper()
	text, err := marshalRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(text)
	if err != nil || !reflect.DeepEqual(again, record) {
		t.Errorf("%v prints as %s, which reads %v, %v", record, text, again, err)
	}
}

// TestClaim: a project's name is in the ledgers and nowhere else; the tree that was claimed stays as it is.
func TestClaim(t *testing.T) {
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	claimed, err := tree.Claim("media")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		tree Tree
		want string
	}{{tree, ""}, {claimed, "media"}} {
		if got, err := LedgerProject(test.tree["p/"+LedgerFile]); err != nil || got != test.want {
			t.Errorf("got %q, %v, want %q", got, err, test.want)
		}
	}
	dir := t.TempDir()
	for _, step := range []struct {
		project string
		err     error
	}{{"", nil}, {"media", nil}, {"shop", ErrConflict}, {"", ErrConflict}, {"media", nil}} {
		next, err := tree.Claim(step.project)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Write(context.Background(), dir, Target{Tree: next}, nil); !errors.Is(err, step.err) {
			t.Errorf("project %q: %v, want %v", step.project, err, step.err)
		}
	}
	wantDisk(t, dir, nil, claimed)
}

// TestRecall: a file that is not there is known from another tree, if its digest says that it is the same.
func TestRecall(t *testing.T) {
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a", "base/b.yaml": "b", "base/c.yaml": "c"})
	delete(tree, "p/base/a.yaml")
	delete(tree, "p/base/b.yaml")
	got := tree.Recall("p", Tree{"p/base/a.yaml": []byte("a"), "p/base/b.yaml": []byte("B"), "p/base/c.yaml": []byte("C"), "p/base/d.yaml": []byte("d")})
	want := maps.Clone(tree)
	want["p/base/a.yaml"] = []byte("a")
	if !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("got %q", got)
	}
}
