package cli

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	list := func(errs, warnings int) (out diag.List) {
		for range errs {
			out.Errorf("e", diag.Pos{}, "e")
		}
		for range warnings {
			out.Warnf("w", diag.Pos{}, "w")
		}
		return out
	}
	for want, got := range map[string]string{
		"no findings in 2 files":          summary(nil, 2),
		"1 error in 1 file":               summary(list(1, 0), 1),
		"3 errors, 1 warning in 4 files":  summary(list(3, 1), 4),
		"2 warnings in 1 file":            summary(list(0, 2), 1),
		"1 error, 2 warnings in 10 files": summary(list(1, 2), 10),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for want, words := range map[string][]string{"a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := list(words); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMermaidText(t *testing.T) {
	t.Parallel()
	if got, want := mermaidText("a \"b\"\n<c> #1 & d"), `"a #quot;b#quot;<br/>#lt;c#gt; #35;1 #amp; d"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestModuleVersion(t *testing.T) {
	t.Parallel()
	for want, info := range map[string]*debug.BuildInfo{
		"(devel)": nil,
		"v1.2.3":  {Main: debug.Module{Version: "v1.2.3"}},
	} {
		if got := moduleVersion(info); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestStreamsOfFiles demands that files are taken for what they are: nothing with colours or a width.
func TestStreamsOfFiles(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	s := NewStreams(nil, file, file, func(string) (string, bool) { return "", false })
	if s.ColorOut || s.ColorErr || s.OutTerminal || s.ErrWidth != nil {
		t.Errorf("a file is taken for a terminal: %+v", s)
	}
}
