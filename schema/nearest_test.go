package schema

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	for _, test := range []struct {
		name, candidates, want string
	}{
		{"imge", "image name http", "image"},
		{"iamge", "image name", "image"},
		{"Image", "image", "image"},
		{"partiton", "partition key none", "partition"},
		{"resze", "resize label", "resize"},
		{"outputs", "outptus output", "outptus"},
		{"inputs", "outputs", ""},
		{"kafka", "topic", ""},
		{"a", "b", ""},
		{"", "a", ""},
		{"to", "top", "top"},
		{"ab", "ba", "ba"},
		{"labl", "lab1 laba", "lab1"},
		{strings.Repeat("a", 200), strings.Repeat("a", 200), ""},
	} {
		candidates := strings.Fields(test.candidates)
		if got := Nearest(test.name, candidates); got != test.want {
			t.Errorf("nearest to %q of %q is %q, want %q", test.name, candidates, got, test.want)
		}
		slices.Reverse(candidates)
		if got := Nearest(test.name, candidates); got != test.want {
			t.Errorf("nearest to %q of %q is %q, want %q", test.name, candidates, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"ca", "abc", 3}, {"kitten", "sitting", 3}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance of %q and %q is %d, want %d", test.a, test.b, got, test.want)
		}
		if got := distance(test.b, test.a); got != test.want {
			t.Errorf("distance of %q and %q is %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
