package schema_test

import (
	"fmt"
	"os"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// One run gives every finding of a file, at the key or value that is guilty.
func ExampleSet_Validate() {
	const file = "photos.yaml"
	text := []byte(`apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata:
  name: Photos
spec:
  tpyes:
    photo: {contentType: image/*}
`)
	docs, list := schema.Parse(file, text)
	set := schema.NewSet()
	for _, doc := range docs {
		list = append(list, set.Validate(doc)...)
	}
	if err := diag.WriteText(os.Stdout, list.Sorted(), map[string][]byte{file: text}, false); err != nil {
		fmt.Println(err)
	}
	// Output:
	// photos.yaml:4:9: error: `metadata.name` of pipeline `Photos` cannot be `Photos` [value-pattern]
	//     4 |   name: Photos
	//       |         ^~~~~~
	//   hint: a pipeline's name is lower case letters, digits and `-`, begins with a letter, ends with a letter or digit, and has 63 characters at most (RFC 1035 label): Services are named after it
	// photos.yaml:6:3: error: unknown field `tpyes` in `spec` of pipeline `Photos`; did you mean `types`? [field-unknown]
	//     6 |   tpyes:
	//       |   ^~~~~
}

// Every leaf of a decoded document knows its place.
func ExampleDecode() {
	docs, _ := schema.Parse("photos.yaml", []byte(`apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: photos, labels: {team: media}}
`))
	var metadata struct {
		Name   schema.Value[string]                 `yaml:"name"`
		Labels schema.Entries[schema.Value[string]] `yaml:"labels"`
	}
	list := schema.Decode(docs[0].Root.Get("metadata"), &metadata)
	fmt.Println(metadata.Name.V, metadata.Name.Pos, len(list))
	fmt.Println(metadata.Labels[0].Key.V, metadata.Labels[0].Value.V, metadata.Labels[0].Value.Pos)
	// Output:
	// photos photos.yaml:3:18 0
	// team media photos.yaml:3:41
}
