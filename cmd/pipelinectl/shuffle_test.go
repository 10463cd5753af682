package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// shuffleDir names the variable that makes this test binary compile a folder, print the tree's hash and end.
const shuffleDir = "PIPELINECTL_SHUFFLE_DIR"

// TestShuffledProjectsGiveTheSameBytes compiles each example twenty times, each time in a process of its own, with
// files, documents, map keys and list items in another order, on one processor and on eight.
func TestShuffledProjectsGiveTheSameBytes(t *testing.T) {
	if dir := os.Getenv(shuffleDir); dir != "" {
		fmt.Println(hashTree(t, dir))
		return
	}
	for name, dir := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := hashTree(t, dir)
			for seed := range 20 {
				shuffled := shuffleProject(t, dir, uint64(seed))
				child := exec.Command(os.Args[0], "-test.run", "^TestShuffledProjectsGiveTheSameBytes$", "-test.v=false")
				child.Env = append(os.Environ(), shuffleDir+"="+shuffled, fmt.Sprintf("GOMAXPROCS=%d", 1+7*(seed%2)))
				out, err := child.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if got, _, _ := strings.Cut(string(out), "\n"); got != want {
					t.Errorf("seed %d gives %s, the example itself %s", seed, got, want)
				}
			}
		})
	}
}

func hashTree(t *testing.T, dir string) string {
	t.Helper()
	files := tree(t, compileFolder(t, dir))
	sum := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s\n%d\n%s\n", path, len(files[path]), files[path])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// shuffleProject writes a copy of a project: the pipeline stays in its file, since the ledger names it; environments
// move into it or into files of other names.
func shuffleProject(t *testing.T, dir string, seed uint64) string {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	out := t.TempDir()
	settings, err := os.ReadFile(filepath.Join(dir, "pipelinectl.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(out, "pipelinectl.yaml"), settings)
	together := []string{shuffleFile(t, random, filepath.Join(dir, "pipeline.yaml"))}
	environments, err := filepath.Glob(filepath.Join(dir, "environments/*.yaml"))
	if err != nil || len(environments) == 0 {
		t.Fatalf("no environments in %s: %v", dir, err)
	}
	for i, file := range environments {
		text := shuffleFile(t, random, file)
		if random.IntN(2) == 0 {
			together = append(together, text)
			continue
		}
		write(t, filepath.Join(out, fmt.Sprintf("%d-%d.yaml", random.IntN(1000), i)), []byte(text))
	}
	random.Shuffle(len(together), func(i, j int) { together[i], together[j] = together[j], together[i] })
	write(t, filepath.Join(out, "pipeline.yaml"), []byte(strings.Join(together, "---\n")))
	return out
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func shuffleFile(t *testing.T, random *rand.Rand, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	shuffleNode(random, &doc, "")
	text, err := yaml.Marshal(&doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ordered are the lists whose order means something: words of a command, variables that refer to earlier ones, and
// overrides, of which the last wins.
var ordered = []string{"command", "env", "overrides"}

func shuffleNode(random *rand.Rand, n *yaml.Node, key string) {
	switch {
	case n.Kind == yaml.MappingNode:
		for i := len(n.Content)/2 - 1; i > 0; i-- {
			j := random.IntN(i + 1)
			for k := range 2 {
				n.Content[2*i+k], n.Content[2*j+k] = n.Content[2*j+k], n.Content[2*i+k]
			}
		}
		for i := 0; i < len(n.Content); i += 2 {
			shuffleNode(random, n.Content[i+1], n.Content[i].Value)
		}
		return
	case n.Kind == yaml.SequenceNode && !slices.Contains(ordered, key):
		random.Shuffle(len(n.Content), func(i, j int) { n.Content[i], n.Content[j] = n.Content[j], n.Content[i] })
	}
	for _, child := range n.Content {
		shuffleNode(random, child, "")
	}
}
