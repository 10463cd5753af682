package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// maxMetrics bounds what is read of a runner's metrics, in bytes.
const maxMetrics = 8 << 20

// Lag is how far the consumers of a node are behind.
type Lag struct {
	// Records is how many records lie between the first unfinished one of each partition and its end; good if Known.
	Records int64
	Known   bool
	// Why says why it is not known.
	Why string
}

// share is what the runner of one pod tells: the lag of the partitions that it owns, and how many those are.
type share struct {
	records    float64
	partitions int
	err        error
}

// lags asks the runners of all pods of nodes that consume, through the API server's proxy, so that nothing else needs to
// be reached.
func (c *Cluster) lags(ctx context.Context, nodes []*Node) {
	ctx, cancel := context.WithTimeout(ctx, LagTimeout)
	defer cancel()
	told := make([][]share, len(nodes))
	var group errgroup.Group
	group.SetLimit(Concurrency)
	for i, n := range nodes {
		told[i] = make([]share, len(n.Workload.pods))
		for j, pod := range n.Workload.pods {
			group.Go(func() error {
				told[i][j] = c.ask(ctx, pod)
				return nil
			})
		}
	}
	_ = group.Wait() // a fault is part of its share
	for i, n := range nodes {
		*n.Lag = total(n.Workload.pods, told[i])
	}
}

// total is the lag of a node, which is known when all of its pods tell, and own partitions among them.
func total(pods []*corev1.Pod, shares []share) Lag {
	var all share
	for i, s := range shares {
		if s.err != nil {
			return Lag{Why: "pod " + pods[i].Name + ": " + s.err.Error()}
		}
		all.records += s.records
		all.partitions += s.partitions
	}
	switch {
	case len(shares) == 0:
		return Lag{Why: "no pod runs"}
	case all.partitions == 0:
		return Lag{Why: "no runner owns a partition"}
	case math.IsNaN(all.records) || all.records < 0 || all.records > math.MaxInt64/2:
		return Lag{Why: fmt.Sprintf("the runners tell %v", all.records)}
	default:
		return Lag{Records: int64(all.records), Known: true}
	}
}

// ask asks the runner of one pod.
func (c *Cluster) ask(ctx context.Context, pod *corev1.Pod) share {
	if pod.Status.Phase != corev1.PodRunning {
		return share{err: errors.New("it does not run")}
	}
	path := fmt.Sprintf("/api/v1/namespaces/%s/pods/%s:%d/proxy%s", pod.Namespace, pod.Name, contract.AdminPort, contract.PathMetrics)
	body, err := c.raw.Get().AbsPath(path).SetHeader("Accept", string(expfmt.NewFormat(expfmt.TypeTextPlain))).MaxRetries(0).Stream(ctx)
	if err != nil {
		return share{err: err}
	}
	defer body.Close()
	parser, text := expfmt.NewTextParser(model.UTF8Validation), &io.LimitedReader{R: body, N: maxMetrics + 1}
	families, err := parser.TextToMetricFamilies(text)
	if text.N == 0 { // a part of them would be a lag that is too small
		return share{err: fmt.Errorf("its metrics have more than %d bytes", maxMetrics)}
	}
	if err != nil {
		return share{err: fmt.Errorf("its metrics cannot be read: %w", err)}
	}
	return shareOf(families[contract.MetricLag])
}

// shareOf adds up the lag of all partitions.
func shareOf(family *dto.MetricFamily) share {
	s := share{partitions: len(family.GetMetric())}
	for _, m := range family.GetMetric() {
		s.records += m.GetGauge().GetValue()
	}
	return s
}
