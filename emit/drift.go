package emit

import (
	"maps"
	"path"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// conclude turns what concerns the pipeline's folder as a whole into findings.
func (p *pipelineChanges) conclude(f *folder) {
	switch {
	case p.gone():
		p.drift = slices.Clone(p.conflicts) // that a file of it is to go is no finding of its own
		p.report(CodeTreeGone, "", "pipeline `%s` is no longer in the project, but its tree is still here", p.name).
			WithHint("%s", goneHint(f.ledger.Project))
	case f.ledgerText == nil && !f.interrupted && len(p.strangers) > 0:
		p.foreign()
	case f.ledgerText == nil && !f.interrupted && len(p.unchanged) == 0 && len(p.conflicts) == 0:
		p.drift = nil // one finding says it better than one for each file
		p.report(CodeTreeMissing, "", "pipeline `%s` has not been built into this folder", p.name)
	default:
		p.reportStrangers()
	}
	if p.interrupted {
		p.report(CodeTreeInterrupted, "", "a build of pipeline `%s` was interrupted while it wrote here", p.name).
			WithHint("the next build completes it")
	}
}

// goneHint says what to do about the tree of a pipeline that the project does not have.
func goneHint(project string) string {
	const prune = "build the whole project with --prune: it removes what builds wrote here"
	if project != "" {
		return prune
	}
	return prune + "; if another project builds it, give both a name in their pipelinectl.yaml, as in `metadata: {name: media}`"
}

// ofAnotherProject is for a folder that another project builds. Nothing else can be said of it then.
func (p *pipelineChanges) ofAnotherProject(owner string) {
	p.refuse(CodeTreeForeign, LedgerFile,
		"give the pipeline another name, or build into another folder; if the project was renamed, remove the ledger's `project`",
		"pipeline `%s` of project `%s` was built into this folder", p.name, owner)
}

// report adds to the drift. An empty name is the folder itself.
func (p *pipelineChanges) report(code diag.Code, name, format string, args ...any) *diag.Diagnostic {
	return p.drift.Errorf(code, diag.Pos{File: path.Join(p.at, name)}, format, args...)
}

// refuse adds to the drift and to the conflicts.
func (p *pipelineChanges) refuse(code diag.Code, name, hint, format string, args ...any) {
	p.conflicts = append(p.conflicts, *p.report(code, name, format, args...).WithHint("%s", hint))
}

func (p *pipelineChanges) missing(name string, written bool) {
	if written {
		p.report(CodeTreeMissing, name, "the file was removed after a build wrote it")
	} else {
		p.report(CodeTreeMissing, name, "the file is new: no build has written it yet")
	}
}

func (p *pipelineChanges) outdated(name string) {
	p.report(CodeTreeStale, name, "the file is out of date: what it is compiled from has changed since it was written")
}

func (p *pipelineChanges) extra(name string) {
	p.report(CodeTreeExtra, name, "the file is no longer part of the tree: what it was compiled from is gone")
}

func (p *pipelineChanges) edited(f *folder, name string) {
	const move = "move the change into the pipeline or into an overlay of your own, and "
	text, wanted := p.target[name]
	switch {
	case !wanted:
		p.refuse(CodeTreeEdited, name, move+"remove the file", "the file was edited after a build wrote it, and is no longer part of the tree")
	case f.ledger.Files[name].SHA256 == digest(text):
		p.refuse(CodeTreeEdited, name, move+"remove the file; build writes it anew", "the file was edited after a build wrote it")
	default:
		// A file that is removed cannot be compared with what comes; only git may know it.
		p.refuse(CodeTreeEdited, name, move+"put the file back as it was, or remove it; build writes it anew",
			"the file was edited after a build wrote it, and what it is compiled from has changed since, too")
	}
}

// notRegular is for something, a link or a folder, say, in the place of a file or a folder of ours.
func (p *pipelineChanges) notRegular(name, wanted string) {
	if slices.ContainsFunc(p.conflicts, func(d diag.Diagnostic) bool { return d.Pos.File == path.Join(p.at, name) }) {
		return // it is in the way of several folders
	}
	p.refuse(CodeTreeForeign, name, "move it out of the folder; build writes anew what belongs there",
		"it is no regular %s (but a link, say), and stands where builds write one", wanted)
}

// reportStrangers is for files of others in a folder that is ours.
func (p *pipelineChanges) reportStrangers() {
	for _, name := range slices.Sorted(maps.Keys(p.strangers)) {
		if p.strangers[name] {
			p.refuse(CodeTreeForeign, name, "move it out of the folder", "the file was not written by a build, and stands where build writes its own")
		} else {
			p.report(CodeTreeUntracked, name, "the file was not written by a build, but is in a folder that builds write to").
				WithHint("move it out of the folder, into an overlay of your own, say")
		}
	}
}

// foreign is for a folder that no build made.
func (p *pipelineChanges) foreign() {
	p.drift, p.conflicts = nil, nil
	names := slices.Sorted(maps.Keys(p.strangers))
	files := "a file"
	if len(names) > 1 {
		files = "files"
	}
	p.refuse(CodeTreeForeign, "", "restore its `"+LedgerFile+"` if it was lost; else move the folder away, or build into another",
		"the folder has no ledger, so no build made it, but it holds %s where builds write, such as `%s`", files, names[0])
}

// unreadable is for a record of ours that makes no sense. Nothing else can be said of the folder then.
func (p *pipelineChanges) unreadable(e *unreadableError) {
	hint := "restore it, or remove the pipeline's folder and build again"
	if e.file == journalFile {
		hint = "remove it and build again"
	}
	p.refuse(CodeTreeForeign, e.file, hint, "the %s cannot be read: %v", e.what, e.cause)
}

// ledgerDiffers reports a ledger that is not as it should be, where no file of it is the cause.
func (p *pipelineChanges) ledgerDiffers(f *folder) {
	switch {
	case f.ledgerText == nil:
		p.report(CodeTreeMissing, LedgerFile, "the ledger is missing")
	case len(p.drift) == 0:
		p.report(CodeTreeStale, LedgerFile, "the ledger is out of date: what the files are compiled from has moved, or the project has another name")
	}
}
