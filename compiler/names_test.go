package compiler

import (
	"regexp"
	"strings"
	"testing"
)

var (
	label     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
)

func TestNames(t *testing.T) {
	n := Names{Prefix: "staging.", Pipeline: "photos"}
	for _, test := range []struct{ got, want string }{
		{n.Topic("resize", "thumb"), "staging.photos.resize.thumb"},
		{n.OwnTopic("orders"), "staging.orders"},
		{n.Topic("resize", OutputDeadLetters), "staging.photos.resize.dlq"},
		{n.Group("resize"), "staging.photos.resize"},
		{n.User("resize"), "staging.photos.resize"},
		{n.TopicObject("staging.photos.resize.thumb"), "staging.photos.resize.thumb"},
		{n.Object("resize"), "photos-resize"},
		{n.Shared(), "photos"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestFitMakesValidNames(t *testing.T) {
	for _, text := range []string{
		"photos", "Photos", "a_b", "a-b", "a..b", "a.-b", "-a-", "", "ä", "...", "A", "x" + strings.Repeat("y", 300),
		strings.Repeat("a.", 40), "a" + strings.Repeat("-", 80) + "b",
	} {
		if got := fit(text, maxLabel, false); !label.MatchString(got) || len(got) > maxLabel {
			t.Errorf("fit(%q) as a label gives %q", text, got)
		}
		if got := fit(text, maxUser, true); !subdomain.MatchString(got) || len(got) > maxUser {
			t.Errorf("fit(%q) as a subdomain gives %q", text, got)
		}
	}
}

func TestFitKeepsNamesApart(t *testing.T) {
	long := strings.Repeat("a", 80)
	texts := []string{"a_b", "a-b", "A_b", "a.b", "a..b", long, long + "b", long + "c", "a-b-"}
	seen := map[string]string{}
	for _, text := range texts {
		got := fit(text, maxUser, true)
		if other, twice := seen[got]; twice {
			t.Errorf("%q and %q both become %q", text, other, got)
		}
		seen[got] = text
	}
}

func FuzzFit(f *testing.F) {
	f.Add("staging.photos.resize")
	f.Add("A_b..-ä")
	f.Fuzz(func(t *testing.T, text string) {
		if got := fit(text, maxUser, true); !subdomain.MatchString(got) || len(got) > maxUser {
			t.Errorf("fit(%q) gives %q", text, got)
		}
	})
}
