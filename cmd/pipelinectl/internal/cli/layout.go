package cli

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/schema"
)

// layoutName is the name of the flag that chooses a layout.
const layoutName = "layout"

// layoutFlag declares --layout.
func layoutFlag(cmd *cobra.Command, value *string) {
	var words []string
	for _, l := range emit.Layouts() {
		words = append(words, string(l))
	}
	choiceFlag(cmd, value, layoutName, "", "lay DIR out as `LAYOUT` (default: the layout that the project names, else "+words[0]+")", words...)
}

// layoutOf gives the layout of the trees that a verb makes.
func layoutOf(cmd *cobra.Command, project *schema.Project) emit.Layout {
	given := ""
	if flag := cmd.Flags().Lookup(layoutName); flag != nil {
		given = flag.Value.String()
	}
	return emit.Layout(cmp.Or(given, project.Settings.Layout.V, string(emit.Kustomize)))
}
