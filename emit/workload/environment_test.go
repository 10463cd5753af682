package workload_test

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// secretRef has the pods take a Secret of the team's own.
func secretRef(env *compiler.Environment) {
	env.Kafka.Credentials = compiler.CredentialsSpec{
		From:      written(compiler.FromSecretRef),
		SecretRef: &compiler.SecretRef{Name: written("own")},
	}
}

func TestEnvironmentAndCredentials(t *testing.T) {
	authenticate := func(env *compiler.Environment, kind string) {
		env.Kafka.Authentication = &compiler.AuthenticationSpec{Type: written(kind)}
	}
	const ca, cert, key = "/etc/kafka/ca.crt", "/etc/kafka/user.crt", "/etc/kafka/user.key"
	const username, password = "/etc/kafka/username", "/etc/kafka/password"
	tests := []struct {
		name   string
		change func(*compiler.Environment)
		want   contract.Environment
		// secrets are the files of the volume, each as Secret/key:file.
		secrets []string
	}{
		{"neither TLS nor authentication", nil, contract.Environment{}, nil},
		{
			"TLS alone",
			func(env *compiler.Environment) { env.Kafka.TLS = written(true) },
			contract.Environment{TLS: true, CAFile: ca},
			[]string{"main-cluster-ca-cert/ca.crt:ca.crt"},
		},
		{
			"TLS of public roots",
			func(env *compiler.Environment) {
				env.Kafka.TLS = written(true)
				env.Kafka.Cluster.V = ""
			},
			contract.Environment{TLS: true},
			nil,
		},
		{
			"client certificate beside Kafka",
			func(env *compiler.Environment) { authenticate(env, compiler.AuthTLS) },
			contract.Environment{TLS: true, CAFile: ca, CertificateFile: cert, KeyFile: key},
			[]string{"main-cluster-ca-cert/ca.crt:ca.crt", "photos.label/user.crt:user.crt", "photos.label/user.key:user.key"},
		},
		{
			"SCRAM beside Kafka",
			func(env *compiler.Environment) { authenticate(env, compiler.AuthSCRAMSHA512) },
			contract.Environment{SASLMechanism: contract.SCRAMSHA512, Username: "photos.label", PasswordFile: password},
			[]string{"photos.label/password:password"},
		},
		{
			"client certificate by KafkaAccess",
			func(env *compiler.Environment) {
				authenticate(env, compiler.AuthTLS)
				env.Kafka.Credentials.From = written(compiler.FromKafkaAccess)
			},
			contract.Environment{TLS: true, CAFile: ca, CertificateFile: cert, KeyFile: key},
			[]string{
				"photos-label-kafka/ssl.truststore.crt:ca.crt", "photos-label-kafka/ssl.keystore.crt:user.crt",
				"photos-label-kafka/ssl.keystore.key:user.key",
			},
		},
		{
			"SCRAM over TLS by KafkaAccess",
			func(env *compiler.Environment) {
				authenticate(env, compiler.AuthSCRAMSHA512)
				env.Kafka.TLS = written(true)
				env.Kafka.Credentials.From = written(compiler.FromKafkaAccess)
			},
			contract.Environment{TLS: true, CAFile: ca, SASLMechanism: contract.SCRAMSHA512, UsernameFile: username, PasswordFile: password},
			[]string{
				"photos-label-kafka/ssl.truststore.crt:ca.crt", "photos-label-kafka/username:username",
				"photos-label-kafka/password:password",
			},
		},
		{
			"SCRAM-SHA-256 by a Secret",
			func(env *compiler.Environment) {
				authenticate(env, compiler.AuthSCRAMSHA256)
				secretRef(env)
			},
			contract.Environment{SASLMechanism: contract.SCRAMSHA256, UsernameFile: username, PasswordFile: password},
			[]string{"own/username:username", "own/password:password"},
		},
		{
			"PLAIN over TLS by a Secret",
			func(env *compiler.Environment) {
				authenticate(env, compiler.AuthPlain)
				env.Kafka.TLS = written(true)
				secretRef(env)
			},
			contract.Environment{TLS: true, CAFile: ca, SASLMechanism: contract.PLAIN, UsernameFile: username, PasswordFile: password},
			[]string{"own/ca.crt:ca.crt", "own/username:username", "own/password:password"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g, n := graph(environment(test.change))
			want := test.want
			want.NodeFile = "/etc/runner/node.json"
			want.BootstrapServers = "main-kafka-bootstrap.kafka.svc:9093"
			want.Image = "acme/label:1"
			got := workload.Environment(g, n, "acme/label:1")
			if !slices.Equal(got.Env(), want.Env()) {
				t.Errorf("the environment is %+v, want %+v", got, want)
			}
			if err := got.Validate(); err != nil {
				t.Errorf("the runner would refuse it: %v", err)
			}
			pod := workload.Pod{Runner: workload.Runner(g, n, "runner:v1", "acme/label:1")}
			d := emitted(t, g, n, &workload.Spec{}, pod)["Deployment"].(*appsv1.Deployment)
			if files := projected(&d.Spec.Template.Spec); !slices.Equal(files, test.secrets) {
				t.Errorf("the files are %v, want %v", files, test.secrets)
			}
		})
	}
}

