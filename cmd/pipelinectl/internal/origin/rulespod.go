package origin

// restricted is why pods are confined.
const restricted = "the Pod Security Standard `restricted` demands it"

// containerRules are about the containers of a pod.
var containerRules = []ruling{
	{"Deployment", "spec.template.spec.containers[*].securityContext.readOnlyRootFilesystem", "nothing writes to an image; /tmp and HOME are volumes where code may need them"},
	{"Deployment", "spec.template.spec.initContainers[*].securityContext.readOnlyRootFilesystem", "nothing writes to an image; /tmp and HOME are volumes where code may need them"},
	{"Deployment", "spec.template.spec.containers[*].securityContext.**", restricted},
	{"Deployment", "spec.template.spec.initContainers[*].securityContext.**", restricted},
	{"Deployment", "spec.template.spec.containers[runner].name", "the container that takes and writes records is called so in every pod"},
	{"Deployment", "spec.template.spec.containers[runner].ports[*].protocol", "server-side apply merges ports by number and protocol, so the protocol is written though it is the default"},
	{"Deployment", "spec.template.spec.initContainers[*].ports[*].protocol", "server-side apply merges ports by number and protocol, so the protocol is written though it is the default"},
	{"Deployment", "spec.template.spec.containers[runner].ports[admin].**", "every runner answers probes and serves its metrics on this port"},
	{"Deployment", "spec.template.spec.containers[runner].ports[ingest].**", "every runner that takes requests takes them on this port; the Service leads to it"},
	{"Deployment", "spec.template.spec.containers[runner].startupProbe.**", "asked every second a runner counts as started at once, and it has a minute for its first assignment"},
	{"Deployment", "spec.template.spec.containers[runner].readinessProbe.**", "a runner is ready once it has joined its group and its algo answers"},
	{"Deployment", "spec.template.spec.containers[runner].livenessProbe.**", "a runner lives while it makes progress of its own; one short of CPU answers late"},
	{"Deployment", "spec.template.spec.containers[runner].command[*]", "the runner is the first process in the algo's own image; an init container has put it there"},
	{"Deployment", "spec.template.spec.containers[runner].env[HOME].*", "the root is read-only, so HOME is a volume; a variable HOME under `env` would take its place"},
	{"Deployment", "spec.template.spec.containers[runner].env[*].name", "the runner reads what it needs to know of its place from variables of these names"},
	{"Deployment", "spec.template.spec.containers[runner].env[RUNNER_NODE_FILE].value", "the ConfigMap with what the node does is mounted there"},
	{"Deployment", "spec.template.spec.containers[runner].env[RUNNER_MEMORY_LIMIT].valueFrom.resourceFieldRef.**", "the runner divides the container's memory among its records, so it is told how much there is, in bytes"},
	{"Deployment", "spec.template.spec.containers[runner].env[RUNNER_KAFKA_TLS].value", "Kafka is spoken to over TLS: `tls` says so, or clients authenticate by certificates"},
	{"Deployment", "spec.template.spec.containers[runner].env[*].value", "the files of the Kafka credentials lie there, whatever Secret they come from"},
	{"Deployment", "spec.template.spec.initContainers[install].resources.**", "the init container that copies the runner asks for no more than the runner itself"},
	{"Deployment", "spec.template.spec.initContainers[install].**", "an init container copies the runner into the pod, since the main container has the algo's own image"},
	{"Deployment", "spec.template.spec.initContainers[algo].name", "the container that holds the algo's server is called so in every pod"},
	{"Deployment", "spec.template.spec.initContainers[algo].restartPolicy", "the algo's server is a native sidecar: it is up before the runner starts and until the runner has drained"},
	{"Deployment", "spec.template.spec.initContainers[algo].ports[algo].name", "probes ask the algo's server at its port by this name"},
	{"Deployment", "spec.template.spec.initContainers[algo].startupProbe.**", "a server has five minutes to start: it may have a model to load"},
	{"Deployment", "spec.template.spec.initContainers[algo].livenessProbe.**", "a server that answers late is busy; one that does not answer within five seconds hangs"},
	{"Deployment", "spec.template.spec.initContainers[algo].env[PORT].name", "a server is told its port in this variable, here as in `pipelinectl run`"},
	{"Deployment", "spec.template.spec.initContainers[algo].env[HOME].*", "the root is read-only, so HOME is a volume; a variable HOME under `env` would take its place"},
}

// podRules are about pods as a whole and what keeps them.
var podRules = []ruling{
	{"Deployment", "spec.template.spec.securityContext.seccompProfile.type", restricted},
	{"Deployment", "spec.template.spec.securityContext.runAsNonRoot", restricted},
	{"Deployment", "spec.template.spec.securityContext.*", "every process runs as the user and group that distroless images call nonroot, which an image need not know"},
	{"Deployment ServiceAccount", "automountServiceAccountToken", "nothing in the pods speaks to the API of Kubernetes, so they get no token for it"},
	{"Deployment", "spec.template.spec.automountServiceAccountToken", "nothing in the pods speaks to the API of Kubernetes, so they get no token for it"},
	{"Deployment", "spec.template.spec.enableServiceLinks", "variables for every Service of the namespace would change the pods whenever a Service comes or goes"},
	{"Deployment", "spec.template.spec.volumes[node].name", "the volume of the ConfigMap that says what the node does"},
	{"Deployment", "spec.template.spec.volumes[kafka].**", "the files of the Kafka credentials are gathered in one volume under the same names for every source; the keys are those of the Secret's maker"},
	{"Deployment", "spec.template.spec.volumes[install].**", "the volume that the runner is copied into, since the main container has the algo's own image"},
	{"Deployment", "spec.template.spec.volumes[*].**", "the root is read-only, so code gets /tmp and HOME as volumes that live as long as the pod"},
	{"Deployment", "spec.template.spec.containers[*].volumeMounts[*].**", "each volume of the pod is mounted at one place, read-only unless code writes there"},
	{"Deployment", "spec.template.spec.initContainers[*].volumeMounts[*].**", "each volume of the pod is mounted at one place, read-only unless code writes there"},
	{"Deployment", "spec.template.spec.topologySpreadConstraints[*].**", "several pods of a node are spread over zones and machines as far as there are some"},
	{"PodDisruptionBudget", "spec.maxUnavailable", "a machine that is drained may take one pod of the node at a time"},
	{"Service", "spec.ports[http].protocol", "server-side apply merges ports by number and protocol, so the protocol is written though it is the default"},
	{"Service", "spec.ports[http].**", "the Service leads from HTTP's own port to the one that the runner takes requests on"},
}
