package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/pipelinectl/pipelinectl/emit"
)

// onTop is what a transformer of a team's own overlay does to what it stands on.
type onTop struct {
	// name is the transformer, with what is special about it; on is the kustomization below it.
	name, on string
	// kustomization is the team's, without its resources.
	kustomization string
	// changes are the fields that change and no others, by kind, a list's index left out. A star is every kind.
	changes []string
	// becomes gives the new value of each of them; the old one is nil where the field is new.
	becomes func(old any) any
	// renamed gives the new name of an object; nil where names stay.
	renamed func(string) string
	// adds is the number of objects that the team brings.
	adds int
}

// TestTeamsOverlayOnTop builds a team's overlay with each transformer over ours, and demands that exactly those fields
// change that should: names that refer to a renamed object follow it, selectors stay, and so does all that is not asked
// for.
func TestTeamsOverlayOnTop(t *testing.T) {
	t.Parallel()
	files := tree(t, compileFolder(t, "../../testdata/ontop.yaml"))
	for i, c := range onTops {
		files[path.Join("team", strconv.Itoa(i), "kustomization.yaml")] = []byte("resources: [../../" + c.on + "]\n" + c.kustomization)
	}
	for builder, build := range builders(t, files) {
		before := map[string][]map[string]any{}
		for i, c := range onTops {
			if before[c.on] == nil {
				before[c.on] = build(t, c.on)
			}
			t.Run(c.name+", by "+builder, func(t *testing.T) {
				c.check(t, before[c.on], build(t, path.Join("team", strconv.Itoa(i))))
			})
		}
	}
}

// builders are what builds a kustomization of a tree: the library, and the programs that are on PATH.
func builders(t *testing.T, files emit.Tree) map[string]func(*testing.T, string) []map[string]any {
	t.Helper()
	out := map[string]func(*testing.T, string) []map[string]any{
		"the library": func(t *testing.T, dir string) []map[string]any {
			t.Helper()
			text, err := emit.Render(files, dir)
			if err != nil {
				t.Fatal(err)
			}
			return decodeObjects(t, text)
		},
	}
	root := t.TempDir()
	writeGolden(t, root, files)
	for name, verb := range map[string]string{"kustomize": "build", "kubectl": "kustomize"} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Logf("%s is not on PATH: the library alone builds the overlays", name)
			continue
		}
		out[name] = func(t *testing.T, dir string) []map[string]any {
			t.Helper()
			command := exec.Command(program, verb, filepath.Join(root, filepath.FromSlash(dir)))
			command.Stderr = os.Stderr
			text, err := command.Output()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return decodeObjects(t, text)
		}
	}
	return out
}

func decodeObjects(t *testing.T, stream []byte) []map[string]any {
	t.Helper()
	var out []map[string]any
	for document := range bytes.SplitSeq(stream, []byte("\n---\n")) {
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		out = append(out, object)
	}
	return out
}

// check compares what was with what is.
func (c onTop) check(t *testing.T, before, after []map[string]any) {
	t.Helper()
	if len(before)+c.adds != len(after) || len(before) < 10 {
		t.Fatalf("%d objects become %d", len(before), len(after))
	}
	var got []string
	for _, old := range before {
		kind, name := old["kind"].(string), nameOf(old)
		if c.renamed != nil {
			name = c.renamed(name)
		}
		i := slices.IndexFunc(after, func(o map[string]any) bool { return o["kind"] == kind && nameOf(o) == name })
		if i < 0 {
			t.Errorf("there is no %s %s", kind, name)
			continue
		}
		compareLeaves(old, after[i], "", func(path string, was, is any) {
			got = append(got, kind+" "+path)
			if want := c.becomes(was); is != want {
				t.Errorf("%s %s: %s becomes %v from %v, want %v", kind, name, path, is, was, want)
			}
		})
	}
	if got = summarize(got, len(before)); !slices.Equal(got, c.changes) {
		t.Errorf("these fields change:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.changes, "\n"))
	}
}

func nameOf(object map[string]any) string {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	return name
}

// compareLeaves reports each scalar that differs, by its path without indices.
func compareLeaves(was, is any, path string, differs func(path string, was, is any)) {
	switch old := was.(type) {
	case map[string]any:
		now, _ := is.(map[string]any)
		keys := map[string]bool{}
		for key := range old {
			keys[key] = true
		}
		for key := range now {
			keys[key] = true
		}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			compareLeaves(old[key], now[key], strings.TrimPrefix(path+"."+key, "."), differs)
		}
	case []any:
		now, _ := is.([]any)
		for i := range max(len(old), len(now)) {
			compareLeaves(at(old, i), at(now, i), path+"[]", differs)
		}
	case nil:
		switch now := is.(type) {
		case map[string]any:
			compareLeaves(map[string]any{}, now, path, differs)
		case []any:
			compareLeaves([]any{}, now, path, differs)
		case nil:
		default:
			differs(path, nil, is)
		}
	default:
		if !reflect.DeepEqual(was, is) {
			differs(path, was, is)
		}
	}
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// summarize gives each field once, sorted; under a star those that change in every object.
func summarize(fields []string, objects int) []string {
	count := map[string]int{}
	for _, f := range fields {
		_, path, _ := strings.Cut(f, " ")
		count[path]++
	}
	out := map[string]bool{}
	for _, f := range fields {
		_, path, _ := strings.Cut(f, " ")
		if count[path] == objects {
			f = "* " + path
		}
		out[f] = true
	}
	return slices.Sorted(maps.Keys(out))
}
