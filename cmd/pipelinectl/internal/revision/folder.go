package revision

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Read gives the files of these names, relative to the folder, with slashes; those that the commit lacks are left out.
// Symbolic links are files that hold their target. Likely is what files probably hold, by name: what git's own digest
// shows to be right is given back and not read, which saves nearly all of the time. It may be nil.
func (f *Folder) Read(names []string, likely map[string][]byte) (map[string][]byte, error) {
	out := make(map[string][]byte, len(names))
	if !f.Holds || len(names) == 0 {
		return out, nil
	}
	blobs, err := f.names()
	if err != nil {
		return nil, err
	}
	var wanted, requests []string
	for _, name := range names {
		blob, there := blobs[name]
		text, guessed := likely[name]
		switch {
		case !fs.ValidPath(name):
			return nil, fmt.Errorf("git: %q is no path of a file", name)
		case guessed && blob == f.nameOf(text):
			out[name] = text
		case there:
			wanted, requests = append(wanted, name), append(requests, blob)
		}
	}
	err = f.batch.all(requests, func(i int, o object) {
		if o.kind == "blob" {
			out[wanted[i]] = o.content
		}
	})
	return out, err
}

// names gives the names that git has for the contents of the folder's files, by path relative to it.
func (f *Folder) names() (map[string]string, error) {
	if f.blobs != nil {
		return f.blobs, nil
	}
	out, err := run(f.top, "ls-tree", "-r", "-z", f.Commit+":"+f.Path)
	if err != nil {
		return nil, err
	}
	blobs := map[string]string{}
	for entry := range strings.SplitSeq(out, "\x00") {
		// mode SP type SP name TAB path (git-ls-tree, OUTPUT FORMAT)
		about, file, _ := strings.Cut(entry, "\t")
		if words := strings.Fields(about); len(words) == 3 && words[1] == "blob" {
			blobs[file] = words[2]
		}
	}
	f.blobs = blobs
	return blobs, nil
}

// nameOf gives the name that git has for a file's content: its digest behind a header, by the repository's algorithm
// (gitformat-hash-function-transition, "Object names").
func (f *Folder) nameOf(text []byte) string {
	sum := sha1.New()
	if len(f.Commit) == hex.EncodedLen(sha256.Size) {
		sum = sha256.New()
	}
	fmt.Fprintf(sum, "blob %d\x00", len(text))
	sum.Write(text)
	return hex.EncodeToString(sum.Sum(nil))
}

// Folders gives the names of the folders in a folder below this one, sorted: none where the commit lacks it. This one
// itself is ".".
func (f *Folder) Folders(below string) ([]string, error) {
	tree := f.tree
	if below != "." && f.Holds {
		folder, err := f.batch.one(f.Commit + ":" + path.Join(f.Path, below))
		if err != nil {
			return nil, err
		}
		tree = nil
		if folder.kind == "tree" {
			tree = folder.content
		}
	}
	return f.folders(tree), nil
}

// folders gives the names of the folders in a folder by its entry list.
func (f *Folder) folders(tree []byte) []string {
	var out []string
	// An entry is mode, space, name, NUL and the object's name in binary (git's tree.c, decode_tree_entry).
	for rest := tree; len(rest) > 0; {
		head, tail, ended := bytes.Cut(rest, []byte{0})
		mode, name, named := strings.Cut(string(head), " ")
		if !ended || !named || len(tail) < len(f.Commit)/2 {
			break
		}
		if mode == folderMode {
			out = append(out, name)
		}
		rest = tail[len(f.Commit)/2:]
	}
	slices.Sort(out) // git sorts a folder as if its name ended in a slash
	return out
}

// Modes of a tree's entries: a folder, and a commit of another repository.
const (
	folderMode    = "40000"
	submoduleMode = "160000"
)

// Moved turns to another folder where the commit lacks this one: the one that holds a file of one of these names at the
// commit, and is no longer on disk. It says whether there is exactly one.
func (f *Folder) Moved(names []string) (bool, error) {
	if f.Holds {
		return false, nil
	}
	out, err := run(f.top, "ls-tree", "-r", "-z", "--name-only", "--full-tree", f.Commit)
	if err != nil {
		return false, err
	}
	wanted := make(map[string]bool, len(names))
	bases := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
		bases[path.Base(name)] = true
	}
	found := map[string]bool{}
	for file := range strings.SplitSeq(out, "\x00") {
		if !bases[path.Base(file)] {
			continue
		}
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			if wanted[strings.TrimPrefix(file, dir+"/")] && f.vanished(dir) {
				found[dir] = true
			}
		}
	}
	if len(found) != 1 {
		return false, nil
	}
	for dir := range found {
		f.Path = dir
	}
	return true, f.find()
}

// vanished says whether a folder of the repository is not on disk.
func (f *Folder) vanished(dir string) bool {
	_, err := os.Lstat(filepath.Join(f.top, filepath.FromSlash(dir)))
	return errors.Is(err, fs.ErrNotExist)
}

// Close ends the process that serves the folder.
func (f *Folder) Close() error { return f.batch.close() }
