package compiler

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// The findings that take more than one graph to see, or an environment as a whole.
const (
	// CodeNameCollision is reported when two nodes, two topics or two pipelines come to one name in one place.
	//
	// Example:
	//
	//	pipeline a-b with node c, and pipeline a with node b-c, in one namespace
	CodeNameCollision diag.Code = "name-collision"
	// CodeSharedGroups is reported when two environments have one Kafka and one prefix: the runners of both would join
	// one another's consumer groups, and each would get half of the records.
	//
	// Example:
	//
	//	two environments with bootstrapServers: kafka:9092 and no prefix
	CodeSharedGroups diag.Code = "environment-shared-groups"
	// CodeCredentials is reported when the pods of an environment could not reach their Kafka credentials, or are given
	// ones that the listener does not take.
	//
	// Example:
	//
	//	namespace: media, kafka: {namespace: kafka, authentication: {type: tls}}
	CodeCredentials diag.Code = "environment-credentials"
	// CodeNoCluster is a warning about an environment that names no Kafka of Strimzi's: its tree holds no topics, so
	// somebody else must make them.
	//
	// Example:
	//
	//	kafka: {bootstrapServers: "kafka:9092"}
	CodeNoCluster diag.Code = "environment-no-cluster"
)

// CheckEnvironment reports what makes an environment impossible, whatever runs in it.
func CheckEnvironment(env *Environment) diag.List {
	findings := CheckEgress(env.Kafka.Egress)
	env.checkCredentials(&findings)
	env.checkAuthentication(&findings)
	return findings
}

// checkCredentials compares where the Secrets are written with where the pods could mount them.
func (e *Environment) checkCredentials(findings *diag.List) {
	k, name := &e.Kafka, e.Name.V
	auth, from := k.AuthType(), k.CredentialsFrom()
	strimzi := k.Cluster.IsSet() && k.TLS.V // the brokers' certificates are then signed by a CA that Strimzi writes
	switch {
	case auth == "" && !k.TLS.V && k.Credentials.From.IsSet():
		findings.Errorf(CodeCredentials, k.Credentials.From.Pos, "environment `%s` has credentials for its Kafka, but neither `authentication` nor `tls` that would take them", name).
			WithHint("add `authentication: {type: tls}`, or another type, or remove `credentials`")
	case (auth == AuthPlain || auth == AuthSCRAMSHA256) && from != FromSecretRef:
		findings.Errorf(CodeCredentials, k.Authentication.Type.Pos, "Strimzi makes no users that authenticate by %s", auth).
			WithHint("bring the credentials in a Secret: `credentials: {from: secretRef, secretRef: {name: NAME}}`, or use tls or scram-sha-512")
	case (auth != "" || strimzi) && from == FromSameNamespace && e.KafkaNamespace() != e.Namespace.V:
		findings.Errorf(CodeCredentials, e.Namespace.Pos, "pods in namespace `%s` could not reach their Kafka credentials, which Strimzi writes in `%s`", e.Namespace.V, e.KafkaNamespace()).
			WithHint("have them copied with `credentials: {from: kafkaAccess}` (Strimzi's access operator), or bring them with `from: secretRef`").
			WithRelated(k.Namespace.Pos, "Kafka's namespace")
	case from == FromKafkaAccess && !k.Cluster.IsSet():
		findings.Errorf(CodeCredentials, k.Credentials.From.Pos, "environment `%s` does not say whose credentials to copy: `kafka.cluster` is missing", name).
			WithHint("write `cluster: NAME`, the name of Strimzi's Kafka object")
	}
}

// checkAuthentication reports ways to authenticate that this Kafka could not offer.
func (e *Environment) checkAuthentication(findings *diag.List) {
	k := &e.Kafka
	if k.ManagesUsers() && !k.Cluster.IsSet() && k.CredentialsFrom() != FromKafkaAccess {
		findings.Errorf(CodeCredentials, k.Authentication.Type.Pos, "environment `%s` does not say whose users to make: `kafka.cluster` is missing", e.Name.V).
			WithHint("write `cluster: NAME`, the name of Strimzi's Kafka object")
	}
	if k.AuthType() == AuthTLS && !k.TLS.V {
		findings.Errorf(CodeCredentials, k.Authentication.Type.Pos, "environment `%s` authenticates by certificates, but does not speak TLS", e.Name.V).
			WithHint("add `tls: true`")
	}
}

// CheckProject reports what no single graph shows: environments that share groups, and names that meet. Graphs are
// all those of the project.
func CheckProject(p *Project, graphs []*Graph) diag.List {
	var findings diag.List
	for _, env := range p.Environments {
		findings = append(findings, CheckEnvironment(env)...)
	}
	for _, g := range graphs {
		checkCluster(g, &findings)
	}
	if len(p.Pipelines) > 0 {
		checkGroups(p, &findings)
	}
	checkNames(p, graphs, &findings)
	return findings
}

// checkCluster says when topics are planned that nothing in the environment would make.
func checkCluster(g *Graph, findings *diag.List) {
	env := g.Environment
	if env == nil || env.Kafka.Cluster.IsSet() || env.Kafka.ManagesUsers() {
		return
	}
	if slices.ContainsFunc(g.Topics, func(t *Topic) bool { return t.Managed }) {
		findings.Warnf(CodeNoCluster, env.Kafka.BootstrapServers.Pos, "environment `%s` makes no topics: it does not say which of Strimzi's Kafkas they belong to", env.Name.V).
			WithHint("add `cluster: NAME`, the name of Strimzi's Kafka object; without Strimzi, make the topics in another way")
	}
}

