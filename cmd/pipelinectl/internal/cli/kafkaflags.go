package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/kafka"
	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// kafkaOptions say which Kafka a verb speaks to, and as whom.
type kafkaOptions struct {
	bootstrap   string
	environment string
	credentials string
	user        string
	plaintext   bool
	// fromCluster gets the credentials from cluster.
	fromCluster bool
	cluster     clusterOptions
}

// kafkaUsage is how those flags stand in the usage line of a verb.
const kafkaUsage = "(--env ENV | --bootstrap ADDR)"

// kafkaHelp says what they mean, for the long help of a verb.
const kafkaHelp = "Kafka is found with --bootstrap, or with --env: then addresses, security and the prefix of all names are those of the\n" +
	"environment. Both together: the environment's security and names at another address. --credentials names a folder\n" +
	"with the files that a runner's pod has of its user, as far as the security needs them: ca.crt, user.crt, user.key,\n" +
	"username, password. --plaintext does without any, as the broker of `pipelinectl run` wants it."

// kafkaFlags declares --bootstrap, --env, --credentials, --user and --plaintext. Before is how many arguments of the verb
// come before its paths.
func kafkaFlags(cmd *cobra.Command, o *kafkaOptions, before int) {
	flags := cmd.Flags()
	flags.StringVar(&o.bootstrap, "bootstrap", "", "speak to Kafka at `ADDR`, host:port, several with commas")
	flags.StringVar(&o.environment, "env", "", "speak to the Kafka of the environment `ENV`, by its names")
	flags.StringVar(&o.credentials, "credentials", "", "prove who is asking with the files of a Kafka user in `DIR`")
	flags.StringVar(&o.user, "user", "", "be the Kafka user `NAME` (default: what the file `username` of the folder says, else PIPELINE.ops)")
	flags.BoolVar(&o.plaintext, "plaintext", false, "speak without TLS and password, whatever the environment says")
	if err := cmd.RegisterFlagCompletionFunc("env", func(cmd *cobra.Command, args []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return completeEnvironments(cmd, args[min(before, len(args)):], text)
	}); err != nil {
		panic(err) // the flag has just been declared
	}
}

// check refuses what the command line alone shows to be wrong.
func (o *kafkaOptions) check(cmd *cobra.Command) error {
	for address := range strings.SplitSeq(o.bootstrap, ",") {
		if host, port, err := net.SplitHostPort(strings.TrimSpace(address)); o.bootstrap != "" && (err != nil || host == "" || port == "") {
			return &usageError{cmd: cmd, err: fmt.Errorf("--bootstrap does not take `%s`", address), hint: "it takes HOST:PORT, as in `kafka.example.org:9092`; several with commas"}
		}
	}
	switch {
	case o.plaintext && o.credentials != "":
		return &usageError{cmd: cmd, err: errors.New("--plaintext and --credentials do not go together")}
	case o.credentials != "" && o.environment == "":
		return &usageError{cmd: cmd, err: errors.New("--credentials without --env"), hint: "the environment says how they are used: add `--env ENV`"}
	case o.user != "" && o.credentials == "" && !o.fromCluster:
		hint := "its password is in a folder: add `--credentials DIR`"
		if offersCluster(cmd) {
			hint += ", or `--from-cluster`, which gets it from its Secret"
		}
		return &usageError{cmd: cmd, err: errors.New("--user without --credentials"), hint: hint}
	}
	return o.checkFromCluster(cmd)
}

// given refuses a command line that names no Kafka, or an environment that the project lacks.
func (o *kafkaOptions) given(cmd *cobra.Command, w *workspace) error {
	if o.environment != "" {
		_, err := w.environment(cmd, o.environment)
		return err
	}
	if o.bootstrap != "" {
		return nil
	}
	hint := "add `--bootstrap HOST:PORT`; `pipelinectl run` prints the address of its own"
	if known := w.environments(); len(known) > 0 {
		hint += "; or `--env ENV`: the project has " + list(known)
	}
	return &usageError{cmd: cmd, err: errors.New("no Kafka given"), hint: hint}
}

// connection is a verb's connection to Kafka.
type connection struct {
	// ctx is done at the first Ctrl-C, force at the second.
	ctx, force context.Context
	broker     *kafka.Broker
	// close ends the connection and gives the signals back.
	close func()
}

