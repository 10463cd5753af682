package impact

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/pipelinectl/pipelinectl/emit"
)

// manifests gives objects, written as a stream of YAML documents, as those of pipeline p in environment prod.
func manifests(t testing.TB, stream string) *emit.Manifests {
	t.Helper()
	m := &emit.Manifests{Pipeline: "p", Environment: "prod", Source: "p.yaml"}
	for document := range strings.SplitSeq(stream, "---\n") {
		var value map[string]any
		if err := yaml.Unmarshal([]byte(document), &value); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if len(value) == 0 {
			continue
		}
		apiVersion, kind, metadata := value["apiVersion"].(string), value["kind"].(string), value["metadata"].(map[string]any)
		group, _, grouped := strings.Cut(apiVersion, "/")
		if !grouped {
			group = ""
		}
		namespace, _ := metadata["namespace"].(string)
		m.Objects = append(m.Objects, emit.Manifest{
			ID: emit.ID{Group: group, Kind: kind, Namespace: namespace, Name: metadata["name"].(string)}, Layer: emit.App, Value: value,
		})
	}
	return m
}

func compare(t testing.TB, before, after string) []Change {
	t.Helper()
	return Compare([]*emit.Manifests{manifests(t, before)}, []*emit.Manifests{manifests(t, after)})
}

const (
	topicHead = "apiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\nmetadata: {name: p.n.out, labels: {app.kubernetes.io/component: \"n\", strimzi.io/cluster: main}}\n"
	userHead  = "apiVersion: kafka.strimzi.io/v1\nkind: KafkaUser\nmetadata: {name: p.n, labels: {app.kubernetes.io/component: \"n\"}}\n"
	deploy    = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: p-n}\n"
	stateful  = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: p-n}\n"
	claim     = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: p-n}\n"
	service   = "apiVersion: v1\nkind: Service\nmetadata: {name: p-n}\n"
	policy    = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p-n}\n"
	host      = "apiVersion: getambassador.io/v3alpha1\nkind: Host\nmetadata: {name: p}\n"
	mapping   = "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {name: p-n}\n"
	cert      = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: p}\n"
	unknown   = "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: p}\n"
	config    = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p-n, labels: {app.kubernetes.io/component: \"n\"}}\n"
)

