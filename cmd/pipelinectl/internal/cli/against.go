package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/revision"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema"
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
// that a folder which somebody removed is still compared with what was committed; else it is the folder on disk. A folder
// that the project called otherwise then, or that was renamed since, is found: ledgers say by which files.
func (w *workspace) openPrevious(cmd *cobra.Command, dir, rev string, ledgers []string) (*previous, error) {
	p := &previous{name: "the files in " + filepath.ToSlash(dir), dir: dir}
	at, err := revision.Open(dir, orHead(rev))
	if err != nil {
		return p, unopened(cmd, dir, rev, err)
	}
	if at.Holds {
		return p.as(at, rev), nil
	}
	earlier, err := w.earlierOutput(dir, orHead(rev))
	switch {
	case err != nil:
	case earlier != nil:
		p.as(earlier, rev).name += ":" + earlier.Path
	default:
		err = p.findMoved(at, rev, ledgers)
	}
	if p.at != at {
		err = errors.Join(err, at.Close())
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// unopened says why a folder at a revision cannot be opened. That git does not know the folder is no error where no
// revision was asked for.
func unopened(cmd *cobra.Command, dir, rev string, err error) error {
	untracked, isUntracked := errors.AsType[*revision.UntrackedError](err)
	unknown, isUnknown := errors.AsType[*revision.UnknownError](err)
	switch {
	case isUntracked && rev == "":
		return nil
	case isUntracked:
		return &usageError{
			cmd: cmd, err: fmt.Errorf("nothing to compare with at `%s`: %s", rev, untracked.Reason),
			hint: "leave out `--against` to compare with the folder on disk",
		}
	case isUnknown:
		usage := &usageError{cmd: cmd, err: fmt.Errorf("no revision `%s` in the repository of %s", rev, dir), hint: didYouMean(rev, unknown.Known)}
		if usage.hint == "" {
			usage.hint = "a shallow clone has only its newest commit: fetch the one to compare with"
		}
		return usage
	default:
		return err
	}
}

// as makes a folder at a revision what is compared with.
func (p *previous) as(at *revision.Folder, rev string) *previous {
	p.at, p.name, p.commit = at, orHead(rev), at.Commit
	return p
}

// findMoved looks for the folder under an earlier name, which the revision has and the disk has no more. Where no
// revision was asked for, and the folder on disk has all that it is to be compared with, there is no need.
func (p *previous) findMoved(at *revision.Folder, rev string, ledgers []string) error {
	if rev == "" {
		onDisk, err := p.read(ledgers, nil)
		if err != nil || len(onDisk) == len(ledgers) {
			return err
		}
	}
	moved, err := at.Moved(ledgers)
	switch {
	case err != nil:
		return err
	case moved:
		p.as(at, rev).name += ":" + at.Path
	case rev != "":
		p.as(at, rev)
	}
	return nil
}

// earlierOutput gives the folder that the project's own file named as its output at a revision, nil where that is the one
// of today, or the revision lacks it. It concerns only a folder that the project names.
func (w *workspace) earlierOutput(dir, rev string) (*revision.Folder, error) {
	root := filepath.FromSlash(w.project.Root)
	if output := w.project.Settings.Output.V; output == "" || filepath.Join(root, filepath.FromSlash(output)) != filepath.Clean(dir) {
		return nil, nil
	}
	project, err := openIfKnown(root, rev)
	if project == nil {
		return nil, err
	}
	files, err := project.Read([]string{schema.ProjectFileName}, nil)
	if err = errors.Join(err, project.Close()); err != nil {
		return nil, err
	}
	docs, _ := schema.Parse(schema.ProjectFileName, files[schema.ProjectFileName])
	for _, doc := range docs {
		if output := doc.Root.Get("spec").Get("output"); doc.Kind == schema.KindProject && output != nil {
			return openIfKnown(filepath.Join(root, filepath.FromSlash(output.Text)), rev)
		}
	}
	return nil, nil
}

// openIfKnown opens a folder that the revision has, and gives nil for another.
func openIfKnown(dir, rev string) (*revision.Folder, error) {
	at, err := revision.Open(dir, rev)
	if _, untracked := errors.AsType[*revision.UntrackedError](err); untracked {
		return nil, nil
	}
	if err != nil || at.Holds {
		return at, err
	}
	return nil, at.Close()
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

// read gives files by path relative to the output folder; those that are not there are left out. Likely is a tree that
// most of them are probably as in; it may be nil.
func (p *previous) read(names []string, likely emit.Tree) (map[string][]byte, error) {
	if p.at != nil {
		return p.at.Read(names, likely)
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
