package local

import (
	"os/exec"
	"syscall"
)

// contain gives the process a group of its own and has the kernel end it when `run` dies without a word.
func contain(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
