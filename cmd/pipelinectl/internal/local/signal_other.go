//go:build !unix

package local

import "errors"

func send(int, Signal) error { return errors.ErrUnsupported }
