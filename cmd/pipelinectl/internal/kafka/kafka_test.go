package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// files writes each into a folder and gives a function from names to paths.
func files(t *testing.T, texts map[string]string) func(string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) string { return filepath.Join(dir, name) }
}

func start(t *testing.T, options ...kfake.Opt) string {
	t.Helper()
	cluster, err := kfake.NewCluster(append(options, kfake.NumBrokers(1))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return strings.Join(cluster.ListenAddrs(), ",")
}

// certificate is one for 127.0.0.1 that the standard library's test server brings, with the PEM of its CA.
func certificate(t *testing.T) (pair tls.Certificate, ca string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	return server.TLS.Certificates[0], string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// selfSigned is the PEM of a CA that signed nothing.
func selfSigned(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

// TestOpen reaches brokers of every security that an environment can have, and none with what is wrong for them.
func TestOpen(t *testing.T) {
	t.Parallel()
	pair, ca := certificate(t)
	otherCA := selfSigned(t)
	path := files(t, map[string]string{"ca.crt": ca, "other.crt": otherCA, "password": "secret\n", "wrong": "sesame", "username": "amy"})
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	plaintext := start(t)
	encrypted := start(t, kfake.TLS(config))
	users := []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "amy", "secret"), kfake.Superuser("SCRAM-SHA-256", "amy", "secret"), kfake.Superuser("PLAIN", "amy", "secret")}
	closed := start(t, users...)
	both := start(t, append(users, kfake.TLS(config))...)
	for name, c := range map[string]struct {
		env contract.Environment
		// fault is part of the error, hint of its hint.
		fault, hint string
	}{
		"plaintext":      {env: contract.Environment{BootstrapServers: plaintext}},
		"two addresses":  {env: contract.Environment{BootstrapServers: "127.0.0.1:1, " + plaintext}},
		"tls":            {env: contract.Environment{BootstrapServers: encrypted, TLS: true, CAFile: path("ca.crt")}},
		"scram-sha-512":  {env: contract.Environment{BootstrapServers: closed, SASLMechanism: contract.SCRAMSHA512, Username: "amy", PasswordFile: path("password")}},
		"scram-sha-256":  {env: contract.Environment{BootstrapServers: closed, SASLMechanism: contract.SCRAMSHA256, UsernameFile: path("username"), PasswordFile: path("password")}},
		"plain over tls": {env: contract.Environment{BootstrapServers: both, TLS: true, CAFile: path("ca.crt"), SASLMechanism: contract.PLAIN, Username: "amy", PasswordFile: path("password")}},
		"wrong password": {contract.Environment{BootstrapServers: closed, SASLMechanism: contract.SCRAMSHA512, Username: "amy", PasswordFile: path("wrong")},
			"the user's name and password", "--credentials"},
		"no password":     {contract.Environment{BootstrapServers: closed}, "hangs up", "--credentials DIR"},
		"none where tls":  {contract.Environment{BootstrapServers: encrypted}, "hangs up", "wants TLS"},
		"wrong ca":        {contract.Environment{BootstrapServers: encrypted, TLS: true, CAFile: path("other.crt")}, "is not trusted", "ca.crt"},
		"ca without pem":  {contract.Environment{BootstrapServers: encrypted, TLS: true, CAFile: path("password")}, "holds no PEM certificate", ""},
		"missing file":    {contract.Environment{BootstrapServers: closed, SASLMechanism: contract.PLAIN, Username: "amy", PasswordFile: path("nowhere")}, "no such file", ""},
		"nobody there":    {contract.Environment{BootstrapServers: "127.0.0.1:1"}, "cannot reach Kafka at 127.0.0.1:1", "is it up"},
		"cluster address": {contract.Environment{BootstrapServers: "main-kafka-bootstrap.kafka.svc:9092"}, "cannot be found from here", "--bootstrap HOST:PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker, err := Open(t.Context(), c.env, os.ReadFile)
			if c.fault == "" {
				if err != nil {
					t.Fatal(err)
				}
				if broker.Cluster == "" {
					t.Error("the cluster has no id")
				}
				broker.Close()
				return
			}
			if err == nil {
				broker.Close()
				t.Fatal("it was let in")
			}
			var hint string
			if fault, ok := errors.AsType[*Error](err); ok {
				hint = fault.Hint
			}
			if !strings.Contains(err.Error(), c.fault) || !strings.Contains(hint, c.hint) {
				t.Errorf("got %v, hint %q, want %q, hint %q", err, hint, c.fault, c.hint)
			}
		})
	}
}

// TestUnreachable explains what a broker leads to that no test could have within its time.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	env := contract.Environment{BootstrapServers: "kafka:9093", TLS: true}
	for want, cause := range map[string]error{
		"does not answer in TLS":   tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"},
		"did not answer in 10s":    &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
		"cannot be found":          &net.DNSError{Name: "kafka", Err: "no such host"},
		"nobody to ask about cons": kerr.CoordinatorNotAvailable,
		"the user may not do thi":  kerr.ClusterAuthorizationFailed,
	} {
		if err := unreachable(env, fmt.Errorf("unable to dial: %w", cause)); !strings.Contains(err.Error(), want) {
			t.Errorf("%v is told as %q, want %q", cause, err, want)
		}
	}
	secured := errors.New("invalid large response size 352518912 > limit 104857600; the first three bytes received appear to be a tls alert record")
	if err := unreachable(contract.Environment{}, secured); !strings.Contains(err.Error(), "hangs up") {
		t.Errorf("got %v", err)
	}
}
