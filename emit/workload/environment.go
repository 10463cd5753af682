package workload

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// Environment is the part of the contract that belongs to the place: what a runner of the node is told in variables. In
// base (no environment) it knows only its document and its image. image is the one whose code handles the records.
func Environment(g *compiler.Graph, n *compiler.Node, image string) contract.Environment {
	env := contract.Environment{
		NodeFile: path.Join(contract.NodeDir, contract.NodeFile),
		Image:    image,
	}
	if g.Environment == nil {
		return env
	}
	kafka := &g.Environment.Kafka
	env.BootstrapServers = strings.ReplaceAll(kafka.BootstrapServers.V, " ", "")
	env.TLS = usesTLS(kafka)
	env.SASLMechanism = saslMechanism(kafka.AuthType())
	if env.SASLMechanism != "" && kafka.CredentialsFrom() == compiler.FromSameNamespace {
		// Strimzi's Secret of a user holds the password only: the name is the KafkaUser's own.
		env.Username = n.User
	}
	files := map[string]*string{
		fileCA:       &env.CAFile,
		fileCert:     &env.CertificateFile,
		fileKey:      &env.KeyFile,
		fileUsername: &env.UsernameFile,
		filePassword: &env.PasswordFile,
	}
	for _, f := range Credentials(g, n) {
		*files[f.File] = path.Join(credentialsDir, f.File)
	}
	return env
}

// usesTLS says whether Kafka is spoken to over TLS; client certificates imply it.
func usesTLS(kafka *compiler.KafkaSpec) bool {
	return kafka.TLS.V || kafka.AuthType() == compiler.AuthTLS
}

// saslMechanism is Kafka's name of a kind of authentication, empty where that is not SASL.
func saslMechanism(authentication string) string {
	switch authentication {
	case compiler.AuthSCRAMSHA512:
		return contract.SCRAMSHA512
	case compiler.AuthSCRAMSHA256:
		return contract.SCRAMSHA256
	case compiler.AuthPlain:
		return contract.PLAIN
	default:
		return ""
	}
}

// envVars gives the variables of a contract as a container has them.
func envVars(env contract.Environment) []corev1.EnvVar {
	var out []corev1.EnvVar
	for _, v := range env.Env() {
		out = append(out, corev1.EnvVar{Name: v.Name, Value: escape(v.Value)})
	}
	return out
}

// escape gives a value such that the kubelet's expansion gives it back: $(NAME) would be replaced and $$ become $
// (k8s.io/kubernetes/third_party/forked/golang/expansion). A dollar sign before anything else stands for itself.
func escape(value string) string {
	if !strings.Contains(value, "$(") && !strings.Contains(value, "$$") {
		return value
	}
	var out strings.Builder
	for i := range len(value) {
		out.WriteByte(value[i])
		if value[i] == '$' && i+1 < len(value) && (value[i+1] == '(' || value[i+1] == '$') {
			out.WriteByte('$')
		}
	}
	return out.String()
}
