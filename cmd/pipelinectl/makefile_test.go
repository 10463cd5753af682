package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	aFuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	// anUpdate is the flag by which a test writes its golden files.
	anUpdate = regexp.MustCompile(`(?m)^var \w+ = flag\.Bool\("update"`)
)

// TestMakefileNamesAll demands that `make fuzz` runs every fuzz target that there is and no other, and that `make golden`
// runs the tests of every package that writes golden files.
func TestMakefileNamesAll(t *testing.T) {
	fuzz, golden := testsOf(t)
	if len(fuzz) < 10 || len(golden) < 2 {
		t.Fatalf("found only the fuzz targets %v, and golden files of %v", fuzz, golden)
	}
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	makefile := strings.ReplaceAll(string(text), "\\\n", "")

	_, list, _ := strings.Cut(makefile, "\nFUZZ :=")
	list, _, _ = strings.Cut(list, "\n")
	if got := slices.Sorted(slices.Values(strings.Fields(list))); !slices.Equal(got, fuzz) {
		t.Errorf("the Makefile's FUZZ is\n%s\nwant\n%s", strings.Join(got, " "), strings.Join(fuzz, " "))
	}
	_, recipe, _ := strings.Cut(makefile, "\ngolden:")
	recipe, _, _ = strings.Cut(recipe, "\n\n")
	for _, pkg := range golden {
		if !strings.Contains(recipe, "$(GO) test ./"+pkg+" ") {
			t.Errorf("`make golden` does not run the tests of %s, which write golden files:%s", pkg, recipe)
		}
	}
}

// testsOf gives all fuzz targets, as package:name, and the packages whose tests write golden files, sorted.
func testsOf(t *testing.T) (fuzz, golden []string) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(rel))
		for _, found := range aFuzzTarget.FindAllSubmatch(text, -1) {
			fuzz = append(fuzz, pkg+":"+string(found[1]))
		}
		if anUpdate.Match(text) {
			golden = append(golden, pkg)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(fuzz)
	slices.Sort(golden)
	return fuzz, golden
}
