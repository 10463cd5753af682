package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
)

// pluginFile is the ConfigManagementPlugin that runs `render --argocd`, in the repository.
const pluginFile = ".argocd/plugin.yaml"

// What Argo CD hands a plugin in variables (argo-cd.readthedocs.io/en/stable/operator-manual/config-management-plugins).
const (
	// varParameters holds spec.source.plugin.parameters of the Application, as JSON. The variables PARAM_* beside it say
	// the same with less: their names do not tell a list from a map.
	varParameters = "ARGOCD_APP_PARAMETERS"
	// varEnvironment is the Application's own variable ENVIRONMENT, in which, unlike in a parameter, Argo CD replaces
	// $ARGOCD_APP_NAME and its like.
	varEnvironment = "ARGOCD_ENV_ENVIRONMENT"
)

// The parameters that the plugin announces.
const (
	parameterEnvironment = "environment"
	parameterPaths       = "paths"
)

// parameter is one parameter of an Application (ApplicationSourcePluginParameter in Argo CD's
// pkg/apis/application/v1alpha1/types.go). It has a text, a list or a map.
type parameter struct {
	Name   string            `json:"name"`
	String *string           `json:"string"`
	Array  []string          `json:"array"`
	Map    map[string]string `json:"map"`
}

// readApplication takes the environment and the paths from what Argo CD says. Without paths, they are the current folder.
func (o *renderOptions) readApplication() error {
	o.paths = []string{"."}
	o.environment, _ = o.factory.Lookup(varEnvironment)
	text, _ := o.factory.Lookup(varParameters)
	if text == "" {
		return nil
	}
	var parameters []parameter
	if err := json.Unmarshal([]byte(text), &parameters); err != nil {
		const form = "it is JSON, such as `[{\"name\": \"environment\", \"string\": \"prod\"}]`"
		return &usageError{cmd: o.cmd, err: fmt.Errorf("%s is no list of parameters", varParameters), hint: form}
	}
	for _, p := range parameters {
		if err := o.take(p); err != nil {
			return err
		}
	}
	return nil
}

// take takes over one parameter.
func (o *renderOptions) take(p parameter) error {
	const forms = "the plugin takes `{name: environment, string: prod}` and `{name: paths, array: [photos]}`"
	switch {
	case p.Name == parameterEnvironment && p.String != nil:
		o.environment = *p.String
	case p.Name == parameterPaths && p.String == nil && p.Map == nil:
		outside := func(path string) bool { return !filepath.IsLocal(path) }
		if i := slices.IndexFunc(p.Array, outside); i >= 0 {
			return &usageError{cmd: o.cmd, err: fmt.Errorf("the path `%s` leaves the folder of the Application", p.Array[i])}
		}
		if len(p.Array) > 0 {
			o.paths = p.Array
		}
	case p.Name == parameterEnvironment || p.Name == parameterPaths:
		return &usageError{cmd: o.cmd, err: fmt.Errorf("the parameter `%s` has another form", p.Name), hint: forms}
	default:
		near := didYouMean(p.Name, []string{parameterEnvironment, parameterPaths})
		return &usageError{cmd: o.cmd, err: fmt.Errorf("no parameter `%s`", p.Name), hint: cmp.Or(near, forms)}
	}
	return nil
}
