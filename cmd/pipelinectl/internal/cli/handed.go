package cli

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// openHanded opens what some program hands over, such as every file that a commit changes: each project that a path lies
// in, as its own sources describe it, and what is ours among the paths that lie in none.
func openHanded(f *Factory, cmd *cobra.Command, paths []string) ([]*workspace, error) {
	if path, missing := firstMissing(paths); missing {
		return nil, &usageError{cmd: cmd, err: fmt.Errorf("no file or folder `%s`", path), hint: nearestFile(path)}
	}
	byProject := map[string][]string{}
	for _, path := range paths {
		root, _, err := schema.Root(path)
		if err != nil {
			return nil, err
		}
		byProject[root] = append(byProject[root], path)
	}
	var out []*workspace
	for _, root := range slices.Sorted(maps.Keys(byProject)) {
		w := &workspace{paths: byProject[root]}
		var err error
		if root == "" {
			w.project, w.findings, err = schema.LoadFound(w.paths)
		} else {
			w.project, w.findings, err = schema.Load([]string{filepath.Join(root, schema.ProjectFileName)})
		}
		if err != nil {
			return nil, err
		}
		w.project.Strict, w.layout = isStrict(cmd), layoutOf(cmd, w.project)
		w.findings = w.findings.Sorted()
		w.compile(compiler.New(f.Kinds()))
		out = append(out, w)
	}
	return out, nil
}
