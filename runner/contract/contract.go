// Package contract is the one place where the compiler and the runner meet: the compiler prints exactly what the
// runner reads. It has two parts. Node is what belongs to the pipeline: one strict, versioned document, mounted from a
// ConfigMap. Environment is what belongs to the place: variables and file paths, set by the overlay.
//
// It imports only the standard library, so that the runner's image holds no compiler and the compiler no client.
// Start reading at Node; Marshal and Parse are inverses, and so are Environment.Env and FromEnv.
package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Version is the contract's version. A runner accepts its own and the one before; the default tag of the runner's
// image is "v" and this number.
const Version = 1

// Node is what one runner does: it reads Inputs (or takes requests, with Ingest), hands each record to exactly one of
// Exec, HTTP and Webhook (none of them: it copies), writes the results to Outputs, and what it cannot handle to
// DeadLetters. Every value is explicit: the runner has no defaults of its own.
type Node struct {
	// Version is the contract's version that the document was written for.
	Version int `json:"version"`
	// Pipeline and Node name the node in headers, metrics and logs.
	Pipeline string `json:"pipeline"`
	Node     string `json:"node"`
	// Group is the consumer group; set exactly when there are Inputs.
	Group string `json:"group,omitempty"`
	// Inputs are the topics read. Two inputs never share a topic.
	Inputs []Input `json:"inputs,omitempty"`
	// Outputs are the topics written with results.
	Outputs []Output `json:"outputs,omitempty"`
	// DeadLetters is the topic of records given up on; set exactly when there are Inputs.
	DeadLetters string `json:"deadLetters,omitempty"`
	// Retries are the topics of the tiers of delayed retries, tier n at index n-1: with OrderNone as many as the longest
	// FailurePolicy.Delayed has tiers, else none. A record in one waits for its due time, and then runs as if it had been
	// read from its source; see HeaderRetryDue.
	Retries []string `json:"retries,omitempty"`

	Ingest  *Ingest  `json:"ingest,omitempty"`
	Exec    *Exec    `json:"exec,omitempty"`
	HTTP    *HTTP    `json:"http,omitempty"`
	Webhook *Webhook `json:"webhook,omitempty"`

	// Ordering is the order in which records of the inputs are finished; set exactly when there are Inputs.
	Ordering Ordering `json:"ordering,omitempty"`
	// Delivery is what a crash may do to results; set exactly when there are Inputs.
	Delivery Delivery `json:"delivery,omitempty"`
	// Concurrency is how many records are worked on at once in one runner, 1 or more; set when there are Inputs.
	Concurrency int `json:"concurrency,omitempty"`
	// Timeout bounds one attempt (or one ingest request's wait for the broker); more than zero.
	Timeout Duration `json:"timeout"`
	// OnFailure is what becomes of a record that failed; set exactly when there are Inputs.
	OnFailure *OnFailure `json:"onFailure,omitempty"`
	// Drain bounds the time from SIGTERM to exit; work unfinished by then is redelivered later.
	Drain Duration `json:"drain"`
}

// Input is one topic read, under the name of the input it belongs to (an input may read several topics).
type Input struct {
	// Name is told to the user's code with each record.
	Name  string `json:"name"`
	Topic string `json:"topic"`
	// ContentType is that of a record which carries none; empty: application/octet-stream.
	ContentType string `json:"contentType,omitempty"`
	// OnFailure is the failure policy of this input's records, whole; nil: that of the node.
	OnFailure *FailurePolicy `json:"onFailure,omitempty"`
	// Park is the topic that keeps records of Topic which wait for a delayed retry, and their successors of the same key:
	// compacted, with as many partitions as Topic. It is set exactly where OrderKey meets a policy of this input that has
	// Delayed.
	Park string `json:"park,omitempty"`
}

// Output is one topic written.
type Output struct {
	// Name is how the user's code chooses among several outputs.
	Name  string `json:"name"`
	Topic string `json:"topic"`
	// ContentType is that of a result whose code states none; empty: that of the record it was made from.
	ContentType string `json:"contentType,omitempty"`
}

// Delivery says how often a record's results may be written.
type Delivery string

// The deliveries. With either, nothing is lost.
const (
	// AtLeastOnce may write the results of a record again that was in work when the runner died.
	AtLeastOnce Delivery = "at-least-once"
	// ExactlyOnce writes results, dead letters and the position in one transaction: who reads only what is committed sees
	// each result once.
	ExactlyOnce Delivery = "exactly-once"
)

// Ordering says which records may overtake one another.
type Ordering string

// The orderings. All keep offsets safe; they differ in what runs side by side.
const (
	// OrderPartition finishes the records of a partition one after the other.
	OrderPartition Ordering = "partition"
	// OrderKey finishes the records of one key one after the other; records without key as with OrderNone.
	OrderKey Ordering = "key"
	// OrderNone lets any record overtake any other.
	OrderNone Ordering = "none"
)

// Ingest takes records over HTTP, on IngestPort.
type Ingest struct {
	// Path is the exact path of the requests, beginning with a slash.
	Path string `json:"path"`
	// MaxBytes is the size of the largest body accepted.
	MaxBytes int64 `json:"maxBytes"`
	// ContentType is what a request must carry, possibly with wildcards (image/*); empty: anything.
	ContentType string `json:"contentType,omitempty"`
}

// Exec runs a process per record.
type Exec struct {
	// Command is the program and its arguments. Expand replaces $(input.file) and $(output.file) in each.
	Command []string `json:"command"`
	// Input is how the record's value reaches the process.
	Input ExecInput `json:"input"`
	// Output is where the result is read from when the process has exited 0.
	Output ExecOutput `json:"output"`
}

// ExecInput is how a record's value reaches a process.
type ExecInput string

// The ways in.
const (
	InputStdin ExecInput = "stdin"
	InputFile  ExecInput = "file"
)

// ExecOutput is where a process leaves its result.
type ExecOutput string

// The ways out.
const (
	OutputStdout ExecOutput = "stdout"
	OutputFile   ExecOutput = "file"
)

// References that stay in Exec.Command for the runner to expand, once per record.
const (
	RefInputFile  = "input.file"
	RefOutputFile = "output.file"
)

// HTTP posts each record to a server beside the runner, on the loopback address.
type HTTP struct {
	Port int32 `json:"port"`
	// Path of the request, beginning with a slash; may hold a query.
	Path string `json:"path"`
	// Ready is the path whose 2xx answer to GET says that the server is ready; empty: an accepted connection says so.
	Ready string `json:"ready,omitempty"`
}

// Webhook posts each record to somebody else's server.
type Webhook struct {
	URL string `json:"url"`
	// Headers are sent with each request; never secrets.
	Headers map[string]string `json:"headers,omitempty"`
}

// Duration is a time.Duration that is written as Go writes it ("200ms").
type Duration time.Duration

// D gives the value as time.Duration.
func (d Duration) D() time.Duration { return time.Duration(d) }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Marshal gives the document as it stands in the ConfigMap: indented JSON, the same bytes for the same Node.
func Marshal(n *Node) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(n); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return buf.Bytes(), nil
}

// Parse reads what Marshal wrote. Unknown fields, another version, trailing data and values that Validate refuses are
// errors.
func Parse(data []byte) (*Node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var n Node
	if err := dec.Decode(&n); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("contract: data after the document")
	}
	if err := n.Validate(); err != nil {
		return nil, err
	}
	return &n, nil
}

// Hash is the configuration hash: it stands on the pod template, so that a changed contract restarts the pods, and in
// the header HeaderConfig of every record written under it. 16 hexadecimal digits of the SHA-256 of the document.
func Hash(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:8])
}
