package gitops

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit"
)

// scripts are Lua, as Argo CD runs it: the object is the global `obj`, and a table of status and message is returned
// (argo-cd.readthedocs.io/en/stable/operator-manual/health).
//
//go:embed health/*.lua
var scripts embed.FS

// deletedScript begins each of them: newer versions of Argo CD leave it to scripts to say that an object is being deleted
// (resource_customizations/*/*/health.lua).
const deletedScript = "deleted.lua"

// healthScript is a script with the kinds that it is for.
type healthScript struct {
	file  string
	kinds []schema.GroupKind
}

// healthScripts are for the kinds that Argo CD has no check for, and for those whose own one waits for ever where the
// operator has said Ready=False, or takes an old status for a new one.
func healthScripts() []healthScript {
	return []healthScript{
		{"strimzi.lua", []schema.GroupKind{kafkaTopic, kafkaUser}},
		{"access.lua", []schema.GroupKind{kafkaAccess}},
		{"host.lua", []schema.GroupKind{host}},
		{"mapping.lua", []schema.GroupKind{mapping}},
	}
}

const (
	// configMapArgo is Argo CD's own configuration.
	configMapArgo = "argocd-cm"
	// argoFolder is the folder, in that of the environment, of the patch for it.
	argoFolder = "argocd"
	// patchFile holds the patch.
	patchFile = configMapArgo + ".yaml"
)

// healthKey is the key of a kind's script in Argo CD's configuration.
func healthKey(kind schema.GroupKind) string {
	return fmt.Sprintf("resource.customizations.health.%s_%s", kind.Group, kind.Kind)
}

// argoShared gives the AppProject, and the patch of Argo CD's configuration as a component for the kustomization that
// Argo CD is installed by: the ConfigMap has other keys, so nothing may apply this one by itself. Argo CD does not read
// sub-folders of a folder that it applies, unless it is told to.
func argoShared(env *compiler.Environment) (emit.Tree, error) {
	tree, err := file(path.Join(folder(env), sharedFile), appProject(env))
	if err != nil {
		return nil, err
	}
	patch := &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: configMapArgo},
		Data:       map[string]string{},
	}
	for _, s := range healthScripts() {
		text, err := readScripts(deletedScript, s.file)
		if err != nil {
			return nil, err
		}
		for _, kind := range s.kinds {
			patch.Data[healthKey(kind)] = text
		}
	}
	component := types.Kustomization{
		TypeMeta: types.TypeMeta{APIVersion: types.ComponentVersion, Kind: types.ComponentKind},
		Patches: []types.Patch{{Path: patchFile, Target: &types.Selector{ResId: resid.ResId{
			Gvk:  resid.Gvk{Version: "v1", Kind: patch.Kind},
			Name: configMapArgo, // in whichever namespace
		}}}},
	}
	for name, document := range map[string]any{patchFile: patch, "kustomization.yaml": component} {
		printed, err := file(path.Join(folder(env), argoFolder, name), document)
		if err != nil {
			return nil, err
		}
		maps.Copy(tree, printed)
	}
	return tree, nil
}

// readScripts gives scripts, one after the other.
func readScripts(files ...string) (string, error) {
	var out strings.Builder
	for _, file := range files {
		text, err := scripts.ReadFile(path.Join("health", file))
		if err != nil {
			return "", fmt.Errorf("gitops: %w", err)
		}
		out.Write(text)
	}
	return out.String(), nil
}
