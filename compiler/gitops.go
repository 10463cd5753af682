package compiler

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeGitOpsShared is reported when two environments give one name to what their pipelines share in one engine: each
// build would turn it into its own.
const CodeGitOpsShared diag.Code = "gitops-shared"

// GitOpsSpec says which engine applies an environment's tree, and from where. Which fields go together, the schema says.
type GitOpsSpec struct {
	// Engine is one of the constants below.
	Engine schema.Value[string] `yaml:"engine"`
	// Repository is the URL that the tree is found at; for Argo CD also user@host:path.
	Repository schema.Value[string] `yaml:"repository"`
	Branch     schema.Value[string] `yaml:"branch"`
	Tag        schema.Value[string] `yaml:"tag"`
	// Path is the output folder in the repository, empty for its root.
	Path schema.Value[string] `yaml:"path"`
	// Namespace is that of the engine's objects.
	Namespace schema.Value[string] `yaml:"namespace"`
	// Name is that of what the environment's pipelines share.
	Name schema.Value[string] `yaml:"name"`
	// ServiceAccount is whom the engine acts as, empty for itself.
	ServiceAccount schema.Value[string]   `yaml:"serviceAccount"`
	SecretRef      *SecretRef             `yaml:"secretRef"`
	Interval       schema.Value[Duration] `yaml:"interval"`
	Server         schema.Value[string]   `yaml:"server"`
	Protect        schema.Value[bool]     `yaml:"protect"`
}

// The values of GitOpsSpec.Engine.
const (
	EngineFlux   = "flux"
	EngineArgoCD = "argocd"
)

// Defaults of a GitOpsSpec.
const (
	defaultBranch   = "main"
	defaultInterval = time.Minute
	// defaultServer is the cluster that Argo CD itself runs in.
	defaultServer = "https://kubernetes.default.svc"
	// bootstrapSecret holds the deploy key that `flux bootstrap` makes for ssh.
	bootstrapSecret = "flux-system"
)

// ClustersFolder is the folder of the output that holds the engines' objects, where others are named after pipelines.
const ClustersFolder = "clusters"

// IsOCI says whether the repository is one of OCI artifacts, and so not of Git.
func (s *GitOpsSpec) IsOCI() bool { return strings.HasPrefix(s.Repository.V, "oci://") }

// BranchName is the branch that is followed, empty where a tag is.
func (s *GitOpsSpec) BranchName() string {
	if s.Tag.IsSet() || s.IsOCI() {
		return ""
	}
	return s.Branch.Or(defaultBranch)
}

// TagName is the tag that is followed, empty where a branch is.
func (s *GitOpsSpec) TagName() string {
	if s.IsOCI() {
		return s.Tag.Or(latest)
	}
	return s.Tag.V
}

// EngineNamespace is the namespace of the engine's objects.
func (s *GitOpsSpec) EngineNamespace() string {
	if s.Engine.V == EngineFlux {
		return s.Namespace.Or("flux-system")
	}
	return s.Namespace.Or("argocd")
}

// SecretName is the Secret with the repository's credentials, empty for none: flux cannot use ssh without one.
func (s *GitOpsSpec) SecretName() string {
	switch {
	case s.SecretRef != nil:
		return s.SecretRef.Name.V
	case s.Engine.V == EngineFlux && strings.HasPrefix(s.Repository.V, "ssh://"):
		return bootstrapSecret
	default:
		return ""
	}
}

// PollInterval is how often Flux looks for a new revision.
func (s *GitOpsSpec) PollInterval() time.Duration {
	return time.Duration(s.Interval.Or(Duration(defaultInterval)))
}

// ServerURL is the API server that Argo CD deploys to.
func (s *GitOpsSpec) ServerURL() string { return s.Server.Or(defaultServer) }

// GitOpsName is the name of what the environment's pipelines share in their engine; it has a gitops block.
func (e *Environment) GitOpsName() string { return e.GitOps.Name.Or(fitLabel("pipelines-" + e.Name.V)) }

// Drives says whether an engine may be the one that applies the environment's tree: it is, or none is named.
func (e *Environment) Drives(engine string) bool {
	return e.GitOps == nil || e.GitOps.Engine.V == engine
}

// Protects says whether the engine must not delete topics and users on its own.
func (e *Environment) Protects() bool { return e.GitOps == nil || e.GitOps.Protect.Or(true) }

// Application is the name of the object by which an engine applies the pipeline in an environment.
func (n Names) Application(environment string) string {
	return fitLabel(n.Pipeline + "-" + environment)
}

// KafkaApplication is that of a second one, where the engine has one for the objects in Kafka's namespace.
func (n Names) KafkaApplication(environment string) string {
	return fitLabel(n.Pipeline + "-" + environment + "-kafka")
}

// fitLabel makes a text fit the value of a label: engines put the names of their objects there.
func fitLabel(text string) string { return fit(text, maxLabel, false) }

// engineAt is where the names of an environment's engine objects must be unique. Flux runs in the cluster that it
// deploys to; one Argo CD may deploy to many.
func (e *Environment) engineAt() place {
	namespace := e.GitOps.EngineNamespace()
	if e.GitOps.Engine.V == EngineFlux {
		return namespaceOf(EngineFlux, e, namespace)
	}
	return place{space: EngineArgoCD + "/" + namespace, where: fmt.Sprintf("namespace `%s` of Argo CD", namespace)}
}

// applications claims the names of the objects by which the engine applies a pipeline.
func (c claims) applications(g *Graph) {
	if g.Environment == nil || g.Environment.GitOps == nil {
		return
	}
	at, env := g.Environment.engineAt(), g.Environment.Name.V
	by := owner{g, fmt.Sprintf("pipeline `%s`", g.Pipeline.Name.V), g.Pipeline.Name.Pos}
	c.claim(at, g.Names.Application(env), by)
	if g.Environment.GitOps.Engine.V == EngineFlux {
		c.claim(at, g.Names.KafkaApplication(env), by)
	}
}

// checkGitOps reports environments that would take what they share from one another, and names that are kept for the folder
// of the engines' objects: in one layout pipelines have folders beside it, in the other environments.
func checkGitOps(p *Project, findings *diag.List) {
	first := map[[2]string]*Environment{}
	for _, env := range p.Environments {
		if env.GitOps == nil {
			continue
		}
		key := [2]string{env.engineAt().space, env.GitOpsName()}
		other := first[key]
		if other == nil {
			first[key] = env
			continue
		}
		pos, related := cmp.Or(env.GitOps.Name.Pos, env.Name.Pos), cmp.Or(other.GitOps.Name.Pos, other.Name.Pos)
		findings.Errorf(CodeGitOpsShared, pos, "environments `%s` and `%s` would share `%s` in %s, but need different ones", env.Name.V, other.Name.V, key[1], env.engineAt().where).
			WithHint("give each a `gitops.name` of its own, or none").
			WithRelated(related, "the other environment")
	}
	for _, env := range p.Environments {
		if env.Name.V == ClustersFolder {
			findings.Errorf(CodeNameReserved, env.Name.Pos, "`%s` cannot name an environment: the folder of that name is for the objects of GitOps engines", ClustersFolder).
				WithHint("choose another name")
		}
	}
	for _, pl := range p.Pipelines {
		if pl.Name.V == ClustersFolder {
			findings.Errorf(CodeNameReserved, pl.Name.Pos, "`%s` cannot name a pipeline: the folder of that name is for the objects of GitOps engines", ClustersFolder).
				WithHint("choose another name")
		}
	}
}
