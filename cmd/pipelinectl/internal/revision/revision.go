// Package revision reads the files of a folder as they were at a revision of the git repository that the folder is in.
//
// It drives the git program, which alone knows every form of repository, and asks it in a way that runs nothing of the
// repository's own: no hook, pager, monitor, filter or transport. Two processes serve a whole comparison. It must not
// know what the files mean. Start reading at Open.
package revision

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Folder is a folder at a commit. The caller closes it. It is not safe for concurrent use.
type Folder struct {
	// Commit is the commit's name, hexadecimal.
	Commit string
	// Path is the folder in the repository, with slashes, empty for the repository itself.
	Path string
	// Holds says whether the commit has the folder.
	Holds bool

	// top is the repository's folder on disk.
	top string
	// tree is the folder's entry list, as git keeps it.
	tree []byte
	// blobs is what names gives, nil before.
	blobs map[string]string
	batch *batch
}

// UntrackedError says why git knows nothing of a folder, though nothing went wrong.
type UntrackedError struct {
	// Reason completes "git does not know the folder, for ...".
	Reason string
}

// Error gives the reason.
func (e *UntrackedError) Error() string { return "git does not know the folder: " + e.Reason }

// UnknownError is returned for a revision that is none.
type UnknownError struct {
	Revision string
	// Known are the names of branches and tags, sorted.
	Known []string
}

// Error names the revision.
func (e *UnknownError) Error() string { return fmt.Sprintf("no revision `%s`", e.Revision) }

// Open finds a folder, which need not exist on disk, at a revision: anything that git takes for a commit. An error is an
// *UntrackedError, an *UnknownError, or what git says is wrong.
func Open(dir, rev string) (*Folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	there := existing(dir)
	rest, err := filepath.Rel(there, dir)
	if err != nil {
		return nil, err
	}
	f, err := locate(there)
	if err != nil {
		return nil, err
	}
	f.Path = strings.TrimPrefix(path.Join("/", f.Path, filepath.ToSlash(rest)), "/")
	if f.batch, err = startBatch(there); err != nil {
		return nil, err
	}
	if err := f.resolve(there, rev); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// existing gives the nearest folder, from dir upwards, that is on disk.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return dir
		}
		dir = parent
	}
}

// locate finds the repository around a folder, and the folder's path in it.
func locate(dir string) (*Folder, error) {
	out, err := run(dir, "rev-parse", "--is-inside-work-tree", "--show-prefix", "--show-toplevel")
	var failed *failedError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, &UntrackedError{Reason: "the program git is not installed"}
	case errors.As(err, &failed) && strings.Contains(failed.talk, "not a git repository"):
		return nil, &UntrackedError{Reason: "it is in no git repository"}
	case errors.As(err, &failed) && strings.Contains(failed.talk, "must be run in a work tree"):
		return nil, &UntrackedError{Reason: "it is in a repository's own files"}
	case err != nil:
		return nil, err
	}
	inside, places, _ := strings.Cut(out, "\n")
	if inside != "true" {
		return nil, &UntrackedError{Reason: "it is in a repository's own files"}
	}
	// A path may hold a line break; of the two, the second begins with the root of a file system.
	prefix, top, _ := strings.Cut(strings.TrimSuffix(places, "\n"), "\n")
	if strings.Count(places, "\n") > 2 {
		return nil, fmt.Errorf("git: a path with a line break: %q", places)
	}
	return &Folder{Path: prefix, top: filepath.FromSlash(top)}, nil
}

// resolve finds the commit, and whether it has the folder.
func (f *Folder) resolve(dir, rev string) error {
	if rev == "" || rev[0] == ':' || strings.ContainsAny(rev, "\n\x00") {
		return &UnknownError{Revision: rev}
	}
	commit, err := f.batch.one(rev + "^{commit}")
	if err != nil {
		return err
	}
	if commit.kind != "commit" {
		return f.unknown(dir, rev)
	}
	f.Commit = commit.name
	return f.find()
}

// find sets Holds.
func (f *Folder) find() error {
	folder, err := f.batch.one(f.Commit + ":" + f.Path)
	if err != nil {
		return err
	}
	f.Holds, f.blobs = folder.kind == "tree", nil
	if f.Holds {
		f.tree = folder.content
	}
	if f.Holds || f.Path == "" {
		return nil
	}
	// It may be, or be in, a submodule that is not checked out.
	args := []string{"-z", "--full-tree", f.Commit, "--"}
	for dir := f.Path; dir != "."; dir = path.Dir(dir) {
		args = append(args, dir)
	}
	entries, err := run(f.top, "ls-tree", args...)
	if err == nil && strings.Contains("\x00"+entries, "\x00"+submoduleMode+" ") {
		err = fmt.Errorf("%s is in a submodule whose files are not here: run `git submodule update --init`", f.Path)
	}
	return err
}

// unknown names what there is instead of a revision.
func (f *Folder) unknown(dir, rev string) error {
	refs, err := run(dir, "for-each-ref", "--count=1000", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
	if err != nil {
		return err
	}
	known := strings.Fields(refs)
	if rev == "HEAD" && len(known) == 0 {
		return &UntrackedError{Reason: "the repository has no commit yet"}
	}
	slices.Sort(known)
	return &UnknownError{Revision: rev, Known: known}
}
