package compiler

import (
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// HasOpsUser says whether the compiled tree makes, for each pipeline, a user that operators' commands run as.
func (k *KafkaSpec) HasOpsUser() bool { return k.OpsUser.V && k.ManagesUsers() }

// Ops gives the user of operators' commands the form of a node: it has a node's names, and neither ports nor a runner. No
// node of a document is called like it.
func (g *Graph) Ops() *Node {
	return &Node{Name: NodeOps, Object: g.Names.Object(NodeOps), User: g.Names.User(NodeOps), Group: g.Names.Group(NodeOps)}
}

// State are the topics that hold nothing but what the node keeps for itself: its dead letters, its tiers of retries, its
// parks.
func (n *Node) State() []*Topic {
	out := slices.Concat(n.Retries, n.Parks)
	if n.DeadLetters != nil {
		out = append(out, n.DeadLetters)
	}
	return out
}

// checkOpsUser reports a user of operators' commands where the tree makes no users at all. Ways to authenticate that
// Strimzi has no users for are checkCredentials' to report.
func (e *Environment) checkOpsUser(findings *diag.List) {
	k := &e.Kafka
	switch {
	case !k.OpsUser.V || k.ManagesUsers():
	case k.CredentialsFrom() == FromSecretRef:
		findings.Errorf(CodeCredentials, k.OpsUser.Pos, "environment `%s` asks for a user of operators' commands, but brings its users itself", e.Name.V).
			WithHint("remove `opsUser`, and let the user of that Secret do what `dlq`, `reset` and `clean` need").
			WithRelated(k.Credentials.From.Pos, "where the credentials come from")
	case k.AuthType() == "":
		findings.Errorf(CodeCredentials, k.OpsUser.Pos, "environment `%s` asks for a user of operators' commands, but its Kafka asks nobody who they are", e.Name.V).
			WithHint("add `authentication: {type: tls}`, or scram-sha-512, or remove `opsUser`")
	}
}
