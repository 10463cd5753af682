package call

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// The table of failures. It is here and nowhere else. What the user's code says in the header contract.HeaderClass wins,
// then what the contract says of a status (OnFailure.Exit and HTTP), then:
//
//	exec     exit 64 (EX_USAGE), 65 (EX_DATAERR)         permanent   sysexits.h: the input is at fault
//	         any other exit but 0, a signal, a timeout    transient   75 (EX_TEMPFAIL) is the plain way to say so
//	         exit 0 without the output file, a result
//	         over MaxResult, arguments too long           permanent
//	         the program cannot be started                overload    the image is at fault, not the record: it waits
//	HTTP     2xx                                          success, unless the header names a class
//	         429, 503                                     overload    Retry-After is honoured
//	         408, 500, 502, 504, an I/O error, a timeout  transient
//	         connection refused                           overload from the server beside the runner, else transient
//	         3xx (never followed), other 4xx              permanent
//	         other 5xx                                    transient
//	         a result over MaxResult, a malformed key,
//	         2xx with a class that is none                permanent
const (
	exitUsage   = 64
	exitDataErr = 65
)

// maxRetryAfter bounds what a server may ask for with Retry-After.
const maxRetryAfter = 5 * time.Minute

// Failure is an attempt that failed.
type Failure struct {
	Class record.Class
	// Cause says what happened, without anything from the record or the answer: it may be logged.
	Cause string
	// Detail is the end of what the user's code said about it (a line of standard error, of a response); it goes into
	// the dead letter, never into the log.
	Detail string
	// RetryAfter is the pause that the other side asked for; zero when it asked for none.
	RetryAfter time.Duration
}

// Error implements error: the cause, and behind it the detail.
func (f *Failure) Error() string {
	if f.Detail == "" {
		return f.Cause
	}
	return f.Cause + ": " + f.Detail
}

func failure(class record.Class, format string, args ...any) *Failure {
	return &Failure{Class: class, Cause: fmt.Sprintf(format, args...)}
}

// classifyExec gives the failure of a process that ended with err, nil for success. Own are the classes of exit statuses
// that the contract has.
func classifyExec(ctx context.Context, err error, own map[int]record.Class) *Failure {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooLarge):
		return failure(record.Permanent, "%v", errTooLarge)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return failure(record.Transient, "timed out")
	case errors.Is(err, exec.ErrWaitDelay):
		return failure(record.Transient, "the process ended but left its output open: it started another one that lives on")
	case errors.As(err, &exit):
		class := record.Transient
		if code := exit.ExitCode(); own[code] != "" {
			class = own[code]
		} else if code == exitUsage || code == exitDataErr {
			class = record.Permanent
		}
		return failure(class, "%s", exit.ProcessState)
	default:
		return failure(record.Transient, "%v", err)
	}
}

// classifyStart gives the failure of a program that could not be started.
func classifyStart(err error) *Failure {
	if errors.Is(err, syscall.E2BIG) {
		return failure(record.Permanent, "the record's key and headers are too long for a process's environment")
	}
	return failure(record.Overload, "cannot start the command: %v", withoutPath(err))
}

// withoutPath drops the outer wrapping, whose text repeats the whole command.
func withoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return err
}

// classifyStatus gives the failure of a response, nil for one that is none. Own are the classes of statuses that the
// contract has.
func classifyStatus(resp *http.Response, now time.Time, own map[int]record.Class) *Failure {
	f := failure(classOfStatus(resp.StatusCode), "HTTP status %d", resp.StatusCode)
	if class := own[resp.StatusCode]; class != "" {
		f.Class = class
	}
	if said, ok := resp.Header[nameClass]; ok {
		switch class := record.Class(said[0]); {
		case slices.Contains(contract.Classes(), class):
			f.Class = class
		case f.Class == "":
			f.Class = record.Permanent
			fallthrough
		default:
			f.Cause += ", and its header " + contract.HeaderClass + " names no class"
		}
	}
	switch f.Class {
	case "":
		return nil
	case record.Overload:
		f.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), now)
	default: // the pause of the others is the policy's
	}
	return f
}

// classOfStatus is the table's word about a status, empty for success.
func classOfStatus(status int) record.Class {
	switch {
	case status >= 200 && status < 300:
		return ""
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return record.Overload
	case status == http.StatusRequestTimeout, status >= 500:
		return record.Transient
	default:
		return record.Permanent
	}
}

// retryAfter reads seconds or a date (RFC 9110 section 10.2.3); what is neither counts as absent.
func retryAfter(text string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		wait = time.Duration(min(seconds, int64(maxRetryAfter/time.Second))) * time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// classifyTransport gives the failure of a request that got no complete response. A server beside the runner that
// refuses connections is starting or restarting; nobody else's server gets that benefit.
func classifyTransport(err error, beside bool) *Failure {
	var network net.Error
	switch {
	case errors.Is(err, errTooLarge):
		return failure(record.Permanent, "%v", errTooLarge)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return failure(record.Transient, "timed out")
	case beside && errors.Is(err, syscall.ECONNREFUSED):
		return failure(record.Overload, "connection refused: the algo does not listen")
	default:
		return failure(record.Transient, "no answer: %v", err)
	}
}
