package revision

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// git runs git as a person would, in a repository of the test.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Env = append(environment(os.Environ()), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_ALLOW_PROTOCOL=file",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// repository makes one, with files committed.
func repository(t testing.TB, files map[string]string, options ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, and a revision is read by it")
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	git(t, dir, append([]string{"init", "-q", "-b", "main"}, options...)...)
	if len(files) > 0 {
		commit(t, dir, files)
	}
	return dir
}

func commit(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "m")
}

func opened(t testing.TB, dir, rev string) *Folder {
	t.Helper()
	f, err := Open(dir, rev)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// wantFiles reads names and demands that exactly these are there.
func wantFiles(t testing.TB, f *Folder, names []string, want map[string]string) {
	t.Helper()
	read, err := f.Read(names, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, text := range read {
		got[name] = string(text)
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRead(t *testing.T) {
	dir := repository(t, map[string]string{"deploy/p/a": "one", "deploy/p/ü b.yaml": "two\n", "deploy/q/c": "", "deploy/p/deep/e": "", "deploy/p.q/d": "", "deploy/file": "", "other": "x"})
	f := opened(t, filepath.Join(dir, "deploy"), "HEAD")
	if !f.Holds || f.Path != "deploy" || f.Commit != git(t, dir, "rev-parse", "HEAD") {
		t.Errorf("got %+v", f)
	}
	names := []string{"p/a", "p", "p/ü b.yaml", "missing", "missing missing", "a\nb", "q/c"}
	want := map[string]string{"p/a": "one", "p/ü b.yaml": "two\n", "q/c": ""}
	wantFiles(t, f, names, want)
	wantFiles(t, f, names, want) // one process serves several reads
	for below, want := range map[string][]string{".": {"p", "p.q", "q"}, "p": {"deep"}, "q": nil, "missing": nil, "file": nil} {
		if folders, err := f.Folders(below); err != nil || !slices.Equal(folders, want) {
			t.Errorf("folders in %s: %q, %v", below, folders, err)
		}
	}
	for _, name := range []string{"../other", "/other", ""} {
		if got, err := f.Read([]string{name}, nil); err == nil {
			t.Errorf("%q is read: %q", name, got)
		}
	}
	wantFiles(t, f, names, want) // a refused name breaks nothing
	wantFiles(t, opened(t, dir, "HEAD"), []string{"other"}, map[string]string{"other": "x"})
}

// A text that is likely is taken where the commit has it, and only there; it then need not be read, however large.
func TestReadLikely(t *testing.T) {
	large := strings.Repeat("x", maxObject+1)
	for _, format := range []string{"sha1", "sha256"} {
		dir := repository(t, map[string]string{"deploy/a": "one", "deploy/b": "two", "deploy/large": large}, "--object-format="+format)
		f := opened(t, filepath.Join(dir, "deploy"), "HEAD")
		likely := map[string][]byte{"a": []byte("one"), "b": []byte("one"), "c": []byte("one"), "large": []byte(large)}
		got, err := f.Read([]string{"a", "b", "c", "large"}, likely)
		if err != nil || len(got) != 3 || string(got["b"]) != "two" {
			t.Fatalf("%s: %d files, %v", format, len(got), err)
		}
		if &got["a"][0] != &likely["a"][0] || &got["large"][0] != &likely["large"][0] {
			t.Errorf("%s: a text that was known was read", format)
		}
	}
}

// What is removed from disk, or changed there, or staged, is still what it was at the revision.
func TestReadAfterRemoval(t *testing.T) {
	dir := repository(t, map[string]string{"a/deploy/p/a": "one"})
	commit(t, dir, map[string]string{"a/deploy/p/a": "two"})
	if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", "-A")
	for rev, want := range map[string]string{"HEAD": "two", "main": "two", "HEAD~1": "one", "main@{0}": "two"} {
		wantFiles(t, opened(t, filepath.Join(dir, "a", "deploy"), rev), []string{"p/a"}, map[string]string{"p/a": want})
	}
}

func TestReadManyAndLarge(t *testing.T) {
	files := map[string]string{}
	for i := range 500 {
		files[fmt.Sprintf("deploy/%03d", i)] = strings.Repeat("x", 1000)
	}
	files["deploy/large"] = strings.Repeat("x", maxObject+1)
	dir := repository(t, files)
	f := opened(t, filepath.Join(dir, "deploy"), "HEAD")
	var names []string
	for range 20 {
		for i := range 500 {
			names = append(names, fmt.Sprintf("%03d", i))
		}
	}
	got, err := f.Read(names, nil)
	if err != nil || len(got) != 500 || len(got["499"]) != 1000 {
		t.Errorf("%d files, %v", len(got), err)
	}
	if _, err := f.Read([]string{"large", "001"}, nil); err == nil || !strings.Contains(err.Error(), "more than the") {
		t.Errorf("got %v", err)
	}
}

func TestUntracked(t *testing.T) {
	dir := repository(t, nil)
	var untracked *UntrackedError
	if _, err := Open(dir, "HEAD"); !errors.As(err, &untracked) || !strings.Contains(err.Error(), "no commit yet") {
		t.Errorf("a repository without commits: %v", err)
	}
	if f, err := Open(filepath.Join(dir, ".git", "refs"), "HEAD"); err == nil {
		t.Errorf("within .git: %+v", f)
	}
	commit(t, dir, map[string]string{"a": "x"})
	if f := opened(t, filepath.Join(dir, "deploy"), "HEAD"); f.Holds {
		t.Errorf("a folder that is not committed: %+v", f)
	}
	if f := opened(t, filepath.Join(dir, "a"), "HEAD"); f.Holds {
		t.Errorf("a file: %+v", f)
	}
	outside := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(outside))
	if _, err := Open(outside, "HEAD"); !errors.As(err, &untracked) || !strings.Contains(err.Error(), "no git repository") {
		t.Errorf("outside: %v", err)
	}
	t.Setenv("PATH", outside)
	if _, err := Open(dir, "HEAD"); !errors.As(err, &untracked) || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("without git: %v", err)
	}
}

func TestUnknownRevision(t *testing.T) {
	dir := repository(t, map[string]string{"deploy/a": "x"})
	git(t, dir, "branch", "release")
	for _, rev := range []string{"releas", "", "-h", "--help", ":/m", "HEAD:deploy", "HEAD\nmain", "main..release", "HEAD^{tree}"} {
		var unknown *UnknownError
		if _, err := Open(dir, rev); !errors.As(err, &unknown) || unknown.Revision != rev {
			t.Errorf("%q: %v", rev, err)
		}
	}
	var unknown *UnknownError
	if _, err := Open(dir, "releas"); !errors.As(err, &unknown) || !slices.Equal(unknown.Known, []string{"main", "release"}) {
		t.Errorf("got %+v", err)
	}
}

func TestMoved(t *testing.T) {
	dir := repository(t, map[string]string{"deploy/p/ledger": "x", "copy/p/ledger": "y"})
	f := opened(t, filepath.Join(dir, "manifests"), "HEAD")
	if moved, err := f.Moved([]string{"p/ledger"}); moved || err != nil {
		t.Errorf("nothing has moved: %v, %v", moved, err)
	}
	if err := os.Rename(filepath.Join(dir, "deploy"), filepath.Join(dir, "manifests")); err != nil {
		t.Fatal(err)
	}
	if moved, err := f.Moved([]string{"q/ledger"}); moved || err != nil {
		t.Errorf("another file has moved: %v, %v", moved, err)
	}
	if moved, err := f.Moved([]string{"p/ledger", "q/ledger"}); !moved || err != nil || f.Path != "deploy" {
		t.Errorf("not noticed: %v, %v, %s", moved, err, f.Path)
	}
	wantFiles(t, f, []string{"p/ledger"}, map[string]string{"p/ledger": "x"})
	if err := os.RemoveAll(filepath.Join(dir, "copy")); err != nil {
		t.Fatal(err)
	}
	f = opened(t, filepath.Join(dir, "manifests"), "HEAD")
	if moved, err := f.Moved([]string{"p/ledger"}); moved || err != nil {
		t.Errorf("of two folders one is taken: %v, %v", moved, err)
	}
}

func TestSHA256(t *testing.T) {
	dir := repository(t, map[string]string{"deploy/p/a": "one"}, "--object-format=sha256")
	f := opened(t, filepath.Join(dir, "deploy"), "HEAD")
	if len(f.Commit) != 64 {
		t.Errorf("commit %s", f.Commit)
	}
	if folders, err := f.Folders("."); err != nil || !slices.Equal(folders, []string{"p"}) {
		t.Errorf("folders %q, %v", folders, err)
	}
	wantFiles(t, f, []string{"p/a"}, map[string]string{"p/a": "one"})
}

// In a hook, git sets variables that name its own repository.
func TestVariablesOfHooks(t *testing.T) {
	dir := repository(t, map[string]string{"deploy/a": "right"})
	other := repository(t, map[string]string{"deploy/a": "wrong"})
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	t.Setenv("GIT_WORK_TREE", other)
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other, ".git", "index"))
	t.Setenv("GIT_OBJECT_DIRECTORY", filepath.Join(other, ".git", "objects"))
	t.Setenv("GIT_TRACE", filepath.Join(other, "trace"))
	wantFiles(t, opened(t, filepath.Join(dir, "deploy"), "HEAD"), []string{"a"}, map[string]string{"a": "right"})
	if _, err := os.Stat(filepath.Join(other, "trace")); err == nil {
		t.Error("git wrote a trace")
	}
}

