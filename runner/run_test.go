package runner

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

func TestCopy(t *testing.T) {
	c := newCluster(t, 3, "in", "out", "dlq")
	c.produce(numbered("in", 1000, 50)...)
	r := c.start(copyNode())
	got := c.read("out", 1000)
	r.stop()
	if n := c.committed("photos.resize"); n != 1000 {
		t.Errorf("committed %d, want 1000", n)
	}
	if n := c.count("out"); n != 1000 {
		t.Errorf("%d records written, want 1000", n)
	}
	assertOrder(t, got)
}

// assertOrder checks that numbered records of one key were first written in their order, none missing. A record may stand
// there again: what a member finished, but could not commit before it left, is delivered to the next one.
func assertOrder(t *testing.T, records []*kgo.Record) {
	t.Helper()
	last, seen := map[string]int{}, map[int]bool{}
	for _, r := range records {
		n, err := strconv.Atoi(string(r.Value))
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := last[string(r.Key)]; ok && n < before && !seen[n] {
			t.Fatalf("key %s: %d after %d", r.Key, n, before)
		}
		last[string(r.Key)] = max(n, last[string(r.Key)])
		seen[n] = true
	}
	for n := range len(seen) {
		if !seen[n] {
			t.Fatalf("record %d is missing", n)
		}
	}
}

func TestHeaders(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	c.produce(&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte("v"), Headers: []kgo.RecordHeader{
		{Key: contract.HeaderID, Value: []byte("018f0000-0000-7000-8000-000000000001")},
		{Key: contract.HeaderTraceParent, Value: []byte(trace)},
		{Key: contract.HeaderContentType, Value: []byte("image/png")},
		{Key: contract.HeaderNode, Value: []byte("upload")},
		{Key: "mine", Value: []byte("kept")},
	}})
	c.start(copyNode())
	got := c.read("out", 1)[0]
	for name, want := range map[string]string{
		contract.HeaderParents: "018f0000-0000-7000-8000-000000000001", contract.HeaderContentType: "image/png",
		contract.HeaderPipeline: "photos", contract.HeaderNode: "resize", contract.HeaderImage: "example.org/algo:1",
		contract.HeaderAttempt: "1", "mine": "kept",
	} {
		if v := header(got, name); v != want {
			t.Errorf("%s = %q, want %q", name, v, want)
		}
	}
	if id := header(got, contract.HeaderID); len(id) != 36 || id[14] != '5' {
		t.Errorf("id %q is not a UUIDv5", id)
	}
	if tp := header(got, contract.HeaderTraceParent); !strings.HasPrefix(tp, trace[:36]) || tp == trace {
		t.Errorf("traceparent %q does not continue %q", tp, trace)
	}
	if len(header(got, contract.HeaderConfig)) != 16 {
		t.Error("no configuration hash")
	}
	if string(got.Key) != "k" || string(got.Value) != "v" {
		t.Errorf("record is %q: %q", got.Key, got.Value)
	}
}

func TestExec(t *testing.T) {
	c := newCluster(t, 2, "in", "out", "dlq")
	c.produce(numbered("in", 20, 20)...)
	n := execNode("sh", "-c", `read v; echo "said $v" >&2; printf "$v-$PIPELINECTL_KEY"`)
	r := c.start(n)
	for _, rec := range c.read("out", 20) {
		if want := fmt.Sprintf("%s-%s", rec.Value[:strings.IndexByte(string(rec.Value), '-')], rec.Key); string(rec.Value) != want {
			t.Errorf("value %q, want %q", rec.Value, want)
		}
	}
	r.stop()
	if got := strings.Count(r.stderr.String(), "said "); got != 20 {
		t.Errorf("%d lines of standard error, want 20:\n%s", got, r.stderr)
	}
}

func TestDeadLetters(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(&kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte("v"), Headers: []kgo.RecordHeader{{Key: "mine", Value: []byte("kept")}}})
	r := c.start(execNode("sh", "-c", "echo broken >&2; exit 3"))
	got := c.read("dlq", 1)[0]
	for name, want := range map[string]string{
		contract.HeaderErrorClass: "transient", contract.HeaderErrorCause: "exit status 3: broken", contract.HeaderErrorAttempts: "3",
		contract.HeaderErrorTopic: "in", contract.HeaderErrorPartition: "0", contract.HeaderErrorOffset: "0",
		contract.HeaderErrorNode: "resize", contract.HeaderErrorImage: "example.org/algo:1", "mine": "kept",
	} {
		if v := header(got, name); v != want {
			t.Errorf("%s = %q, want %q", name, v, want)
		}
	}
	if string(got.Key) != "k" || string(got.Value) != "v" {
		t.Errorf("dead letter is %q: %q", got.Key, got.Value)
	}
	r.stop()
	if n := c.committed("photos.resize"); n != 1 {
		t.Errorf("committed %d, want 1", n)
	}
}
