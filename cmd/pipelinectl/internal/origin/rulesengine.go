package origin

// engineRules are about what GitOps engines get beside the tree.
var engineRules = []ruling{
	{"Kustomization", "spec.interval", "Flux compares the cluster with the tree every ten minutes; a new revision of the tree it applies at once"},
	{"Kustomization", "spec.retryInterval", "what failed is tried again after a minute, and not only when the next comparison is due"},
	{"Kustomization", "spec.timeout", "Flux waits for objects to become healthy for as long as Kubernetes waits for a Deployment to make progress"},
	{"Kustomization", "spec.prune", "what leaves the tree leaves the cluster, too; topics and users have a guard of their own"},
	{"Kustomization", "spec.wait", "Flux waits until every object is healthy, so that the app comes after its topics and users"},
	{"Kustomization", "spec.sourceRef.kind", "a repository whose address begins with oci:// is an OCIRepository, any other a GitRepository"},
	{"Kustomization", "spec.healthCheckExprs.**", "each custom kind in the folder has its check: on its own Flux takes for healthy what it does not understand"},
	{"Application", `metadata.annotations["argocd.argoproj.io/compare-options"]`, "the API server is asked what a sync would change, so that a default which it fills in is no difference"},
	{"Application", `metadata.annotations["argocd.argoproj.io/manifest-generate-paths"]`, "only a change in these folders, which are relative to the path, makes work for this Application"},
	{"Application", "metadata.finalizers.*", "Argo CD deletes what it applied when the Application is deleted, and asks before it deletes what is guarded"},
	{"Application", "spec.source.directory.recurse", "the manifests lie in sub-folders, one for the app and one for Kafka"},
	{"Application", "spec.syncPolicy.automated.**", "the cluster follows the tree without anybody's doing: what leaves it is removed, what others change is put back"},
	{"Application", "spec.syncPolicy.retry.**", "a failed sync is tried again at growing pauses, with the newest revision: otherwise Argo CD tries each revision once"},
	{"Application", "spec.syncPolicy.syncOptions.*", "objects of others are left alone, what goes goes last, and a kind whose operator is not there yet fails no dry run"},
	{"AppProject", "metadata.finalizers.*", "the project stays until no Application needs it, since none can be deleted without"},
	{"AppProject", `metadata.annotations["argocd.argoproj.io/sync-wave"]`, "the project is there before the Applications in it, and goes after them"},
	{"ConfigMap", "metadata.name", "Argo CD reads its own configuration from the ConfigMap of this name"},
	{"ConfigMap", "data.*", "Argo CD is told when an object of this kind is healthy: it has no check for it, or one that misreads it"},
}
