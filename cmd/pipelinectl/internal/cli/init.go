package cli

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/scaffold"
)

type initOptions struct {
	factory *Factory
	cmd     *cobra.Command
	dir     string
	project scaffold.Project
}

func newInitCmd(f *Factory, runF func(*initOptions) error) *cobra.Command {
	opts := &initOptions{factory: f, dir: "."}
	cmd := &cobra.Command{
		Use:   "init [DIR] [--name NAME] [--template TEMPLATE] [--engine ENGINE] [--ci SYSTEM]",
		Short: "Write a project to start from",
		Long: "Write a project into the folder DIR, by default the current one: a first pipeline, the environments staging and\n" +
			"prod, and what CI, pre-commit and git need. It validates, builds and runs as it stands. A file that exists is never\n" +
			"overwritten: one of the project's own ends the command, before anything is written; one that any repository may\n" +
			"have, such as README.md, stays as it is.\n\n" +
			"The files written go to standard output, what to do next to standard error. In a git repository, what belongs in\n" +
			"its root is written there.",
		Example:               "  pipelinectl init\n  pipelinectl init photos --template http\n  pipelinectl init --engine flux --ci gitlab",
		DisableFlagsInUseLine: true,
		Args:                  exactUsage(cobra.MaximumNArgs(1)),
		ValidArgsFunction:     cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.cmd = cmd
			if len(args) > 0 {
				opts.dir = args[0]
			}
			if runF != nil {
				return runF(opts)
			}
			return runInit(opts)
		},
	}
	p := &opts.project
	cmd.Flags().StringVar(&p.Name, "name", "", "name the pipeline `NAME` (default: the folder's name, made fit)")
	choiceFlag(cmd, &p.Template, "template", scaffold.Templates()[0], "`TEMPLATE` of the pipeline", scaffold.Templates()...)
	choiceFlag(cmd, &p.Engine, "engine", scaffold.Engines()[0], "GitOps `ENGINE` that applies the output", scaffold.Engines()...)
	choiceFlag(cmd, &p.CI, "ci", scaffold.CIs()[0], "CI `SYSTEM` that checks the repository", scaffold.CIs()...)
	return cmd
}

func runInit(opts *initOptions) error {
	dir, err := filepath.Abs(opts.dir)
	if err != nil {
		return err
	}
	root, inRepository := repositoryAround(dir)
	if !inRepository {
		root = dir
	}
	p, err := opts.resolve(dir, root)
	if err != nil {
		return err
	}
	files, err := scaffold.Plan(p)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	written, kept, err := scaffold.Write(root, files)
	if taken, ok := errors.AsType[*scaffold.TakenError](err); ok {
		for i, file := range taken.Paths {
			taken.Paths[i] = fromHere(root, file)
		}
		return &usageError{cmd: opts.cmd, err: taken, hint: "nothing was written: give a folder of its own, such as `pipelinectl init pipelines`"}
	}
	if err := errors.Join(err, opts.list(root, written)); err != nil {
		return err
	}
	opts.explain(root, kept)
	opts.next(p, inRepository)
	return nil
}

// resolve gives the project that is to be in a folder of a repository.
func (o *initOptions) resolve(dir, root string) (scaffold.Project, error) {
	p := o.project
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return p, &usageError{cmd: o.cmd, err: fmt.Errorf("`%s` is not a folder", o.dir)}
	}
	if p.Name == "" {
		p.Name = scaffold.FitName(filepath.Base(dir))
		if p.Name == "" {
			return p, &usageError{cmd: o.cmd, err: fmt.Errorf("no name can be made of the folder's, `%s`", filepath.Base(dir)), hint: "give one with `--name`"}
		}
	}
	if err := scaffold.CheckName(p.Name); err != nil {
		return p, &usageError{cmd: o.cmd, err: fmt.Errorf("--name does not take `%s`", p.Name), hint: err.Error()}
	}
	folder, err := filepath.Rel(root, dir)
	if err != nil {
		return p, err
	}
	p.Folder = filepath.ToSlash(folder)
	if err := scaffold.CheckFolder(p.Folder); err != nil {
		return p, &usageError{cmd: o.cmd, err: err, hint: "choose one of letters, digits, `.`, `_` and `-`"}
	}
	info, _ := debug.ReadBuildInfo()
	p.Version = moduleVersion(info)
	return p, nil
}

// list prints the files written, one per line.
func (o *initOptions) list(root string, written []scaffold.File) error {
	var lines strings.Builder
	for _, f := range written {
		lines.WriteString(fromHere(root, f.Path) + "\n")
	}
	_, err := o.factory.Streams.Out.Write([]byte(lines.String()))
	return err
}

// explain says what is left to the user where files were there already. A README needs nothing of ours.
func (o *initOptions) explain(root string, kept []scaffold.File) {
	for _, f := range kept {
		if path.Base(f.Path) == "README.md" {
			o.factory.Streams.say("%s stays as it is", fromHere(root, f.Path))
			continue
		}
		o.factory.Streams.say("%s stays as it is; add to it:\n", fromHere(root, f.Path))
		for line := range strings.Lines(string(f.Text)) {
			o.factory.Streams.say("    %s", strings.TrimSuffix(line, "\n"))
		}
		o.factory.Streams.say("")
	}
}

// next says what to do next.
func (o *initOptions) next(p scaffold.Project, inRepository bool) {
	s := o.factory.Streams
	s.say("pipeline `%s` in %s; next:", p.Name, filepath.ToSlash(filepath.Clean(o.dir)))
	if filepath.Clean(o.dir) != "." {
		s.say("  cd %s", shellWord(o.dir))
	}
	if !inRepository {
		s.say("  git init")
	}
	s.say("  pipelinectl validate   # after every edit")
	s.say("  pipelinectl run        # the pipeline on this machine; Ctrl-C ends it")
	s.say("  pipelinectl build      # writes deploy/: commit it with the documents")
	s.say("the Kafka, the domains and the hook in it are examples: put in yours")
	if p.Engine != scaffold.None {
		s.say("so is the repository, wherever its URL stands; once the build is pushed, bootstrap/staging.yaml says what to apply")
	}
}

// fromHere names a file of a repository as seen from the current folder.
func fromHere(root, file string) string {
	name := filepath.Join(root, filepath.FromSlash(file))
	here, err := os.Getwd()
	if err != nil {
		return filepath.ToSlash(name)
	}
	if seen, err := filepath.Rel(here, name); err == nil {
		name = seen
	}
	return filepath.ToSlash(name)
}

// repositoryAround gives the root of the git repository that a folder is in or would be in, and whether there is one.
func repositoryAround(dir string) (string, bool) {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}