// A repository's own settings have nothing run, and neither does an empty file that stands for what a clone lacks.
func TestNothingRuns(t *testing.T) {
	dir := repository(t, map[string]string{"deploy/a": "x"})
	witness := filepath.Join(dir, "witness")
	script := filepath.Join(dir, "run")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch '"+witness+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"core.fsmonitor", "core.pager", "core.sshCommand", "core.gitProxy", "filter.f.smudge", "diff.external", "alias.rev-parse", "credential.helper"} {
		git(t, dir, "config", setting, script)
	}
	git(t, dir, "config", "core.hooksPath", dir)
	f := opened(t, filepath.Join(dir, "deploy"), "HEAD")
	wantFiles(t, f, []string{"a"}, map[string]string{"a": "x"})
	if moved, err := opened(t, filepath.Join(dir, "elsewhere"), "HEAD").Moved([]string{"a"}); moved || err != nil {
		t.Errorf("moved %v, %v", moved, err)
	}
	if _, err := os.Stat(witness); err == nil {
		t.Error("something ran")
	}
}

// What a partial clone lacks is an error, not a missing file.
func TestPartialClone(t *testing.T) {
	dir := repository(t, map[string]string{"deploy/a": "x"})
	commit(t, dir, map[string]string{"deploy/a": "y"})
	git(t, dir, "config", "uploadpack.allowFilter", "true")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--filter=blob:none", "file://"+dir, clone)
	wantFiles(t, opened(t, filepath.Join(clone, "deploy"), "HEAD"), []string{"a"}, map[string]string{"a": "y"})
	if got, err := opened(t, filepath.Join(clone, "deploy"), "HEAD~1").Read([]string{"a"}, nil); err == nil {
		t.Errorf("read %q", got)
	}
}

