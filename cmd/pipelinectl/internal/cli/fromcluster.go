package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/kafka"
	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/live"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// fromClusterHelp says what --from-cluster does, for the long help of a verb.
const fromClusterHelp = "\n\n--from-cluster needs no such folder: it gets the same from the Secret of the pipeline's user for these commands, which\n" +
	"`kafka: {opsUser: true}` in the environment makes, or of the KafkaUser of --user. It asks the Kubernetes cluster of\n" +
	"the environment, as kubectl would, needs the verb `get` on that Secret and on the one with Kafka's CA, and keeps\n" +
	"what is in them in memory alone."

// fromClusterFlags declares --from-cluster, --context and --kubeconfig.
func fromClusterFlags(cmd *cobra.Command, o *kafkaOptions) {
	cmd.Flags().BoolVar(&o.fromCluster, "from-cluster", false, "prove who is asking with the user's Secret in the Kubernetes cluster of the environment")
	clusterFlags(cmd, &o.cluster)
}

// offersCluster says whether a verb has --from-cluster.
func offersCluster(cmd *cobra.Command) bool { return cmd.Flags().Lookup("from-cluster") != nil }

// checkFromCluster refuses flags that do not go together.
func (o *kafkaOptions) checkFromCluster(cmd *cobra.Command) error {
	if !o.fromCluster {
		for _, name := range []string{"context", "kubeconfig"} {
			if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
				return &usageError{cmd: cmd, err: fmt.Errorf("--%s without --from-cluster", name), hint: "nothing else here asks a Kubernetes cluster: add `--from-cluster`"}
			}
		}
		return nil
	}
	switch {
	case o.environment == "":
		return &usageError{cmd: cmd, err: errors.New("--from-cluster without --env"), hint: "the environment says which Secret, and in which cluster: add `--env ENV`"}
	case o.credentials != "":
		return &usageError{cmd: cmd, err: errors.New("--from-cluster and --credentials do not go together")}
	case o.plaintext:
		return &usageError{cmd: cmd, err: errors.New("--from-cluster and --plaintext do not go together")}
	}
	return nil
}

// asker is the user that asks, in the form of a node: that of operators' commands, unless another one is named.
func (o *kafkaOptions) asker(cmd *cobra.Command, g *compiler.Graph) (*compiler.Node, error) {
	ops, k, env := g.Ops(), &g.Environment.Kafka, g.Environment.Name.V
	if o.user == "" {
		if o.fromCluster && !k.HasOpsUser() && k.ManagesUsers() {
			return nil, &usageError{
				cmd: cmd, err: fmt.Errorf("environment `%s` makes no user for these commands", env),
				hint: "write `kafka: {opsUser: true}` there, build and apply; or name another KafkaUser with `--user NAME`",
			}
		}
		return ops, nil
	}
	users := []string{}
	for _, n := range g.Nodes {
		if n.Runner == nil {
			continue
		}
		if n.User == o.user {
			return &compiler.Node{Name: n.Name, Object: n.Object, User: n.User}, nil
		}
		users = append(users, n.User)
	}
	if o.fromCluster && k.CredentialsFrom() == compiler.FromKafkaAccess && o.user != ops.User {
		return nil, &usageError{
			cmd: cmd, err: fmt.Errorf("no user `%s` of pipeline `%s`: whose Secret was copied is not known", o.user, g.Pipeline.Name.V),
			hint: "it has " + names(append(users, ops.User)) + "; a folder with the files of any other goes with `--credentials DIR`",
		}
	}
	ops.User = o.user
	return ops, nil
}

// secrets gets the user's files from the cluster. They stay in memory.
func (o *kafkaOptions) secrets(ctx context.Context, f *Factory, cmd *cobra.Command, g *compiler.Graph) (kafka.Reader, error) {
	user, err := o.asker(cmd, g)
	if err != nil {
		return nil, err
	}
	wanted := workload.Credentials(g, user)
	if len(wanted) == 0 {
		return nil, &usageError{cmd: cmd, err: fmt.Errorf("environment `%s` wants no credentials from those who speak to its Kafka", g.Environment.Name.V), hint: "leave out `--from-cluster`"}
	}
	cluster, err := o.cluster.reach(f, cmd, g.Environment)
	if err != nil {
		return nil, err
	}
	held, files := map[string]map[string][]byte{}, map[string][]byte{}
	for _, c := range wanted {
		if held[c.Secret] == nil {
			if held[c.Secret], err = cluster.Secret(ctx, g.Environment.Namespace.V, c.Secret); err != nil {
				return nil, clusterError(cmd, unmade(err, g))
			}
		}
		value, ok := held[c.Secret][c.Key]
		if !ok {
			return nil, clusterError(cmd, &live.Error{
				What: fmt.Sprintf("the Secret `%s` in namespace `%s` has no `%s`", c.Secret, g.Environment.Namespace.V, c.Key),
				Hint: fmt.Sprintf("it is not one of a Kafka user that authenticates as environment `%s` says", g.Environment.Name.V),
			})
		}
		files[c.File] = value
	}
	return func(name string) ([]byte, error) {
		if value, ok := files[path.Base(name)]; ok {
			return value, nil
		}
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}, nil
}

// unmade says of a Secret that is not there who would make it.
func unmade(err error, g *compiler.Graph) error {
	fault, ok := errors.AsType[*live.Error](err)
	if !ok || !fault.Missing {
		return err
	}
	told := *fault
	switch g.Environment.Kafka.CredentialsFrom() {
	case compiler.FromSecretRef:
		told.Hint = "the environment names it in `credentials`, and somebody has to make it"
	case compiler.FromKafkaAccess:
		told.Hint = "Strimzi's access operator copies it once the tree is applied: `kubectl describe kafkaaccess -n " + g.Environment.Namespace.V + "` says how far it is"
	default:
		told.Hint = "Strimzi's user operator makes it once the tree is applied: `kubectl get kafkauser -n " + g.Environment.KafkaNamespace() + "` says how far it is"
	}
	told.Hint += "; is that the right cluster? `--context` chooses another one"
	return &told
}
