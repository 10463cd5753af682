package gitops

import (
	"path"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// apiVersionArgo is the version of Argo CD's objects.
const apiVersionArgo = "argoproj.io/v1alpha1"

const (
	// annotationPaths names the folders whose changes concern an Application, relative to its path
	// (argo-cd.readthedocs.io/en/stable/operator-manual/high_availability, Manifest Paths Annotation).
	annotationPaths = "argocd.argoproj.io/manifest-generate-paths"
	// annotationCompare chooses how an Application is compared with the cluster
	// (argo-cd.readthedocs.io/en/stable/user-guide/diff-strategies).
	annotationCompare = "argocd.argoproj.io/compare-options"
	// finalizer has Argo CD delete an Application's objects with it, as Flux does; objects that are guarded it asks for. On
	// an AppProject it keeps the project until no Application needs it, since none can be deleted without
	// (argo-cd.readthedocs.io/en/stable/operator-manual/project-specification, argoproj/argo-cd#4369).
	finalizer = "resources-finalizer.argocd.argoproj.io"
	// projectWave puts an AppProject before the Applications of its folder, and takes it away after them.
	projectWave = "-1"
	// overlayPaths are the folders that an overlay is built from, itself among them: what changes in another environment
	// makes no work for this one.
	overlayPaths = ".;../../base;../../components"
	// flatPaths is overlayPaths for the flat layout, where nothing stands beside the manifests.
	flatPaths = "."
)

// Application applies one overlay (CRD applications.argoproj.io).
type Application struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec ApplicationSpec `json:"spec"`
}

// ApplicationSpec says what to apply, where and how. It ignores no difference: nothing that is emitted is rewritten by
// the API server or by an operator.
type ApplicationSpec struct {
	Project     string            `json:"project"`
	Source      ApplicationSource `json:"source"`
	Destination Destination       `json:"destination"`
	SyncPolicy  SyncPolicy        `json:"syncPolicy"`
}

// ApplicationSource is a folder at a revision of a repository.
type ApplicationSource struct {
	RepoURL        string `json:"repoURL"`
	TargetRevision string `json:"targetRevision"`
	Path           string `json:"path"`
	// Directory is for a folder of manifests without a kustomization.
	Directory *DirectorySource `json:"directory,omitempty"`
}

// DirectorySource says how manifests are found in a folder (argo-cd.readthedocs.io/en/stable/user-guide/directory).
type DirectorySource struct {
	// Recurse has those in sub-folders applied, too: there is one for each layer.
	Recurse bool `json:"recurse"`
}

// Destination is a namespace of a cluster. Each object of the tree has its own; an Application's is that of the pods.
type Destination struct {
	Server    string `json:"server"`
	Namespace string `json:"namespace"`
}

// SyncPolicy says when and how the cluster is made to be as the source has it.
type SyncPolicy struct {
	Automated   AutomatedSync `json:"automated"`
	SyncOptions []string      `json:"syncOptions"`
	Retry       Retry         `json:"retry"`
}

// AutomatedSync syncs without anybody's doing.
type AutomatedSync struct {
	// Prune removes what the source no longer has, SelfHeal reverts what others change.
	Prune    bool `json:"prune"`
	SelfHeal bool `json:"selfHeal"`
}

// Retry says how often a failed sync is tried again: without it Argo CD tries a revision once.
type Retry struct {
	Limit int64 `json:"limit"`
	// Refresh has the next attempt take the newest revision: without it what mends a sync waits until the last attempt at
	// what broke it has failed (argoproj/argo-cd#11494). An Argo CD without the field drops it.
	Refresh bool    `json:"refresh"`
	Backoff Backoff `json:"backoff"`
}

// Backoff is the pause between attempts, which grows by a factor up to a maximum.
type Backoff struct {
	Duration    metav1.Duration `json:"duration"`
	Factor      int64           `json:"factor"`
	MaxDuration metav1.Duration `json:"maxDuration"`
}

// AppProject bounds what Applications may do (CRD appprojects.argoproj.io).
type AppProject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Spec AppProjectSpec `json:"spec"`
}

