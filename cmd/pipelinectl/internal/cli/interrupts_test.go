//go:build unix

package cli

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// TestInterrupts sends this process the signals of Ctrl-C. It is not parallel: signals belong to the process.
func TestInterrupts(t *testing.T) {
	first, second, release := interrupts()
	defer release()
	for _, ctx := range []<-chan struct{}{first.Done(), second.Done()} {
		select {
		case <-ctx:
			t.Fatal("a context is done before its signal")
		default:
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ctx:
		case <-time.After(time.Minute):
			t.Fatal("the signal does not reach the context")
		}
	}
}