// TestFieldRules changes one field of an object each.
func TestFieldRules(t *testing.T) {
	for _, c := range []struct {
		object, before, after string
		class                 Class
		refused               bool
		// path is that of the one difference.
		path string
	}{
		{topicHead, "spec: {topicName: a}", "spec: {topicName: b}", DataLoss, true, "/spec/topicName"},
		{topicHead, "spec: {partitions: 6}", "spec: {partitions: 5}", DataLoss, true, "/spec/partitions"},
		{topicHead, "spec: {partitions: 6}", "spec: {partitions: 7}", Safe, false, "/spec/partitions"},
		{topicHead, "spec: {replicas: 3}", "spec: {replicas: 1}", Safe, false, "/spec/replicas"},
		{topicHead, `spec: {config: {min.insync.replicas: "1"}}`, `spec: {config: {min.insync.replicas: "2"}}`, Safe, false, "/spec/config/min.insync.replicas"},
		{topicHead, `spec: {config: {retention.ms: "1000"}}`, `spec: {config: {retention.ms: "999"}}`, DataLoss, true, "/spec/config/retention.ms"},
		{topicHead, `spec: {config: {retention.ms: "999"}}`, `spec: {config: {retention.ms: "1000"}}`, Safe, false, "/spec/config/retention.ms"},
		{topicHead, `spec: {config: {retention.ms: "-1"}}`, `spec: {config: {retention.ms: "1000"}}`, DataLoss, true, "/spec/config/retention.ms"},
		{topicHead, `spec: {config: {retention.ms: "1000"}}`, `spec: {config: {retention.ms: "-1"}}`, Safe, false, "/spec/config/retention.ms"},
		{topicHead, "spec: {}", `spec: {config: {retention.ms: "3600000"}}`, DataLoss, true, "/spec/config/retention.ms"},
		{topicHead, `spec: {config: {retention.ms: "604800001"}}`, "spec: {}", DataLoss, true, "/spec/config/retention.ms"},
		{topicHead, `spec: {config: {retention.ms: "3600000"}}`, "spec: {}", Safe, false, "/spec/config/retention.ms"},
		{topicHead, "spec: {}", `spec: {config: {retention.bytes: "1000"}}`, DataLoss, true, "/spec/config/retention.bytes"},
		{topicHead, `spec: {config: {retention.bytes: "1000"}}`, `spec: {config: {retention.bytes: "-1"}}`, Safe, false, "/spec/config/retention.bytes"},
		{topicHead, "spec: {config: {cleanup.policy: delete}}", "spec: {config: {cleanup.policy: compact}}", DataLoss, true, "/spec/config/cleanup.policy"},
		{topicHead, `spec: {config: {cleanup.policy: "delete, compact"}}`, `spec: {config: {cleanup.policy: "compact,delete"}}`, Safe, false, "/spec/config/cleanup.policy"},
		{topicHead, "spec: {}", "spec: {config: {cleanup.policy: delete}}", Safe, false, "/spec/config/cleanup.policy"},
		{topicHead, `spec: {config: {max.message.bytes: "2"}}`, `spec: {config: {max.message.bytes: "1"}}`, Downtime, false, "/spec/config/max.message.bytes"},
		{topicHead, "spec: {}", `spec: {config: {max.message.bytes: "2000000"}}`, Safe, false, "/spec/config/max.message.bytes"},
		{topicHead, `spec: {config: {delete.retention.ms: "2"}}`, `spec: {config: {delete.retention.ms: "1"}}`, Safe, false, "/spec/config/delete.retention.ms"},
		{topicHead, `spec: {config: {remote.storage.enable: "true"}}`, `spec: {config: {remote.storage.enable: "false"}}`, DataLoss, true, "/spec/config/remote.storage.enable"},
		{topicHead, `spec: {config: {remote.storage.enable: "false"}}`, `spec: {config: {remote.storage.enable: "true"}}`, Safe, false, "/spec/config/remote.storage.enable"},
		{topicHead, "spec: {}", `spec: {config: {unclean.leader.election.enable: "true"}}`, DataLoss, true, "/spec/config/unclean.leader.election.enable"},
		{topicHead, `spec: {config: {unclean.leader.election.enable: "true"}}`, "spec: {}", Safe, false, "/spec/config/unclean.leader.election.enable"},
		{topicHead, "spec: {config: {compression.type: zstd}}", "spec: {config: {compression.type: lz4}}", Safe, false, "/spec/config/compression.type"},
		{topicHead, "spec: {more: 1}", "spec: {more: 2}", Restart, false, "/spec/more"},

		{userHead, "spec: {authentication: {type: tls}}", "spec: {authentication: {type: scram-sha-512}}", Downtime, false, "/spec/authentication/type"},
		{userHead, "spec: {authorization: {acls: [{operations: [Read, Write]}]}}", "spec: {authorization: {acls: [{operations: [Read]}]}}", Downtime, false, "/spec/authorization/acls/0/operations/1"},
		{userHead, "spec: {authorization: {acls: [{operations: [Read]}]}}", "spec: {authorization: {acls: [{operations: [Read, Write]}]}}", Safe, false, "/spec/authorization/acls/0/operations/1"},
		{userHead, "spec: {authorization: {acls: [{a: 1}, {b: 1}]}}", "spec: {authorization: {acls: [{b: 1}]}}", Downtime, false, "/spec/authorization/acls/0"},
		{userHead, "spec: {authorization: {acls: [{b: 1}]}}", "spec: {authorization: {acls: [{a: 1}, {b: 1}]}}", Safe, false, "/spec/authorization/acls/0"},
		{userHead, "spec: {authorization: {type: simple}}", "spec: {authorization: {type: opa}}", Downtime, false, "/spec/authorization/type"},
		{userHead, "spec: {quotas: {producerByteRate: 1}}", "spec: {quotas: {producerByteRate: 2}}", Safe, false, "/spec/quotas/producerByteRate"},

		{deploy, "spec: {replicas: 2}", "spec: {replicas: 1}", Safe, false, "/spec/replicas"},
		{deploy, "spec: {replicas: 2}", "spec: {replicas: 0}", Downtime, false, "/spec/replicas"},
		{deploy, "spec: {replicas: 2}", "spec: {}", Safe, false, "/spec/replicas"},
		{deploy, "spec: {selector: {matchLabels: {a: b}}}", "spec: {selector: {matchLabels: {a: c}}}", Downtime, true, "/spec/selector/matchLabels/a"},
		{deploy, "spec: {template: {metadata: {labels: {a: b}}}}", "spec: {template: {metadata: {labels: {a: c}}}}", Restart, false, "/spec/template/metadata/labels/a"},
		{deploy, "spec: {template: {spec: {containers: [{name: x, image: a}, {name: r, image: c}]}}}", "spec: {template: {spec: {containers: [{name: r, image: c}, {name: x, image: b}]}}}", Restart, false, "/spec/template/spec/containers/x/image"},
		{deploy, "spec: {template: {spec: {containers: [{name: x}, {name: r}]}}}", "spec: {template: {spec: {containers: [{name: r}, {name: x}]}}}", Restart, false, "/spec/template/spec/containers"},
		{deploy, "spec: {strategy: {type: Recreate}}", "spec: {}", Safe, false, "/spec/strategy/type"},

		{stateful, "spec: {volumeClaimTemplates: [{metadata: {name: a}, spec: {x: 1}}]}", "spec: {volumeClaimTemplates: [{metadata: {name: a}, spec: {x: 2}}]}", DataLoss, true, "/spec/volumeClaimTemplates/0/spec/x"},
		{stateful, "spec: {volumeClaimTemplates: [{metadata: {name: a}}]}", "spec: {}", DataLoss, true, "/spec/volumeClaimTemplates"},
		{stateful, "spec: {selector: {matchLabels: {a: b}}}", "spec: {selector: {matchLabels: {a: c}}}", Downtime, true, "/spec/selector/matchLabels/a"},
		{stateful, "spec: {podManagementPolicy: OrderedReady}", "spec: {podManagementPolicy: Parallel}", Downtime, true, "/spec/podManagementPolicy"},
		{stateful, "spec: {serviceName: a}", "spec: {serviceName: b}", Downtime, true, "/spec/serviceName"},
		{stateful, "spec: {persistentVolumeClaimRetentionPolicy: {whenScaled: Retain}}", "spec: {persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}}", DataLoss, true, "/spec/persistentVolumeClaimRetentionPolicy/whenScaled"},
		{stateful, "spec: {replicas: 1}", "spec: {replicas: 0}", Downtime, false, "/spec/replicas"},
		{stateful, "spec: {template: {a: 1}}", "spec: {template: {a: 2}}", Restart, false, "/spec/template/a"},

		{claim, "spec: {resources: {requests: {storage: 2Gi}}}", "spec: {resources: {requests: {storage: 2000Mi}}}", DataLoss, true, "/spec/resources/requests/storage"},
		{claim, "spec: {resources: {requests: {storage: 2Gi}}}", "spec: {resources: {requests: {storage: 3Gi}}}", Safe, false, "/spec/resources/requests/storage"},
		{claim, "spec: {resources: {requests: {storage: 2Gi}}}", "spec: {resources: {requests: {storage: much}}}", DataLoss, true, "/spec/resources/requests/storage"},
		{claim, "spec: {storageClassName: a}", "spec: {storageClassName: b}", DataLoss, true, "/spec/storageClassName"},

		{service, "spec: {ports: [{name: http, port: 80}]}", "spec: {ports: [{name: http, port: 81}]}", Downtime, false, "/spec/ports/http/port"},
		{service, "spec: {ports: [{name: http, port: 80}]}", "spec: {ports: [{name: http, port: 80}, {name: more, port: 81}]}", Safe, false, "/spec/ports/more"},
		{service, "spec: {ports: [{name: http, port: 80, targetPort: 1}]}", "spec: {ports: [{name: http, port: 80, targetPort: 2}]}", Downtime, false, "/spec/ports/http/targetPort"},
		{service, "spec: {selector: {a: b}}", "spec: {selector: {a: c}}", Downtime, false, "/spec/selector/a"},

		{policy, "spec: {egress: [{to: [{ipBlock: {cidr: a}}]}]}", "spec: {egress: [{to: [{ipBlock: {cidr: a}}, {ipBlock: {cidr: b}}]}]}", Safe, false, "/spec/egress/0/to/1"},
		{policy, "spec: {egress: [{to: [{ipBlock: {cidr: a}}, {ipBlock: {cidr: b}}]}]}", "spec: {egress: [{to: [{ipBlock: {cidr: a}}]}]}", Downtime, false, "/spec/egress/0/to/1"},
		{policy, "spec: {egress: [{to: [{ipBlock: {cidr: a}}]}]}", "spec: {egress: [{to: [{ipBlock: {cidr: b}}]}]}", Downtime, false, "/spec/egress/0/to/0/ipBlock/cidr"},
		{policy, "spec: {egress: [{ports: [{port: 1}]}]}", "spec: {egress: [{ports: [{port: 1}], to: [{ipBlock: {cidr: b}}]}]}", Downtime, false, "/spec/egress/0/to"},
		{policy, "spec: {egress: [{ports: [{port: 1}], to: [{ipBlock: {cidr: b}}]}]}", "spec: {egress: [{ports: [{port: 1}]}]}", Safe, false, "/spec/egress/0/to"},
		{policy, "spec: {egress: [{to: [{ipBlock: {cidr: a, except: [b]}}]}]}", "spec: {egress: [{to: [{ipBlock: {cidr: a, except: [b, c]}}]}]}", Downtime, false, "/spec/egress/0/to/0/ipBlock/except/1"},
		{policy, "spec: {egress: [{to: [{ipBlock: {cidr: a, except: [b, c]}}]}]}", "spec: {egress: [{to: [{ipBlock: {cidr: a, except: [b]}}]}]}", Safe, false, "/spec/egress/0/to/0/ipBlock/except/1"},
		{policy, "spec: {ingress: [{from: [{podSelector: {matchLabels: {a: b}}}]}]}", "spec: {ingress: [{from: [{podSelector: {matchLabels: {a: b, c: d}}}]}]}", Downtime, false, "/spec/ingress/0/from/0/podSelector/matchLabels/c"},
		{policy, "spec: {ingress: [{from: [{podSelector: {matchLabels: {a: b, c: d}}}]}]}", "spec: {ingress: [{from: [{podSelector: {matchLabels: {a: b}}}]}]}", Safe, false, "/spec/ingress/0/from/0/podSelector/matchLabels/c"},
		{policy, "spec: {}", "spec: {ingress: [{from: [{a: b}]}]}", Safe, false, "/spec/ingress"},
		{policy, "spec: {policyTypes: [Ingress]}", "spec: {policyTypes: [Ingress, Egress]}", Downtime, false, "/spec/policyTypes/1"},
		{policy, "spec: {policyTypes: [Ingress, Egress]}", "spec: {policyTypes: [Ingress]}", Safe, false, "/spec/policyTypes/1"},
		{policy, "spec: {podSelector: {matchLabels: {a: b}}}", "spec: {podSelector: {matchLabels: {a: c}}}", Downtime, false, "/spec/podSelector/matchLabels/a"},

		{host, "spec: {hostname: a}", "spec: {hostname: b}", Downtime, false, "/spec/hostname"},
		{host, "spec: {tlsSecret: {name: a}}", "spec: {tlsSecret: {name: b}}", Downtime, false, "/spec/tlsSecret/name"},
		{host, "spec: {tlsSecret: {name: a}}", "spec: {}", Downtime, false, "/spec/tlsSecret/name"},
		{host, "spec: {}", "spec: {tlsSecret: {name: a}}", Safe, false, "/spec/tlsSecret/name"},
		{host, "spec: {requestPolicy: {insecure: {action: Route}}}", "spec: {requestPolicy: {insecure: {action: Redirect}}}", Downtime, false, "/spec/requestPolicy/insecure/action"},
		{host, "spec: {requestPolicy: {insecure: {action: Redirect}}}", "spec: {requestPolicy: {insecure: {action: Route}}}", Safe, false, "/spec/requestPolicy/insecure/action"},
		{host, "spec: {acmeProvider: {authority: none}}", "spec: {}", Safe, false, "/spec/acmeProvider/authority"},
		{mapping, "spec: {hostname: a}", "spec: {hostname: b}", Downtime, false, "/spec/hostname"},
		{mapping, "spec: {prefix: /a}", "spec: {prefix: /b}", Downtime, false, "/spec/prefix"},
		{mapping, "spec: {prefix_exact: true}", "spec: {prefix_exact: false}", Downtime, false, "/spec/prefix_exact"},
		{mapping, `spec: {rewrite: ""}`, "spec: {rewrite: /}", Downtime, false, "/spec/rewrite"},
		{mapping, "spec: {service: a}", "spec: {service: b}", Safe, false, "/spec/service"},
		{mapping, "spec: {timeout_ms: 1}", "spec: {timeout_ms: 2}", Safe, false, "/spec/timeout_ms"},
		{mapping, "spec: {timeout_ms: 2}", "spec: {timeout_ms: 1}", Downtime, false, "/spec/timeout_ms"},
		{mapping, "spec: {timeout_ms: 4000}", "spec: {}", Downtime, false, "/spec/timeout_ms"},
		{mapping, "spec: {timeout_ms: 4000}", "spec: {timeout_ms: 0}", Safe, false, "/spec/timeout_ms"},
		{cert, "spec: {secretName: a}", "spec: {secretName: b}", Downtime, false, "/spec/secretName"},
		{cert, "spec: {dnsNames: [a]}", "spec: {dnsNames: [b]}", Downtime, false, "/spec/dnsNames/0"},
		{cert, "spec: {dnsNames: [a]}", "spec: {dnsNames: [a, b]}", Safe, false, "/spec/dnsNames/1"},
		{cert, "spec: {dnsNames: [a, b]}", "spec: {dnsNames: [b]}", Downtime, false, "/spec/dnsNames/0"},
		{cert, "spec: {issuerRef: {name: a}}", "spec: {issuerRef: {name: b}}", Safe, false, "/spec/issuerRef/name"},

		{config, "data: {a: x}", "data: {a: y}", Restart, false, "/data/a"},
		{config, "data: {node.json: '{\"timeout\": \"1s\"}'}", "data: {node.json: '{\"timeout\": \"2s\"}'}", Restart, false, "/data/node.json/timeout"},
		{config, "data: {node.json: '{\"timeout\": 1}'}", "data: {node.json: '{'}", Restart, false, "/data/node.json"},
		{unknown, "spec: {a: 1}", "spec: {a: 2}", Restart, false, "/spec/a"},
		{unknown, "spec: {a~/b: 1}", "spec: {}", Restart, false, "/spec/a~0~1b"},
	} {
		changes := compare(t, c.object+c.before, c.object+c.after)
		if len(changes) != 1 || len(changes[0].Fields) != 1 {
			t.Errorf("%s%s -> %s: %+v", c.object, c.before, c.after, changes)
			continue
		}
		got := changes[0]
		if got.Verb != Changed || got.Class != c.class || got.Refused != c.refused || got.Fields[0].Path != c.path {
			t.Errorf("%s%s -> %s: %s, refused %v, at %s because %q, want %s, %v, at %s",
				c.object, c.before, c.after, got.Class, got.Refused, got.Fields[0].Path, got.Reasons, c.class, c.refused, c.path)
		}
		if len(got.Reasons) != 1 || got.Reasons[0] == "" {
			t.Errorf("%s%s -> %s: reasons %q", c.object, c.before, c.after, got.Reasons)
		}
	}
}

