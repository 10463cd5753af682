//go:build unix && !linux

package local

import (
	"os/exec"
	"syscall"
)

// contain gives the process a group of its own.
func contain(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
