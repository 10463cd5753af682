package workload

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// credentialsDir is where the files of a runner's credentials lie; their names are the same for every source, so that
// environments differ in the volume only.
const credentialsDir = "/etc/kafka"

// Names of those files.
const (
	fileCA       = "ca.crt"
	fileCert     = "user.crt"
	fileKey      = "user.key"
	fileUsername = "username"
	filePassword = "password"
)

// credentialsMode lets the owner and the pod's group read: 0440.
const credentialsMode int32 = 0o440

// Credential is one file of a user with the Secret and the key in it that it comes from.
type Credential struct {
	Secret, Key, File string
}

// secrets says which Secrets hold a node's credentials, and under which keys. An empty key: the source has no such file.
type secrets struct {
	// ca and user are the Secrets of the broker's CA and of the user.
	ca, user string
	// The rest are keys in them.
	caCert, cert, key, username, password string
}

// AccessSecret is the Secret that the KafkaAccess of a node asks for.
func AccessSecret(n *compiler.Node) string { return n.Object + "-kafka" }

// source gives the Secrets of a node.
func source(kafka *compiler.KafkaSpec, n *compiler.Node) secrets {
	switch kafka.CredentialsFrom() {
	case compiler.FromKafkaAccess:
		// Keys as in README.md of strimzi/kafka-access-operator.
		name := AccessSecret(n)
		return secrets{
			ca: name, caCert: "ssl.truststore.crt",
			user: name, cert: "ssl.keystore.crt", key: "ssl.keystore.key", username: "username", password: "password",
		}
	case compiler.FromSecretRef:
		name := kafka.Credentials.SecretRef.Name.V
		return secrets{
			ca: name, caCert: fileCA,
			user: name, cert: fileCert, key: fileKey, username: fileUsername, password: filePassword,
		}
	default:
		s := secrets{user: n.User, cert: "user.crt", key: "user.key", password: "password"}
		if kafka.Cluster.V != "" { // without a Strimzi cluster the public roots count
			s.ca, s.caCert = kafka.Cluster.V+"-cluster-ca-cert", "ca.crt"
		}
		return s
	}
}

// Credentials are the files that a runner of the node needs, and no others: none in base. Their Secrets lie in the
// namespace of the pods.
func Credentials(g *compiler.Graph, n *compiler.Node) []Credential {
	if g.Environment == nil {
		return nil
	}
	kafka := &g.Environment.Kafka
	s := source(kafka, n)
	sasl := saslMechanism(kafka.AuthType()) != ""
	mutual := kafka.AuthType() == compiler.AuthTLS
	var out []Credential
	for _, f := range []struct {
		needed bool
		Credential
	}{
		{usesTLS(kafka), Credential{s.ca, s.caCert, fileCA}},
		{mutual, Credential{s.user, s.cert, fileCert}},
		{mutual, Credential{s.user, s.key, fileKey}},
		{sasl, Credential{s.user, s.username, fileUsername}},
		{sasl, Credential{s.user, s.password, filePassword}},
	} {
		if f.needed && f.Secret != "" && f.Key != "" {
			out = append(out, f.Credential)
		}
	}
	return out
}

// credentialsVolume gathers the files in one folder. It is mounted whole, never by subPath, so that rotated Secrets
// arrive in running pods.
func credentialsVolume(files []Credential) corev1.Volume {
	var sources []corev1.VolumeProjection
	for _, f := range files {
		item := corev1.KeyToPath{Key: f.Key, Path: f.File}
		if last := len(sources) - 1; last >= 0 && sources[last].Secret.Name == f.Secret {
			sources[last].Secret.Items = append(sources[last].Secret.Items, item)
			continue
		}
		sources = append(sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: f.Secret},
			Items:                []corev1.KeyToPath{item},
		}})
	}
	return corev1.Volume{Name: volumeKafka, VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{Sources: sources, DefaultMode: new(credentialsMode)},
	}}
}
