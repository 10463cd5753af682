package origin

// kafkaRules are about topics, users and what copies credentials.
var kafkaRules = []ruling{
	{"KafkaTopic", "spec.partitions", "a topic of dead letters has one partition: people read it, and order helps them; one of delayed retries has as many as the widest input, a park as many as its source"},
	{"KafkaTopic", `spec.config["retention.ms"]`, "dead letters are kept for 14 days, longer than Kafka's default week: people look at them after the weekend; a tier of delayed retries keeps records for 14 days more than they wait in it"},
	{"KafkaTopic", `spec.config["cleanup.policy"]`, "a park keeps the last entry of each record that waits, and a tier of delayed retries each entry, whatever the broker's default is"},
	{"KafkaTopic", `spec.config["retention.bytes"]`, "a tier of delayed retries keeps what waits in it however much it is"},
	{"KafkaTopic", `spec.config["min.cleanable.dirty.ratio"]`, "a park is made small early: it is read from its start whenever a partition is claimed"},
	{"KafkaTopic", `spec.config["max.compaction.lag.ms"]`, "a park is made small at least this often: it is read from its start whenever a partition is claimed"},
	{"KafkaTopic", `spec.config["segment.ms"]`, "a park's segments are short, since Kafka does not compact the one that it writes to"},
	{"KafkaTopic", `spec.config["segment.bytes"]`, "a park's segments are small, since Kafka does not compact the one that it writes to"},
	{"KafkaTopic", `spec.config["delete.retention.ms"]`, "who reads a park from its start hears of all that is finished, if it takes no longer than this"},
	{"KafkaTopic", `spec.config["max.message.bytes"]`, "a dead letter, or a record that waits for a delayed retry, is the largest record that the node can read, with headers that say why it failed"},
	{"KafkaUser", "spec.authorization.type", "Strimzi's `simple` is Kafka's own authorizer"},
	{"KafkaUser", "spec.authorization.acls[*].**", "a runner has the rights of its node and no others: to read its inputs in its group, to write its outputs and dead letters, to do both where its records wait for a delayed retry; the user `ops` those that `dlq`, `reset` and `clean` need"},
	{"KafkaAccess", "spec.user.**", "the user whose credentials are copied is the KafkaUser of the node"},
}
