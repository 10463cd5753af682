package revision

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// maxObject is the size of the largest file that is read. A ConfigMap, the largest of ours, has at most 1 MiB.
const maxObject = 8 << 20

// object is one answer of git cat-file.
type object struct {
	// name is the object's own name, hexadecimal. kind is blob, tree, commit or tag, and empty for what is not there.
	name, kind string
	content    []byte
}

// batch is a process `git cat-file --batch`, which answers one line with one object, in order (git-cat-file, BATCH
// OUTPUT).
type batch struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	talk bytes.Buffer
}

func startBatch(dir string) (*batch, error) {
	b := &batch{cmd: command(dir, "cat-file", "--batch")}
	b.cmd.Stderr = &b.talk
	in, err := b.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	b.in, b.out = in, bufio.NewReader(out)
	return b, b.cmd.Start()
}

// one asks for one object.
func (b *batch) one(request string) (object, error) {
	var answer object
	err := b.all([]string{request}, func(_ int, o object) { answer = o })
	return answer, err
}

// all asks for objects, and hands over each answer with the index of its request. Requests go out while answers come
// in, for neither side's pipe is endless.
func (b *batch) all(requests []string, answer func(int, object)) error {
	for _, r := range requests {
		if strings.ContainsAny(r, "\n\x00") {
			return fmt.Errorf("git: a path with a line break: %q", r)
		}
	}
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(b.in, strings.Join(append(slices.Clip(requests), ""), "\n"))
		sent <- err
	}()
	for i, r := range requests {
		o, err := b.read()
		if err != nil {
			// The process ends, so that the other side is not left waiting; what it said tells more than a broken pipe.
			failed := b.abort()
			<-sent //nolint:errcheck // the pipe is broken now, as it must be
			return fmt.Errorf("git: %s: %w", r, errors.Join(err, failed))
		}
		answer(i, o)
	}
	return <-sent
}

// read takes one answer.
func (b *batch) read() (object, error) {
	header, err := b.out.ReadString('\n')
	if err != nil {
		return object{}, err
	}
	header = strings.TrimSuffix(header, "\n")
	for _, absent := range []string{" missing", " ambiguous", " submodule"} {
		if strings.HasSuffix(header, absent) {
			return object{}, nil
		}
	}
	fields := strings.Fields(header)
	if len(fields) != 3 {
		return object{}, fmt.Errorf("git answers %q", header)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return object{}, fmt.Errorf("git answers %q", header)
	}
	if size > maxObject {
		return object{}, fmt.Errorf("it has %d bytes, more than the %d that are read", size, maxObject)
	}
	content := make([]byte, size+1) // and a line break
	if _, err := io.ReadFull(b.out, content); err != nil {
		return object{}, err
	}
	return object{name: fields[0], kind: fields[1], content: content[:size]}, nil
}

// abort ends the process at once and gives what it said.
func (b *batch) abort() error {
	// Either may fail because the process is gone, which is what is wanted.
	_ = b.in.Close()
	_ = b.cmd.Process.Kill()
	_ = b.cmd.Wait()
	if talk := strings.TrimSpace(b.talk.String()); talk != "" {
		return errors.New(talk)
	}
	return nil
}

// close ends the process when it has answered all. After abort it does nothing.
func (b *batch) close() error {
	if b.cmd.ProcessState != nil {
		return nil
	}
	_ = b.in.Close() // it has been answered; there is nothing to lose
	_ = b.cmd.Wait() // cat-file that is told to end has nothing to say
	return nil
}
