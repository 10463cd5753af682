package cli

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

func newVersionCmd(f *Factory) *cobra.Command {
	return &cobra.Command{
		Use:                   "version",
		Short:                 "Print the version of this program and of the runner's contract",
		Args:                  exactUsage(cobra.NoArgs),
		DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			_, err := fmt.Fprintf(f.Streams.Out, "pipelinectl %s\ncontract %d\n", moduleVersion(info), contract.Version)
			return err
		},
	}
}

// moduleVersion is the version that the Go tool built in; "(devel)" where it knew none.
func moduleVersion(info *debug.BuildInfo) string {
	if info == nil || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
