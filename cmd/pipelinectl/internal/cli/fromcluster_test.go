package cli

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kfake"
)

// secretServer is an API server that has Secrets, by name, in the namespace media, and refuses to show one.
type secretServer struct {
	secrets   map[string]map[string][]byte
	forbidden string
	// asked are the requests that it got.
	asked []string
}

func (s *secretServer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.asked = append(s.asked, req.Method+" "+req.URL.Path)
	name, ok := strings.CutPrefix(req.URL.Path, "/api/v1/namespaces/media/secrets/")
	answer := map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": name}, "data": s.secrets[name]}
	status := http.StatusOK
	switch {
	case name == s.forbidden:
		status, answer = http.StatusForbidden, failure(http.StatusForbidden, "Forbidden")
	case !ok || s.secrets[name] == nil:
		status, answer = http.StatusNotFound, failure(http.StatusNotFound, "NotFound")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func failure(code int, reason string) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": "for the test"}
}

// fromCluster is a Kafka that wants a password over TLS, a cluster with the Secrets of its users, and a project.
type fromCluster struct {
	t       *testing.T
	api     *secretServer
	ca      []byte
	address string
	// kubeconfig has the context one, dir the project's files.
	kubeconfig, dir string
}

const opsPassword = "not-to-be-seen"

func newFromCluster(t *testing.T) *fromCluster {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(certified.Close)
	kafka, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "photos.resize.dlq"), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "photos.ops", opsPassword),
		kfake.TLS(&tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kafka.Close)
	f := &fromCluster{t: t, dir: t.TempDir(), address: kafka.ListenAddrs()[0]}
	f.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw})
	f.api = &secretServer{secrets: map[string]map[string][]byte{
		"photos.ops":           {"password": []byte(opsPassword), "sasl.jaas.config": []byte("unused")},
		"main-cluster-ca-cert": {"ca.crt": f.ca},
		"photos-ops-kafka":     {"ssl.truststore.crt": f.ca, "username": []byte("photos.ops"), "password": []byte(opsPassword)},
	}}
	server := httptest.NewServer(f.api)
	t.Cleanup(server.Close)
	f.kubeconfig = f.write("kubeconfig", fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: one,
clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {}}], contexts: [{name: one, context: {cluster: c, user: u}}]}`, server.URL))
	f.environment("opsUser: true")
	return f
}

func (f *fromCluster) write(name, text string) string {
	f.t.Helper()
	file := filepath.Join(f.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return file
}

// environment writes the project, with more about the environment's Kafka.
func (f *fromCluster) environment(kafka string) {
	f.write("photos.yaml", fmt.Sprintf(`
apiVersion: pipelinectl.dev/v1alpha1
kind: Pipeline
metadata: {name: photos}
spec:
  endpoints: [{name: upload, http: {path: /upload}}]
  algos: [{name: resize, image: "acme/resize:1", exec: {command: [cat]}, inputs: [{name: in, from: upload}]}]
---
apiVersion: pipelinectl.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  namespace: media
  kafka: {cluster: main, bootstrapServers: %q, tls: true, authentication: {type: scram-sha-512}, %s}
