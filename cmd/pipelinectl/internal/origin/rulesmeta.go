package origin

// metaRules are about what every object has.
var metaRules = []ruling{
	{"*", "apiVersion", "objects of this kind are written in the one version of their API that the tree is tested with"},
	{"*", "kind", "it says what the object is"},
	{"*", `metadata.labels["app.kubernetes.io/managed-by"]`, "every object is marked as written by pipelinectl, so that nobody edits it in the cluster"},
	{"*", `spec.template.metadata.labels["app.kubernetes.io/managed-by"]`, "every object is marked as written by pipelinectl, so that nobody edits it in the cluster"},
	{"KafkaTopic", `metadata.annotations["argocd.argoproj.io/sync-options"]`, "Argo CD is to ask before it deletes a topic: its records would go with it"},
	{"KafkaTopic", `metadata.annotations["kustomize.toolkit.fluxcd.io/prune"]`, "Flux cannot ask, so it may not delete a topic: its records would go with it"},
	{"KafkaUser", `metadata.annotations["argocd.argoproj.io/sync-options"]`, "Argo CD is to ask before it deletes a user: its runner could reach nothing any more"},
	{"KafkaUser", `metadata.annotations["kustomize.toolkit.fluxcd.io/prune"]`, "Flux cannot ask, so it may not delete a user: its runner could reach nothing any more"},
	{"*", `metadata.annotations["argocd.argoproj.io/sync-wave"]`, "Argo CD applies objects wave by wave: topics and users first, then what needs them, routes last"},
}
