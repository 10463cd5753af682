package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"

	"golang.org/x/sys/unix"
)

// supervise is what a process 1 owes its container: it runs this executable again as its child, passes signals on to
// it, reaps every orphan that the kernel hands to process 1, and ends with the child's status. The runner itself cannot
// reap: waiting for any child would take the exit status of an algo's process away from os/exec.
func supervise(stderr io.Writer) int {
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	return initFor(exec.Command(self), stderr)
}

// initFor is supervise for any command.
func initFor(cmd *exec.Cmd, stderr io.Writer) int {
	signals := make(chan os.Signal, 32)
	signal.Notify(signals)
	defer signal.Stop(signals)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	go forward(signals, cmd.Process)
	return reap(cmd.Process.Pid)
}

// forward passes signals on, but for those that speak of this process: SIGCHLD of its children, SIGURG of Go's
// scheduler, SIGPIPE of its own writing.
func forward(signals <-chan os.Signal, to *os.Process) {
	for s := range signals {
		switch s {
		case unix.SIGCHLD, unix.SIGURG, unix.SIGPIPE:
		default:
			_ = to.Signal(s) // an error says that it has ended
		}
	}
}

// reap waits for children, whosever they were, until the given one ends, and gives its status as a shell does.
func reap(child int) int {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return exitFailed
		case pid != child:
		case status.Exited():
			return status.ExitStatus()
		case status.Signaled():
			return 128 + int(status.Signal())
		}
	}
}
