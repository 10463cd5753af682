package origin

import (
	"slices"
	"strings"
)

// ruling says in a sentence why a value is so whatever the documents say.
type ruling struct {
	// kinds are the kinds of object that it is about, separated by spaces; * is any.
	kinds string
	// path is as ParsePath reads it, items by name where they have one. An element * is any one step, ** at the end all that
	// is below.
	path string
	why  string
}

// rulings are those of all areas; of several that fit, the first one counts.
func rulings() []ruling {
	return slices.Concat(engineRules, metaRules, containerRules, podRules, networkRules, monitoringRules, kafkaRules, ingressRules)
}

// rule gives the sentence for a value of an object, empty where there is none.
func rule(t *target) string {
	path := named(t.tree, t.at)
	for _, r := range rulings() {
		if r.fits(t.object.Kind, path) {
			return r.why
		}
	}
	return ""
}

func (r ruling) fits(kind string, path Path) bool {
	if r.kinds != "*" && !slices.Contains(strings.Fields(r.kinds), kind) {
		return false
	}
	pattern, err := ParsePath(r.path)
	if err != nil { // a test reads every pattern
		panic(err)
	}
	for i, element := range pattern {
		if element == "**" {
			return i < len(path)
		}
		if i >= len(path) || element != "*" && element != path[i] {
			return false
		}
	}
	return len(pattern) == len(path)
}

// named gives the path to a place, with items by name where they have one.
func named(tree any, at place) Path {
	var path Path
	value := tree
	for _, s := range at {
		for _, c := range children(value) {
			if c.step == s {
				path, value = append(path, c.name), c.value
				break
			}
		}
	}
	return path
}
