package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/deadletters"
)

// refusedLetters are those that were refused for one reason.
type refusedLetters struct {
	n     int64
	first string
}

// countRefused counts by reason; reasons hold what records say, so they are bounded.
func countRefused(all map[deadletters.Refusal]*refusedLetters, l *deadletters.Letter, why *deadletters.Refusal) {
	one := all[*why]
	if one == nil {
		if len(all) >= maxRefusals {
			why = &deadletters.Refusal{Why: "for other reasons like these"}
			one = all[*why]
		}
		if one == nil {
			one = &refusedLetters{first: fmt.Sprintf("%s/%d@%d", l.Topic, l.Partition, l.Offset)}
			all[*why] = one
		}
	}
	one.n++
}

// maxRefusals is how many reasons are told.
const maxRefusals = 20

func sayRefused(s Streams, all map[deadletters.Refusal]*refusedLetters) {
	byPlace := func(a, b deadletters.Refusal) int { return cmp.Compare(all[a].first, all[b].first) }
	for _, why := range slices.SortedFunc(maps.Keys(all), byPlace) {
		s.say("refused: %s, the first %s: %s", plural(int(all[why].n), "letter"), all[why].first, why.Why)
		if why.Mend != "" {
			s.say("  hint: %s", why.Mend)
		}
	}
}