// projected are the files that the runner finds in a volume, none when it has no volume of Secrets.
func projected(pod *corev1.PodSpec) []string {
	var out []string
	for _, m := range pod.Containers[0].VolumeMounts {
		i := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if pod.Volumes[i].Projected == nil || !m.ReadOnly {
			continue
		}
		for _, s := range pod.Volumes[i].Projected.Sources {
			for _, item := range s.Secret.Items {
				out = append(out, s.Secret.Name+"/"+item.Key+":"+item.Path)
			}
		}
	}
	return out
}

func TestEnvironmentOfBase(t *testing.T) {
	g, n := graph(nil)
	want := contract.Environment{NodeFile: "/etc/runner/node.json", Image: "acme/label:1"}
	if got := workload.Environment(g, n, "acme/label:1"); !slices.Equal(got.Env(), want.Env()) {
		t.Errorf("base knows %+v, want %+v", got, want)
	}
	if got := workload.RunnerImage(g); got != "ghcr.io/pipelinectl/runner:v1" {
		t.Errorf("the runner's image is %s", got)
	}
}

// TestVariablesSurviveTheKubelet gives values, as written in manifests, such that Kubernetes' expansion of $(NAME) and
// $$ leaves what the document says.
func TestVariablesSurviveTheKubelet(t *testing.T) {
	tests := map[string]string{
		"":           "",
		"plain":      "plain",
		"US$5":       "US$5",
		"$":          "$",
		"a$(HOME)":   "a$$(HOME)",
		"$(":         "$$(",
		"$$":         "$$$",
		"a$$b":       "a$$$b",
		"$$(x)":      "$$$$(x)",
		"${x}$(y)$$": "${x}$$(y)$$$",
		"é$(x)":      "é$$(x)",
	}
	for value, want := range tests {
		var c corev1.Container
		spec := workload.Spec{Env: []workload.EnvSpec{{Name: written("V"), Value: written(value)}}}
		spec.Configure(&c)
		if got := c.Env[0].Value; got != want {
			t.Errorf("%q is printed as %q, want %q", value, got, want)
		}
		if got := kubelet(want); got != value {
			t.Errorf("%q is printed as %q, which a process would see as %q", value, want, got)
		}
	}
}

// kubelet expands a value as k8s.io/kubernetes/third_party/forked/golang/expansion does when no variable is defined
// but each as the word gone.
func kubelet(value string) string {
	var out []byte
	for i := 0; i < len(value); i++ {
		if value[i] != '$' || i+1 == len(value) {
			out = append(out, value[i])
			continue
		}
		i++
		end := slices.Index([]byte(value[i:]), ')')
		switch {
		case value[i] == '$':
			out = append(out, '$')
		case value[i] == '(' && end > 0:
			out = append(out, "gone"...)
			i += end
		default:
			out = append(out, '$', value[i])
		}
	}
	return string(out)
}
