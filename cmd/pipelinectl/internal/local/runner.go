package local

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pipelinectl/pipelinectl/runner"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// image stands in records' headers for the image that is not run here.
const image = "local"

// killMargin is what an isolated runner gets beyond its own drain before it is killed.
const killMargin = 5 * time.Second

// member is a node whose runner is running.
type member struct {
	Node
	environment contract.Environment
	// admin and ingest (nil without Runner.Ingest) are the listeners that the runner is handed.
	admin, ingest *socket
	// talk takes what the runner and its algo say.
	talk *prefixed
	// stop has the runner drain; done is closed when it has ended.
	stop context.CancelFunc
	done chan struct{}
	// pid is the process of an isolated runner, 0 in this process.
	pid    atomic.Int64
	totals totals
}

// inputs are the topics that the node reads first.
func (m *member) inputs() []string {
	out := make([]string, len(m.Runner.Inputs))
	for i, in := range m.Runner.Inputs {
		out[i] = in.Topic
	}
	return out
}

// topics are all that its group reads, the tiers of its delayed retries too.
func (m *member) topics() []string { return slices.Concat(m.inputs(), m.Runner.Retries) }

// url is where records are posted to; only for a member with ingest.
func (m *member) url() string { return "http://" + m.ingest.address + m.Runner.Ingest.Path }

// listen opens the member's sockets.
func (m *member) listen() (err error) {
	if m.admin, err = newSocket(); err != nil {
		return err
	}
	if m.Runner.Ingest != nil {
		m.ingest, err = newSocket()
	}
	return err
}

// runHere is the runner of a member in this process, until ctx is done and it has drained. The document is read anew,
// from the bytes that a pod would read it from.
func (m *member) runHere(ctx context.Context) error {
	node, err := contract.Parse(m.Contract)
	if err != nil {
		return err
	}
	deps := runner.Deps{Log: newLog(m.talk), Admin: m.admin.listener, Stderr: m.talk}
	if m.ingest != nil {
		deps.Ingest = m.ingest.listener
	}
	config := runner.Config{Node: node, Hash: contract.Hash(m.Contract), Environment: m.environment}
	return runner.Run(ctx, config, deps)
}

// isolated is the runner of a member in a process of its own. The file holds the contract.
func (m *member) isolated(program []string, file string) *exec.Cmd {
	environment := m.environment
	environment.NodeFile = file
	cmd := exec.Command(program[0], slices.Concat(program[1:], []string{m.Label})...)
	cmd.Env = withoutRunner(os.Environ())
	for _, v := range environment.Env() {
		cmd.Env = append(cmd.Env, v.Name+"="+v.Value)
	}
	names := []string{listenerAdmin}
	cmd.ExtraFiles = []*os.File{m.admin.file}
	if m.ingest != nil {
		names = append(names, listenerIngest)
		cmd.ExtraFiles = append(cmd.ExtraFiles, m.ingest.file)
	}
	cmd.Env = append(cmd.Env, VarListeners+"="+strings.Join(names, ","))
	return cmd
}

// withoutRunner leaves out variables that speak of another runner.
func withoutRunner(environ []string) []string {
	return slices.DeleteFunc(environ, func(v string) bool { return strings.HasPrefix(v, "RUNNER_") })
}

// newLog gives a runner's log for people: what needs looking at, without the time.
func newLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}