// TestMetadataRules: labels and annotations matter only where Strimzi reads them.
func TestMetadataRules(t *testing.T) {
	metadata := func(kind, label string) string {
		return "apiVersion: kafka.strimzi.io/v1\nkind: " + kind + "\nmetadata: {name: x, annotations: {a: b}, labels: {" + label + "}}\n"
	}
	for _, c := range []struct {
		before, after string
		class         Class
		refused       bool
	}{
		{metadata("KafkaTopic", "strimzi.io/cluster: a"), metadata("KafkaTopic", "strimzi.io/cluster: b"), DataLoss, true},
		{metadata("KafkaUser", "strimzi.io/cluster: a"), metadata("KafkaUser", "strimzi.io/cluster: b"), Downtime, true},
		{metadata("KafkaTopic", "team: a"), metadata("KafkaTopic", "team: b"), Safe, false},
		{metadata("KafkaTopic", ""), strings.Replace(metadata("KafkaTopic", ""), "a: b", "kustomize.toolkit.fluxcd.io/prune: disabled", 1), Safe, false},
		{unknown, strings.Replace(unknown, "name: p", "name: p, labels: {a: b}", 1), Safe, false},
		{unknown, strings.Replace(unknown, "example.org/v1", "example.org/v2", 1), Safe, false},
	} {
		changes := compare(t, c.before, c.after)
		if len(changes) != 1 || changes[0].Class != c.class || changes[0].Refused != c.refused {
			t.Errorf("%s -> %s: %+v, want %s, refused %v", c.before, c.after, changes, c.class, c.refused)
		}
	}
}