func TestSubmodule(t *testing.T) {
	inner := repository(t, map[string]string{"p/a": "x"})
	dir := repository(t, map[string]string{"b": "y"})
	git(t, dir, "-c", "protocol.file.allow=always", "submodule", "-q", "add", inner, "deploy")
	git(t, dir, "commit", "-q", "-m", "m")
	wantFiles(t, opened(t, filepath.Join(dir, "deploy"), "HEAD"), []string{"p/a"}, map[string]string{"p/a": "x"})
	if err := os.RemoveAll(filepath.Join(dir, "deploy")); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"deploy", "deploy/p"} {
		if _, err := Open(filepath.Join(dir, folder), "HEAD"); err == nil || !strings.Contains(err.Error(), "submodule") {
			t.Errorf("%s: got %v", folder, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"HOME=/h", "GIT_DIR=x", "GIT_CONFIG_KEY_0=a", "GIT_CONFIG_PARAMETERS=b", "GIT_CEILING_DIRECTORIES=c"})
	if want := []string{"HOME=/h", "GIT_CONFIG_KEY_0=a", "GIT_CEILING_DIRECTORIES=c"}; !slices.Equal(got[:3], want) || slices.Contains(got, "GIT_DIR=x") {
		t.Errorf("got %q", got)
	}
}

func BenchmarkOpenAndRead(b *testing.B) {
	dir := repository(b, map[string]string{"deploy/a": "x"})
	for b.Loop() {
		f, err := Open(filepath.Join(dir, "deploy"), "HEAD")
		if err != nil {
			b.Fatal(err)
		}
		got, err := f.Read([]string{"a"}, nil)
		if err != nil || !bytes.Equal(got["a"], []byte("x")) {
			b.Fatalf("%q, %v", got, err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
