package live

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/pipelinectl/pipelinectl/schema"
)

// Options say which cluster to open. Each may be empty.
type Options struct {
	// Kubeconfig is the file; without it, those that the variable KUBECONFIG lists, else ~/.kube/config.
	Kubeconfig string
	// Context is the one that the command line names. It wins over EnvironmentContext, the one that the Environment names,
	// which wins over the kubeconfig's current one.
	Context, EnvironmentContext string
	// Warn gets each warning of the API server; it may be called side by side.
	Warn func(string)
}

// Open finds the cluster in the kubeconfig; without any, it is the one that this process runs in. Nothing is asked of it
// yet. An error is an *Error.
func Open(o Options) (*Cluster, error) {
	kubeconfig, rules, err := load(o.Kubeconfig)
	if err != nil {
		return nil, err
	}
	if clientcmdapi.IsConfigEmpty(kubeconfig) {
		return inCluster(o, rules)
	}
	name, err := o.choose(kubeconfig)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*kubeconfig, name, &clientcmd.ConfigOverrides{}, rules).ClientConfig()
	if err != nil {
		return nil, unusable(name, err)
	}
	cluster, err := connect(config, name, o.Warn)
	if err != nil {
		return nil, unusable(name, err)
	}
	return cluster, nil
}

// Contexts are the names of the contexts in a kubeconfig, sorted; none where it cannot be read.
func Contexts(kubeconfig string) []string {
	config, _, err := load(kubeconfig)
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(config.Contexts))
}

func load(file string) (*clientcmdapi.Config, *clientcmd.ClientConfigLoadingRules, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = file
	rules.WarnIfAllMissing = false
	config, err := rules.Load()
	switch {
	case file != "" && errors.Is(err, fs.ErrNotExist):
		return nil, nil, &Error{Usage: true, What: "no kubeconfig `" + file + "`", Hint: "name the file that kubectl uses, or leave out `--kubeconfig`"}
	case err != nil:
		return nil, nil, &Error{Usage: true, What: "the kubeconfig cannot be read", Cause: err, Hint: "`kubectl config view` must be able to read it"}
	}
	return config, rules, nil
}

// inCluster opens the cluster around this process, by its service account.
func inCluster(o Options, rules *clientcmd.ClientConfigLoadingRules) (*Cluster, error) {
	missing := &Error{
		Usage: true, What: "no kubeconfig: there is none at " + strings.Join(looked(o, rules), ", "),
		Hint: "name one with `--kubeconfig FILE` or the variable KUBECONFIG",
	}
	if o.Kubeconfig != "" || o.Context != "" {
		return nil, missing
	}
	config, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) {
		return nil, missing
	}
	if err == nil {
		var cluster *Cluster
		if cluster, err = connect(config, "", o.Warn); err == nil {
			return cluster, nil
		}
	}
	return nil, &Error{What: "the service account of this pod cannot be used", Cause: err, Hint: "mount its token, or name a kubeconfig with `--kubeconfig FILE`"}
}

// looked are the files that were looked for.
func looked(o Options, rules *clientcmd.ClientConfigLoadingRules) []string {
	if o.Kubeconfig != "" {
		return []string{"`" + o.Kubeconfig + "`"}
	}
	var out []string
	for _, file := range rules.Precedence {
		out = append(out, "`"+file+"`")
	}
	return out
}

// choose gives the name of the context.
func (o Options) choose(config *clientcmdapi.Config) (string, error) {
	name := cmp.Or(o.Context, o.EnvironmentContext, config.CurrentContext)
	known := slices.Sorted(maps.Keys(config.Contexts))
	if config.Contexts[name] != nil {
		return name, nil
	}
	fault := &Error{Usage: true, What: "no context `" + name + "` in the kubeconfig"}
	switch {
	case name == "":
		fault.What = "the kubeconfig has no current context"
	case o.Context == "" && o.EnvironmentContext != "":
		fault.What += ", though the environment names it"
	}
	switch near := schema.Nearest(name, known); {
	case near != "":
		fault.Hint = "did you mean `--context " + near + "`?"
	case len(known) == 0:
		fault.Hint = "the kubeconfig has none: `kubectl config set-context` makes one"
	default:
		fault.Hint = "choose one with `--context`: " + strings.Join(known, ", ")
	}
	return "", fault
}

func unusable(name string, err error) error {
	return &Error{Usage: true, What: "context `" + name + "` cannot be used", Cause: err, Hint: "`kubectl --context " + name + " version` must work"}
}