// TestRemovals takes each kind of object away.
func TestRemovals(t *testing.T) {
	topic := func(name string) string {
		return strings.Replace(topicHead, "p.n.out", name, 1) + "spec: {topicName: " + name + "}"
	}
	for object, want := range map[string]struct {
		class   Class
		refused bool
		reason  string
	}{
		topic("p.n.out"):      {DataLoss, true, "its records are deleted"},
		topic("p.n.dlq"):      {DataLoss, true, "dead letters"},
		topic("p.n.retry.2"):  {DataLoss, true, "retry tier"},
		topic("p.n.park.a.b"): {DataLoss, true, "parked"},
		userHead:              {Downtime, true, "credentials"},
		deploy:                {Downtime, false, "stopped"},
		stateful:              {Downtime, false, "stopped"},
		stateful + "spec: {volumeClaimTemplates: [{metadata: {name: a}}]}": {DataLoss, true, "volumes"},
		claim:   {DataLoss, true, "volume"},
		service: {Downtime, false, "leads nowhere"},
		policy:  {Safe, false, "forbade"},
		host:    {Downtime, false, "host name"},
		mapping: {Downtime, false, "path"},
		cert:    {Downtime, false, "renewed"},
		config:  {Downtime, false, "mount"},
		unknown: {Downtime, false, "no rule"},
		strings.Replace(unknown, "example.org/v1\nkind: Thing", "v1\nkind: ServiceAccount", 1):                       {Downtime, false, "cannot start"},
		strings.Replace(unknown, "example.org/v1\nkind: Thing", "policy/v1\nkind: PodDisruptionBudget", 1):           {Safe, false, "drained"},
		strings.Replace(unknown, "example.org/v1\nkind: Thing", "monitoring.coreos.com/v1\nkind: PodMonitor", 1):     {Safe, false, "Prometheus"},
		strings.Replace(unknown, "example.org/v1\nkind: Thing", "monitoring.coreos.com/v1\nkind: PrometheusRule", 1): {Safe, false, "alerted"},
	} {
		changes := compare(t, object, "")
		if len(changes) != 1 || changes[0].Verb != Removed || changes[0].Class != want.class || changes[0].Refused != want.refused ||
			!strings.Contains(changes[0].Reasons[0], want.reason) {
			t.Errorf("%s: %+v, want %+v", object, changes, want)
		}
		if added := compare(t, "", object); len(added) != 1 || added[0].Verb != Added || added[0].Class != Safe || added[0].Refused {
			t.Errorf("%s: added as %+v", object, added)
		}
	}
}

