// Command demo shows the quickstart pipeline at work: it validates it, compiles it, has kustomize build every overlay,
// runs it on the embedded broker, posts the lines of a text through its endpoint, and checks that each line arrived at
// the hook twice: in capitals, and as its number of words.
//
//	go run ./examples/quickstart/demo PIPELINECTL TEXT...
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	project = "examples/quickstart"
	// posters is how many lines are on their way at once.
	posters = 16
	// patience bounds each wait.
	patience = 2 * time.Minute
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: demo PIPELINECTL TEXT...")
		os.Exit(2)
	}
	if err := demo(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(pipelinectl string, files []string) error {
	lines, err := readLines(files)
	if err != nil {
		return err
	}
	if err := compile(pipelinectl); err != nil {
		return err
	}
	p, err := start(pipelinectl)
	if err != nil {
		return err
	}
	defer p.kill()
	began := time.Now()
	if err := post(p.url, lines); err != nil {
		return err
	}
	fmt.Printf("posted %d lines of %s; each is answered 202 once Kafka has it\n", len(lines), strings.Join(files, " and "))
	if err := p.await(2 * len(lines)); err != nil {
		return err
	}
	fmt.Printf("%d deliveries arrived at the hook within %.1f s; the first of them:\n", 2*len(lines), time.Since(began).Seconds())
	got := p.lines()
	for _, line := range got[:min(6, len(got))] {
		fmt.Println("   ", line)
	}
	if err := p.interrupt(); err != nil {
		return err
	}
	return check(lines, got)
}

// readLines gives the lines of files that hold anything.
func readLines(files []string) ([]string, error) {
	var lines []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines, nil
}

// compile runs the verbs that need no broker.
func compile(pipelinectl string) error {
	out, err := os.MkdirTemp("", "quickstart-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(out) }() // a folder of /tmp more is no failure
	for _, args := range [][]string{
		{"validate", project},
		{"build", project, "-o", out},
		{"render", project, "--env", "dev"},
		{"render", project, "--env", "prod"},
	} {
		fmt.Println("$ pipelinectl", strings.Join(args, " "))
		command := exec.Command(pipelinectl, args...)
		var manifests bytes.Buffer
		command.Stdout, command.Stderr = &manifests, os.Stderr
		if err := command.Run(); err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		if args[0] == "render" {
			fmt.Printf("  %d objects\n", bytes.Count(manifests.Bytes(), []byte("\nkind: ")))
		}
	}
	overlays, err := filepath.Glob(filepath.Join(out, "quickstart/overlays/*/kustomization.yaml"))
	if err == nil && len(overlays) != 2 {
		err = fmt.Errorf("the tree has %d overlays, not 2", len(overlays))
	}
	return err
}

// pipeline is a pipelinectl run.
type pipeline struct {
	command *exec.Cmd
	url     string
	mu      sync.Mutex
	arrived []string
	more    chan struct{}
	read    sync.WaitGroup
}

// start starts the pipeline and waits for the address of its endpoint.
func start(pipelinectl string) (*pipeline, error) {
	fmt.Println("$ pipelinectl run", project)
	p := &pipeline{command: exec.Command(pipelinectl, "run", project), more: make(chan struct{}, 1)}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	url := make(chan string, 1)
	p.read.Go(func() { p.gather(stdout) })
	p.read.Go(func() { follow(stderr, url) })
	select {
	case p.url = <-url:
		return p, nil
	case <-time.After(patience):
		p.kill()
		return nil, errors.New("the pipeline did not become ready")
	}
}

// gather keeps each delivery, a line of standard output.
func (p *pipeline) gather(r io.Reader) {
	for scanner := bufio.NewScanner(r); scanner.Scan(); {
		p.mu.Lock()
		p.arrived = append(p.arrived, scanner.Text())
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
	}
}

// follow repeats what run says, and finds the endpoint's address in it.
func follow(r io.Reader, url chan<- string) {
	address := ""
	for scanner := bufio.NewScanner(r); scanner.Scan(); {
		line := scanner.Text()
		fmt.Println(" ", line)
		if _, after, ok := strings.Cut(line, "takes records on "); ok {
			address = after
		}
		if strings.HasPrefix(line, "ready") {
			url <- address
		}
	}
}

func (p *pipeline) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.arrived
}

// await waits until n deliveries have arrived.
func (p *pipeline) await(n int) error {
	deadline := time.After(patience)
	for {
		if have := len(p.lines()); have >= n {
			return nil
		}
		select {
		case <-p.more:
		case <-deadline:
			return fmt.Errorf("%d of %d deliveries arrived in time", len(p.lines()), n)
		}
	}
}

// interrupt does what Ctrl-C does, and waits for the end.
func (p *pipeline) interrupt() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	p.read.Wait()
	return p.command.Wait()
}

func (p *pipeline) kill() { _ = p.command.Process.Kill() } // it may have ended already

// post sends each line as a record of its own.
func post(url string, lines []string) error {
	work := make(chan string)
	faults := make(chan error, posters)
	var group sync.WaitGroup
	for range posters {
		group.Go(func() {
			for line := range work {
				if err := postLine(url, line); err != nil {
					select {
					case faults <- err:
					default:
					}
				}
			}
		})
	}
	for _, line := range lines {
		work <- line
	}
	close(work)
	group.Wait()
	close(faults)
	return <-faults
}

func postLine(url, line string) error {
	response, err := http.Post(url, "text/plain", strings.NewReader(line))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusAccepted {
		return fmt.Errorf("%q is answered %s", line, response.Status)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

// check compares what arrived with what the two algos make of each line.
func check(lines, arrived []string) error {
	expected := map[string]int{}
	for _, line := range lines {
		expected[strings.Map(capital, line)]++
		expected[strconv.Itoa(len(strings.Fields(line)))]++
	}
	for _, line := range arrived {
		_, body, _ := strings.Cut(line, "\t")
		expected[strings.TrimSpace(body)]--
	}
	wrong := 0
	for _, n := range expected {
		wrong += max(n, -n)
	}
	if wrong > 0 {
		return fmt.Errorf("%d deliveries are missing or more than they should be", wrong)
	}
	fmt.Printf("each of the %d lines arrived exactly where it should be, in capitals and counted\n", len(lines))
	return nil
}

// capital is what tr a-z A-Z does to a character.
func capital(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}
