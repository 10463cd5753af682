package emit

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// conclude turns what concerns the unit's folder as a whole into findings.
func (u *unitChanges) conclude(f *folder) {
	switch {
	case u.gone():
		u.drift = slices.Clone(u.conflicts) // that a file of it is to go is no finding of its own
		u.vanishes(f.ledger.Project)
	case f.ledgerText == nil && !f.interrupted && len(u.strangersInside()) > 0:
		u.foreign()
	case f.ledgerText == nil && !f.interrupted && len(u.unchanged)+len(u.strangers)+len(u.conflicts) == 0:
		u.drift = nil // one finding says it better than one for each file
		u.report(CodeTreeMissing, "", "%s has not been built into this folder", u.unit)
	default:
		u.reportStrangers()
	}
	if u.interrupted {
		u.report(CodeTreeInterrupted, "", "a build of %s was interrupted while it wrote here", u.unit).
			WithHint("the next build completes it")
	}
}

// vanishes is for a unit that the project, whose name is in the ledger, no longer has.
func (u *unitChanges) vanishes(project string) {
	finding := "%s is no longer in the project, but its tree is still here"
	if _, shared := u.unit.Environment(); shared {
		finding = "%s is no longer in the project, or names no GitOps engine, but what its pipelines shared is still here"
	}
	u.report(CodeTreeGone, "", finding, u.unit).WithHint("%s", goneHint(project))
}

// goneHint says what to do about a unit that the project does not have.
func goneHint(project string) string {
	const prune = "build the whole project with --prune: it removes what builds wrote here"
	if project != "" {
		return prune
	}
	return prune + "; if another project builds it, give both a name in their pipelinectl.yaml, as in `metadata: {name: media}`"
}

// ofAnotherProject is for a folder that another project builds. Nothing else can be said of it then.
func (u *unitChanges) ofAnotherProject(owner string) {
	sort := "pipeline"
	if _, shared := u.unit.Environment(); shared {
		sort = "environment"
	}
	u.refuse(CodeTreeForeign, u.unit.ledgerName(),
		"give the "+sort+" another name, or build into another folder; if the project was renamed, remove the ledger's `project`",
		"%s of project `%s` was built into this folder", u.unit, owner)
}

// report adds to the drift. An empty name is the folder itself.
func (u *unitChanges) report(code diag.Code, name, format string, args ...any) *diag.Diagnostic {
	return u.drift.Errorf(code, diag.Pos{File: path.Join(u.at, name)}, format, args...)
}

// refuse adds to the drift and to the conflicts.
func (u *unitChanges) refuse(code diag.Code, name, hint, format string, args ...any) {
	u.conflicts = append(u.conflicts, *u.report(code, name, format, args...).WithHint("%s", hint))
}

func (u *unitChanges) missing(name string, written bool) {
	if written {
		u.report(CodeTreeMissing, name, "the file was removed after a build wrote it")
	} else {
		u.report(CodeTreeMissing, name, "the file is new: no build has written it yet")
	}
}

func (u *unitChanges) outdated(name string) {
	u.report(CodeTreeStale, name, "the file is out of date: what it is compiled from has changed since it was written")
}

func (u *unitChanges) extra(name string) {
	if u.relaid != "" {
		u.report(CodeTreeExtra, name, "the file is no longer part of the tree: it is of the layout %s", u.relaid)
		return
	}
	u.report(CodeTreeExtra, name, "the file is no longer part of the tree: what it was compiled from is gone")
}

func (u *unitChanges) edited(f *folder, name string) {
	const move = "move the change into the pipeline or into an overlay of your own, and "
	text, wanted := u.target[name]
	switch {
	case !wanted:
		u.refuse(CodeTreeEdited, name, move+"remove the file", "the file was edited after a build wrote it, and is no longer part of the tree")
	case f.ledger.Files[name].SHA256 == digest(text):
		u.refuse(CodeTreeEdited, name, move+"remove the file; build writes it anew", "the file was edited after a build wrote it")
	default:
		// A file that is removed cannot be compared with what comes; only git may know it.
		u.refuse(CodeTreeEdited, name, move+"put the file back as it was, or remove it; build writes it anew",
			"the file was edited after a build wrote it, and what it is compiled from has changed since, too")
	}
}

// notRegular is for something, a link or a folder, say, in the place of a file or a folder of ours.
func (u *unitChanges) notRegular(name, wanted string) {
	if slices.ContainsFunc(u.conflicts, func(d diag.Diagnostic) bool { return d.Pos.File == path.Join(u.at, name) }) {
		return // it is in the way of several folders
	}
	u.refuse(CodeTreeForeign, name, "move it out of the folder; build writes anew what belongs there",
		"it is no regular %s (but a link, say), and stands where builds write one", wanted)
}

// reportStrangers is for files of others in a folder that is ours.
func (u *unitChanges) reportStrangers() {
	for _, name := range slices.Sorted(maps.Keys(u.strangers)) {
		if u.strangers[name] {
			u.refuse(CodeTreeForeign, name, "move it out of the folder", "the file was not written by a build, and stands where build writes its own")
		} else {
			u.report(CodeTreeUntracked, name, "the file was not written by a build, but is in a folder that builds write to").
				WithHint("move it out of the folder, into an overlay of your own, say")
		}
	}
}

// strangersInside gives the files of others in folders that are the unit's alone, sorted.
func (u *unitChanges) strangersInside() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(u.strangers)), u.unit.isEngineFile)
}

// foreign is for a folder that no build made.
func (u *unitChanges) foreign() {
	u.drift, u.conflicts = nil, nil
	names := u.strangersInside()
	files := "a file"
	if len(names) > 1 {
		files = "files"
	}
	if dir := path.Dir(names[0]); strings.HasPrefix(dir, outside) {
		u.refuse(CodeTreeForeign, dir, "restore `"+u.unit.Ledger()+"` if it was lost; else move the folder away, or build into another",
			"no ledger says that a build made the folder, but it holds %s where builds write, such as `%s`", files, path.Base(names[0]))
		return
	}
	u.refuse(CodeTreeForeign, "", "restore its `"+u.unit.ledgerName()+"` if it was lost; else move the folder away, or build into another",
		"the folder has no ledger, so no build made it, but it holds %s where builds write, such as `%s`", files, names[0])
}

// unreadable is for a record of ours that makes no sense. Nothing else can be said of the folder then.
func (u *unitChanges) unreadable(e *unreadableError) {
	hint := "restore it, or remove the folder and build again"
	if e.file == journalFile {
		hint = "remove it and build again"
	}
	u.refuse(CodeTreeForeign, e.file, hint, "the %s cannot be read: %v", e.what, e.cause)
}

// ledgerDiffers reports a ledger that is not as it should be, where no file of it is the cause.
func (u *unitChanges) ledgerDiffers(f *folder) {
	switch {
	case f.ledgerText == nil:
		u.report(CodeTreeMissing, u.unit.ledgerName(), "the ledger is missing")
	case len(u.drift) == 0:
		u.report(CodeTreeStale, u.unit.ledgerName(), "the ledger is out of date: what the files are compiled from has moved, or the project has another name")
	}
}
