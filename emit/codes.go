package emit

import "github.com/pipelinectl/pipelinectl/schema/diag"

// How an output folder can differ from what a build writes.
const (
	// CodeTreeStale is a file as an earlier build wrote it, whose source has changed since.
	CodeTreeStale diag.Code = "tree-stale"

	// CodeTreeMissing is a file of the tree that is not there, or a tree of which nothing is.
	CodeTreeMissing diag.Code = "tree-missing"

	// CodeTreeExtra is a file that an earlier build wrote and that no longer belongs to the tree.
	CodeTreeExtra diag.Code = "tree-extra"

	// CodeTreeEdited is a file that somebody changed after a build wrote it. Build neither overwrites nor removes it.
	CodeTreeEdited diag.Code = "tree-edited"

	// CodeTreeUntracked is a file of somebody else in a folder that builds write to. Build leaves it there.
	CodeTreeUntracked diag.Code = "tree-untracked"

	// CodeTreeForeign is what no build wrote, in a place that build needs: a file, or a whole folder without a ledger, or
	// with one that cannot be read. Build leaves it alone and writes nothing.
	CodeTreeForeign diag.Code = "tree-foreign"

	// CodeTreeInterrupted is the folder of a unit in which a build was killed while it wrote.
	CodeTreeInterrupted diag.Code = "tree-interrupted"

	// CodeLayoutName is a pipeline or an environment whose name the layout needs for something else.
	CodeLayoutName diag.Code = "layout-name"

	// CodeTreeGone is the tree of a pipeline that the project no longer has, or what the pipelines of an environment shared
	// that it no longer has, or that names no GitOps engine any more.
	CodeTreeGone diag.Code = "tree-gone"
)