// open connects to Kafka, for a plan of one of the pipelines that it is about, and says to whom.
func (o *kafkaOptions) open(f *Factory, cmd *cobra.Command, g *compiler.Graph) (*connection, error) {
	env, err := o.contract(cmd, g)
	if err != nil {
		return nil, err
	}
	c := &connection{}
	var release func()
	c.ctx, c.force, release = f.Interrupts()
	read := kafka.Reader(os.ReadFile)
	if o.fromCluster {
		if read, err = o.secrets(c.ctx, f, cmd, g); err != nil {
			release()
			return nil, err
		}
	}
	if c.broker, err = kafka.Open(c.ctx, env, read); err != nil {
		release()
		return nil, brokerError(err)
	}
	c.close = func() {
		c.broker.Close()
		release()
	}
	f.Streams.say("asking Kafka at %s", env.BootstrapServers)
	return c, nil
}

// contract is the environment of a runner, with the files where they lie here.
func (o *kafkaOptions) contract(cmd *cobra.Command, g *compiler.Graph) (contract.Environment, error) {
	address := strings.ReplaceAll(o.bootstrap, " ", "")
	if g.Environment == nil {
		return contract.Environment{BootstrapServers: address}, nil
	}
	user, err := o.asker(cmd, g)
	if err != nil {
		return contract.Environment{}, err
	}
	env := workload.Environment(g, user, "")
	if address != "" {
		env.BootstrapServers = address
	}
	if o.plaintext {
		return contract.Environment{BootstrapServers: env.BootstrapServers}, nil
	}
	if o.fromCluster {
		return env, nil // see secrets
	}
	if o.user != "" && env.SASLMechanism != "" {
		env.Username, env.UsernameFile = o.user, ""
	}
	if _, err := os.Stat(filepath.Join(o.credentials, fileUsername)); err == nil && o.user == "" && o.credentials != "" && env.SASLMechanism != "" {
		env.UsernameFile = fileUsername // it knows better than the name of the ops user
	}
	return env, o.place(cmd, g.Environment, &env)
}

// fileUsername is the file that holds a user's name.
const fileUsername = "username"

// place has the environment find its files in the folder of the credentials.
func (o *kafkaOptions) place(cmd *cobra.Command, e *compiler.Environment, env *contract.Environment) error {
	if o.credentials == "" && e.Kafka.AuthType() == "" {
		env.CAFile = "" // the system's roots count
		return nil
	}
	if info, err := os.Stat(o.credentials); o.credentials != "" && (err != nil || !info.IsDir()) {
		return &usageError{cmd: cmd, err: fmt.Errorf("--credentials: no folder `%s`", o.credentials), hint: "it takes one that holds what a runner's pod has at /etc/kafka"}
	}
	var missing []string
	for _, file := range []*string{&env.CAFile, &env.CertificateFile, &env.KeyFile, &env.UsernameFile, &env.PasswordFile} {
		if *file == "" {
			continue
		}
		name := filepath.Base(*file)
		*file = filepath.Join(o.credentials, name)
		if _, err := os.Stat(*file); o.credentials == "" || err != nil {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 0:
		return nil
	case o.credentials == "":
		hint := "add `--credentials DIR`, a folder with these files of a Kafka user; "
		if offersCluster(cmd) {
			hint += "or `--from-cluster`, which gets them from its Secret; "
		}
		return &usageError{
			cmd: cmd, err: fmt.Errorf("environment `%s` wants %s from those who speak to its Kafka", e.Name.V, names(missing)),
			hint: hint + "or `--plaintext` for a broker that wants none",
		}
	default:
		hint := "the folder holds what a runner's pod has at /etc/kafka"
		if missing[0] == fileUsername {
			hint = "add `--user NAME`, the name of the KafkaUser"
		}
		return &usageError{cmd: cmd, err: fmt.Errorf("no %s in `%s`", names(missing), o.credentials), hint: hint}
	}
}

// brokerError is how a verb ends whose broker could not be reached or asked.
func brokerError(err error) error {
	if fault, ok := errors.AsType[*kafka.Error](kafka.Explain(err)); ok && fault.Hint != "" {
		return fmt.Errorf("%w\n  hint: %s", fault, fault.Hint)
	}
	return err
}
