package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
)

// TestVerbsWithoutDocumentsMakeNoKinds runs the verbs that have nothing to compile, and one that has: the kinds of nodes,
// and with them every schema, are made for the latter only.
func TestVerbsWithoutDocumentsMakeNoKinds(t *testing.T) {
	for line, wanted := range map[string]bool{
		"":                               false,
		"--help":                         false,
		"build --help":                   false,
		"version":                        false,
		"completion bash":                false,
		"completion zsh":                 false,
		"explain code":                   false,
		"explain code allow-unused --no": false,
		"validat":                        false,
		"build --check --dry-run":        false,
		"validate " + t.TempDir():        false,
		"explain field":                  true,
	} {
		t.Run(line, func(t *testing.T) {
			made := false
			f := newFactory(Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
			f.Kinds = func() []compiler.Kind {
				made = true
				return kinds.All()
			}
			root := newRootCmd(f)
			root.SetArgs(strings.Fields(line))
			_ = root.Execute() // wrong usage is among them
			if made != wanted {
				t.Errorf("the kinds are made: %v", made)
			}
		})
	}
}
