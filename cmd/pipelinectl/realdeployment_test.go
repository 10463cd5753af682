package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/kinds"
	"github.com/pipelinectl/pipelinectl/emit/strimzi"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema"
)

// deployment is a pipeline as compiled for the real Kafka, with what an engine and Strimzi would have made of it: the
// topics, and for each node a user with the rights of its KafkaUser and no others.
type deployment struct {
	*realKafka
	// text is the pipeline with its environment.
	text  string
	graph *compiler.Graph
	// users are the compiled users, by name; passwords the files of theirs.
	users     map[string]*strimzi.KafkaUser
	passwords map[string]string
	// target is what hooks post to.
	target string
}

// environmentText is an environment whose Kafka is the real one.
const environmentText = `
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: real}
spec:
  namespace: real
  kafka:
    cluster: real
    bootstrapServers: %q
    prefix: %s
    tls: true
    authentication: {type: scram-sha-512}
    opsUser: true
`

// deploy compiles a pipeline and makes its topics and users.
func (k *realKafka) deploy(text string) *deployment {
	k.t.Helper()
	k.guarded()
	text += fmt.Sprintf(environmentText, k.secure, k.unique)
	docs, findings := schema.Parse("pipeline.yaml", []byte(text))
	program, more := compiler.Compile(docs, kinds.All())
	if findings = append(findings, more...); findings.HasErrors() {
		k.t.Fatalf("the pipeline does not compile: %v", findings)
	}
	d := &deployment{realKafka: k, text: text, users: map[string]*strimzi.KafkaUser{}, passwords: map[string]string{}}
	for _, g := range program.Graphs {
		if g.Environment != nil {
			d.graph = g
		}
	}
	for _, t := range d.graph.Topics {
		if !t.Managed {
			k.topic(t.Name, t.Partitions, nil)
		}
	}
	bundle, err := emit.Emit(d.graph)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, r := range bundle.Resources {
		switch o := r.Object.(type) {
		case *strimzi.KafkaTopic:
			k.topic(o.Spec.TopicName, o.Spec.Partitions, o.Spec.Config)
		case *strimzi.KafkaUser:
			d.users[o.Name], d.passwords[o.Name] = o, k.password(o.Name)
			k.allow(rightsOf(o)...)
			k.t.Cleanup(func() { k.forget(o.Name) })
		}
	}
	d.target = serveTarget(k.t)
	return d
}

// outcome says how the code that stands for a node's ends with a record.
func outcome(record []byte) (exit, status int) {
	switch {
	case bytes.Contains(record, []byte("permanent")):
		return 65, http.StatusBadRequest
	case bytes.Contains(record, []byte("transient")):
		return 1, http.StatusInternalServerError
	default:
		return 0, http.StatusOK
	}
}

// words are records of every outcome.
func words() []string { return []string{"fine", "transient", "permanent", "fine again"} }

// command is outcome for the shell.
var command = []string{"sh", "-c", "read -r text; case $text in *permanent*) exit 65 ;; *transient*) exit 1 ;; esac; echo $text"}

// serveTarget starts what hooks post to.
func serveTarget(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		_, status := outcome(body)
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// environment is what a pod of the node is told, with its files where they lie here.
func (d *deployment) environment(n *compiler.Node) contract.Environment {
	env := workload.Environment(d.graph, n, "acme/image:1")
	env.CAFile, env.PasswordFile = d.ca, d.passwords[n.User]
	if n.Runner != nil && n.Runner.Exec != nil {
		env.Command = command
	}
	if n.Runner != nil && n.Runner.Webhook != nil {
		env.URL = d.target
	}
	return env
}

// realRunner is a node at work.
type realRunner struct {
	log *synced
	// ingest is where records are posted to, for a node that takes them.
	ingest string
	stop   func()
}

// synced is a buffer for several goroutines.
type synced struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *synced) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *synced) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// in gives the same deployment to a part of the test.
func (d *deployment) in(t *testing.T) *deployment {
	part := *d
	part.realKafka = d.realKafka.in(t)
	return &part
}

// shortDrain is how long a node that misses a right may wait for it when it ends.
const shortDrain = 2 * time.Second

// start runs a node as its own user, in a process of its own, until stop or the end of the test.
func (d *deployment) start(n *compiler.Node) *realRunner {
	t := d.t
	t.Helper()
	r := &realRunner{log: &synced{}}
	command := exec.CommandContext(t.Context(), "pipelinectl", n.Name)
	command.Stdout, command.Stderr = r.log, r.log
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	env := d.environment(n)
	env.NodeFile = d.document(n)
	command.Env = append(os.Environ(), local.VarListeners+"=admin")
	_, admin := loopback(t)
	command.ExtraFiles = []*os.File{admin}
	if n.Runner.Ingest != nil {
		address, ingest := loopback(t)
		r.ingest = "http://" + address + n.Runner.Ingest.Path
		command.ExtraFiles = append(command.ExtraFiles, ingest)
		command.Env[len(command.Env)-1] += ",ingest"
	}
	for _, v := range env.Env() {
		command.Env = append(command.Env, v.Name+"="+v.Value)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	r.stop = sync.OnceFunc(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("%s: %v", n.Name, err)
		}
	})
	t.Cleanup(func() {
		r.stop()
		if t.Failed() {
			t.Logf("%s says:\n%s", n.Name, r.log)
		}
	})
	return r
}

// document writes the contract of a node, with a short drain.
func (d *deployment) document(n *compiler.Node) string {
	d.t.Helper()
	node := *n.Runner
	node.Drain = contract.Duration(shortDrain) // what cannot be written is waited for
	text, err := contract.Marshal(&node)
	file := filepath.Join(d.t.TempDir(), "node.json")
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return file
}

// loopback opens a socket for a runner, which gets the file.
func loopback(t *testing.T) (address string, file *os.File) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if file, err = l.File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	address = l.Addr().String()
	_ = l.Close() // the file keeps the socket
	return address, file
}

// feed hands a node records of every outcome: those that it takes by HTTP, which it may refuse, or reads.
func (d *deployment) feed(n *compiler.Node, r *realRunner) {
	d.t.Helper()
	if r.ingest != "" {
		for _, word := range words() {
			if resp, err := http.Post(r.ingest, "text/plain", strings.NewReader(word)); err == nil {
				_ = resp.Body.Close()
			}
		}
		return
	}
	for _, topic := range topicsRead(n) {
		d.produce(topic, words()...)
	}
}
