package schema

import (
	"maps"
	"slices"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Read gives the project that texts make which lie in no folder, by the names that positions call them. They are taken
// as Load takes the files of a folder, so those of other tools are passed over: Sources has the others. The one called
// ProjectFileName is the project's own.
func Read(texts map[string][]byte) (*Project, diag.List) {
	p := &Project{Settings: Settings{Sources: []Value[string]{{V: "."}}}}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		f := file{path: name, name: name}
		f.parse(texts[name])
		if p.isOwn(f) {
			p.Settings.read(f.docs)
		}
		p.files = append(p.files, f)
	}
	return p, p.gather()
}
