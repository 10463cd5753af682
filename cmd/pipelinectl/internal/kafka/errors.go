package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Error is why a broker could not be reached or asked.
type Error struct {
	// What is what went wrong, Cause why, if more is known.
	What  string
	Cause error
	// Hint says how to mend it; may be empty.
	Hint string
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.What
	}
	return e.What + ": " + e.Cause.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// unreachable explains why the first request got no answer.
func unreachable(env contract.Environment, err error) error {
	name, unknown := errors.AsType[*net.DNSError](err)
	_, closed := errors.AsType[*kgo.ErrFirstReadEOF](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	dial, network := errors.AsType[*net.OpError](err)
	late := errors.Is(err, context.DeadlineExceeded) || network && dial.Timeout()
	at := "Kafka at " + env.BootstrapServers
	switch {
	case unknown && strings.Contains(name.Name, ".svc"):
		return &Error{What: at + " cannot be found from here", Hint: "that is an address inside of a Kubernetes cluster: give one that this machine reaches with `--bootstrap HOST:PORT`"}
	case unknown:
		return &Error{What: at + " cannot be found", Cause: name, Hint: "is the host spelled as in the broker's listener?"}
	case closed && env.TLS, record:
		return &Error{What: at + " does not answer in TLS", Hint: "the environment says `tls`, but this port speaks without: name the port of the TLS listener, or add `--plaintext`"}
	case closed, !env.TLS && strings.Contains(err.Error(), "tls alert"): // the client has no type for the latter
		return &Error{What: at + " hangs up at the first request", Hint: "its listener wants TLS or a password: name the environment with `--env ENV`, and the files of a user with `--credentials DIR`"}
	case late:
		return &Error{What: at + " did not answer in " + answerTimeout.String(), Hint: "can this machine reach it, is the port that of a listener of Kafka, and its TLS as the environment says (else `--plaintext`)?"}
	case errors.Is(err, io.EOF) && env.SASLMechanism != "":
		return &Error{What: at + " hangs up when it is told the user's name and password", Hint: credentialsHint}
	case network:
		return &Error{What: "cannot reach " + at, Cause: err, Hint: "is it up, and is that the address of one of its listeners? `pipelinectl run` prints the address of its own"}
	default:
		return Explain(err)
	}
}

const credentialsHint = "are the files in the folder of `--credentials`, or the Secret of `--from-cluster`, those of a user of this Kafka?"

// Explain makes an *Error of what a request gave, where a person can do something about it.
func Explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, already := errors.AsType[*Error](err); already {
		return err
	}
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case certificate:
		return &Error{What: "the broker's certificate is not trusted", Cause: err, Hint: "`ca.crt`, in the folder of `--credentials` or in the Secret of `--from-cluster`, must be the Kafka cluster's own"}
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return &Error{What: "the broker does not accept the user's name and password", Hint: credentialsHint}
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.GroupAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		return &Error{What: "the user may not do this", Cause: err, Hint: rightsHint}
	case errors.Is(err, kerr.CoordinatorNotAvailable), errors.Is(err, kerr.CoordinatorLoadInProgress):
		return &Error{What: "Kafka has nobody to ask about consumer groups yet", Cause: err, Hint: "it makes its topic of offsets when a group is first used: try again"}
	case errors.Is(err, kerr.NonEmptyGroup), errors.Is(err, kerr.UnknownMemberID), errors.Is(err, kerr.RebalanceInProgress), errors.Is(err, kerr.IllegalGeneration):
		return &Error{What: "a member has joined the group meanwhile", Cause: err, Hint: "scale its Deployment to 0 first, and keep it there until this is done"}
	default:
		return err
	}
}
