package emit

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pipelinectl/pipelinectl/compiler"
)

// Unit is what has a ledger of its own, by the path of its folder relative to the output folder: the tree of a pipeline,
// which is called like the pipeline, or what the pipelines of an environment share, clusters/<environment>.
//
// In the flat layout a pipeline's own folder has the ledger only: its manifests lie in the folders of the environments, in
// which everything is to be applied.
//
// The folder clusters/<environment> is one that a GitOps engine reads, and the files in it are of two sorts. One called
// <pipeline>.yaml belongs to that pipeline; the others begin with an underscore, or are in sub-folders, and belong to the
// environment's unit.
type Unit string

const (
	// environmentLedger is the ledger's name in clusters/<environment>: Argo CD takes every .json file for a manifest
	// (reposerver/repository, manifestFile), as both engines do every .yaml file.
	environmentLedger = ".pipelinectl.ledger"
	// sharedMark begins the names of an environment's files, and no name of a pipeline.
	sharedMark = "_"
)

// EnvironmentUnit is the unit of what an environment's pipelines share.
func EnvironmentUnit(environment string) Unit {
	return Unit(path.Join(compiler.ClustersFolder, environment))
}

// UnitOf gives the unit that a file of a tree belongs to, by its path relative to the output folder.
func UnitOf(name string) Unit {
	first, rest, _ := strings.Cut(name, "/")
	if first != compiler.ClustersFolder {
		if pipeline, _, ok := flatManifest(rest); ok {
			return Unit(pipeline)
		}
		return Unit(first)
	}
	environment, file, _ := strings.Cut(rest, "/")
	pipeline, ok := strings.CutSuffix(file, ".yaml")
	if ok && !strings.Contains(pipeline, "/") && !strings.HasPrefix(pipeline, sharedMark) {
		return Unit(pipeline)
	}
	return EnvironmentUnit(environment)
}

// Environment gives the environment whose pipelines share the unit; it is no pipeline's then.
func (u Unit) Environment() (string, bool) {
	return strings.CutPrefix(string(u), compiler.ClustersFolder+"/")
}

// String names the unit for people.
func (u Unit) String() string {
	if environment, ok := u.Environment(); ok {
		return fmt.Sprintf("environment `%s`", environment)
	}
	return fmt.Sprintf("pipeline `%s`", string(u))
}

// Name is the name of the pipeline or the environment.
func (u Unit) Name() string { return path.Base(string(u)) }

// Ledger is the path of the unit's ledger, relative to the output folder.
func (u Unit) Ledger() string { return path.Join(string(u), u.ledgerName()) }

// ledgerName is the name of the ledger in the unit's folder.
func (u Unit) ledgerName() string {
	if _, ok := u.Environment(); ok {
		return environmentLedger
	}
	return LedgerFile
}

// valid says whether there can be such a unit: a pipeline's or an environment's name is one element of a path.
func (u Unit) valid() bool {
	name, shared := u.Environment()
	if !shared {
		name = string(u)
	}
	return isElement(name) && (shared || name != compiler.ClustersFolder)
}

// isElement says whether a name is one element of a path, and leads nowhere.
func isElement(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.Contains(name, "/")
}

// engineFile is the path, relative to the folder of a pipeline's unit, of what an environment's engine gets for it.
func (u Unit) engineFile(environment string) string {
	return outside + path.Join(compiler.ClustersFolder, environment, string(u)+".yaml")
}

// isEngineFile says whether a path is one that engineFile gives.
func (u Unit) isEngineFile(name string) bool {
	rest, ok := strings.CutPrefix(name, outside+compiler.ClustersFolder+"/")
	environment, file, _ := strings.Cut(rest, "/")
	_, shared := u.Environment()
	return ok && !shared && isElement(environment) && file == string(u)+".yaml"
}

// flatFile gives the environment and the layer of a manifest of the pipeline's in the flat layout, by its path relative to
// the pipeline's folder; false for any other file.
func (u Unit) flatFile(name string) (environment string, layer Layer, ok bool) {
	full := path.Join(string(u), name)
	environment, rest, _ := strings.Cut(full, "/")
	pipeline, layer, ok := flatManifest(rest)
	return environment, layer, ok && pipeline == string(u) && u.relative(full) == name && isElement(environment) && environment != compiler.ClustersFolder
}

// flatManifest gives the pipeline and the layer of a manifest in the flat layout, by its path relative to the folder of an
// environment; false for any other file. Those of an overlay for an environment that is called like a layer only look so.
func flatManifest(name string) (pipeline string, layer Layer, ok bool) {
	pipeline, rest, _ := strings.Cut(name, "/")
	folder, file, _ := strings.Cut(rest, "/")
	layer = layerOf(folder)
	return pipeline, layer, layer != 0 && isElement(pipeline) && pipeline != overlaysFolder && isElement(file)
}

// layerOf gives the layer whose folder is called so, 0 for none.
func layerOf(folder string) Layer {
	switch folder {
	case App.String():
		return App
	case Kafka.String():
		return Kafka
	default:
		return 0
	}
}

// relative gives a path of the unit's, which is relative to the output folder, relative to the unit's folder.
func (u Unit) relative(name string) string {
	if rest, ok := strings.CutPrefix(name, string(u)+"/"); ok {
		return rest
	}
	return outside + name
}

// outside begins the paths, relative to the folder of a pipeline's unit, of files that are not in it.
const outside = "../"

// check refuses a path, relative to the unit's folder, that is none of a file which a build writes for the unit: what
// could leave the folder, what belongs to another unit, and our own records.
func (u Unit) check(name string) error {
	_, shared := u.Environment()
	_, _, flat := u.flatFile(name)
	switch {
	case flat, u.isEngineFile(name):
		return nil
	case !fs.ValidPath(name) || name == ".":
	case name == LedgerFile || name == environmentLedger || name == journalFile || name == temporaryFile:
	case shared && isElement(name) && !strings.HasPrefix(name, sharedMark):
	case UnitOf(path.Join(string(u), name)) != u:
	default:
		return nil
	}
	return fmt.Errorf("%q is not a path of a file that a build writes for %s", name, u)
}
