package compiler

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// pieces keeps a text that is made to look like a secret from being found as one by those who scan this repository.
func pieces(parts ...string) string { return strings.Join(parts, "") }

func TestSecretBy(t *testing.T) {
	random := "Zk9vQ3rT8xLw2mNp5sYb"
	for _, test := range []struct{ name, text, want string }{
		{"command", "AKIAIOSFODNN7EXAMPLE", "its form an access key of AWS"},
		{"command", pieces("gh", "p_", strings.Repeat("a1", 18)), "its form a token of GitHub"},
		{"command", pieces("github", "_pat_", strings.Repeat("a1", 18)), "its form a token of GitHub"},
		{"command", pieces("gl", "pat-", strings.Repeat("a1", 10)), "its form a token of GitLab"},
		{"command", pieces("xox", "b-1234567890-abc"), "its form a token of Slack"},
		{"url", pieces("https://hooks.slack.com/ser", "vices/T0A/B0B/", strings.Repeat("a1", 10)), "its form a token of Slack"},
		{"command", pieces("sk", "_live_", strings.Repeat("a1", 12)), "its form a key of Stripe"},
		{"command", pieces("np", "m_", strings.Repeat("a1", 18)), "its form a token of npm"},
		{"command", pieces("py", "pi-AgEIcHlwaS5vcmc", strings.Repeat("a1", 10)), "its form a token of PyPI"},
		{"command", pieces("h", "f_", strings.Repeat("aB", 17)), "its form a token of Hugging Face"},
		{"command", pieces("AI", "za", strings.Repeat("aB1", 12)), "its form an API key of Google"},
		{"dsn", "AccountName=a;AccountKey=" + strings.Repeat("a1", 43) + "==", "its form a key of Azure's storage"},
		{"json", `{"type": "service_account", "project_id": "p"}`, "its form a key of a Google service account"},
		{"pem", "-----BEGIN PRIVATE KEY-----\n", "its form a private key"},
		{"header", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln", "its form a JSON Web Token"},
		{"url", "amqp://me:pw@example.org/", "its form a URL with a password"},
		{"dbPassword", "x", "its name"},
		{"DB_PASSWORD", "x", "its name"},
		{"--api-key", "x", "its name"},
		{"sslTrustStore.password", "x", "its name"},
		{"Authorization", "Bearer x", "its name"},
		{"command", "--token=x", "the name `token` in it"},
		{"url", "https://example.org/?a=b&api_key=x", "the name `api_key` in it"},
		{"url", "https://example.blob.core.windows.net/a?sv=1&sig=x", "the name `sig` in it"},
		{"jaas", `org.example.Module required username="a" password="x";`, "the name `password` in it"},
		{"command", "curl -H 'Authorization: Bearer hunter2'", "the name `Authorization` in it"},
		{"command", "backup --db-password hunter2 --all", "the name `db-password` in it"},
		{"json", `{"user": "me", "password": "hunter2"}`, "the name `password` in it"},
		{"value", random, "how random it looks"},
		{"value", "aws " + random + "/" + random, "how random it looks"},
		{"value", "4f3c2b1a9d8e7f60514233241506f7e8", "how random it looks"},
		// What is none.
		{"password", "", ""},
		{"password", "$(parameters.x)", ""},
		{"password", "${secrets:media/db:password}", ""},
		{"password", "/run/secrets/db", ""},
		{"passwordFile", "db", ""},
		{"REQUIRE_TOKEN", "true", ""},
		{"--token", "--verbose", ""},
		{"password", "$DB_PASSWORD", ""},
		{"command", "curl -H 'Authorization: Bearer $TOKEN'", ""},
		{"command", "mount --secret --all", ""},
		{"command", "wc -w words of a text: all", ""},
		{"json", `{"passwordFile": "a", "note": "password: in the Secret"}`, ""},
		{"url", "postgres://me:<password>@example.org/db", ""},
		{"url", "https://example.org/callback?to=aHR0cHM6Ly9leGFtcGxlLm9yZy9pbWFnZS5wbmc=", ""},
		{"knownHosts", "example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + random + random, ""},
		{"role", "arn:aws:iam::123456789012:role/EKSNodeRoleA1B2C3D4E5F6G7", ""},
		{"image", "ghcr.io/acme/label:4f3c2b1a9d8e7f60514233241506f7e84f3c2b1a", ""},
		{"pod", "photos-7d9c5b6f4d-x2x5p.media.svc.cluster.local", ""},
		{"DB_PASSWORD_FILE", "db", ""},
		{"TOKEN_LIMIT", "5", ""},
		{"tokenizer", "bert", ""},
		{"monkey", "x", ""},
		{"key", "x", ""},
		{"command", "--max-tokens=500", ""},
		{"command", "--token=$(parameters.x)", ""},
		{"url", "https://me@example.org:8080/a:b@c", ""},
		{"url", "https://$(parameters.user):$(parameters.pw)@example.org", ""},
		{issuerKeyID, "AKIAIOSFODNN7EXAMPLE", ""},
		{"digest", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ""},
		{"image", "ghcr.io/acme/label@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ""},
		{"revision", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", ""},
		{"value", "123E4567-e89b-12d3-a456-426614174000", ""},
		{"value", "photos-resize-thumbnail-5f4dcc3b5aa765d6", ""},
		{"value", "kafka-bootstrap-1.media-production.svc.cluster.local:9093", ""},
		{"value", "/opt/Models/ResNet50V2/ImageNet1KWeights/v1", ""},
		{"value", "ResizeImagesToThumbnailsOfSize200", ""},
		{"value", "org.apache.kafka.connect.transforms.ReplaceField$Value", ""},
		{"value", "0 0 1,15 * MON-FRI", ""},
		{"value", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""},
		{"caBundle", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" + random, ""},
	} {
		if got := secretBy(test.name, test.text); got != test.want {
			t.Errorf("%s: %q is a secret by %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

// TestNoFalseSecrets looks at every scalar of the examples, of the fixtures and of what is compiled of the examples.
func TestNoFalseSecrets(t *testing.T) {
	scalars := 0
	var look func(file, name string, value any)
	look = func(file, name string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for key, value := range v {
				look(file, key, value)
			}
		case []any:
			for _, item := range v {
				look(file, name, item)
			}
		case string:
			scalars++
			if why := secretBy(name, v); why != "" {
				t.Errorf("%s: `%s` is taken for a secret by %s: %q", file, name, why, v)
			}
		}
	}
	for _, root := range []string{"../examples", "../testdata/idle", "../testdata/golden"} {
		err := filepath.WalkDir(root, func(file string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(file) != ".yaml" {
				return err
			}
			data, err := os.ReadFile(file)
			for document := range strings.SplitSeq(string(data), "\n---\n") {
				var value any
				if err := yaml.Unmarshal([]byte(document), &value); err != nil {
					t.Fatal(file, err)
				}
				look(file, "", value)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if scalars < 1000 {
		t.Errorf("looked at %d scalars only", scalars)
	}
}

// FuzzSecretBy hides a key in any text: it is found, whatever stands around it.
func FuzzSecretBy(f *testing.F) {
	f.Add("value", "a=b", "://x:y@")
	f.Add("key", "sha256:", "-----BEGIN CERTIFICATE-----")
	f.Fuzz(func(t *testing.T, name, before, after string) {
		if secretBy(name, before+after) == "" && name != issuerKeyID && secretBy(name, before+" AKIAIOSFODNN7EXAMPLE "+after) == "" {
			t.Errorf("not found between %q and %q under %q", before, after, name)
		}
	})
}

func BenchmarkSecretBy(b *testing.B) {
	text := strings.Repeat("https://example.org/some/path?with=query&and=more ", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if why := secretBy("value", text); why != "" {
			b.Fatal(why)
		}
	}
}
