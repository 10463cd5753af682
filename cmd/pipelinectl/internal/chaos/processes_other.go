//go:build !linux

package chaos

// children gives none: only Linux tells them without another program.
func children(int) []int { return nil }
