//go:build unix

package local

import "syscall"

func send(pid int, s Signal) error {
	var number syscall.Signal
	switch s {
	case Pause:
		number = syscall.SIGSTOP
	case Resume:
		number = syscall.SIGCONT
	case Terminate:
		number = syscall.SIGTERM
	case Kill:
		number = syscall.SIGKILL
	}
	return syscall.Kill(pid, number)
}
