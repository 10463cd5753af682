package origin

// kafkaRules are about topics, users and what copies credentials.
var kafkaRules = []ruling{
	{"KafkaTopic", "spec.partitions", "a topic of dead letters has one partition: people read it, and order helps them"},
	{"KafkaTopic", `spec.config["retention.ms"]`, "dead letters are kept for 14 days, longer than Kafka's default week: people look at them after the weekend"},
	{"KafkaTopic", `spec.config["max.message.bytes"]`, "a dead letter is the largest record that the node can read, with headers that say why it failed"},
	{"KafkaUser", "spec.authorization.type", "Strimzi's `simple` is Kafka's own authorizer"},
	{"KafkaUser", "spec.authorization.acls[*].**", "a runner has the rights of its node and no others: to read its inputs in its group, to write its outputs and dead letters"},
	{"KafkaAccess", "spec.user.**", "the user whose credentials are copied is the KafkaUser of the node"},
}