`, f.address, kafka))
}

// run runs `dlq ls` and gives what it prints, what it says, and how it ends.
func (f *fromCluster) run(words ...string) (out, talk string, err error) {
	factory, printed, said := capture()
	args := append([]string{filepath.Join(f.dir, "photos.yaml"), "--env", "prod", "--from-cluster", "--kubeconfig", f.kubeconfig}, words...)
	err = execute(func(f *Factory) *cobra.Command { return newDLQLsCmd(f, nil) }(factory), args...)
	return printed.String(), said.String(), err
}

// TestFromCluster reaches a Kafka as the operators' user, of which nothing is known here but what its Secret says.
func TestFromCluster(t *testing.T) {
	temporary := t.TempDir()
	f := newFromCluster(t)
	t.Setenv("TMPDIR", temporary)
	for kafka, secrets := range map[string][]string{
		"opsUser: true": {"main-cluster-ca-cert", "photos.ops"},
		"opsUser: true, credentials: {from: kafkaAccess}":                                 {"photos-ops-kafka"},
		"credentials: {from: secretRef, secretRef: {name: own}}":                          {"own"},
		"opsUser: true, credentials: {from: kafkaAccess}, prefix: \"\", namespace: kafka": {"photos-ops-kafka"},
	} {
		f.api.secrets["own"] = map[string][]byte{"ca.crt": f.ca, "username": []byte("photos.ops"), "password": []byte(opsPassword)}
		f.api.asked = nil
		f.environment(kafka)
		out, talk, err := f.run()
		if err != nil || !strings.Contains(out, "photos.resize.dlq") || !strings.Contains(talk, "asking context one (http://") {
			t.Errorf("%s: %v\n%s%s", kafka, err, out, talk)
		}
		var want []string
		for _, name := range secrets {
			want = append(want, "GET /api/v1/namespaces/media/secrets/"+name)
		}
		if got := strings.Join(f.api.asked, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("%s: it asked\n%s\nwant\n%s", kafka, got, strings.Join(want, "\n"))
		}
		if strings.Contains(out+talk, opsPassword) {
			t.Errorf("%s: the password is told:\n%s%s", kafka, out, talk)
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("files were written: %v, %v", left, err)
	}
}

// TestFromClusterMistakes says what to do about each.
func TestFromClusterMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*fromCluster)
		words  []string
		want   []string
	}{
		"no Secret": {func(f *fromCluster) { delete(f.api.secrets, "photos.ops") }, nil, []string{"context one has no Secret `photos.ops` in namespace `media`", "kubectl get kafkauser -n media", "--context"}},
		"no copy": {func(f *fromCluster) {
			f.environment("opsUser: true, credentials: {from: kafkaAccess}")
			clear(f.api.secrets)
		}, nil, []string{"has no Secret `photos-ops-kafka`", "kubectl describe kafkaaccess -n media"}},
		"forbidden":       {func(f *fromCluster) { f.api.forbidden = "photos.ops" }, nil, []string{"context one does not let you read Secret `photos.ops` in namespace `media`", "kubectl auth can-i get secret/photos.ops -n media"}},
		"wrong context":   {nil, []string{"--context", "two"}, []string{"no context `two` in the kubeconfig", "choose one with `--context`: one"}},
		"key missing":     {func(f *fromCluster) { f.api.secrets["photos.ops"] = map[string][]byte{"user.crt": {}} }, nil, []string{"Secret `photos.ops` in namespace `media` has no `password`", "authenticates as environment `prod` says"}},
		"wrong password":  {func(f *fromCluster) { f.api.secrets["photos.ops"]["password"] = []byte("old") }, nil, []string{"the user's name and password", "the Secret of `--from-cluster`"}},
		"no such user":    {func(f *fromCluster) { f.environment("prefix: x.") }, nil, []string{"environment `prod` makes no user for these commands", "opsUser: true", "--user NAME"}},
		"whose copy":      {func(f *fromCluster) { f.environment("credentials: {from: kafkaAccess}") }, []string{"--user", "amy"}, []string{"no user `amy` of pipeline `photos`", "photos.resize"}},
		"without env":     {nil, []string{"--env", "", "--bootstrap", "localhost:1"}, []string{"--from-cluster without --env", "add `--env ENV`"}},
		"and credentials": {nil, []string{"--credentials", "."}, []string{"--from-cluster and --credentials do not go together"}},
		"and plaintext":   {nil, []string{"--plaintext"}, []string{"--from-cluster and --plaintext do not go together"}},
		"not asked for":   {nil, []string{"--from-cluster=false"}, []string{"--kubeconfig without --from-cluster"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFromCluster(t)
			if c.change != nil {
				c.change(f)
			}
			out, talk, err := f.run(c.words...)
			if err == nil || out != "" {
				t.Fatalf("it went on: %v\n%s%s", err, out, talk)
			}
			text := err.Error()
			if usage, ok := errors.AsType[*usageError](err); ok {
				text += "\n" + usage.hint
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
		})
	}
}
