//go:build !linux

package main

import (
	"fmt"
	"io"
)

// supervise is for containers, and those are Linux.
func supervise(stderr io.Writer) int {
	fmt.Fprintln(stderr, "runner: process 1 is supported on Linux only")
	return exitFailed
}
