package runner

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// limiter decides how many records are in the user's code at once: between 1 and the node's concurrency, as many as the
// code takes without a sign of overload (additive increase, multiplicative decrease: Chiu and Jain 1989; Jacobson,
// "Congestion Avoidance and Control", 1988). Where even one is too many its breaker opens: nothing starts for a pause,
// then one record is let in, whose outcome closes the breaker or opens it for longer. No attempt is burnt meanwhile.
//
// What began before the limit last fell says nothing about the new one, so it changes nothing: many records that meet one
// overload lower the limit once.
type limiter struct {
	most int
	// backoff gives the pause after a number of openings in a row.
	backoff func(n int) time.Duration
	// changed is told each new standing. It is called with the lock held, so that they arrive in order, and must not call
	// back.
	changed func(standing)

	mu   sync.Mutex
	told standing
	// limit is at least 1; threshold is where doubling ends when it recovers.
	limit, threshold float64
	breaker          breaker
	// openings counts those in a row.
	openings int
	// epoch counts the falls of the limit.
	epoch   uint64
	latency latency
}

// breaker is the state of a limiter's breaker.
type breaker int

const (
	// breakerClosed: as many records run as the limit says.
	breakerClosed breaker = iota
	// breakerOpen: nothing starts.
	breakerOpen
	// breakerHalfOpen: one record is tried.
	breakerHalfOpen
)

// standing is what a limiter lets in: so many records at once, none while the breaker is open.
type standing struct {
	limit   int
	breaker breaker
}

// String implements fmt.Stringer.
func (b breaker) String() string { return [...]string{"closed", "open", "half-open"}[b] }

func newLimiter(most int, backoff func(n int) time.Duration, changed func(standing)) *limiter {
	return &limiter{
		most: most, backoff: backoff, changed: changed, limit: float64(most), threshold: float64(most), told: standing{limit: most},
	}
}

// begin gives the epoch that an attempt begins in, and says whether the breaker is not closed.
func (l *limiter) begin() (epoch uint64, recovering bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch, l.breaker != breakerClosed
}

// answered takes up an attempt that the user's code answered, with success or with a failure of the record's own.
func (l *limiter) answered(epoch uint64, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch != l.epoch || l.breaker == breakerOpen {
		return
	}
	l.breaker, l.openings = breakerClosed, 0
	switch slow := l.latency.rose(took, int(l.limit)); {
	case slow:
		l.fall(latencyFactor)
	case l.limit < l.threshold:
		l.limit = min(l.limit+1, float64(l.most))
	default:
		l.limit = min(l.limit+1/l.limit, float64(l.most))
	}
	l.tell()
}

// overloaded takes up an attempt that met overload; asked is the pause that the other side asked for.
func (l *limiter) overloaded(epoch uint64, asked time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch != l.epoch || l.breaker == breakerOpen {
		return
	}
	open := l.limit < 2 || asked > 0
	l.fall(overloadFactor)
	if open {
		l.limit, l.breaker = 1, breakerOpen
		l.openings++
		time.AfterFunc(max(asked, l.backoff(l.openings)), l.probe)
	}
	l.tell()
}

// The factors by which the limit falls: half on overload, as in TCP; less on latency, which is a weaker sign.
const (
	overloadFactor = 0.5
	latencyFactor  = 0.8
)

// fall lowers the limit. The lock is held.
func (l *limiter) fall(factor float64) {
	l.limit = max(1, l.limit*factor)
	l.threshold = max(2, l.limit)
	l.epoch++
	l.latency.again()
}

// probe lets one record in after a pause.
func (l *limiter) probe() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.breaker = breakerHalfOpen
	l.epoch++
	l.tell()
}

// tell reports the standing where it is another than the last. The lock is held.
func (l *limiter) tell() {
	now := standing{limit: int(l.limit), breaker: l.breaker}
	if l.breaker == breakerOpen {
		now.limit = 0
	}
	if now != l.told {
		l.told = now
		l.changed(now)
	}
}

// limited carries a limiter's standing out.
func (l *loop) limited(s standing) {
	l.scheduler.resize(s.limit)
	l.metrics.Limited(s.limit, s.breaker != breakerClosed)
	level := slog.LevelDebug
	if s.breaker == breakerOpen {
		level = slog.LevelWarn
	}
	l.log.Log(context.Background(), level, "concurrency limited", "limit", s.limit, "breaker", s.breaker.String())
}
