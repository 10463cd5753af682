package schema

import (
	"regexp"
	"strings"
)

// A number and the word that people write behind it.
var (
	aDuration = lazy(`^([0-9]{1,9}) *([A-Za-z]+)$`)
	aSize     = lazy(`^([0-9]{1,15}(?:\.[0-9]{1,9})?) *([A-Za-z]*)$`)
)

// canonicalUnits gives a duration, quantity or size as its rule has it, where only its unit is written differently and
// cannot be taken for another; empty for anything else. M and m are months and minutes, millis and millions: nobody
// knows.
func canonicalUnits(f fault) string {
	var out string
	switch f.definition {
	case "duration":
		if m := aDuration().FindStringSubmatch(f.node.Text); m != nil {
			out = m[1] + durationUnit(m[2])
		}
	case "quantity", "bytes":
		if m := aSize().FindStringSubmatch(f.node.Text); m != nil {
			out = m[1] + sizeUnit(m[2])
		}
	}
	pattern, _ := f.schema["pattern"].(string)
	if fits, err := regexp.MatchString(pattern, out); err != nil || !fits || out == f.node.Text {
		return ""
	}
	return out
}

func durationUnit(word string) string {
	switch strings.ToLower(word) {
	case "msec", "msecs", "milli", "millis", "millisecond", "milliseconds":
		return "ms"
	case "sec", "secs", "second", "seconds":
		return "s"
	case "min", "mins", "minute", "minutes":
		return "m"
	case "hr", "hrs", "hour", "hours":
		return "h"
	case "day", "days":
		return "d"
	default:
		return word
	}
}

func sizeUnit(word string) string {
	switch strings.ToLower(strings.TrimSuffix(word, "B")) {
	case "ki":
		return "Ki"
	case "mi":
		return "Mi"
	case "gi":
		return "Gi"
	case "ti":
		return "Ti"
	default:
		return word
	}
}
