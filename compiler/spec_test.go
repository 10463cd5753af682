package compiler

import "testing"

// TestDurationString demands that a finding says a time as a document would, and that what it says reads as the same time.
func TestDurationString(t *testing.T) {
	for text, want := range map[string]string{
		"60m": "1h", "90m": "1h30m", "3661s": "1h1m1s", "3601s": "1h0m1s", "60s": "1m", "10m": "10m", "100s": "1m40s",
		"30s": "30s", "20m": "20m", "200ms": "200ms", "48h": "2d", "1d12h": "36h",
	} {
		var d, again Duration
		if err := d.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if d.String() != want {
			t.Errorf("%s is %s, not %s", text, d, want)
		}
		if err := again.UnmarshalText([]byte(want)); err != nil || again != d {
			t.Errorf("%s reads as %d, not %d: %v", want, again, d, err)
		}
	}
}
