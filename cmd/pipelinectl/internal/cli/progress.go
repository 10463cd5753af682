package cli

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how much of long work is done: nothing where standard error is none, or where quiet says
// that results are being printed to the same terminal meanwhile. Its end is the caller's, by Exit.
func (s Streams) progress(total int64, what string, quiet bool) *progressbar.ProgressBar {
	out := io.Discard
	shown := s.ErrWidth != nil && !quiet && total > 0
	if shown {
		out = s.Err
	}
	return progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(out),
		progressbar.OptionSetVisibility(shown),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetWidth(20),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}
