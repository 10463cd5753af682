package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
)

// Factory is what verbs need of the process. Functions are called when their result is needed, so that no verb pays for
// what it does not use.
type Factory struct {
	Streams Streams
	// Lookup reads the environment.
	Lookup func(string) (string, bool)
	// Kinds gives the kinds of node that documents may have.
	Kinds func() []compiler.Kind
	// Executable gives the path of this program, for runners in processes of their own.
	Executable func() (string, error)
	// Interrupts gives a context that is done at the first Ctrl-C, SIGTERM or SIGHUP, one that is done at the second, and
	// what gives the signals back.
	Interrupts func() (first, second context.Context, release func())
}

func newFactory(s Streams) *Factory {
	return &Factory{Streams: s, Lookup: os.LookupEnv, Kinds: kinds.All, Executable: os.Executable, Interrupts: interrupts}
}

func interrupts() (first, second context.Context, release func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	first, interrupt := context.WithCancel(context.Background())
	second, force := context.WithCancel(context.Background())
	released := make(chan struct{})
	go func() {
		for _, cancel := range []context.CancelFunc{interrupt, force} {
			select {
			case <-signals:
				cancel()
			case <-released:
				return
			}
		}
	}()
	return first, second, func() {
		signal.Stop(signals)
		close(released)
		interrupt()
		force()
	}
}
