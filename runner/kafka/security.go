package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"

	"github.com/IBM/sarama"
	"github.com/xdg-go/scram"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

var (
	_ sarama.SCRAMClient = (*scramClient)(nil)
)

// dialer connects over TLS. It reads CA, certificate and key at each connection, so that rotated files are taken up
// without a restart; sarama's own TLS setting is fixed when its client is made.
type dialer struct {
	env contract.Environment
}

// Dial implements golang.org/x/net/proxy.Dialer, which sarama takes.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	config, err := tlsConfig(d.env)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	return (&tls.Dialer{Config: config}).DialContext(ctx, network, address)
}

// tlsConfig reads the files of the environment. Without a CA file the public roots count.
func tlsConfig(env contract.Environment) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if env.CAFile != "" {
		pem, err := os.ReadFile(env.CAFile)
		if err != nil {
			return nil, fmt.Errorf("kafka: CA: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("kafka: CA: %s holds no PEM certificate", env.CAFile)
		}
	}
	if env.CertificateFile != "" {
		pair, err := tls.LoadX509KeyPair(env.CertificateFile, env.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("kafka: client certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// scramClient is one SCRAM exchange (RFC 5802). It reads the password file when it begins.
type scramClient struct {
	env          contract.Environment
	conversation *scram.ClientConversation
}

// Begin implements sarama.SCRAMClient; the password handed in is the one of the client's start.
func (s *scramClient) Begin(user, _, authzID string) error {
	password, err := secret(s.env.PasswordFile)
	if err != nil {
		return err
	}
	hash := scram.SHA512
	if s.env.SASLMechanism == contract.SCRAMSHA256 {
		hash = scram.SHA256
	}
	client, err := hash.NewClient(user, password, authzID)
	if err != nil {
		return fmt.Errorf("kafka: scram: %w", err)
	}
	s.conversation = client.NewConversation()
	return nil
}

// Step implements sarama.SCRAMClient.
func (s *scramClient) Step(challenge string) (string, error) { return s.conversation.Step(challenge) }

// Done implements sarama.SCRAMClient.
func (s *scramClient) Done() bool { return s.conversation.Done() }