// A consumer group lives in the contract of its node: another name there, or no node, leaves its offsets behind.
func TestConsumerGroups(t *testing.T) {
	node := func(group string) string {
		return config + "data: {node.json: '{\"group\": \"" + group + "\"}'}"
	}
	got := lines(compare(t, node("a"), node("b")))
	want := []string{
		"ConsumerGroup/a@prod removed, data loss, refused, renamed b",
		"ConfigMap/p-n@prod changed, restart",
		"ConsumerGroup/b@prod added, safe, renamed a",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	got = lines(compare(t, node("a"), ""))
	want = []string{"ConsumerGroup/a@prod removed, data loss, refused", "ConfigMap/p-n@prod removed, downtime"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func lines(changes []Change) []string {
	var out []string
	for _, c := range changes {
		line := fmt.Sprintf("%s %s, %s", c.Allowance(), c.Verb, c.Class)
		if c.Refused {
			line += ", refused"
		}
		if c.Renamed != "" {
			line += ", renamed " + c.Renamed
		}
		out = append(out, line)
	}
	return out
}

// TestRenames says which objects are recognised as one.
func TestRenames(t *testing.T) {
	topic := func(names ...string) string {
		var out []string
		for _, name := range names {
			parts := strings.Split(name, ".")
			node := parts[1]
			out = append(out, "apiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\nmetadata: {name: "+name+", labels: {app.kubernetes.io/component: \""+node+"\"}}\nspec: {topicName: "+name+"}\n")
		}
		return strings.Join(out, "---\n")
	}
	for name, c := range map[string]struct {
		before, after string
		// want holds old=new.
		want []string
	}{
		"an output":            {topic("p.n.a", "p.n.dlq"), topic("p.n.b", "p.n.dlq"), []string{"p.n.a=p.n.b"}},
		"two outputs, no clue": {topic("p.n.a", "p.n.b"), topic("p.n.c", "p.n.d"), nil},
		"a node":               {topic("p.n.out", "p.n.dlq"), topic("p.m.out", "p.m.dlq"), []string{"p.n.dlq=p.m.dlq", "p.n.out=p.m.out"}},
		"the prefix":           {topic("p.n.a", "p.n.b"), topic("q.n.a", "q.n.b"), []string{"p.n.a=q.n.a", "p.n.b=q.n.b"}},
		"a tier is no output":  {topic("p.n.retry.1"), topic("p.n.b"), nil},
		"another node's":       {topic("p.n.a", "p.m.a"), topic("p.n.a", "p.m.a", "p.o.a"), nil},
		"a namespace":          {strings.ReplaceAll(topic("p.n.a"), "{name: ", "{namespace: one, name: "), strings.ReplaceAll(topic("p.n.a"), "{name: ", "{namespace: two, name: "), []string{"two/p.n.a=one/p.n.a"}},
		"a user":               {userHead, strings.Replace(userHead, "name: p.n", "name: q.n", 1), []string{"p.n=q.n"}},
		"a deployment is not":  {deploy, strings.Replace(deploy, "p-n", "p-m", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, change := range compare(t, c.before, c.after) {
				if change.Verb != Removed || change.Renamed == "" {
					continue
				}
				old := change.ID.Name
				if strings.Contains(change.Renamed, "/") {
					got = append(got, change.Renamed+"="+change.ID.Namespace+"/"+old)
					continue
				}
				got = append(got, old+"="+change.Renamed)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestEveryEmittedKindHasRules reads the golden tree of every example.
func TestEveryEmittedKindHasRules(t *testing.T) {
	seen := map[groupKind]bool{}
	for _, m := range goldens(t) {
		for _, o := range slices.Concat(m.Objects, m.Engine) {
			seen[groupKind{o.ID.Group, o.ID.Kind}] = true
		}
	}
	if len(seen) < 14 {
		t.Errorf("the examples have only the kinds %v: is the test looking at the right folder?", seen)
	}
	for kind := range seen {
		if _, ok := table[kind]; !ok {
			t.Errorf("%s of %q is emitted but has no rules", kind.kind, kind.group)
		}
	}
}

// goldens gives the manifests of every example.
func goldens(t testing.TB) []*emit.Manifests {
	t.Helper()
	ledgers, err := filepath.Glob("../../testdata/golden/*/*/" + emit.LedgerFile)
	if err != nil || len(ledgers) < 2 {
		t.Fatalf("found %v (%v)", ledgers, err)
	}
	var out []*emit.Manifests
	for _, ledger := range ledgers {
		dir := filepath.Dir(ledger)
		tree := emit.Tree{}
		if err := filepath.WalkDir(filepath.Dir(dir), func(file string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			rel, err := filepath.Rel(filepath.Dir(dir), file)
			if err == nil {
				tree[filepath.ToSlash(rel)], err = os.ReadFile(file)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		list, err := emit.Unfactor(tree, filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, list...)
	}
	return out
}

// Examples compared with themselves differ in nothing; compared with nothing, every topic, user and group is refused.
func TestCompareExamples(t *testing.T) {
	all := goldens(t)
	if changes := Compare(all, all); len(changes) > 0 {
		t.Errorf("a tree differs from itself: %q", lines(changes))
	}
	refused := 0
	for _, c := range Compare(all, nil) {
		if c.Environment == "" || c.Verb != Removed {
			t.Errorf("%q in %q", c.Object(), c.Environment)
		}
		needed := slices.Contains(followed, c.ID.Kind)
		if c.Refused != needed {
			t.Errorf("%s: refused is %v", c.Allowance(), c.Refused)
		}
		if needed {
			refused++
		}
	}
	if refused < 20 {
		t.Errorf("only %d refused", refused)
	}
}

// A base is compared only where there is no environment on either side.
func TestCompareBases(t *testing.T) {
	base := func(image string) *emit.Manifests {
		m := manifests(t, deploy+"spec: {template: {image: "+image+"}}")
		m.Environment = ""
		return m
	}
	if got := lines(Compare([]*emit.Manifests{base("a")}, []*emit.Manifests{base("b")})); !slices.Equal(got, []string{"Deployment/p-n changed, restart"}) {
		t.Errorf("got %q", got)
	}
	prod := manifests(t, deploy)
	got := lines(Compare([]*emit.Manifests{base("a")}, []*emit.Manifests{base("b"), prod}))
	if !slices.Equal(got, []string{"Deployment/p-n@prod added, safe"}) {
		t.Errorf("got %q", got)
	}
}
