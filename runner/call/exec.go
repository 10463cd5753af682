package call

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// Exec runs a process per record. Make it with NewExec.
type Exec struct {
	config  contract.Exec
	folder  string
	grace   time.Duration
	stderr  io.Writer
	environ []string
	// classes are those of exit statuses that the contract has.
	classes map[int]record.Class
}

// NewExec makes the caller. Classes are those of exit statuses that differ from the table; nil: none does. Folder is where
// processes run; empty: the runner's own. Grace is how long a process has between SIGTERM and SIGKILL; stderr takes what
// processes say there, line by line, from several goroutines at once.
func NewExec(config contract.Exec, classes map[int]record.Class, folder string, grace time.Duration, stderr io.Writer) (*Exec, error) {
	if len(config.Command) == 0 {
		return nil, errors.New("call: the command is empty")
	}
	e := &Exec{config: config, classes: classes, folder: folder, grace: grace, stderr: stderr, environ: inherited(os.Environ())}
	if _, err := e.words(e.dir("")); err != nil {
		return nil, fmt.Errorf("call: command: %w", err)
	}
	return e, nil
}

// inherited is what of the runner's environment a process finds: all but the contract's own variables, which say where
// Kafka and the credentials are and are none of the user's code's business.
func inherited(environ []string) []string {
	own := contract.VariableNames()
	return slices.DeleteFunc(environ, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(own, name)
	})
}

// Ready says whether the program can be found and executed.
func (e *Exec) Ready(context.Context) error {
	program := e.config.Command[0]
	if strings.ContainsRune(program, filepath.Separator) && !filepath.IsAbs(program) {
		program = filepath.Join(e.folder, program) // as the process will be started
	}
	_, err := exec.LookPath(program)
	return err
}

// Call implements one attempt. The process is the leader of its own group, which is ended as a whole when ctx is done.
func (e *Exec) Call(ctx context.Context, req *Request) (Result, error) {
	files, err := e.files(req)
	if err != nil {
		return Result{}, failure(record.Overload, "temporary folder: %v", err)
	}
	if files.dir != "" {
		defer func() { _ = os.RemoveAll(files.dir) }() // what stays behind is no fault of the record
	}
	words, err := e.words(files)
	if err != nil {
		return Result{}, failure(record.Permanent, "command: %v", err)
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = e.folder
	cmd.Env = slices.Concat(e.environ, variables(req))
	cmd.WaitDelay = e.grace
	ownGroup(cmd)
	if e.config.Input == contract.InputStdin {
		cmd.Stdin = bytes.NewReader(req.Record.Value)
	}
	out := &limited{limit: MaxResult}
	if e.config.Output == contract.OutputStdout {
		cmd.Stdout = out
	}
	said := &lines{to: e.stderr}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		return Result{}, classifyStart(err)
	}
	err = cmd.Wait()
	if ctx.Err() != nil || errors.Is(err, exec.ErrWaitDelay) {
		killGroup(cmd) // what outlived SIGTERM, or its leader
	}
	said.flush()
	if out.over {
		err = errTooLarge // rather than the signal that the process died of
	}
	if f := classifyExec(ctx, err, e.classes); f != nil {
		f.Detail = said.last()
		return Result{}, f
	}
	return e.result(req, out, files)
}

func (e *Exec) result(req *Request, out *limited, files files) (Result, error) {
	res := Result{Key: req.Record.Key, Value: out.buf.Bytes()}
	if e.config.Output == contract.OutputStdout {
		return res, nil
	}
	f, err := os.Open(files.output)
	if err != nil {
		return Result{}, failure(record.Permanent, "exit status 0, but nothing was written to $(%s)", contract.RefOutputFile)
	}
	defer func() { _ = f.Close() }() // it was only read
	res.Value, err = readAll(f)
	if err != nil {
		return Result{}, classifyTransport(err, false)
	}
	return res, nil
}

// files are the paths of one record; empty where none is wanted.
type files struct {
	dir, input, output string
}

func (e *Exec) dir(dir string) files {
	f := files{dir: dir}
	if e.config.Input == contract.InputFile {
		f.input = filepath.Join(dir, "input")
	}
	if e.config.Output == contract.OutputFile {
		f.output = filepath.Join(dir, "output")
	}
	return f
}

// files makes the temporary folder of a record, with its value, where the command uses files. Names in it are ours:
// nothing of a record ever becomes a path.
func (e *Exec) files(req *Request) (files, error) {
	if e.config.Input != contract.InputFile && e.config.Output != contract.OutputFile {
		return files{}, nil
	}
	dir, err := os.MkdirTemp("", "record-")
	if err != nil {
		return files{}, err
	}
	f := e.dir(dir)
	if f.input != "" {
		if err := os.WriteFile(f.input, req.Record.Value, 0o600); err != nil {
			return files{}, errors.Join(err, os.RemoveAll(dir))
		}
	}
	return f, nil
}

func (e *Exec) words(f files) ([]string, error) {
	words := make([]string, len(e.config.Command))
	for i, word := range e.config.Command {
		var err error
		words[i], err = contract.Expand(word, func(name string) (string, bool) {
			switch name {
			case contract.RefInputFile:
				return f.input, f.input != ""
			case contract.RefOutputFile:
				return f.output, f.output != ""
			}
			return "", false
		})
		if err != nil {
			return nil, err
		}
	}
	return words, nil
}

// variables are what the process finds beside what it inherits. The key and what a header said stand as record.EscapeText
// gives them, since a variable cannot hold every byte.
func variables(req *Request) []string {
	own := []string{
		contract.VarID + "=" + req.ID,
		contract.VarKey + "=" + record.EscapeText(req.Record.Key),
		contract.VarInput + "=" + req.Input,
		contract.VarContentType + "=" + req.ContentType,
		contract.VarTraceParent + "=" + req.Trace,
	}
	if class, ok := req.Record.Header(contract.HeaderErrorClass); ok {
		own = append(own, contract.VarErrorClass+"="+record.EscapeText(class))
	}
	if cause, ok := req.Record.Header(contract.HeaderErrorCause); ok {
		own = append(own, contract.VarErrorCause+"="+record.EscapeText(cause))
	}
	return own
}
