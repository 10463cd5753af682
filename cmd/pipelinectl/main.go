// Command pipelinectl validates event pipelines written in YAML, compiles them into a kustomize tree of plain Kubernetes
// manifests, and runs them on a laptop. Its verbs are in internal/cli.
package main

import (
	"os"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.NewStreams(os.Stdin, os.Stdout, os.Stderr, os.LookupEnv), os.LookupEnv))
}
