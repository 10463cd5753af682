package local

import (
	"embed"
	"io/fs"
)

//go:embed codes/*.txtar
var explanations embed.FS

// Explanations holds a file codes/<code>.txtar for each code that the package declares: the meaning in words, a project
// in wrong/ that gives a finding of that code and no other, and the same project mended in mend/.
func Explanations() fs.FS { return explanations }
