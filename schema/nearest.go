package schema

import "strings"

// maxNearest is the length of the longest name that Nearest looks at: the distance costs time in its square.
const maxNearest = 100

// Nearest gives the candidate that name is most likely a slip of the pen for, "" when none is close: within a third of
// the name's length, counting insertions, deletions, replacements and swaps of neighbours. Another case of letters
// counts as no difference. Of equally close ones it gives the first by alphabet.
func Nearest(name string, candidates []string) string {
	best, _ := nearest(name, candidates)
	return best
}

// nearest is Nearest that also says whether no other candidate is as close.
func nearest(name string, candidates []string) (best string, unique bool) {
	bestDistance := 0
	limit := min((len(name)+2)/3, len(name)-1)
	if len(name) > maxNearest {
		return "", false
	}
	for _, c := range candidates {
		if len(c) > maxNearest || len(c)-len(name) > limit || len(name)-len(c) > limit {
			continue
		}
		switch d := distance(strings.ToLower(name), strings.ToLower(c)); {
		case d > limit || best != "" && d > bestDistance:
		case best == "" || d < bestDistance:
			best, bestDistance, unique = c, d, true
		default:
			best, unique = min(best, c), best == c
		}
	}
	return best, unique
}

// distance is the optimal string alignment distance (Damerau-Levenshtein without edits inside a swap), in bytes.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
