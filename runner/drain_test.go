package runner

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// TestDrain stops a runner that has records in flight: they finish, nothing more starts, what is finished is committed
// and nothing else.
func TestDrain(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 20, 20)...)
	entered, release := make(chan struct{}, 20), make(chan struct{})
	n := httpNode()
	n.Ordering, n.Concurrency = contract.OrderNone, 2
	r := c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-release
		_, _ = io.Copy(w, r.Body)
	}))
	<-entered
	<-entered
	r.cancel()
	eventually(t, "not ready", func() bool { status, _ := r.get(contract.PathReady); return status == http.StatusServiceUnavailable })
	close(release)
	r.stop()
	if got, committed := c.count("out"), c.committed("photos.resize"); got != 2 || committed != 2 {
		t.Errorf("%d written, %d committed, want 2 and 2", got, committed)
	}
	c.start(n, serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	eventually(t, "the rest", func() bool { return c.count("out") == 20 })
}

// TestDrainCancels stops a runner whose algo never answers: its process is ended, nothing is committed.
func TestDrainCancels(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	c.produce(numbered("in", 1, 1)...)
	pid := filepath.Join(t.TempDir(), "pid")
	n := execNode("sh", "-c", "trap '' TERM; echo $$ > "+pid+"; while :; do sleep 0.01; done")
	n.Drain, n.Timeout = contract.Duration(time.Second), contract.Duration(time.Minute)
	r := c.start(n)
	var text []byte
	eventually(t, "the process", func() bool { text, _ = os.ReadFile(pid); return len(text) > 0 })
	r.stop()
	if _, err := os.Stat("/proc/" + strings.TrimSpace(string(text))); err == nil {
		t.Error("the process lives on")
	}
	if got := c.committed("photos.resize") + c.count("out") + c.count("dlq"); got != 0 {
		t.Errorf("%d records finished or committed", got)
	}
}

// TestDrainInRebalance: a runner that is stopped while its group shares out the partitions anew commits what it finishes, and
// nobody does it again.
func TestDrainInRebalance(t *testing.T) {
	c := newCluster(t, 1, "in", "out", "dlq")
	n := httpNode()
	var calls atomic.Int64
	entered, release := make(chan struct{}, 2), make(chan struct{})
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		calls.Add(1)
		entered <- struct{}{}
		<-release
	})
	first := c.start(n, url).ready()
	groups, err := kadm.NewClient(c.kgo).DescribeGroups(context.Background(), n.Group)
	if err != nil {
		t.Fatal(err)
	}
	member := groups[n.Group].Members[0].MemberID
	var refusals atomic.Int64
	refused := make(chan struct{})
	c.fake.ControlKey(int16(kmsg.SyncGroup), func(request kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if request.(*kmsg.SyncGroupRequest).MemberID != member || refusals.Add(1) > 1 {
			return nil, nil, false
		}
		response := request.ResponseKind().(*kmsg.SyncGroupResponse)
		response.ErrorCode = kerr.RebalanceInProgress.Code
		close(refused) // the member has joined the new generation, and knows nothing of its part
		return response, nil, true
	})
	c.produce(&kgo.Record{Topic: "in", Value: []byte("x")})
	<-entered
	second := c.start(n, url)
	<-refused
	first.cancel()
	close(release)
	first.stop()
	second.ready()
	eventually(t, "all committed", func() bool { return c.committed(n.Group) == 1 })
	second.stop()
	if calls.Load() != 1 || strings.Contains(second.log.String(), "not let go in order") {
		t.Errorf("%d calls, and the second runner says:\n%s", calls.Load(), second.log)
	}
}

// TestRebalance lets a second member join and the first leave while records flow: none is lost.
func TestRebalance(t *testing.T) {
	c := newCluster(t, 6, "in", "out", "dlq")
	n := copyNode()
	n.Ordering = contract.OrderKey
	const total = 3000
	records := numbered("in", total, 300)
	first := c.start(n).ready()
	c.produce(records[:1000]...)
	second := c.start(n).ready()
	owned := func(r *running) int {
		_, text := r.get(contract.PathMetrics)
		return strings.Count(text, contract.MetricLag+"{")
	}
	eventually(t, "shared", func() bool { return owned(first) == 3 && owned(second) == 3 })
	c.produce(records[1000:2000]...)
	first.stop()
	eventually(t, "taken over", func() bool { return owned(second) == 6 })
	c.produce(records[2000:]...)
	eventually(t, "all committed", func() bool { return c.committed("photos.resize") == total })
	second.stop()
	assertOrder(t, c.read("out", int(c.count("out"))))
}
