package local

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/pipelinectl/pipelinectl/runner"
)

// VarListeners is the variable that makes a process the runner of one node: it names the listeners that the process has
// inherited, from file descriptor 3 on, separated by commas. The other variables are those of contract.Environment.
const VarListeners = "PIPELINECTL_LISTENERS"

// The names in VarListeners.
const (
	listenerAdmin  = "admin"
	listenerIngest = "ingest"
)

// firstInherited is the first descriptor after the standard ones (os/exec.Cmd.ExtraFiles).
const firstInherited = 3

// IsolatedRunner is the whole life of a process with VarListeners, given its value: the runner of one node, until ctx is
// done and it has drained.
func IsolatedRunner(ctx context.Context, listeners string, lookup func(string) (string, bool), stderr io.Writer) error {
	config, err := runner.Load(lookup)
	if err != nil {
		return err
	}
	// An algo that calls this program must not become a runner too.
	if err := os.Unsetenv(VarListeners); err != nil {
		return err
	}
	deps := runner.Deps{Log: newLog(stderr), Stderr: stderr}
	for i, name := range strings.Split(listeners, ",") {
		l, err := inherit(firstInherited+i, name)
		if err != nil {
			return err
		}
		switch name {
		case listenerAdmin:
			deps.Admin = l
		case listenerIngest:
			deps.Ingest = l
		default:
			return fmt.Errorf("%s names an unknown listener %q", VarListeners, name)
		}
	}
	return runner.Run(ctx, config, deps)
}

// inherit makes a listener of a descriptor. The descriptor itself is closed, or the processes of an algo would inherit
// it in turn and keep the port open.
func inherit(fd int, name string) (net.Listener, error) {
	f := os.NewFile(uintptr(fd), name)
	if f == nil {
		return nil, fmt.Errorf("listener %s: no file descriptor %d", name, fd)
	}
	defer func() { _ = f.Close() }() // the listener has a descriptor of its own
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("listener %s: %w", name, err)
	}
	return l, nil
}
