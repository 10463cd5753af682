package schema

import (
	"regexp"
	"sync"
)

// lazy gives a regular expression that is compiled when first needed: most runs find no fault, and pay nothing for what
// describes one.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
