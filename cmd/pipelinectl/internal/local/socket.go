package local

import (
	"fmt"
	"net"
	"os"
)

// loopback is any free port that only this machine reaches.
const loopback = "127.0.0.1:0"

// socket is a listening socket whose address outlives the runner that serves it.
type socket struct {
	address  string
	listener net.Listener
	// file is another handle on the socket, for an isolated runner to inherit; nil without isolation.
	file *os.File
}

func newSocket() (*socket, error) {
	l, err := net.Listen("tcp", loopback)
	if err != nil {
		return nil, err
	}
	return &socket{address: l.Addr().String(), listener: l}, nil
}

// share makes the file.
func (s *socket) share() error {
	l, ok := s.listener.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("a %T cannot be handed to another process", s.listener)
	}
	var err error
	s.file, err = l.File()
	return err
}

// release has new connections refused as soon as the runner that has inherited the socket closes it. Without one, the
// listener is the runner's own to close.
func (s *socket) release() {
	if s != nil && s.file != nil {
		s.close()
	}
}

// close gives up this process's hold on the socket. What is closed already stays so.
func (s *socket) close() {
	if s == nil {
		return
	}
	_ = s.listener.Close()
	if s.file != nil {
		_ = s.file.Close()
	}
}
