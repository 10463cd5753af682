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
	CodeNameCollision diag.Code = "name-collision"
	// CodeAddressTaken is reported when two nodes would answer at one host and path.
	CodeAddressTaken diag.Code = "address-taken"
	// CodeSharedGroups is reported when two environments have one Kafka and one prefix: the runners of both would join
	// one another's consumer groups, and each would get half of the records.
	CodeSharedGroups diag.Code = "environment-shared-groups"
	// CodeCredentials is reported when the pods of an environment could not reach their Kafka credentials, or are given
	// ones that the listener does not take.
	CodeCredentials diag.Code = "environment-credentials"
	// CodeDomainUnmatched is a warning about a domain whose selector no pipeline of the project fulfils, or that another one
	// with the same selector always goes before.
	CodeDomainUnmatched diag.Code = "domain-unmatched"
	// CodeNoCluster is a warning about an environment that names no Kafka of Strimzi's: its tree holds no topics, so
	// somebody else must make them.
	CodeNoCluster diag.Code = "environment-no-cluster"
)

// CheckEnvironment reports what makes an environment impossible, whatever runs in it.
func CheckEnvironment(env *Environment) diag.List {
	findings := CheckEgress(env.Kafka.Egress)
	env.checkCredentials(&findings)
	env.checkAuthentication(&findings)
	env.checkOpsUser(&findings)
	env.checkMonitoring(&findings)
	owner, defaults := "a topic of environment `"+env.Name.V+"`", env.Kafka.TopicDefaults
	checkReplicas(defaults.MinInSyncReplicas, defaults.ReplicationFactor, owner, &findings)
	env.Kafka.Limits.check(owner, env.Name.V, TopicSpec{
		Partitions: defaults.Partitions, ReplicationFactor: defaults.ReplicationFactor, MinInSyncReplicas: defaults.MinInSyncReplicas,
	}, &findings)
	return append(findings, CheckImage("`runner.image` of environment `"+env.Name.V+"`", env.Runner.Image)...)
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
		d := findings.Errorf(CodeCredentials, k.Authentication.Type.Pos, "Strimzi makes no users that authenticate by %s", auth).
			WithHint("bring the credentials in a Secret: `credentials: {from: secretRef, secretRef: {name: NAME}}`, or use tls or scram-sha-512")
		if k.Credentials.From.IsSet() {
			d.WithRelated(k.Credentials.From.Pos, "where the credentials come from")
		}
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
		d := findings.Errorf(CodeCredentials, k.Authentication.Type.Pos, "environment `%s` authenticates by certificates, but does not speak TLS", e.Name.V).
			WithHint("write `tls: true` in `kafka`")
		if k.TLS.IsSet() {
			d.WithRelated(k.TLS.Pos, "`tls` stands here")
		}
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
		checkDomains(p, &findings)
		checkRivals(p, graphs, &findings)
	}
	checkPipelines(p, &findings)
	checkNames(p, graphs, &findings)
	checkGitOps(p, &findings)
	checkHosts(graphs, &findings)
	checkUnused(p, &findings)
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

// checkDomains reports selectors without a pipeline: a slip in a label would serve one under the domain of all others.
func checkDomains(p *Project, findings *diag.List) {
	for _, env := range p.Environments {
		for _, d := range env.Domains {
			if !slices.ContainsFunc(p.Pipelines, func(pl *Pipeline) bool { return selects(d.Selector, pl.Labels) }) {
				found := findings.Warnf(CodeDomainUnmatched, d.Selector[0].Key.Pos, "no pipeline has the labels that domain `%s` of environment `%s` selects", d.Suffix.V, env.Name.V)
				hintLabels(found, p.labelled(), d.Selector)
			}
		}
	}
}

// checkGroups reports each environment whose Kafka and prefix are those of one before it, with a pipeline that both run.
func checkGroups(p *Project, findings *diag.List) {
	type groups struct{ kafka, prefix, pipeline string }
	first := map[groups]*Environment{}
	for _, env := range p.Environments {
		identity, reported := env.kafkaIdentity(), false
		for _, pl := range p.Pipelines {
			if reported || !env.Runs(pl) {
				continue
			}
			key := groups{identity, env.Kafka.Prefix.V, pl.Name.V}
			other := first[key]
			if other == nil {
				first[key] = env
				continue
			}
			reported = true
			env.sharesGroups(other, findings)
		}
	}
}

// sharesGroups reports two environments with one Kafka, one prefix and a pipeline in common.
func (e *Environment) sharesGroups(other *Environment, findings *diag.List) {
	pos := e.Kafka.Prefix.Pos
	if !pos.IsValid() {
		pos = e.Kafka.BootstrapServers.Pos
	}
	findings.Errorf(CodeSharedGroups, pos, "environments `%s` and `%s` have one Kafka and one prefix: their runners would join one another's groups", e.Name.V, other.Name.V).
		WithHint("give one of them a prefix, as in `prefix: %s.`; if the addresses mean two Kafkas in two Kubernetes clusters, set `cluster`", e.Name.V).
		WithRelated(other.Kafka.BootstrapServers.Pos, "the Kafka of `%s`", other.Name.V)
}

// kafkaIdentity tells Kafkas apart: by their addresses and, where one of those is a name within a Kubernetes cluster,
// by the cluster.
func (e *Environment) kafkaIdentity() string {
	servers := e.Kafka.Servers()
	slices.SortFunc(servers, func(a, b Server) int { return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port)) })
	identity := fmt.Sprint(servers)
	if slices.ContainsFunc(servers, Server.InCluster) {
		identity += " in " + e.ClusterName()
	}
	return identity
}
