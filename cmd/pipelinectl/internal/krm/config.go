package krm

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// The kinds that a functionConfig may have: ours, and the ConfigMap that `kpt fn eval` makes of its arguments.
const (
	configVersion = "fn." + schema.APIVersion
	configKind    = "Render"

	configMapVersion = "v1"
	configMapKind    = "ConfigMap"
)

// config is what a functionConfig says.
type config struct {
	// environment is the name of the Environment to render.
	environment string
	// allowed are the changes to let through that would be refused: KIND/NAME or KIND/NAME@ENV, as impact.Change has them.
	allowed []string
}

// functionConfig is a functionConfig of either kind.
type functionConfig struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   map[string]any `json:"metadata"`
	Spec       struct {
		Environment  string   `json:"environment"`
		AllowDestroy []string `json:"allowDestroy"`
	} `json:"spec"`
	Data struct {
		Environment string `json:"environment"`
		// AllowDestroy has commas between its values.
		AllowDestroy string `json:"allowDestroy"`
	} `json:"data"`
}

// readConfig reads a functionConfig strictly. The error is the user's.
func readConfig(node *yaml.RNode) (config, error) {
	if node.IsNilOrEmpty() {
		return config{}, errors.New("there is no functionConfig, which says the environment to render: a ConfigMap with `data: {environment: NAME}`, say")
	}
	text, err := node.String()
	if err != nil {
		return config{}, err
	}
	data, err := sigsyaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		return config{}, err
	}
	var fc functionConfig
	unknown, err := kjson.UnmarshalStrict(data, &fc)
	if err := errors.Join(append(unknown, err)...); err != nil {
		return config{}, fmt.Errorf("the functionConfig cannot be read, which takes `environment` and `allowDestroy`: %w", err)
	}
	var c config
	switch {
	case fc.APIVersion == configVersion && fc.Kind == configKind:
		c = config{environment: fc.Spec.Environment, allowed: fc.Spec.AllowDestroy}
	case fc.APIVersion == configMapVersion && fc.Kind == configMapKind:
		c = config{environment: fc.Data.Environment}
		if fc.Data.AllowDestroy != "" {
			c.allowed = strings.Split(fc.Data.AllowDestroy, ",")
		}
	default:
		return config{}, fmt.Errorf("a functionConfig is a %s of %s or a %s, not a %s of %s", configKind, configVersion, configMapKind, fc.Kind, fc.APIVersion)
	}
	if c.environment == "" {
		return config{}, errors.New("the functionConfig names no environment to render")
	}
	return c, nil
}

// checkEnvironment demands that the environment is one of the documents.
func (c config) checkEnvironment(program *compiler.Program) error {
	var known []string
	for _, env := range program.Project.Environments {
		known = append(known, env.Name.V)
	}
	switch near := schema.Nearest(c.environment, known); {
	case slices.Contains(known, c.environment):
		return nil
	case near != "":
		return fmt.Errorf("no environment `%s` among the items; did you mean `%s`?", c.environment, near)
	case len(known) == 0:
		return errors.New("no document of kind Environment among the items")
	default:
		return fmt.Errorf("no environment `%s` among the items, which have %s", c.environment, strings.Join(known, ", "))
	}
}
