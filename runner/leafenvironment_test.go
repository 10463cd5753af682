package runner

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

func environmentExperiments() map[string]experiment {
	type environment = contract.Environment
	return map[string]experiment{
		"Environment.NodeFile": func(t *testing.T, changed bool) string {
			n := copyNode()
			if changed {
				n.Node = "other"
			}
			document, err := contract.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			return loaded(t, file(t, "node.json", string(document)))
		},
		"Environment.BootstrapServers": func(t *testing.T, changed bool) string {
			here, there := newWorld(t), newWorld(t)
			if changed {
				here.env = func(e *environment) { e.BootstrapServers = there.addr }
			}
			here.observe(copyNode, nil, false)
			return fmt.Sprint(here.count("out"), there.count("out"))
		},
		"Environment.MemoryLimit": fetching(func(e *environment) { e.MemoryLimit = 16 << 20 }),

		"Environment.Image":   in(copyNode, func(e *environment) { e.Image = "other" }),
		"Environment.Command": in(func() *contract.Node { return execNode("cat") }, func(e *environment) { e.Command = []string{"tr", "v", "w"} }),
		"Environment.Dir":     in(func() *contract.Node { return execNode("pwd") }, func(e *environment) { e.Dir = "/" }),
		"Environment.URL": func(t *testing.T, changed bool) string {
			w := newWorld(t)
			if changed {
				w.env = func(e *environment) { e.URL = w.b.URL }
			}
			return w.observe(httpNode, nil, false)
		},

		"Environment.TLS":             connecting(func(e *environment, _ keys) { e.TLS, e.CAFile = false, "" }),
		"Environment.CAFile":          connecting(func(e *environment, k keys) { e.CAFile = k.otherCA }),
		"Environment.CertificateFile": connecting(func(e *environment, k keys) { e.CertificateFile, e.KeyFile = k.certificate, k.key }),
		"Environment.KeyFile": connecting(func(e *environment, k keys) { e.KeyFile = k.otherKey },
			func(e *environment, k keys) { e.CertificateFile, e.KeyFile = k.certificate, k.key }),

		"Environment.SASLMechanism": authenticating(func(_ *testing.T, e *environment) { e.SASLMechanism = contract.SCRAMSHA256 }),
		"Environment.Username":      authenticating(func(_ *testing.T, e *environment) { e.Username = "bob" }),
		"Environment.UsernameFile": authenticating(func(t *testing.T, e *environment) {
			e.Username, e.UsernameFile = "", file(t, "user", "carol\n")
		}),
		"Environment.PasswordFile": authenticating(func(t *testing.T, e *environment) { e.PasswordFile = file(t, "password", "other") }),
	}
}

// in is an experiment that changes the environment of a node.
func in(base func() *contract.Node, change func(*contract.Environment)) experiment {
	return func(t *testing.T, changed bool) string {
		w := newWorld(t)
		if changed {
			w.env = change
		}
		return w.observe(base, nil, false)
	}
}

// fetching tells how much a runner asks a broker for at once.
func fetching(change func(*contract.Environment)) experiment {
	return func(t *testing.T, changed bool) string {
		c := newCluster(t, 1, "in", "out", "dlq")
		var asked atomic.Int64
		c.fake.ControlKey(int16(kmsg.Fetch), func(request kmsg.Request) (kmsg.Response, error, bool) {
			c.fake.KeepControl()
			asked.Store(int64(request.(*kmsg.FetchRequest).MaxBytes))
			return nil, nil, false
		})
		r := c.start(copyNode(), func(e *contract.Environment) {
			if changed {
				change(e)
			}
		})
		eventually(t, "fetched", func() bool { return asked.Load() > 0 })
		r.stop()
		return strconv.FormatInt(asked.Load(), 10)
	}
}

