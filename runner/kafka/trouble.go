package kafka

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// trouble is what goes wrong with one thing again and again: each time is counted, and told when it is not what was told
// last.
type trouble struct {
	log *slog.Logger
	// what fails, and what it fails for.
	what, group string
	count       func()

	mu   sync.Mutex
	told string
}

// met takes up a failure.
func (t *trouble) met(err error) {
	t.count()
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := err.Error(); text != t.told {
		t.told = text
		t.log.Warn(t.what+" failed, trying again", "group", t.group, "error", err)
	}
}

// over takes up a success.
func (t *trouble) over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told != "" {
		t.told = ""
		t.log.Info(t.what+" succeeds again", "group", t.group)
	}
}

// repeat tries until it succeeds or ctx is done, and gives the last error. The pauses begin short, since most of what is
// refused is refused for as long as a rebalance takes, and grow, since some is refused for ever.
func repeat(ctx context.Context, try func() error, failed func(error)) error {
	for failures := 1; ; failures++ {
		err := try()
		if err == nil || ctx.Err() != nil {
			return err
		}
		failed(err)
		sleep(ctx, repeatPause(failures))
	}
}

// repeatPause is the pause after so many failures in a row: 50 ms, doubling up to 2.5 s.
func repeatPause(failures int) time.Duration { return doubled(failures) / 2 }
