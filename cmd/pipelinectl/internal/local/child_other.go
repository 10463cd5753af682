//go:build !unix

package local

import "os/exec"

// contain does nothing: without process groups, the process alone is ended.
func contain(*exec.Cmd) {}

func terminateGroup(cmd *exec.Cmd) { killGroup(cmd) }

// killGroup ends the process. An error says that it has ended.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
