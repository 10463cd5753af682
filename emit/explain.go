package emit

import (
	"embed"
	"io/fs"
)

//go:embed codes/*.txtar
var explanations embed.FS

// Explanations holds a file codes/<code>.txtar for each code that the package declares: the meaning in words, a project
// with a script in wrong/ that gives a finding of that code, and the same project with a script that mends it in mend/.
func Explanations() fs.FS { return explanations }
