// Command runner executes one node of a pipeline, as its environment and the node's document say (runner.Load).
//
//	runner                run the node until SIGTERM or SIGINT, then drain
//	runner install DEST   copy this executable to DEST, for the init container of a pod that runs an image not ours
//
// Exit status: 0 after a clean drain, 1 when it could not start or failed, 2 on wrong usage. As process 1 of a
// container it first becomes a small init; see init_linux.go.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	_ "golang.org/x/crypto/x509roots/fallback" // an algo's image may hold no CA certificates

	"github.com/pipelinectl/pipelinectl/runner"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.LookupEnv, os.Stderr))
}

func run(args []string, lookup func(string) (string, bool), stderr io.Writer) int {
	switch {
	case len(args) == 0 && os.Getpid() == 1:
		return supervise(stderr)
	case len(args) == 0:
		return execute(lookup, runner.Deps{Stderr: stderr})
	case len(args) == 2 && args[0] == "install":
		if err := runner.Install(args[1]); err != nil {
			fmt.Fprintln(stderr, err)
			return exitFailed
		}
		return exitOK
	default:
		fmt.Fprintln(stderr, "usage: runner | runner install DEST")
		return exitUsage
	}
}

func execute(lookup func(string) (string, bool), deps runner.Deps) int {
	cfg, err := runner.Load(lookup)
	if err == nil {
		boundHeap(cfg.Environment.MemoryLimit, lookup)
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		err = runner.Run(ctx, cfg, deps)
	}
	if err != nil {
		fmt.Fprintln(deps.Stderr, err)
		return exitFailed
	}
	return exitOK
}

// boundHeap has the collector work harder before the container's limit of memory is reached, rather than have the process
// killed there. A tenth is left for what is not the heap's. Whoever sets GOMEMLIMIT knows better.
func boundHeap(limit int64, lookup func(string) (string, bool)) {
	if _, set := lookup("GOMEMLIMIT"); limit > 0 && !set {
		debug.SetMemoryLimit(limit / 10 * 9)
	}
}
