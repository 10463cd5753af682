package kafka

import (
	"github.com/IBM/sarama"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/runner/record"
)

// ownNames are the header names that nearly every record carries. sarama has names as bytes, we as strings; sharing
// these saves an allocation per header both ways.
var ownNames = [...]string{
	contract.HeaderID, contract.HeaderParents, contract.HeaderTraceParent, contract.HeaderContentType,
	contract.HeaderAttempt, contract.HeaderPipeline, contract.HeaderNode, contract.HeaderImage, contract.HeaderConfig,
}

var (
	stringNames = func() map[string]string {
		m := map[string]string{}
		for _, n := range ownNames {
			m[n] = n
		}
		return m
	}()
	byteNames = func() map[string][]byte {
		m := map[string][]byte{}
		for _, n := range ownNames {
			m[n] = []byte(n)
		}
		return m
	}()
)

func headerName(raw []byte) string {
	if name, ok := stringNames[string(raw)]; ok { // no allocation: the compiler sees the lookup
		return name
	}
	return string(raw)
}

func headersOf(in []record.Header) []sarama.RecordHeader {
	if len(in) == 0 {
		return nil
	}
	out := make([]sarama.RecordHeader, len(in))
	for i, h := range in {
		name, ok := byteNames[h.Key]
		if !ok {
			name = []byte(h.Key)
		}
		out[i] = sarama.RecordHeader{Key: name, Value: h.Value}
	}
	return out
}
