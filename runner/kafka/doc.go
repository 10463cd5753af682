// Package kafka owns the client: it is the only package that imports sarama, and the only one that knows its traps.
// A Source reads the partitions that a consumer group hands out; a Sink writes records and tells when they are safe.
// It must not know what is done with records, nor of nodes beyond the names it is given. Start at Source and Sink;
// config.go says which of the client's defaults are changed and why.
package kafka