// loaded tells which node a process would run whose document is at path.
func loaded(t *testing.T, path string) string {
	t.Helper()
	cfg, err := Load(func(name string) (string, bool) {
		v, ok := map[string]string{contract.VarNodeFile: path, "RUNNER_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}[name]
		return v, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	return cfg.Node.Node + cfg.Hash
}

// keys are the files of two authorities.
type keys struct {
	ca, otherCA, certificate, key, otherKey string
}

// connecting tells how a runner introduces itself to a broker: by plain text, by TLS, or with a certificate.
func connecting(change func(*contract.Environment, keys), prepare ...func(*contract.Environment, keys)) experiment {
	return func(t *testing.T, changed bool) string {
		server, k := authority(t)
		other, _ := authority(t)
		k.otherCA = file(t, "other.crt", certificatePEM(other))
		_, otherKeys := authority(t)
		k.otherKey = otherKeys.key
		l := listener(t)
		seen := make(chan string, 64)
		go accept(l, server, seen)
		t.Cleanup(func() { _ = l.Close() })

		env := contract.Environment{BootstrapServers: l.Addr().String(), TLS: true, CAFile: k.ca}
		for _, f := range prepare {
			f(&env, k)
		}
		if changed {
			change(&env, k)
		}
		n := ingestNode()
		n.Drain = contract.Duration(100 * time.Millisecond)
		r := start(t, n, env)
		defer r.stop()
		if changed && env.KeyFile == k.otherKey {
			eventually(t, "refusal", func() bool { return strings.Contains(r.log.String(), "private key") })
			return "refused by the runner"
		}
		select {
		case s := <-seen:
			return s
		case <-time.After(patience):
			t.Fatal("nobody connects")
			return ""
		}
	}
}

// accept takes connections and tells what each client showed.
func accept(l net.Listener, own tls.Certificate, seen chan<- string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		client := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequestClientCert})
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		err = client.Handshake()
		if err == nil {
			_, err = client.Read(make([]byte, 1)) // in TLS 1.3 the client's verdict comes after the handshake
		}
		select {
		case seen <- fmt.Sprintf("%v, %d certificates", err, len(client.ConnectionState().PeerCertificates)):
		default:
		}
		_ = conn.Close()
	}
}

// authority gives a self-signed certificate for the loopback address, and the files of it.
func authority(t *testing.T) (tls.Certificate, keys) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
	certificate := certificatePEM(pair)
	return pair, keys{
		ca: file(t, "ca.crt", certificate), certificate: file(t, "user.crt", certificate),
		key: file(t, "user.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))),
	}
}

func certificatePEM(c tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
}

// authenticating tells what a runner says to a broker that demands SASL.
func authenticating(change func(*testing.T, *contract.Environment)) experiment {
	return func(t *testing.T, changed bool) string {
		c := startCluster(t, kfake.SeedTopics(1, "out"))
		sasl, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "alice", "secret"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(sasl.Close)
		c.addr = sasl.ListenAddrs()[0]
		var mu sync.Mutex
		said := map[int16]string{}
		listen := func(key int16, text func(kmsg.Request) string) {
			sasl.ControlKey(key, func(req kmsg.Request) (kmsg.Response, error, bool) {
				sasl.KeepControl()
				mu.Lock()
				defer mu.Unlock()
				if said[key] == "" {
					said[key] = text(req)
				}
				return nil, nil, false
			})
		}
		listen(17, func(r kmsg.Request) string { return r.(*kmsg.SASLHandshakeRequest).Mechanism })
		listen(36, func(r kmsg.Request) string { return string(r.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes) })
		n := ingestNode()
		n.Drain = contract.Duration(100 * time.Millisecond)
		r := c.start(n, func(e *contract.Environment) {
			e.SASLMechanism, e.Username, e.PasswordFile = contract.PLAIN, "alice", file(t, "secret", "secret")
			if changed {
				change(t, e)
			}
		})
		defer r.stop()
		mechanism := ""
		eventually(t, "authentication", func() bool {
			mu.Lock()
			defer mu.Unlock()
			mechanism = said[17]
			return said[36] != "" || (mechanism != "" && mechanism != contract.PLAIN)
		})
		mu.Lock()
		defer mu.Unlock()
		return mechanism + said[36]
	}
}
