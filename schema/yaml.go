package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// tree is one YAML document and what was found while building it. The root is nil when it cannot be used.
type tree struct {
	root     *Node
	findings diag.List
}

// parseTrees reads the YAML documents of a file. The list holds what is wrong with the file as a whole: its bytes, its
// syntax. Documents before a syntax fault are still returned.
func parseTrees(file string, data []byte) ([]tree, diag.List) {
	list := checkText(file, data)
	if list.HasErrors() {
		return nil, list
	}
	docs, err := decodeYAML(data)
	trees := make([]tree, 0, len(docs))
	for _, doc := range docs {
		root, findings := build(file, doc)
		trees = append(trees, tree{root, findings})
	}
	if err != nil {
		list = append(list, describeSyntax(file, data, err))
	}
	return trees, list
}

// decodeYAML gives the document nodes of a text, those before the fault beside an error.
func decodeYAML(data []byte) (docs []*yaml.Node, err error) {
	// The library reports faults by panics that it catches itself; one that escapes is its bug, and a fault of the text
	// to the user.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		doc := new(yaml.Node)
		if err := dec.Decode(doc); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return docs, err
		}
		docs = append(docs, doc)
	}
}
