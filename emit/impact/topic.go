package impact

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Labels that say whose an object is. They are those of workload.Labels and of strimzi.LabelCluster.
const (
	labelNode    = "app.kubernetes.io/component"
	labelCluster = "strimzi.io/cluster"
)

// The sorts of topic beside that of an output.
const (
	sortDeadLetters = "dlq"
	sortRetry       = "retry"
	sortPark        = "park"
)

// topicFields judge a KafkaTopic. What Kafka assumes where a topic says nothing is in
// org.apache.kafka.storage.internals.log.LogConfig; a broker may say otherwise, which nobody can see here.
var topicFields = []fieldRule{
	{"/metadata/labels/strimzi.io~1cluster", always(dataLoss("it moves to another Kafka, where it begins empty"))},
	{"/metadata/annotations/kustomize.toolkit.fluxcd.io~1prune", always(safe("what keeps Flux from deleting it changes"))},
	{"/spec/topicName", always(dataLoss("Kafka cannot rename a topic: the other one begins empty, and the records stay behind"))},
	{"/spec/partitions", partitionsChanged},
	{"/spec/replicas", always(safe("Strimzi adds and removes replicas only with Cruise Control, and else says so in the topic's status; records stay"))},
	{"/spec/config/min.insync.replicas", always(safe("it holds at once: writes fail while fewer replicas are in sync"))},
	{"/spec/config/retention.ms", limitChanged(7*24*60*60*1000, negative, dataLoss("records older than that are deleted"), moreKept)},
	{"/spec/config/retention.bytes", limitChanged(math.MaxInt64, negative, dataLoss("older records are deleted where a partition holds more"), moreKept)},
	{"/spec/config/cleanup.policy", cleanupChanged},
	{"/spec/config/delete.retention.ms", always(safe("it holds for tombstones from now on"))},
	{"/spec/config/max.message.bytes", limitChanged(1<<20+12, negative, downtime("records larger than that are refused"), safe("larger records are taken"))},
	{"/spec/config/remote.storage.enable", remoteStorageChanged},
	{"/spec/config/unclean.leader.election.enable", uncleanElectionChanged},
	{"/spec/config/**", always(safe("it holds for records from now on"))},
}

var moreKept = safe("more is kept than before")

// topicRemoved says what goes with a topic.
func topicRemoved(value map[string]any) verdict {
	switch sort, _, _ := strings.Cut(topicOutput(value), "."); sort {
	case sortRetry:
		return dataLoss("records that wait in this retry tier for their next attempt are lost")
	case sortPark:
		return dataLoss("records that are parked in it behind a failed one are lost")
	case sortDeadLetters:
		return dataLoss("the dead letters in it are deleted")
	default:
		return dataLoss("its records are deleted with it")
	}
}

// topicOutput is what stands behind the node in a topic's name: an output, or dlq, retry.<n>, park.<source>. It is empty
// for a topic that a document names itself.
func topicOutput(value map[string]any) string {
	spec, _ := value["spec"].(map[string]any)
	name, _ := spec["topicName"].(string)
	node := nodeOf(value)
	if _, output, ok := strings.Cut(name, "."+node+"."); ok && node != "" {
		return output
	}
	return ""
}

func partitionsChanged(f Field) verdict {
	before, was := number(f.Old)
	after, is := number(f.New)
	switch {
	case was && is && after < before:
		return dataLoss("Kafka cannot take partitions away: the topic would have to be made anew, empty")
	case was && is:
		return safe("keys move to other partitions: records of one key are out of order across the change")
	default:
		return safe("the broker's default holds where a number is missing, and only for a new topic")
	}
}

func cleanupChanged(f Field) verdict {
	policies := func(value any) []string {
		if value == nil {
			return []string{"delete"} // Kafka's default
		}
		var list []string
		for policy := range strings.SplitSeq(text(value), ",") {
			list = append(list, strings.TrimSpace(policy))
		}
		slices.Sort(list)
		return list
	}
	if slices.Equal(policies(f.Old), policies(f.New)) {
		return safe("it says what held before")
	}
	return dataLoss("records are deleted by another rule than before: by age and size, or all but the last of each key")
}

func remoteStorageChanged(f Field) verdict {
	if text(f.Old) == "true" {
		return dataLoss("what was moved to remote storage can no longer be read")
	}
	return safe("older records are moved to remote storage")
}

func uncleanElectionChanged(f Field) verdict {
	if text(f.New) == "true" {
		return dataLoss("a replica that lags may become the leader, and what it lacks is lost")
	}
	return safe("no replica that lags becomes the leader")
}

// text is a scalar as text, empty for nothing.
func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}
