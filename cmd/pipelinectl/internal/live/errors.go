package live

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Error is why a cluster could not be opened or asked.
type Error struct {
	// What is what went wrong, Cause why, if more is known.
	What  string
	Cause error
	// Hint says how to mend it.
	Hint string
	// Usage says that the fault lies in what the user named, not in the cluster.
	Usage bool
	// Missing says that what was asked for is not there.
	Missing bool
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.What
	}
	return e.What + ": " + e.Cause.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// explain makes an *Error of what a request gave, nil of nil.
func (c *Cluster) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	dial, network := errors.AsType[*url.Error](err)
	timeout, _ := errors.AsType[net.Error](err)
	switch {
	case apierrors.IsUnauthorized(err):
		return &Error{What: c.Name() + " does not accept the credentials", Hint: "log in again, or choose another context with `--context`"}
	case apierrors.IsForbidden(err):
		return &Error{What: c.Name() + " refuses", Cause: err, Hint: "`kubectl auth can-i --list -n NAMESPACE` shows what you may do there"}
	case certificate:
		return &Error{What: "the certificate of " + c.Server + " is not trusted", Cause: rootOf(dial, err), Hint: "certificate-authority in the kubeconfig must be the cluster's own"}
	case timeout != nil && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded):
		return &Error{What: c.Server + " did not answer in " + RequestTimeout.String(), Hint: reachHint}
	case network:
		return &Error{What: "cannot reach " + c.Server, Cause: rootOf(dial, err), Hint: reachHint}
	default:
		return &Error{What: c.Name() + " cannot be asked", Cause: err, Hint: "`kubectl version` shows whether it works at all"}
	}
}

const reachHint = "is the cluster up, and can this machine reach it (VPN, proxy)? `--context` chooses another one"

// rootOf leaves out the address, which was said already.
func rootOf(dial *url.Error, err error) error {
	if dial != nil {
		return dial.Err
	}
	return err
}
