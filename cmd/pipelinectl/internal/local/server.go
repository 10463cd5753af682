package local

import (
	"context"
	"net"
	"os"
	"os/exec"
	"time"
)

// serverGrace is the time that an algo's server has between SIGTERM and SIGKILL: less than people are patient.
const serverGrace = 5 * time.Second

// varPort tells a server the port to listen on, as the image's own is told it.
const varPort = "PORT"

// serve keeps the server of a member running until stop is done, and gives its address. That it listens is part of the
// runner's readiness.
func (r *run) serve(stop context.Context, m *member) (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	c := &child{
		what: "node " + m.Label + ": server",
		command: func() *exec.Cmd {
			cmd := exec.Command(m.Server[0], m.Server[1:]...)
			cmd.Dir = m.Dir
			cmd.Env = append(os.Environ(), varPort+"="+port)
			return cmd
		},
		output: &prefixed{to: r.screen, prefix: m.Label + ": "},
		say:    r.say,
		grace:  serverGrace,
	}
	r.servers.Go(func() { c.keep(stop, r.hurry) })
	return "http://" + address, nil
}

// freeAddress is a loopback address on which nothing listens. A port cannot be handed to a foreign program in any
// better way; should another take it meanwhile, the server says so.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", loopback)
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
