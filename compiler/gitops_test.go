package compiler

import (
	"strings"
	"testing"
	"time"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func set[T any](v T) schema.Value[T] {
	return schema.Value[T]{V: v, Pos: diag.Pos{File: "prod.yaml", Line: 1, Col: 1}}
}

func TestGitOpsDefaults(t *testing.T) {
	type outcome struct{ branch, tag, namespace, secret, server string }
	spec := func(engine, repository string) *GitOpsSpec {
		return &GitOpsSpec{Engine: set(engine), Repository: set(repository)}
	}
	tagged := spec(EngineArgoCD, "git@example.org:deploy.git")
	tagged.Tag = set("stable")
	own := spec(EngineFlux, "ssh://git@example.org/deploy.git")
	own.SecretRef, own.Namespace, own.Branch = &SecretRef{Name: set("key")}, set("media"), set("release")
	const server = "https://kubernetes.default.svc"
	tests := []struct {
		name string
		spec *GitOpsSpec
		want outcome
	}{
		{"Git over https", spec(EngineFlux, "https://example.org/deploy.git"), outcome{"main", "", "flux-system", "", server}},
		{"Git over ssh", spec(EngineFlux, "ssh://git@example.org/deploy.git"), outcome{"main", "", "flux-system", "flux-system", server}},
		{"Git over ssh for Argo CD", spec(EngineArgoCD, "ssh://git@example.org/deploy.git"), outcome{"main", "", "argocd", "", server}},
		{"OCI", spec(EngineFlux, "oci://example.org/deploy"), outcome{"", "latest", "flux-system", "", server}},
		{"a tag", tagged, outcome{"", "stable", "argocd", "", server}},
		{"all said", own, outcome{"release", "", "media", "key", server}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := test.spec
			got := outcome{s.BranchName(), s.TagName(), s.EngineNamespace(), s.SecretName(), s.ServerURL()}
			if got != test.want || s.PollInterval() != time.Minute {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestApplicationNames: engines put the names of their objects into the values of labels.
func TestApplicationNames(t *testing.T) {
	n := Names{Pipeline: "photos"}
	if app, kafka := n.Application("prod"), n.KafkaApplication("prod"); app != "photos-prod" || kafka != "photos-prod-kafka" {
		t.Errorf("got %s and %s", app, kafka)
	}
	long := Names{Pipeline: strings.Repeat("a", 63)}
	names := map[string]bool{}
	for _, environment := range []string{"prod", "staging"} {
		for _, name := range []string{long.Application(environment), long.KafkaApplication(environment)} {
			if len(name) > maxLabel || names[name] {
				t.Errorf("%s is too long, or is taken", name)
			}
			names[name] = true
		}
	}
}
