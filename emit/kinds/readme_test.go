package kinds_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/schema"
)

// TestReadmes compiles the pipeline that each kind's README shows, without a finding.
func TestReadmes(t *testing.T) {
	for _, kind := range kinds.All() {
		t.Run(kind.Name, func(t *testing.T) {
			file := filepath.Join(kind.Name, "README.md")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
			if block == nil {
				t.Fatalf("%s shows no pipeline", file)
			}
			docs, findings := schema.Parse(file, block[1])
			program, more := compiler.Compile(docs, kinds.All())
			for _, d := range append(findings, more...) {
				t.Errorf("%v: %s [%s]", d.Pos, d.Message, d.Code)
			}
			for _, g := range program.Graphs {
				for _, n := range g.Nodes {
					if n.Kind == kind.Name {
						return
					}
				}
			}
			t.Errorf("%s shows no node of its kind", file)
		})
	}
}
