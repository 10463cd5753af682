package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// spy is a stream that one goroutine writes and another looks at.
type spy struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *spy) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *spy) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// TestBuildWaits holds the output folder as another build would.
func TestBuildWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, out := filepath.Join(dir, "words.yaml"), filepath.Join(dir, "out")
	const text = "apiVersion: pipelinectl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: words}\nspec:\n" +
		"  endpoints: [{name: upload, http: {path: /upload}}]\n  hooks: [{name: notify, from: upload, url: \"https://example.org\"}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	other := flock.New(filepath.Join(out, ".pipelinectl.lock"))
	if locked, err := other.TryLock(); err != nil || !locked {
		t.Fatal(locked, err)
	}
	said := &spy{}
	done := make(chan error, 1)
	go func() {
		done <- execute(newBuildCmd(newFactory(Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: said}), nil), file, "-o", out)
	}()
	for end := time.Now().Add(time.Minute); !strings.Contains(said.String(), "another build is writing to "+out+": waiting\n"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it says %q", said)
		}
	}
	if _, err := os.Stat(filepath.Join(out, "words")); err == nil {
		t.Error("it writes while another build does")
	}
	if err := other.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("%v: %s", err, said)
	}
	if _, err := os.Stat(filepath.Join(out, "words", "base", "kustomization.yaml")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(other.Path()); err == nil {
		t.Error("the lock is left behind")
	}
}

func TestShellWord(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"deploy": "deploy", "../a_b/c-1.yaml": "../a_b/c-1.yaml", `C:\deploy`: `'C:\deploy'`, "": "''",
		"my tree": "'my tree'", "it's": `'it'\''s'`, "a;rm": "'a;rm'", "$(x)": "'$(x)'", "*": "'*'", "ä": "'ä'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
}
