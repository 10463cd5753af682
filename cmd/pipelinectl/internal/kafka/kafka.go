// Package kafka owns how the verbs that operate a running pipeline reach its broker: addresses and security out of a
// contract.Environment, the value that a runner gets as well, and what a failure means to a person.
//
// It must not know documents, nodes, dead letters or groups; the packages that do take its client. Unlike the runner,
// whose client is sarama, it speaks through franz-go, so that the two check each other. Start reading at Open.
package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// answerTimeout is how long a broker has for its first answer; requestTimeout how long a request is tried again.
const (
	answerTimeout  = 10 * time.Second
	requestTimeout = 30 * time.Second
)

// Broker is a Kafka that has answered.
type Broker struct {
	// Cluster is its id, which no other Kafka has.
	Cluster string
	options []kgo.Opt
	client  *kgo.Client
}

// Open connects and asks for one answer, so that a wrong address or password is told before anything else happens. The
// files that the environment names are had from read: os.ReadFile, where they are files. An error is an *Error.
func Open(ctx context.Context, env contract.Environment, read Reader) (*Broker, error) {
	options, err := newOptions(env, read)
	if err != nil {
		return nil, Explain(err)
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, Explain(err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	err = client.Ping(ctx)
	var metadata kadm.Metadata
	if err == nil {
		metadata, err = kadm.NewClient(client).BrokerMetadata(ctx)
	}
	if err != nil {
		client.Close()
		return nil, unreachable(env, err)
	}
	return &Broker{Cluster: metadata.Cluster, options: options, client: client}, nil
}

// Options are those of a further client of the same broker.
func (b *Broker) Options() []kgo.Opt { return b.options }

// Client is the client itself, for requests that Admin does not make.
func (b *Broker) Client() *kgo.Client { return b.client }

// Admin is the client for what concerns topics and groups.
func (b *Broker) Admin() *kadm.Client { return kadm.NewClient(b.client) }

// Close ends the connections.
func (b *Broker) Close() { b.client.Close() }

// Reader gives what a file holds that an environment names.
type Reader func(name string) ([]byte, error)

// newOptions gives what an environment says of Kafka in the client's terms; files are read now.
func newOptions(env contract.Environment, read Reader) ([]kgo.Opt, error) {
	options := []kgo.Opt{
		kgo.ClientID("pipelinectl"),
		kgo.SeedBrokers(addresses(env)...),
		kgo.RetryTimeout(requestTimeout),
		kgo.DisableClientMetrics(), // KIP-714: nobody asked for them
	}
	if env.TLS {
		config, err := tlsConfig(env, read)
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.DialTLSConfig(config))
	}
	if env.SASLMechanism == "" {
		return options, nil
	}
	mechanism, err := authentication(env, read)
	return append(options, kgo.SASL(mechanism)), err
}

// addresses splits the bootstrap list.
func addresses(env contract.Environment) []string {
	return strings.FieldsFunc(env.BootstrapServers, func(r rune) bool { return r == ',' || r == ' ' })
}

// tlsConfig reads the files of the environment. Without a CA file the system's roots count.
func tlsConfig(env contract.Environment, read Reader) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if env.CAFile != "" {
		pem, err := read(env.CAFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no PEM certificate", env.CAFile)
		}
	}
	if env.CertificateFile != "" {
		certificate, err := read(env.CertificateFile)
		if err != nil {
			return nil, err
		}
		key, err := read(env.KeyFile)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", env.CertificateFile, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// authentication gives the SASL mechanism with the user's name and password.
func authentication(env contract.Environment, read Reader) (sasl.Mechanism, error) {
	user := env.Username
	password, err := read.secret(env.PasswordFile)
	if err == nil && env.UsernameFile != "" {
		user, err = read.secret(env.UsernameFile)
	}
	if err != nil {
		return nil, err
	}
	switch env.SASLMechanism {
	case contract.SCRAMSHA512:
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	case contract.SCRAMSHA256:
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case contract.PLAIN:
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	default:
		return nil, fmt.Errorf("unknown mechanism %s", env.SASLMechanism)
	}
}

// secret reads a mounted file; one trailing line end is not part of it.
func (r Reader) secret(name string) (string, error) {
	text, err := r(name)
	return strings.TrimRight(string(text), "\r\n"), err
}
