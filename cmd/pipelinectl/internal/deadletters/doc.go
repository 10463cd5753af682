// Package deadletters owns what can be done with the records that a pipeline gave up: count them, look at them, put them
// back to work, throw them away. It works against any broker and needs no runner.
//
// It must not know documents: a verb hands in each Node with its topics, planned by the compiler. Nor may it believe a
// record: a topic that a header names is written to only when the plan says that the node reads it.
//
// # Headers
//
// A dead letter has key, value, headers and timestamp of the record as they were, and beside them why it was given up.
// Kafka Connect (KIP-298, org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter) and Spring
// (org.springframework.kafka.support.KafkaHeaders) say the same in other words, so a letter of theirs is read as well:
//
//	fact           ours                               Kafka Connect                       Spring
//	class          pipelinectl-error-class            -                                   -
//	cause          pipelinectl-error-cause            __connect.errors.exception.message  kafka_dlt-exception-message
//	attempts       pipelinectl-error-attempts         -                                   -
//	topic          pipelinectl-error-topic            __connect.errors.topic              kafka_dlt-original-topic
//	partition      pipelinectl-error-partition        __connect.errors.partition          kafka_dlt-original-partition
//	offset         pipelinectl-error-offset           __connect.errors.offset             kafka_dlt-original-offset
//	first failed   pipelinectl-error-first-timestamp  -                                   -
//	given up at    pipelinectl-error-timestamp        -                                   -
//	by node        pipelinectl-error-node             __connect.errors.connector.name     kafka_dlt-original-consumer-group
//	by image       pipelinectl-error-image            -                                   -
//	configuration  pipelinectl-error-config           -                                   -
//	replays        pipelinectl-replays                -                                   -
//
// Numbers are decimal text, times RFC 3339; Spring's partition and offset are big-endian, of 4 and 8 bytes. Where nobody
// says when a record was given up, the record's own timestamp stands for it.
//
// # What was replayed
//
// A replay keeps in a consumer group of the pipeline's own, one that nobody joins, which letters it has put back: below
// the committed offset all of them, above it those that the commit's metadata lists. So a replay that was interrupted,
// or that chose some letters by a filter, is taken up where it stands. The broker forgets a group that nobody commits to
// (offsets.retention.minutes, a week unless configured), and then a replay begins anew.
//
// Start reading at Letter, then at Client.Read, Replay and marks.
package deadletters
