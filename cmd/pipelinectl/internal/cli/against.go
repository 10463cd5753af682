package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/revision"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// headRevision is what a tree is compared with where nobody says otherwise and git knows the output folder.
const headRevision = "HEAD"

// againstFlag declares --against.
func againstFlag(cmd *cobra.Command, value *string) {
	cmd.Flags().StringVar(value, "against", "", "compare with what DIR was at the git revision `REV` (default: HEAD, or DIR itself where HEAD does not have it)")
}

// previous is what a tree is compared with: the output folder at a revision, or as it lies on disk.
type previous struct {
	// name says which, for people; commit is empty for the disk.
	name, commit string
	dir          string
	// at is nil for the disk.
	at *revision.Folder
}

// openPrevious finds what to compare with. The revision is git's HEAD where none is given and git knows the folder, so
// that a folder which somebody removed is still compared with what was committed; else it is the folder on disk.
// Ledgers say by which files a folder that was renamed since is recognised.
func openPrevious(cmd *cobra.Command, dir, rev string, ledgers []string) (*previous, error) {
	p := &previous{name: "the files in " + filepath.ToSlash(dir), dir: dir}
	at, err := revision.Open(dir, orHead(rev))
	untracked, isUntracked := errors.AsType[*revision.UntrackedError](err)
	unknown, isUnknown := errors.AsType[*revision.UnknownError](err)
	switch {
	case isUntracked && rev == "":
		return p, nil
	case isUntracked:
		return nil, &usageError{
			cmd: cmd, err: fmt.Errorf("nothing to compare with at `%s`: %s", rev, untracked.Reason),
			hint: "leave out `--against` to compare with the folder on disk",
		}
	case isUnknown:
		usage := &usageError{cmd: cmd, err: fmt.Errorf("no revision `%s` in the repository of %s", rev, dir), hint: didYouMean(rev, unknown.Known)}
		if usage.hint == "" {
			usage.hint = "a shallow clone has only its newest commit: fetch the one to compare with"
		}
		return nil, usage
	case err != nil:
		return nil, err
	}
	moved, err := p.moved(at, rev, ledgers)
	if err != nil {
		return nil, errors.Join(err, at.Close())
	}
	if rev == "" && !at.Holds {
		return p, at.Close()
	}
	p.at, p.name, p.commit = at, orHead(rev), at.Commit
	if moved {
		p.name += ":" + at.Path
	}
	return p, nil
}

// moved looks for the folder under an earlier name. Where no revision was asked for, and the folder on disk has all that
// it is to be compared with, there is no need.
func (p *previous) moved(at *revision.Folder, rev string, ledgers []string) (bool, error) {
	if at.Holds {
		return false, nil
	}
	if rev == "" {
		onDisk, err := p.read(ledgers)
		if err != nil || len(onDisk) == len(ledgers) {
			return false, err
		}
	}
	return at.Moved(ledgers)
}

func orHead(rev string) string {
	if rev == "" {
		return headRevision
	}
	return rev
}

func (p *previous) close() error {
	if p.at == nil {
		return nil
	}
	return p.at.Close()
}

// read gives files by path relative to the output folder; those that are not there are left out.
func (p *previous) read(names []string) (map[string][]byte, error) {
	if p.at != nil {
		return p.at.Read(names)
	}
	out := map[string][]byte{}
	root, err := os.OpenRoot(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		info, err := root.Lstat(filepath.FromSlash(name))
		if err == nil && info.Mode().IsRegular() {
			out[name], err = root.ReadFile(filepath.FromSlash(name))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, root.Close())
		}
	}
	return out, root.Close()
}

// vanished gives the pipelines that a revision has, and neither the project nor the disk: somebody removed their trees
// by hand. Only a project's own file says what belongs to the project.
func (w *workspace) vanished(p *previous) []string {
	var out []string
	for _, name := range w.others(p) {
		if _, err := os.Lstat(filepath.Join(p.dir, name, emit.LedgerFile)); errors.Is(err, fs.ErrNotExist) {
			out = append(out, name)
		}
	}
	return out
}

// others gives the folders of a revision that are not those of the project's pipelines.
func (w *workspace) others(p *previous) []string {
	if p.at == nil || !w.project.Settings.Pos.IsValid() {
		return nil
	}
	return w.foreign(p.at.Folders())
}

// foreign gives the names of folders that are not those of the project's pipelines.
func (w *workspace) foreign(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return !fs.ValidPath(name) || slices.ContainsFunc(w.program.Project.Pipelines, func(pl *compiler.Pipeline) bool { return pl.Name.V == name })
	})
}
