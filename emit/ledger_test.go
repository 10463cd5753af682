package emit

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestLedger(t *testing.T) {
	tm, om := meta("v1", "ServiceAccount", "a")
	tree := factor(t, bundle(t, "", app(&corev1.ServiceAccount{TypeMeta: tm, ObjectMeta: om})))
	l, err := parseLedger("photos", tree["photos/"+LedgerFile])
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

// Whatever a ledger or journal holds, it is an error or has only paths of the unit, and prints again as what was read.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"version": 1, "files": {"base/a.yaml": {"sha256": "00", "source": "p.yaml"}}}`))
	f.Add([]byte(`{"version": 1, "files": {"base/a.yaml": {"before": "00", "after": "01"}}}`))
	f.Add([]byte(`{"version": 1, "files": {"../a": {}}}`))
	f.Add([]byte(`{"version": 1, "files": {"/etc/passwd": {}}}`))
	f.Add([]byte(`{"version": 1, "files": {"../clusters/prod/p.yaml": {}, "../clusters/../p.yaml": {}}}`))
	f.Add([]byte(`{"version": 1, "layout": "flat", "files": {"../prod/p/app/a.yaml": {}, "../p/p/kafka/a.yaml": {}}}`))
	f.Add([]byte(`{"version": 1, "layout": "round", "files": {"../clusters/p/app/a.yaml": {}, "../../p/app/a.yaml": {}}}`))
	f.Add([]byte(`{"version": 1, "files": {"q/app/a.yaml": {}, "overlays/app/kustomization.yaml": {}, "../prod/q/app/a.yaml": {}}}`))
	f.Add([]byte(`{"version": 1, "files": {"_environment.yaml": {}, "argocd/argocd-cm.yaml": {}, "p.yaml": {}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, u := range []Unit{"p", EnvironmentUnit("prod")} {
			l, err := parseLedger(u, text)
			if err == nil {
				for name := range l.Files {
					wantOwn(t, u, name)
				}
				wantAgain(t, u, l, parseLedger)
			}
			j, err := parseJournal(u, text)
			if err == nil {
				for name := range j.Files {
					wantOwn(t, u, name)
				}
				wantAgain(t, u, j, parseJournal)
			}
		}
	})
}

// wantOwn fails unless a path leads to a file of the unit, and of no other one.
func wantOwn(t *testing.T, u Unit, name string) {
	t.Helper()
	full := path.Join(string(u), name)
	inside := strings.HasPrefix(full, string(u)+"/")
	engine, err := path.Match("clusters/*/p.yaml", full)
	app, appErr := path.Match("*/p/app/*", full)
	kafka, kafkaErr := path.Match("*/p/kafka/*", full)
	beside := u == "p" && (engine || (app || kafka) && !strings.HasPrefix(full, "clusters/"))
	if err := errors.Join(err, appErr, kafkaErr); err != nil || !fs.ValidPath(full) || !inside && !beside || UnitOf(full) != u || full == u.Ledger() {
		t.Errorf("path %q of %s was accepted", name, u)
	}
}

func TestUnitOf(t *testing.T) {
	for name, want := range map[string]Unit{
		"p/base/a.yaml":                  "p",
		"p":                              "p",
		"clusters/prod/p.yaml":           "p",
		"prod/p/app/a.yaml":              "p",
		"prod/p/kafka/a.yaml":            "p",
		"p/overlays/app/x.yaml":          "p",
		"p/overlays/prod/app/x.yaml":     "p",
		"clusters/prod/_shared.yaml":     "clusters/prod",
		"clusters/prod/argocd/cm.yaml":   "clusters/prod",
		EnvironmentUnit("prod").Ledger(): "clusters/prod",
		Unit("p").Ledger():               "p",
	} {
		if got := UnitOf(name); got != want {
			t.Errorf("%s belongs to %s, want %s", name, got, want)
		}
	}
}

// A file that a pipeline has outside of its folder has one place for each environment, and no other.
func TestEngineFiles(t *testing.T) {
	p := Unit("p")
	for _, environment := range []string{"prod", "..a", "a.b"} {
		if err := p.check(p.engineFile(environment)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{
		"../clusters/p.yaml", "../clusters//p.yaml", "../clusters/../p.yaml", "../clusters/./p.yaml", "../clusters/a/b/p.yaml", "../clusters/prod/q.yaml",
		"../clusters/prod/../prod/p.yaml", "clusters/../../clusters/prod/p.yaml", "../../clusters/prod/p.yaml", "../clusters/prod/" + environmentLedger, "../q/p.yaml",
	} {
		if p.check(name) == nil {
			t.Errorf("%q was accepted", name)
		}
	}
	for _, u := range []Unit{EnvironmentUnit("prod"), EnvironmentUnit("p")} {
		if name := u.engineFile("prod"); u.check(name) == nil {
			t.Errorf("%q of %s was accepted", name, u)
		}
	}
}

func wantAgain[T any](t *testing.T, u Unit, record T, parse func(Unit, []byte) (T, error)) {
	t.Helper()
	text, err := marshalRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(u, text)
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
		if got, err := LedgerProject("p", test.tree["p/"+LedgerFile]); err != nil || got != test.want {
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
