package local

import (
	"context"
	"os/exec"
	"runtime"
	"time"
)

// Pauses before a child that died is started again: the first, doubling up to the last. A child that lived for
// steadyLife begins with the first again.
const (
	firstRestart = 200 * time.Millisecond
	lastRestart  = 10 * time.Second
	steadyLife   = 10 * time.Second
)

// outputDelay bounds the wait for the output of a process that has ended but has left others that hold it open.
const outputDelay = time.Second

// child is a process that is kept running until it is told to stop, as the kubelet keeps a container. It is the leader of
// a process group of its own: Ctrl-C at the terminal reaches only `run`, which stops its children in its own order.
type child struct {
	// what names the process in messages, as in "node shout: runner".
	what string
	// command gives the process of one life.
	command func() *exec.Cmd
	// output takes what the process prints.
	output *prefixed
	say    func(format string, args ...any)
	// grace is the time between SIGTERM and SIGKILL.
	grace time.Duration
	// started is told the process id of each life; died is told that one is over, before the next begins.
	started func(pid int)
	died    func(ctx context.Context)
}

// keep starts the child, again whenever it ends, until stop is done; it returns when the last life is over. When hurry
// is done, that is at once.
func (c *child) keep(stop, hurry context.Context) {
	// The kernel ends a child with the thread that started it (prctl(2), PR_SET_PDEATHSIG), and the runtime may end a
	// thread at any time, unless a goroutine has it to itself.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pause := firstRestart
	for stop.Err() == nil {
		begun := time.Now()
		err := c.live(stop, hurry)
		if stop.Err() != nil {
			return
		}
		if time.Since(begun) >= steadyLife {
			pause = firstRestart
		}
		c.say("%s died (%s), starting it again in %v", c.what, ending(err), pause)
		if c.died != nil {
			c.died(stop)
		}
		wait(stop, pause)
		pause = min(2*pause, lastRestart)
	}
}

// live is one life of the child.
func (c *child) live(stop, hurry context.Context) error {
	cmd := c.command()
	cmd.Stdout, cmd.Stderr = c.output, c.output
	cmd.WaitDelay = outputDelay
	contain(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	if c.started != nil {
		c.started(cmd.Process.Pid)
	}
	ended := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.end(stop, hurry, cmd, ended)
	}()
	err := cmd.Wait()
	close(ended)
	<-done
	killGroup(cmd) // what the leader left behind
	c.output.flush()
	return err
}

// end ends a process that is running when stop or hurry is done.
func (c *child) end(stop, hurry context.Context, cmd *exec.Cmd, ended <-chan struct{}) {
	select {
	case <-ended:
		return
	case <-hurry.Done():
	case <-stop.Done():
		terminateGroup(cmd)
		select {
		case <-ended:
			return
		case <-hurry.Done():
		case <-time.After(c.grace):
			c.say("%s did not stop within %v, killing it", c.what, c.grace)
		}
	}
	killGroup(cmd)
}

// ending says how a process ended.
func ending(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// wait returns after d or when ctx is done.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
