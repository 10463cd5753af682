package impact

// table is what we know of each kind that we emit, and of those that hold data and may come.
var table = map[groupKind]rules{
	{"", KindGroup}: {
		removed: gone(dataLoss("its offsets are lost: what reads in another group starts where that one begins, and reads again or skips")),
		other:   safe("the group stays"),
	},
	{"kafka.strimzi.io", "KafkaTopic"}: {
		removed: topicRemoved,
		fields:  topicFields,
		other:   restart("no rule is known for this field of a topic"),
	},
	{"kafka.strimzi.io", "KafkaUser"}: {
		removed: gone(refused(downtime("its credentials and its rights end: whoever connects as it is turned away"))),
		fields: []fieldRule{
			{"/metadata/labels/strimzi.io~1cluster", always(refused(downtime("it ends in this Kafka and begins in another one, with other credentials")))},
			{"/spec/authentication/**", always(downtime("it proves who it is in another way: pods with the old credentials are turned away"))},
			{"/spec/authorization/acls/**", rightChanged},
			{"/spec/authorization/**", always(downtime("its rights are judged in another way"))},
			{"/spec/quotas/**", always(safe("its quotas change at once"))},
		},
		other: restart("its credentials may change"),
	},
	{"access.strimzi.io", "KafkaAccess"}: {
		removed: gone(downtime("the Secret with Kafka's address and credentials goes: new pods cannot start")),
		other:   restart("the Secret that it keeps is written anew"),
	},
	{"apps", "Deployment"}: {
		removed: gone(downtime("its pods are stopped")),
		fields: []fieldRule{
			{"/spec/selector/**", always(refused(downtime("a selector cannot be changed: the Deployment must be deleted and made anew")))},
			{"/spec/replicas", replicasChanged},
			{"/spec/template/**", always(restart("the pod template differs: pods are replaced one after the other"))},
		},
		other: safe("it holds from the next rollout on"),
	},
	{"apps", "StatefulSet"}: {
		removed: statefulSetRemoved,
		fields: []fieldRule{
			{"/spec/volumeClaimTemplates/**", always(dataLoss("volume templates cannot be changed: the StatefulSet must be made anew, without its volumes"))},
			{"/spec/selector/**", always(refused(downtime("a selector cannot be changed: the StatefulSet must be deleted and made anew")))},
			{"/spec/podManagementPolicy", always(refused(downtime("the order of its pods cannot be changed: the StatefulSet must be deleted and made anew")))},
			{"/spec/serviceName", always(refused(downtime("the name of its Service cannot be changed: the StatefulSet must be deleted and made anew")))},
			{"/spec/persistentVolumeClaimRetentionPolicy/**", retentionPolicyChanged},
			{"/spec/replicas", replicasChanged},
			{"/spec/template/**", always(restart("the pod template differs: pods are replaced one after the other"))},
		},
		other: restart("it may take a restart to hold"),
	},
	{"", "PersistentVolumeClaim"}: {
		removed: gone(dataLoss("its volume and what is on it are deleted with it, unless the volume's reclaim policy is Retain")),
		fields: []fieldRule{
			{"/spec/resources/requests/storage", storageChanged},
			{"/spec/**", always(dataLoss("a claim cannot be changed: it must be made anew, with an empty volume"))},
		},
		other: safe("the volume stays as it is"),
	},
	{"", "ConfigMap"}: {
		removed: gone(downtime("pods that mount it cannot start")),
		other:   restart("pods read it when they start"),
	},
	{"", "ServiceAccount"}: {
		removed: gone(downtime("new pods that run as it cannot start")),
		other:   safe("it has no rights and no token"),
	},
	{"", "Service"}: {
		removed: gone(downtime("its name leads nowhere any more")),
		fields: []fieldRule{
			{"/spec/ports/*/targetPort", always(downtime("it leads to another port of the pods: connections break until pods have that"))},
			{"/spec/ports/**", portChanged},
		},
		other: downtime("it leads to other pods, or in another way: connections break"),
	},
	{"policy", "PodDisruptionBudget"}: {
		removed: gone(safe("it matters only while machines are drained")),
		other:   safe("it matters only while machines are drained"),
	},
	{"monitoring.coreos.com", "PodMonitor"}: {
		removed: gone(safe("nothing runs otherwise, but Prometheus no longer reads the runners' metrics")),
		other:   safe("only what Prometheus reads, and how often, differs"),
	},
	{"monitoring.coreos.com", "PrometheusRule"}: {
		removed: gone(safe("nothing runs otherwise, but nobody is alerted any more")),
		other:   safe("only what somebody is alerted of differs"),
	},
	{"networking.k8s.io", "NetworkPolicy"}: {
		removed: gone(safe("what it forbade is allowed, unless another policy selects the pods")),
		fields: []fieldRule{
			{"/spec/policyTypes/**", policyTypeChanged},
			{"/spec/ingress/**", allowedChanged},
			{"/spec/egress/**", allowedChanged},
		},
		other: downtime("it selects other pods: what it allowed to these may be forbidden now"),
	},
	{"kustomize.toolkit.fluxcd.io", "Kustomization"}: kustomizationRules,
	{"argoproj.io", "Application"}:                   applicationRules,
	{"source.toolkit.fluxcd.io", "GitRepository"}:    sourceRules,
	{"source.toolkit.fluxcd.io", "OCIRepository"}:    sourceRules,
	{"argoproj.io", "AppProject"}:                    projectRules,

	{"getambassador.io", "Host"}:         hostRules,
	{"getambassador.io", "Mapping"}:      mappingRules,
	{"cert-manager.io", "Certificate"}:   certificateRules,
	{"cert-manager.io", "Issuer"}:        issuerRules,
	{"cert-manager.io", "ClusterIssuer"}: issuerRules,
}

// What stands between callers and an endpoint.
var (
	hostRules = rules{
		removed: gone(downtime("its host name is no longer answered")),
		fields: []fieldRule{
			{"/spec/hostname", always(downtime("the old host name is no longer answered"))},
			{"/spec/tlsSecret/**", tlsChanged},
			{"/spec/requestPolicy/**", insecureChanged},
		},
		other: safe("Emissary takes it over without a break"),
	}
	mappingRules = rules{
		removed: gone(downtime("its path is no longer answered")),
		fields: []fieldRule{
			{"/spec/hostname", always(downtime("the path is no longer answered under the old host name"))},
			{"/spec/prefix", always(downtime("the old path is no longer answered"))},
			{"/spec/prefix_exact", always(downtime("other paths are answered than before"))},
			{"/spec/rewrite", always(downtime("the service is asked for another path"))},
			{"/spec/service", always(safe("requests are led to another service from now on"))},
			// Emissary waits three seconds where nothing is said, and for ever where it is 0.
			{"/spec/timeout_ms", limitChanged(3000, zero, downtime("requests that take longer than that fail"), safe("requests may take longer than before"))},
		},
		other: safe("Emissary takes it over without a break"),
	}
	certificateRules = rules{
		removed: gone(downtime("it is no longer renewed: callers refuse it once it has expired")),
		fields: []fieldRule{
			{"/spec/secretName", always(downtime("it goes into another Secret: what is in the old one is no longer renewed"))},
			{"/spec/dnsNames/**", dnsNameChanged},
			{"/spec/issuerRef/**", always(safe("another issuer issues it anew, whom callers must trust; the old one serves until then"))},
		},
		other: safe("it is issued anew; the old one serves until then"),
	}
	issuerRules = rules{
		removed: gone(downtime("its certificates are no longer renewed: callers refuse them once they have expired")),
		other:   safe("it holds for certificates from now on"),
	}
)
