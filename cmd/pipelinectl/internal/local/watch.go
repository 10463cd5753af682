package local

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// How often things are looked at, and shown.
const (
	// refreshEvery is between two looks at the metrics.
	refreshEvery = 500 * time.Millisecond
	// progressEvery is between two lines of progress, where there is no table.
	progressEvery = 5 * time.Second
	// readyEvery is between two looks at what is not ready, remindEvery between two lines about it.
	readyEvery  = 50 * time.Millisecond
	remindEvery = 10 * time.Second
)

// watch shows what goes on until ctx is done, or until a runner has failed for good, which is the error.
func (r *run) watch(ctx context.Context) error {
	if err := r.awaitReady(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	r.announce()
	ticks := time.NewTicker(refreshEvery)
	defer ticks.Stop()
	shown, last := time.Now(), progress(r.members)
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-r.failed:
			return err
		case <-ticks.C:
		}
		r.refresh(ctx, r.members)
		if r.options.Width != nil {
			continue
		}
		if now := progress(r.members); now != last && time.Since(shown) >= progressEvery {
			shown, last = time.Now(), now
			r.say("%s", now)
		}
	}
}

// awaitReady waits until every runner, with its algo, takes records, and says what it waits for.
func (r *run) awaitReady(ctx context.Context) error {
	reminded := time.Now()
	for _, m := range r.members {
		for {
			why := r.admin.ready(ctx, m.admin.address)
			if why == nil {
				break
			}
			select {
			case <-ctx.Done():
				return nil
			case err := <-r.failed:
				return err
			case <-time.After(readyEvery):
			}
			if time.Since(reminded) >= remindEvery {
				reminded = time.Now()
				r.say("waiting for node %s: %v", m.Label, why)
			}
		}
	}
	return nil
}

// announce says where everything is.
func (r *run) announce() {
	if r.options.Kafka == nil {
		r.say("kafka listens on %s", r.kafka.Environment().BootstrapServers)
	} else {
		r.say("kafka is at %s", r.kafka.Environment().BootstrapServers)
	}
	for _, m := range r.members {
		switch {
		case m.ingest != nil:
			r.say("node %s takes records on %s", m.Label, m.url())
			r.say("  %s", curl(m.url(), m.Runner.Ingest.ContentType))
		case m.Runner.Webhook != nil && m.URL == "":
			r.say("node %s prints its deliveries on standard output; nothing is sent to %s", m.Label, m.Runner.Webhook.URL)
		case m.Runner.Webhook != nil:
			r.say("node %s posts to %s", m.Label, m.URL)
		}
	}
	r.say("ready; Ctrl-C drains and ends")
}

// curl is a command that posts a record of a content type, which may have wildcards; empty is any.
func curl(url, contentType string) string {
	kind, data := contentType, "@FILE"
	switch {
	case contentType == "" || contentType == "text/*" || contentType == "*/*":
		kind, data = "text/plain", "hello"
	case strings.HasPrefix(contentType, "text/"):
		data = "hello"
	case contentType == "application/json" || strings.HasSuffix(contentType, "+json"):
		data = `{"hello": "world"}`
	case strings.HasSuffix(contentType, "/*"):
		kind = strings.TrimSuffix(contentType, "*") + "TYPE"
	}
	return fmt.Sprintf("curl -H %s --data-binary %s %s", quote("content-type: "+kind), quote(data), quote(url))
}

// quote makes one word of a text for a POSIX shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// refresh looks at the metrics of members and redraws the table. A runner that does not answer keeps its counts.
func (r *run) refresh(ctx context.Context, members []*member) {
	var all sync.WaitGroup
	for _, m := range members {
		all.Go(func() {
			if now, err := r.admin.scrape(ctx, m.admin.address); err == nil {
				m.totals.add(now)
			}
		})
	}
	all.Wait()
	if r.options.Width != nil {
		r.screen.Redraw(table(r.members, r.options.Isolate, r.options.Width()))
	}
}

// lag is how many records a member has not committed yet, as the broker knows it: the runner's own metric is behind
// what was written a moment ago. Those that wait in a tier for a delayed retry are among them.
func (r *run) lag(m *member) int64 { return r.behind(m, m.topics()) }

// unread is lag without those that wait in a tier.
func (r *run) unread(m *member) int64 { return r.behind(m, m.inputs()) }

func (r *run) behind(m *member, topics []string) int64 {
	if m.Runner.Group == "" {
		return 0
	}
	return r.kafka.Lag(m.Runner.Group, topics...)
}
