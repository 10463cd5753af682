//go:build !unix

package call

import "os/exec"

// ownGroup does nothing: without process groups, cancelling ends the process alone.
func ownGroup(*exec.Cmd) {}

func killGroup(*exec.Cmd) {}
