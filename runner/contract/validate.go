package contract

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Validate says what makes a Node impossible to run: every fault, joined. A document that the compiler wrote has none.
func (n *Node) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("contract: "+format, args...)) }
	if n.Version != Version {
		fault("version %d is not understood by this runner, which knows %d: use the runner image v%d", n.Version, Version, n.Version)
	}
	if n.Pipeline == "" || n.Node == "" {
		fault("pipeline and node must be named")
	}
	actions := 0
	for _, set := range []bool{n.Ingest != nil, n.Exec != nil, n.HTTP != nil, n.Webhook != nil} {
		if set {
			actions++
		}
	}
	if actions > 1 {
		fault("ingest, exec, http and webhook exclude one another")
	}
	if (n.Ingest != nil) == (len(n.Inputs) > 0) {
		fault("a node has either inputs or ingest")
	}
	if n.Timeout <= 0 || n.Drain <= 0 {
		fault("timeout and drain must be more than zero")
	}
	n.validateTopics(fault)
	if len(n.Inputs) > 0 {
		n.validateConsumer(fault)
	}
	n.validateAction(fault)
	return errors.Join(faults...)
}

func (n *Node) validateTopics(fault func(string, ...any)) {
	read := map[string]bool{}
	for _, in := range n.Inputs {
		if in.Name == "" || in.Topic == "" {
			fault("an input lacks its name or topic")
		}
		if read[in.Topic] {
			fault("topic %q is read by two inputs", in.Topic)
		}
		read[in.Topic] = true
	}
	names := map[string]bool{}
	for _, out := range n.Outputs {
		if out.Name == "" || out.Topic == "" {
			fault("an output lacks its name or topic")
		}
		if names[out.Name] {
			fault("output %q is there twice", out.Name)
		}
		if read[out.Topic] {
			fault("topic %q is both read and written", out.Topic)
		}
		names[out.Name] = true
	}
	n.validateOwnTopics(read, fault)
}

// validateOwnTopics holds the topics in which the runner keeps records for itself apart from each other and from all
// others: it would take what it finds there for its own.
func (n *Node) validateOwnTopics(read map[string]bool, fault func(string, ...any)) {
	taken := maps.Clone(read)
	taken[n.DeadLetters] = true
	for _, out := range n.Outputs {
		taken[out.Topic] = true
	}
	own := slices.Clone(n.Retries)
	for _, in := range n.Inputs {
		if in.Park != "" {
			own = append(own, in.Park)
		}
	}
	for _, topic := range own {
		if topic == "" || taken[topic] {
			fault("the topic %q of retries or a park is not one of its own", topic)
		}
		taken[topic] = true
	}
}

func (n *Node) validateConsumer(fault func(string, ...any)) {
	if n.Group == "" || n.DeadLetters == "" {
		fault("a node with inputs needs group and deadLetters")
	}
	switch n.Ordering {
	case OrderPartition, OrderKey, OrderNone:
	default:
		fault("ordering %q is not partition, key or none", n.Ordering)
	}
	switch n.Delivery {
	case AtLeastOnce, ExactlyOnce:
	default:
		fault("delivery %q is not at-least-once or exactly-once", n.Delivery)
	}
	if n.Concurrency < 1 {
		fault("concurrency must be 1 or more")
	}
	n.validateFailure(fault)
}

func (n *Node) validateAction(fault func(string, ...any)) {
	switch {
	case n.Ingest != nil:
		if !strings.HasPrefix(n.Ingest.Path, "/") || n.Ingest.MaxBytes < 1 {
			fault("ingest needs a path that begins with a slash and maxBytes of 1 or more")
		}
		if len(n.Outputs) != 1 {
			fault("ingest writes exactly one output")
		}
	case n.Exec != nil:
		n.Exec.validate(fault)
		if len(n.ResultOutputs()) > 1 {
			fault("exec writes results to at most one output")
		}
	case n.HTTP != nil:
		if n.HTTP.Port < 1 || n.HTTP.Port > 65535 || !strings.HasPrefix(n.HTTP.Path, "/") {
			fault("http needs a port between 1 and 65535 and a path that begins with a slash")
		}
	case n.Webhook != nil:
		if n.Webhook.URL == "" || len(n.ResultOutputs()) > 0 {
			fault("webhook needs a url and has no outputs for results")
		}
	default:
		if len(n.ResultOutputs()) != 1 {
			fault("a node that copies writes exactly one output")
		}
	}
}

func (e *Exec) validate(fault func(string, ...any)) {
	if len(e.Command) == 0 || e.Command[0] == "" {
		fault("exec needs a command")
	}
	if e.Input != InputStdin && e.Input != InputFile {
		fault("exec input %q is neither stdin nor file", e.Input)
	}
	if e.Output != OutputStdout && e.Output != OutputFile {
		fault("exec output %q is neither stdout nor file", e.Output)
	}
	for _, word := range e.Command {
		if err := e.check(word); err != nil {
			fault("exec command: %w", err)
		}
	}
}

// check expands a word as the runner will, with the references that this Exec can give.
func (e *Exec) check(word string) error {
	_, err := Expand(word, func(name string) (string, bool) {
		return "", (name == RefInputFile && e.Input == InputFile) || (name == RefOutputFile && e.Output == OutputFile)
	})
	return err
}

// Validate says what makes an Environment impossible to run in: every fault, joined, naming the variables.
func (e Environment) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("contract: "+format, args...)) }
	if e.BootstrapServers == "" {
		fault("variable RUNNER_KAFKA_BOOTSTRAP_SERVERS is missing: the environment's overlay sets it")
	}
	if (e.CertificateFile == "") != (e.KeyFile == "") {
		fault("RUNNER_KAFKA_CERTIFICATE_FILE and RUNNER_KAFKA_KEY_FILE go together")
	}
	if (e.CAFile != "" || e.CertificateFile != "") && !e.TLS {
		fault("RUNNER_KAFKA_CA_FILE and RUNNER_KAFKA_CERTIFICATE_FILE need RUNNER_KAFKA_TLS=true")
	}
	if e.MemoryLimit < 0 {
		fault("RUNNER_MEMORY_LIMIT %d is below zero", e.MemoryLimit)
	}
	switch e.SASLMechanism {
	case "":
		if e.Username != "" || e.UsernameFile != "" || e.PasswordFile != "" {
			fault("RUNNER_KAFKA_USERNAME and RUNNER_KAFKA_PASSWORD_FILE need RUNNER_KAFKA_SASL_MECHANISM")
		}
	case SCRAMSHA512, SCRAMSHA256, PLAIN:
		if (e.Username == "") == (e.UsernameFile == "") || e.PasswordFile == "" {
			fault("SASL needs RUNNER_KAFKA_PASSWORD_FILE and exactly one of RUNNER_KAFKA_USERNAME and RUNNER_KAFKA_USERNAME_FILE")
		}
	default:
		fault("RUNNER_KAFKA_SASL_MECHANISM %q is none of %s, %s, %s", e.SASLMechanism, SCRAMSHA512, SCRAMSHA256, PLAIN)
	}
	return errors.Join(faults...)
}
