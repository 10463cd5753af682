package runner

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// limited is a limiter whose pauses are as many seconds as it opened in a row, and the standings that it told.
func newLimited(most int) (*limiter, *[]standing) {
	var told []standing
	l := newLimiter(most, func(n int) time.Duration { return time.Duration(n) * time.Second }, func(s standing) { told = append(told, s) })
	return l, &told
}

// attempt begins and ends at once.
func (l *limiter) attempt(overload bool) {
	epoch, _ := l.begin()
	if overload {
		l.overloaded(epoch, 0)
	} else {
		l.answered(epoch, time.Millisecond)
	}
}

func TestLimiterHalves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, told := newLimited(16)
		for range 5 {
			l.attempt(true)
		}
		want := []standing{{limit: 8}, {limit: 4}, {limit: 2}, {limit: 1}, {0, breakerOpen}}
		if !slices.Equal(*told, want) {
			t.Errorf("%v, want %v", *told, want)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, recovering := l.begin(); !recovering || l.stands() != (standing{1, breakerHalfOpen}) {
			t.Errorf("after the pause: %+v", l.stands())
		}
		l.attempt(false)
		if l.stands() != (standing{limit: 2}) {
			t.Errorf("after a success: %+v", l.stands())
		}
	})
}

// TestLimiterOneOverloadOnce checks that records which met one overload side by side lower the limit once.
func TestLimiterOneOverloadOnce(t *testing.T) {
	l, told := newLimited(16)
	var epochs []uint64
	for range 16 {
		epoch, _ := l.begin()
		epochs = append(epochs, epoch)
	}
	for _, epoch := range epochs {
		l.overloaded(epoch, 0)
	}
	if !slices.Equal(*told, []standing{{limit: 8}}) {
		t.Errorf("%v, want one step to 8", *told)
	}
	l.answered(epochs[0], time.Millisecond) // began before the limit fell, too
	if l.limit != 8 {
		t.Errorf("limit %v", l.limit)
	}
}

// TestBreakerOpensLonger checks that failed probes open the breaker for longer and longer, and that a success forgets them.
func TestBreakerOpensLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, told := newLimited(1)
		l.attempt(true)
		for n := 1; n <= 3; n++ {
			time.Sleep(time.Duration(n)*time.Second - 1)
			synctest.Wait()
			if l.stands().breaker != breakerOpen {
				t.Fatalf("opening %d ends too early", n)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if l.stands() != (standing{1, breakerHalfOpen}) {
				t.Fatalf("opening %d does not end: %+v", n, l.stands())
			}
			l.attempt(true)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		l.attempt(false)
		if l.stands() != (standing{limit: 1}) || l.openings != 0 {
			t.Errorf("after a success: %+v, %d openings", l.stands(), l.openings)
		}
		if len(*told) != 9 {
			t.Errorf("%d standings: %v", len(*told), *told)
		}
	})
}

// TestRetryAfterOpens checks that a pause which the other side asks for holds for all records, whatever the limit.
func TestRetryAfterOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := newLimited(16)
		epoch, _ := l.begin()
		l.overloaded(epoch, time.Minute)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if l.stands() != (standing{0, breakerOpen}) {
			t.Errorf("before the minute is over: %+v", l.stands())
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for range 7 { // doubles up to half of what it was
			l.attempt(false)
		}
		if l.stands() != (standing{limit: 8}) {
			t.Errorf("after seven successes: %+v", l.stands())
		}
		l.attempt(false)
		if l.stands() != (standing{limit: 8}) {
			t.Errorf("beyond it, one success adds a whole record: %+v", l.stands())
		}
		for range 200 {
			l.attempt(false)
		}
		if l.stands() != (standing{limit: 16}) {
			t.Errorf("at the end: %+v", l.stands())
		}
	})
}

// TestLatency lets the code grow slow with the records at once, as a server does whose work queues up: the limit falls,
// and not to the ground; at an even pace it stays.
func TestLatency(t *testing.T) {
	l, told := newLimited(64)
	for range 2000 {
		epoch, _ := l.begin()
		l.answered(epoch, 20*time.Millisecond)
	}
	if len(*told) != 0 {
		t.Fatalf("an even pace changed the limit: %v", *told)
	}
	lowest := 64
	for range 2000 {
		epoch, _ := l.begin()
		l.answered(epoch, time.Duration(1+l.stands().limit/8)*20*time.Millisecond)
		lowest = min(lowest, l.stands().limit)
		if l.stands().breaker != breakerClosed {
			t.Fatal("latency opened the breaker")
		}
	}
	if lowest < 4 || lowest > 40 {
		t.Errorf("the limit fell to %d", lowest)
	}
}

// TestLatencyOutlier checks that one slow record among many is no overload, nor is what takes no time worth the name.
func TestLatencyOutlier(t *testing.T) {
	l, told := newLimited(64)
	for n := range 5000 {
		took := 10 * time.Millisecond
		if n%64 == 0 {
			took = 500 * time.Millisecond
		}
		epoch, _ := l.begin()
		l.answered(epoch, took)
	}
	if len(*told) != 0 {
		t.Errorf("slow records here and there: %v", *told)
	}
	l, told = newLimited(64)
	for n := range 5000 {
		epoch, _ := l.begin()
		l.answered(epoch, time.Duration(1+n/100%10)*100*time.Microsecond)
	}
	if len(*told) != 0 {
		t.Errorf("below what scheduling takes: %v", *told)
	}
}

// TestResize checks that a scheduler starts nothing at a limit of 0, and goes on with as many lanes as the next one says.
func TestResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		ran, now, most := 0, 0, 0
		s := &scheduler{ordering: contract.OrderNone, limit: 2, turn: 1, run: func(*task) (time.Duration, bool) {
			mu.Lock()
			ran, now = ran+1, now+1
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return 0, false
		}}
		for range 20 {
			s.push(&task{part: &partition{}})
		}
		synctest.Wait()
		s.resize(0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if ran != 2 || s.workers != 0 {
			t.Fatalf("%d records ran, %d workers are left", ran, s.workers)
		}
		s.resize(5)
		time.Sleep(time.Minute)
		synctest.Wait()
		if ran != 20 || most != 5 || s.workers != 0 {
			t.Errorf("%d records ran, %d at once, %d workers are left", ran, most, s.workers)
		}
	})
}

// stands gives the limiter's standing, which timers change too.
func (l *limiter) stands() standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told
}