// checkGroups compares each environment with those before it.
func checkGroups(p *Project, findings *diag.List) {
	for i, env := range p.Environments {
		for _, other := range p.Environments[:i] {
			if env.Kafka.Prefix.V != other.Kafka.Prefix.V || !sameKafka(env, other) {
				continue
			}
			pos := env.Kafka.Prefix.Pos
			if !pos.IsValid() {
				pos = env.Kafka.BootstrapServers.Pos
			}
			findings.Errorf(CodeSharedGroups, pos, "environments `%s` and `%s` have one Kafka and one prefix: their runners would join one another's groups", env.Name.V, other.Name.V).
				WithHint("give one of them a prefix, as in `prefix: %s.`; if the addresses mean two Kafkas in two Kubernetes clusters, set `cluster`", env.Name.V).
				WithRelated(other.Kafka.BootstrapServers.Pos, "the Kafka of `%s`", other.Name.V)
		}
	}
}

// sameKafka says whether two environments speak to one Kafka: the same addresses and, where those are names within a
// Kubernetes cluster, the same cluster.
func sameKafka(a, b *Environment) bool {
	byName := func(x, y Server) int { return cmp.Or(cmp.Compare(x.Host, y.Host), cmp.Compare(x.Port, y.Port)) }
	left, right := a.Kafka.Servers(), b.Kafka.Servers()
	slices.SortFunc(left, byName)
	slices.SortFunc(right, byName)
	if !slices.Equal(left, right) {
		return false
	}
	return a.ClusterName() == b.ClusterName() || !slices.ContainsFunc(left, Server.InCluster)
}

// place is where a name must be unique: a Kafka, or a namespace of a Kubernetes cluster.
type place struct {
	space, where string
}

// owner is what has a name somewhere.
type owner struct {
	graph *Graph
	// what is the owner in words, as in "node `resize`".
	what string
	pos  diag.Pos
}

// String names the owner with its pipeline and environment.
func (o owner) String() string {
	text := o.what
	if name := o.graph.Pipeline.Name.V; text != "pipeline `"+name+"`" {
		text += fmt.Sprintf(" of pipeline `%s`", name)
	}
	if env := o.graph.Environment; env != nil {
		text += fmt.Sprintf(" in `%s`", env.Name.V)
	}
	return text
}

// claims are the names taken so far, by place.
type claims struct {
	taken    map[place]map[string]owner
	findings *diag.List
}

// checkNames reports names that two owners have in one place.
func checkNames(p *Project, graphs []*Graph, findings *diag.List) {
	c := claims{map[place]map[string]owner{}, findings}
	for _, g := range graphs {
		if g.Environment == nil && len(p.Environments) > 0 {
			continue // names with no environment matter only where there is none
		}
		c.objects(g)
		c.topics(g)
	}
}

// claim takes a name for an owner. One pipeline that two environments put in one place is reported once, since all of
// its names meet there.
func (c claims) claim(at place, name string, by owner) {
	if c.taken[at] == nil {
		c.taken[at] = map[string]owner{}
	}
	earlier, ok := c.taken[at][name]
	switch {
	case !ok:
		c.taken[at][name] = by
	case earlier.graph != by.graph && earlier.graph.Pipeline.Name.V == by.graph.Pipeline.Name.V:
		env, other := by.graph.Environment, earlier.graph.Environment
		c.findings.Errorf(CodeNameCollision, env.Name.Pos, "environments `%s` and `%s` both put pipeline `%s` in %s", env.Name.V, other.Name.V, by.graph.Pipeline.Name.V, at.where).
			WithHint("give each a namespace of its own; if they lie in two Kubernetes clusters, set `cluster`").
			WithRelated(other.Name.Pos, "the other environment")
	default:
		c.findings.Errorf(CodeNameCollision, by.pos, "%v and %v would both be named `%s` in %s", by, earlier, name, at.where).
			WithHint("rename one of them, or keep them apart by namespace or prefix").
			WithRelated(earlier.pos, "%v", earlier)
	}
}

// objects claims the Kubernetes names in the namespace of the pods.
func (c claims) objects(g *Graph) {
	at := place{"objects", "one namespace"}
	if env := g.Environment; env != nil {
		at = namespaceOf("objects", env, env.Namespace.V)
	}
	c.claim(at, g.Names.Shared(), owner{g, fmt.Sprintf("pipeline `%s`", g.Pipeline.Name.V), g.Pipeline.Name.Pos})
	for _, n := range g.Nodes {
		c.claim(at, n.Object, owner{g, fmt.Sprintf("node `%s`", n.Name), n.Pos})
	}
}

// topics claims the names of managed topics in Kafka's namespace.
func (c claims) topics(g *Graph) {
	at := place{"topics", "Kafka"}
	if env := g.Environment; env != nil {
		at = namespaceOf("topics", env, env.KafkaNamespace())
	}
	for _, t := range g.Topics {
		if t.Managed {
			c.claim(at, t.Object, owner{g, fmt.Sprintf("topic `%s.%s`", t.Node, t.Output), t.position(g)})
		}
	}
}

func namespaceOf(space string, env *Environment, namespace string) place {
	return place{
		space: space + "/" + env.ClusterName() + "/" + namespace,
		where: fmt.Sprintf("namespace `%s` of cluster `%s`", namespace, env.ClusterName()),
	}
}