// AppProjectSpec says where from and where to. It allows no cluster-scoped kind, since the tree has no such object, and in
// its namespaces every kind, since a pipeline may bring objects of any (compiler.ExtrasSpec).
type AppProjectSpec struct {
	Description  string        `json:"description"`
	SourceRepos  []string      `json:"sourceRepos"`
	Destinations []Destination `json:"destinations"`
	// DestinationServiceAccounts are whom syncs act as, where Argo CD has impersonation switched on.
	DestinationServiceAccounts []DestinationServiceAccount `json:"destinationServiceAccounts,omitempty"`
}

// DestinationServiceAccount is whom syncs of Applications with the destination act as.
type DestinationServiceAccount struct {
	Server                string `json:"server"`
	Namespace             string `json:"namespace"`
	DefaultServiceAccount string `json:"defaultServiceAccount"`
}

// syncOptions are those of every Application (argo-cd.readthedocs.io/en/stable/user-guide/sync-options): objects of others
// are left alone, what goes goes last, and a kind whose operator is not there yet fails no dry run.
func syncOptions() []string {
	return []string{"FailOnSharedResource=true", "PruneLast=true", "ServerSideApply=true", "SkipDryRunOnMissingResource=true"}
}

// application applies the whole overlay of a pipeline: its waves (see Decorate) put topics and users first.
func application(layout emit.Layout, g *compiler.Graph) *Application {
	env := g.Environment
	s := env.GitOps
	meta := pipelineMeta(g, g.Names.Application(env.Name.V))
	meta.Finalizers = []string{finalizer}
	meta.Annotations = map[string]string{annotationCompare: "ServerSideDiff=true"}
	paths, directory := overlayPaths, (*DirectorySource)(nil)
	if layout == emit.Flat {
		paths, directory = flatPaths, &DirectorySource{Recurse: true}
	}
	if !s.IsOCI() {
		meta.Annotations[annotationPaths] = paths
	}
	return &Application{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersionArgo, Kind: "Application"},
		ObjectMeta: meta,
		Spec: ApplicationSpec{
			Project: env.GitOpsName(),
			Source: ApplicationSource{
				RepoURL:        s.Repository.V,
				TargetRevision: s.BranchName() + s.TagName(), // one of them is empty
				Path:           path.Join(s.Path.V, layout.Folder(g.Pipeline.Name.V, env.Name.V)),
				Directory:      directory,
			},
			Destination: Destination{Server: s.ServerURL(), Namespace: env.Namespace.V},
			SyncPolicy: SyncPolicy{
				Automated:   AutomatedSync{Prune: true, SelfHeal: true},
				SyncOptions: syncOptions(),
				Retry: Retry{Limit: 10, Refresh: true, Backoff: Backoff{
					Duration:    metav1.Duration{Duration: 10 * time.Second},
					Factor:      2,
					MaxDuration: metav1.Duration{Duration: 5 * time.Minute},
				}},
			},
		},
	}
}

// appProject bounds an environment's Applications to its repository and its namespaces.
func appProject(env *compiler.Environment) *AppProject {
	s := env.GitOps
	meta := engineMeta(env, env.GitOpsName(), nil)
	meta.Annotations = map[string]string{AnnotationWave: projectWave}
	meta.Finalizers = []string{finalizer}
	p := &AppProject{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersionArgo, Kind: "AppProject"},
		ObjectMeta: meta,
		Spec: AppProjectSpec{
			Description: "pipelines of environment " + env.Name.V,
			SourceRepos: []string{s.Repository.V},
		},
	}
	namespaces := []string{env.Namespace.V, env.KafkaNamespace()}
	slices.Sort(namespaces)
	for _, namespace := range slices.Compact(namespaces) {
		p.Spec.Destinations = append(p.Spec.Destinations, Destination{Server: s.ServerURL(), Namespace: namespace})
	}
	if account := s.ServiceAccount.V; account != "" {
		p.Spec.DestinationServiceAccounts = []DestinationServiceAccount{{
			Server: s.ServerURL(), Namespace: env.Namespace.V, DefaultServiceAccount: account,
		}}
	}
	return p
}
