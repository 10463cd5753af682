package chaos

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/cmd/pipelinectl/internal/local"
	"github.com/pipelinectl/pipelinectl/runner/contract"
)

const (
	// feeders send side by side, each the records of its own keys, so that those of a key are sent one after the other.
	feeders = 8
	// keys is how many there are; a multiple of feeders.
	keys = 2 * feeders
	// sendAgain is between two tries of a record that was not acknowledged.
	sendAgain = 20 * time.Millisecond
)

// entrance is where records enter: an endpoint, or a topic that no node writes.
type entrance struct {
	topic string
	// url is empty for a topic.
	url         string
	contentType string
}

// feeder feeds numbered records and keeps which of them were acknowledged.
type feeder struct {
	entrances []entrance
	producer  *kgo.Client
	http      http.Client
	next      atomic.Int64

	mu      sync.Mutex
	entered []Entry
}

// entrances are those of a plan, in its order.
func entrances(p *local.Plan, url func(label string) string) []entrance {
	written := map[string]bool{}
	var out []entrance
	for _, n := range p.Nodes {
		for _, o := range n.Runner.Outputs {
			written[o.Topic] = true
		}
		if in := n.Runner.Ingest; in != nil {
			out = append(out, entrance{n.Runner.Outputs[0].Topic, url(n.Label), concrete(in.ContentType)})
		}
	}
	for _, n := range p.Nodes {
		for _, in := range n.Runner.Inputs {
			if !written[in.Topic] {
				written[in.Topic] = true
				out = append(out, entrance{topic: in.Topic, contentType: concrete(in.ContentType)})
			}
		}
	}
	return out
}

// concrete is a media type that a pattern with wildcards matches.
func concrete(pattern string) string {
	kind, sub, _ := strings.Cut(pattern, "/")
	switch {
	case pattern == "" || kind == "*" || pattern == "text/*":
		return "text/plain"
	case pattern == "image/*":
		return "image/png"
	case pattern == "application/*":
		return "application/json"
	case sub == "*":
		return kind + "/plain"
	default:
		return pattern
	}
}

// feed sends n records to each entrance and returns when all are acknowledged.
func (f *feeder) feed(ctx context.Context, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	first := f.next.Add(int64(n)) - int64(n)
	for worker := range int64(feeders) {
		all.Go(func() {
			for number := first; number < first+int64(n); number++ {
				if number%feeders != worker {
					continue
				}
				for _, e := range f.entrances {
					if err := f.send(ctx, e, number); err != nil {
						cancel(err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// send sends one record until it is acknowledged.
func (f *feeder) send(ctx context.Context, e entrance, number int64) error {
	key := fmt.Sprintf("key-%02d", number%keys)
	value := fmt.Sprintf("record %d of %s", number, key)
	if strings.HasSuffix(e.contentType, "json") {
		value = fmt.Sprintf(`{"id": %d, "key": %q}`, number, key)
	}
	id := fmt.Sprintf("chaos-%06d", number)
	if e.url == "" {
		rec := &kgo.Record{Topic: e.topic, Key: []byte(key), Value: []byte(value), Headers: []kgo.RecordHeader{
			{Key: contract.HeaderID, Value: []byte(id)}, {Key: contract.HeaderContentType, Value: []byte(e.contentType)},
		}}
		if err := f.producer.ProduceSync(ctx, rec).FirstErr(); err != nil {
			return err
		}
	} else {
		var err error
		for id = ""; id == ""; {
			if id, err = f.post(ctx, e, key, value); err != nil {
				return err
			}
		}
	}
	f.mu.Lock()
	f.entered = append(f.entered, Entry{Topic: e.topic, ID: id, Key: key})
	f.mu.Unlock()
	return nil
}

// post makes one request. An empty id says that it may be tried again, and then the record is another one.
func (f *feeder) post(ctx context.Context, e entrance, key, value string) (id string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, strings.NewReader(value))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", e.contentType)
	req.Header.Set(contract.HeaderKey, key)
	resp, err := f.http.Do(req)
	if err != nil {
		return "", pause(ctx, sendAgain)
	}
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // only for the text of an error
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusAccepted:
		return resp.Header.Get(contract.HeaderID), nil
	case resp.StatusCode >= 500:
		return "", pause(ctx, sendAgain)
	default:
		return "", fmt.Errorf("%s refuses the records of this run: %s: %s", e.url, resp.Status, strings.TrimSpace(string(answer)))
	}
}

// all gives what was acknowledged so far.
func (f *feeder) all() []Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.entered)
}

// pause waits; its error is that of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
