package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// pluginFolder holds what Argo CD needs to run pipelinectl.
const pluginFolder = "../../.argocd"

// cmpConfig is a ConfigManagementPlugin (PluginConfig in Argo CD's cmpserver/plugin/config.go).
type cmpConfig struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Init     cmpCommand `json:"init"`
		Generate cmpCommand `json:"generate"`
		Discover struct {
			FileName string `json:"fileName"`
		} `json:"discover"`
		Parameters struct {
			Static []struct {
				Name           string `json:"name"`
				Title          string `json:"title"`
				Tooltip        string `json:"tooltip"`
				Required       bool   `json:"required"`
				CollectionType string `json:"collectionType"`
			} `json:"static"`
		} `json:"parameters"`
	} `json:"spec"`
}

type cmpCommand struct {
	Command []string `json:"command"`
	Args    []string `json:"args"`
}

// applicationPlugin is spec.source.plugin of an Application.
type applicationPlugin struct {
	Env []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"env"`
	Parameters []applicationParameter `json:"parameters"`
}

type applicationParameter struct {
	Name   string            `json:"name"`
	String *string           `json:"string,omitempty"`
	Array  []string          `json:"array,omitempty"`
	Map    map[string]string `json:"map,omitempty"`
}

func readPlugin() (cmpConfig, error) {
	var plugin cmpConfig
	text, err := os.ReadFile(filepath.Join(pluginFolder, "plugin.yaml"))
	if err == nil {
		err = yaml.UnmarshalStrict(text, &plugin)
	}
	return plugin, err
}

// environ gives the variables that the repo server hands a plugin (ApplicationSourcePluginParameters.Environ in Argo CD's
// pkg/apis/application/v1alpha1/types.go, and the build environment).
func (p applicationPlugin) environ() ([]string, error) {
	text, err := json.Marshal(p.Parameters)
	if err != nil {
		return nil, err
	}
	out := []string{"ARGOCD_APP_NAME=words", "ARGOCD_APP_NAMESPACE=words", "KUBE_VERSION=1.36.3"}
	for _, e := range p.Env {
		out = append(out, "ARGOCD_ENV_"+e.Name+"="+e.Value)
	}
	out = append(out, "ARGOCD_APP_PARAMETERS="+string(text))
	escape := func(name string) string {
		return "PARAM_" + regexp.MustCompile("[^A-Z0-9_]").ReplaceAllString(strings.ToUpper(name), "_")
	}
	for _, param := range p.Parameters {
		if param.String != nil {
			out = append(out, escape(param.Name)+"="+*param.String)
		}
		for i, value := range param.Array {
			out = append(out, fmt.Sprintf("%s_%d=%s", escape(param.Name), i, value))
		}
		for key, value := range param.Map {
			out = append(out, escape(param.Name+"_"+key)+"="+value)
		}
	}
	return out, nil
}

// argocd does what argocd-cmp-server does for an Application: it looks for the plugin's file in the Application's folder,
// unless the Application names the plugin, and runs its commands there. FILE has the Application's spec.source.plugin.
// With ! the plugin is not found, or its command fails: [!] argocd FOLDER FILE [named].
func argocd(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: [!] argocd FOLDER FILE [named]")
	}
	plugin, err := readPlugin()
	ts.Check(err)
	var application applicationPlugin
	ts.Check(yaml.UnmarshalStrict([]byte(ts.ReadFile(args[1])), &application))
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), plugin.Spec.Discover.FileName))
	ts.Check(err)
	if len(found) == 0 && len(args) == 2 {
		if !neg {
			ts.Fatalf("the plugin is not for %s", args[0])
		}
		return
	}
	environ, err := application.environ()
	ts.Check(err)
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		ts.Setenv(name, value)
	}
	ts.Check(ts.Chdir(args[0]))
	err = ts.Exec(plugin.Spec.Generate.Command[0], append(plugin.Spec.Generate.Command[1:], plugin.Spec.Generate.Args...)...)
	ts.Check(ts.Chdir(ts.Getenv("WORK")))
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		ts.Setenv(name, "")
	}
	if failed := err != nil; failed != neg {
		ts.Fatalf("the plugin's command gives %v", err)
	}
}

// TestPluginIsOne demands what Argo CD demands of a plugin (ValidatePluginConfig in cmpserver/plugin/config.go).
func TestPluginIsOne(t *testing.T) {
	t.Parallel()
	plugin, err := readPlugin()
	switch {
	case err != nil:
		t.Fatal(err)
	case plugin.APIVersion != "argoproj.io/v1alpha1" || plugin.Kind != "ConfigManagementPlugin" || plugin.Metadata.Name == "":
		t.Errorf("it is %s %s %q", plugin.APIVersion, plugin.Kind, plugin.Metadata.Name)
	case len(plugin.Spec.Init.Command) > 0:
		t.Error("it has an init command, which the scripts do not run")
	case len(plugin.Spec.Parameters.Static) == 0:
		t.Error("it announces no parameter")
	}
	for _, p := range plugin.Spec.Parameters.Static {
		if p.Title == "" || p.Tooltip == "" {
			t.Errorf("parameter %s is not described", p.Name)
		}
	}
}

// TestPluginComponent builds a repo server with the component, and demands a sidecar as Argo CD's manual describes it, and
// the health checks in Argo CD's own configuration.
func TestPluginComponent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := filesys.MakeFsOnDisk()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(dir, "component"), os.DirFS(pluginFolder)); err != nil {
		t.Fatal(err)
	}
	write("kustomization.yaml", "resources: [server.yaml]\ncomponents: [component]\nnamespace: argocd\n"+
		"images: [{name: ghcr.io/pipelinectl/pipelinectl, newTag: v1.0.0}]\n")
	write("server.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: argocd-repo-server}\n"+
		"spec: {template: {spec: {containers: [{name: argocd-repo-server, image: quay.io/argoproj/argocd:v3.4.0}], "+
		"volumes: [{name: var-files, emptyDir: {}}, {name: plugins, emptyDir: {}}]}}}\n"+
		"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n") // without data, as Argo CD installs it
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, dir)
	if err != nil {
		t.Fatal(err)
	}
	var pod corev1.PodSpec
	var plugins corev1.ConfigMap
	for _, r := range built.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		switch r.GetKind() {
		case "Deployment":
			var deployment struct {
				Spec struct {
					Template struct {
						Spec corev1.PodSpec `json:"spec"`
					} `json:"template"`
				} `json:"spec"`
			}
			err = yaml.Unmarshal(text, &deployment)
			pod = deployment.Spec.Template.Spec
		case "ConfigMap":
			if r.GetName() != "argocd-cm" {
				err = yaml.UnmarshalStrict(text, &plugins)
			} else if key := "resource.customizations.health.kafka.strimzi.io_KafkaTopic"; r.GetDataMap()[key] == "" {
				t.Errorf("Argo CD's configuration has no %s: %s", key, text)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(built.Resources()) != 3 {
		t.Errorf("the installation has %d objects", len(built.Resources()))
	}
	checkSidecar(t, pod, plugins)
}

func checkSidecar(t *testing.T, pod corev1.PodSpec, plugins corev1.ConfigMap) {
	t.Helper()
	i := slices.IndexFunc(pod.Containers, func(c corev1.Container) bool { return c.Name == "pipelinectl" })
	if i < 0 || len(pod.Containers) != 2 {
		t.Fatalf("the containers are %+v", pod.Containers)
	}
	c := pod.Containers[i]
	volumes := map[string]corev1.Volume{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = v
	}
	mounts := map[string]corev1.Volume{}
	for _, m := range c.VolumeMounts {
		volume, ok := volumes[m.Name]
		if !ok {
			t.Errorf("there is no volume %s", m.Name)
		}
		mounts[m.MountPath] = volume
	}
	// Where Argo CD looks for things: common/common.go.
	for _, path := range []string{"/var/run/argocd", "/home/argocd/cmp-server/plugins", "/tmp"} {
		if mounts[path].EmptyDir == nil {
			t.Errorf("%s is %+v", path, mounts[path])
		}
	}
	switch config := mounts["/home/argocd/cmp-server/config"].ConfigMap; {
	case config == nil || config.Name != plugins.Name || config.Name == "pipelinectl-plugin":
		t.Errorf("the plugin's file is in %+v, not in %s", config, plugins.Name)
	case plugins.Data["plugin.yaml"] == "":
		t.Error("the ConfigMap holds no plugin.yaml")
	}
	if c.Image != "ghcr.io/pipelinectl/pipelinectl:v1.0.0" || *c.SecurityContext.RunAsUser != 999 || c.Command[0] != "/var/run/argocd/argocd-cmp-server" {
		t.Errorf("the sidecar is %+v", c)
	}
}
