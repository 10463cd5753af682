package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const readme = "../../README.md"

// TestReadmeConsole runs what the README shows in console blocks, in order, on a copy of the examples, and demands the
// output that it shows. YAML whose first line is the comment `# PATH` is written there before. In the end, each file that the
// reader is to apply is there, and a kustomization of the reader's builds.
func TestReadmeConsole(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../../examples")); err != nil {
		t.Fatal(err)
	}
	path := program(t) + string(os.PathListSeparator) + os.Getenv("PATH")
	shell := func(command string) string {
		child := exec.Command("sh", "-c", command+" 2>&1")
		child.Dir = dir
		child.Env = append(os.Environ(), "PATH="+path, "GIT_CONFIG_GLOBAL=/dev/null")
		out, err := child.CombinedOutput()
		if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) { // an exit status may be shown
			t.Fatalf("%s: %v", command, err)
		}
		return string(out)
	}
	if out := shell("git init -q && git add -A && git -c user.name=t -c user.email=t@example.org commit -qm start"); out != "" {
		t.Fatal(out)
	}
	blocks := regexp.MustCompile("(?s)```(console|yaml)\n(.*?)```").FindAllStringSubmatch(readText(t), -1)
	consoles, own := 0, []string{}
	for _, block := range blocks {
		if block[1] == "yaml" {
			if name := writeShown(t, dir, block[2]); filepath.Base(name) == "kustomization.yaml" {
				own = append(own, filepath.Dir(name))
			}
			continue
		}
		consoles++
		for _, part := range strings.Split("\n"+block[2], "\n$ ")[1:] {
			command, want, _ := strings.Cut(part, "\n")
			if got := shell(command); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("$ %s\ngives\n%s\nbut the README shows\n%s", command, got, want)
			}
		}
	}
	if consoles < 2 || len(own) == 0 {
		t.Fatalf("the README has %d console blocks and the kustomizations %v", consoles, own)
	}
	checkApplied(t, dir)
	for _, folder := range own {
		if _, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder); err != nil {
			t.Error(err)
		}
	}
}

// writeShown writes a block of YAML to the file in dir that its first line names, and gives its path; empty where the line
// names none.
func writeShown(t *testing.T, dir, text string) string {
	t.Helper()
	found := regexp.MustCompile(`^# (\S+/\S+\.yaml)\n`).FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	name := filepath.Join(dir, filepath.FromSlash(found[1]))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// checkApplied demands that the files which the README has its reader apply are there.
func checkApplied(t *testing.T, dir string) {
	t.Helper()
	lines := regexp.MustCompile(`(?m)^    kubectl apply (.*)$`).FindAllStringSubmatch(readText(t), -1)
	if len(lines) == 0 {
		t.Fatal("the README applies nothing")
	}
	for _, line := range lines {
		for _, file := range regexp.MustCompile(`-f (\S+)`).FindAllStringSubmatch(line[1], -1) {
			if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(file[1]))); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestReadmeRun runs the quickstart as the README does, posts what its curl line posts, and demands the same lines, ports
// apart; the two deliveries may come in either order.
func TestReadmeRun(t *testing.T) {
	block := regexp.MustCompile("(?s)```text\n\\$ pipelinectl (run [^\n]+)\n(.*?)```").FindStringSubmatch(readText(t))
	if block == nil {
		t.Fatal("the README does not show a run")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, filepath.Join(program(t), "pipelinectl"), strings.Fields(block[1])...)
	child.Dir = "../.."
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	child.Stdout, child.Stderr = write, write
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	want := strings.Split(strings.TrimSpace(block[2]), "\n")
	for scanner := bufio.NewScanner(read); len(got) < len(want) && scanner.Scan(); {
		line := scanner.Text()
		got = append(got, line)
		if strings.HasPrefix(line, "ready") {
			postHello(t, got)
		}
	}
	if err := child.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, read); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err != nil {
		t.Error(err)
	}
	if got, want := masked(got), masked(want); !slices.Equal(got, want) {
		t.Errorf("run prints\n%s\nbut the README shows\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// postHello posts to the address that run has printed.
func postHello(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		if _, url, ok := strings.Cut(line, "takes records on "); ok {
			response, err := http.Post(url, "text/plain", strings.NewReader("hello"))
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			return
		}
	}
	t.Errorf("run prints no address: %q", lines)
}

// masked gives lines without what differs from run to run, deliveries in order.
func masked(lines []string) []string {
	out := slices.Clone(lines)
	for i, line := range out {
		out[i] = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(line, "ADDRESS")
	}
	if n := len(out); n > 2 {
		slices.Sort(out[n-2:])
	}
	return out
}

// TestReadmePicture holds the picture to what `graph` draws, and the node shown to the example.
func TestReadmePicture(t *testing.T) {
	text := readText(t)
	out, err := exec.Command(filepath.Join(program(t), "pipelinectl"), "graph", "../../examples/quickstart").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, "```mermaid\n"+strings.TrimSpace(string(out))+"\n```") {
		t.Errorf("the README's picture is not what `pipelinectl graph examples/quickstart` draws:\n%s", out)
	}
	shown := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(text)
	data, err := os.ReadFile("../../examples/quickstart/pipeline.yaml")
	if err != nil || shown == nil {
		t.Fatalf("no YAML in the README, or no example: %v", err)
	}
	var nodes []any
	var pipeline struct {
		Spec struct {
			Algos []any `yaml:"algos"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal([]byte(shown[1]), &nodes); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &pipeline); err != nil {
		t.Fatal(err)
	}
	want, err := yaml.Marshal(pipeline.Spec.Algos[0])
	if err != nil {
		t.Fatal(err)
	}
	got, err := yaml.Marshal(nodes[0])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the README shows\n%s\nthe example has\n%s", got, want)
	}
}

// TestReadmeLinks demands that every relative link leads somewhere.
func TestReadmeLinks(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(readText(t), -1)
	if len(links) < 5 {
		t.Fatalf("the README has %d links", len(links))
	}
	for _, link := range links {
		if _, err := os.Stat(filepath.Join("../..", link[1])); err != nil {
			t.Error(err)
		}
	}
}

func readText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// program gives a folder that holds this test binary under the product's name: called by it, it is the product
// (testscript.Main).
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "pipelinectl")); err != nil {
		t.Fatal(err)
	}
	return dir
}
