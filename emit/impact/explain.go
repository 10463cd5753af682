package impact

import (
	"embed"
	"io/fs"
)

//go:embed codes/*.txtar
var explanations embed.FS

// Explanations holds a file codes/<code>.txtar for each code that the package declares: the meaning in words, a script
// in wrong/ whose command reports that code, and the same in mend/ where it does not.
func Explanations() fs.FS { return explanations }
