package kinds_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
)

// TestOddValues puts values that nobody thinks of into every place of documents with every kind of node. What the schema
// lets through must give findings or a tree, as FuzzCompile demands of any bytes.
func TestOddValues(t *testing.T) {
	c := compiler.New(kinds.All())
	docs := parseAll(t, read(t, "testdata/pipeline.yaml"))
	docs = append(docs, parseAll(t, read(t, "testdata/environments.yaml"))[:2]...)
	odd := []string{"null", "[null]", `""`, "0", "-1", "9223372036854775807", "0s", "out"}
	for _, doc := range docs {
		visit(doc, func(place *yaml.Node) {
			before := *place
			for _, value := range odd {
				*place = *yaml.MustParse(value).YNode()
				for _, fault := range faults(c, printAll(t, docs)) {
					t.Errorf("%s in the place of %q (line %d): %s", value, before.Value, before.Line, fault)
				}
			}
			*place = before
		})
	}
}

// visit calls change for each value under a node, which may change and must restore it.
func visit(n *yaml.Node, change func(*yaml.Node)) {
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			change(child)
			visit(child, change)
		}
	}
}

func parseAll(t *testing.T, data []byte) []*yaml.Node {
	t.Helper()
	var docs []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		doc := new(yaml.Node)
		err := decoder.Decode(doc)
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
}

func printAll(t *testing.T, docs []*yaml.Node) []byte {
	t.Helper()
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	for _, doc := range docs {
		if err := encoder.Encode(doc); err != nil {
			t.Fatal(err)
		}
	}
	if err := encoder.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
