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

// credential is one file with the Secret and key that it comes from.
type credential struct {
	secret, key, file string
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

// credentials are the files that a runner of the node needs, and no others: none in base.
func credentials(g *compiler.Graph, n *compiler.Node) []credential {
	if g.Environment == nil {
		return nil
	}
	kafka := &g.Environment.Kafka
	s := source(kafka, n)
	sasl := saslMechanism(kafka.AuthType()) != ""
	mutual := kafka.AuthType() == compiler.AuthTLS
	var out []credential
	for _, f := range []struct {
		needed bool
		credential
	}{
		{usesTLS(kafka), credential{s.ca, s.caCert, fileCA}},
		{mutual, credential{s.user, s.cert, fileCert}},
		{mutual, credential{s.user, s.key, fileKey}},
		{sasl, credential{s.user, s.username, fileUsername}},
		{sasl, credential{s.user, s.password, filePassword}},
	} {
		if f.needed && f.secret != "" && f.key != "" {
			out = append(out, f.credential)
		}
	}
	return out
}

// credentialsVolume gathers the files in one folder. It is mounted whole, never by subPath, so that rotated Secrets
// arrive in running pods.
func credentialsVolume(files []credential) corev1.Volume {
	var sources []corev1.VolumeProjection
	for _, f := range files {
		item := corev1.KeyToPath{Key: f.key, Path: f.file}
		if last := len(sources) - 1; last >= 0 && sources[last].Secret.Name == f.secret {
			sources[last].Secret.Items = append(sources[last].Secret.Items, item)
			continue
		}
		sources = append(sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: f.secret},
			Items:                []corev1.KeyToPath{item},
		}})
	}
	return corev1.Volume{Name: volumeKafka, VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{Sources: sources, DefaultMode: new(credentialsMode)},
	}}
}
