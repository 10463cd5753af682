package runner

import "time"

// latency notices that the user's code grows slow under its load. It compares the mean of a round of attempts with what
// rounds usually take; a round is as many attempts as run at once, and at least roundMin, so that a single slow record is
// no sign, and it takes two slow rounds in a row, so that a hiccup of the machine is none. The usual follows slowly, up as
// well as down: what stays slow with fewer records at once is no overload, and the limit rises again.
type latency struct {
	sum   time.Duration
	count int
	// slow is how many of the last rounds were slow.
	slow int
	// usual is the moving mean of rounds, in nanoseconds; zero: none has ended.
	usual float64
}

const (
	roundMin = 16
	// roseBy is how much slower than usual a round is that counts as overload. Below it lies what a busy machine or a
	// varied input does.
	roseBy = 2
	// usualWeight is that of a new round in the usual.
	usualWeight = 0.1
	// roseLeast is a mean that is never overload: at so little, scheduling is most of it.
	roseLeast = 2 * time.Millisecond
)

// rose takes up an attempt, with so many at once, and says whether it ended a slow round that followed another.
func (l *latency) rose(took time.Duration, limit int) bool {
	l.sum += took
	l.count++
	if l.count < max(roundMin, limit) {
		return false
	}
	mean := float64(l.sum) / float64(l.count)
	l.again()
	if l.usual == 0 {
		l.usual = mean
	}
	if mean > roseBy*l.usual && mean > float64(roseLeast) {
		l.slow++
	} else {
		l.slow = 0
	}
	l.usual += usualWeight * (mean - l.usual)
	return l.slow > 1
}

// again begins a new round.
func (l *latency) again() { l.sum, l.count = 0, 0 }
