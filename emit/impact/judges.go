package impact

import (
	"math"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// replicasChanged: absent means that something else sets the number (an autoscaler), or 1.
func replicasChanged(f Field) verdict {
	if n, ok := number(f.New); ok && n == 0 {
		return downtime("no pod is left")
	}
	return safe("pods are added or drained one by one")
}

func statefulSetRemoved(value map[string]any) verdict {
	spec, _ := value["spec"].(map[string]any)
	if templates, _ := spec["volumeClaimTemplates"].([]any); len(templates) > 0 {
		return dataLoss("its volumes are left behind, or deleted, as its retention policy says")
	}
	return downtime("its pods are stopped")
}

func retentionPolicyChanged(f Field) verdict {
	if f.New == "Delete" {
		return dataLoss("volumes are deleted with their pods from now on")
	}
	return safe("volumes are kept")
}

func storageChanged(f Field) verdict {
	before, errBefore := resource.ParseQuantity(text(f.Old))
	after, errAfter := resource.ParseQuantity(text(f.New))
	if errBefore == nil && errAfter == nil && before.Cmp(after) <= 0 {
		return safe("the volume grows")
	}
	return dataLoss("a volume cannot shrink: the claim must be made anew, with an empty volume")
}

// rightChanged: whatever stood there before is taken away, in whole or in part.
func rightChanged(f Field) verdict {
	if f.Old == nil {
		return safe("it may do more")
	}
	return downtime("a right is taken away: requests that need it are refused")
}

func portChanged(f Field) verdict {
	if f.Old == nil {
		return safe("it has one more port")
	}
	return downtime("connections to the old port fail")
}

func policyTypeChanged(f Field) verdict {
	if f.New == nil {
		return safe("it forbids less")
	}
	return downtime("it forbids what it let pass: connections may be cut")
}

// allowedChanged: a rule, peer or port that is added allows more, except where there was none, which allowed all; and
// except in the blocks that are left out of a peer, and in what a selector demands.
func allowedChanged(f Field) verdict {
	steps := strings.Split(f.Path, "/")
	wider := f.Old == nil
	restricts := slices.ContainsFunc(steps, func(s string) bool {
		return s == "except" || strings.HasSuffix(s, "Selector")
	}) || slices.Contains([]string{"from", "to", "ports", "port"}, steps[len(steps)-1])
	switch {
	case f.Old != nil && f.New != nil:
		return downtime("other connections are allowed than before: those that no rule names any more are cut")
	case wider != restricts:
		return safe("it allows more")
	default:
		return downtime("it allows less: connections that no rule names any more are cut")
	}
}

func tlsChanged(f Field) verdict {
	switch {
	case f.New == nil:
		return downtime("it is served without TLS: callers of https fail")
	case f.Old == nil:
		return safe("it is served with TLS, once the Secret has a certificate")
	default:
		return downtime("it is served with the certificate of another Secret: callers of https fail until that has one")
	}
}

// limitChanged judges a limit by whether it goes down. Absent is what holds where nothing is said, and unlimited says
// which numbers are no limit at all.
func limitChanged(absent int64, unlimited func(int64) bool, lowered, raised verdict) func(Field) verdict {
	limit := func(value any) int64 {
		switch n, ok := number(value); {
		case !ok:
			return absent
		case unlimited(n):
			return math.MaxInt64
		default:
			return n
		}
	}
	return func(f Field) verdict {
		if limit(f.New) < limit(f.Old) {
			return lowered
		}
		return raised
	}
}

// Numbers that are no limit: to Kafka a negative one, to Emissary's timeouts zero.
func negative(n int64) bool { return n < 0 }
func zero(n int64) bool     { return n == 0 }

func dnsNameChanged(f Field) verdict {
	if f.Old == nil {
		return safe("it is issued anew; the old one serves until then")
	}
	return downtime("it is issued anew without the old name: callers of that refuse it")
}

func insecureChanged(f Field) verdict {
	if f.New == "Route" {
		return safe("requests without TLS are served")
	}
	return downtime("requests without TLS are no longer served")
}

// number gives a number, also one that is written as a string.
func number(value any) (int64, bool) {
	q, err := resource.ParseQuantity(text(value))
	if err != nil {
		return 0, false
	}
	return q.AsInt64()
}
