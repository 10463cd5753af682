package contract

// Ports of every runner's container. An algo beside it may listen on neither.
const (
	// AdminPort serves PathMetrics, PathLive and PathReady.
	AdminPort = 9404
	// IngestPort serves Ingest.
	IngestPort = 8080
)

// Paths on AdminPort.
const (
	PathMetrics = "/metrics"
	// PathLive answers 200 while the runner makes progress; it never looks at brokers or the algo.
	PathLive = "/livez"
	// PathReady answers 200 when the group is joined and the algo is ready.
	PathReady = "/readyz"
)

// Where the Node part lies in a pod.
const (
	// NodeDir is the folder that the ConfigMap is mounted on, NodeFile its key.
	NodeDir  = "/etc/runner"
	NodeFile = "node.json"
)

// Headers of the records that a runner writes, and of the requests that it sends to an algo or a hook.
const (
	// HeaderID is the record's id. At an endpoint it is new; further on it follows from the id of the record it was
	// made from, the node and the output, so that a redelivered record gives the same ids again.
	HeaderID = "pipelinectl-id"
	// HeaderParents are the ids of the records that this one was made from, separated by commas.
	HeaderParents = "pipelinectl-parents"
	// HeaderAttempt is the attempt that succeeded, from 1.
	HeaderAttempt = "pipelinectl-attempt"
	// HeaderPipeline and HeaderNode say who wrote the record.
	HeaderPipeline = "pipelinectl-pipeline"
	HeaderNode     = "pipelinectl-node"
	// HeaderImage is the image whose code made the record, as deployed.
	HeaderImage = "pipelinectl-image"
	// HeaderConfig is the configuration hash of the runner that wrote the record.
	HeaderConfig = "pipelinectl-config"
	// HeaderInput is the name of the input that the record arrived at; on requests only.
	HeaderInput = "pipelinectl-input"
	// HeaderOutput is how an algo's response chooses one of several outputs; on responses only.
	HeaderOutput = "pipelinectl-output"
	// HeaderKey is the record's key on requests to an endpoint, an algo or a hook.
	HeaderKey = "pipelinectl-key"
	// HeaderContentType is the media type of the value (RFC 9110 section 8.3).
	HeaderContentType = "content-type"
	// HeaderTraceParent is the trace context (W3C Trace Context level 1, section 3.2).
	HeaderTraceParent = "traceparent"
)

// Headers that a dead letter carries beside the record's own, which stay as they were.
const (
	HeaderErrorClass     = "pipelinectl-error-class"
	HeaderErrorCause     = "pipelinectl-error-cause"
	HeaderErrorAttempts  = "pipelinectl-error-attempts"
	HeaderErrorTopic     = "pipelinectl-error-topic"
	HeaderErrorPartition = "pipelinectl-error-partition"
	HeaderErrorOffset    = "pipelinectl-error-offset"
	HeaderErrorTimestamp = "pipelinectl-error-timestamp"
	// HeaderErrorNode, HeaderErrorImage and HeaderErrorConfig say who gave up.
	HeaderErrorNode   = "pipelinectl-error-node"
	HeaderErrorImage  = "pipelinectl-error-image"
	HeaderErrorConfig = "pipelinectl-error-config"
)

// Variables that a process of Exec finds beside its own environment.
const (
	VarID          = "PIPELINECTL_ID"
	VarKey         = "PIPELINECTL_KEY"
	VarInput       = "PIPELINECTL_INPUT"
	VarContentType = "PIPELINECTL_CONTENT_TYPE"
	VarTraceParent = "TRACEPARENT"
)

// Metrics that other parts of the project read; the others are named where they are made (runner/metrics).
const (
	MetricRecordsIn   = "runner_records_in_total"
	MetricRecordsOut  = "runner_records_out_total"
	MetricFailures    = "runner_failures_total"
	MetricDeadLetters = "runner_dead_letters_total"
	MetricLag         = "runner_consumer_lag_records"
	MetricInFlight    = "runner_in_flight_records"
	MetricStalled     = "runner_stalled_records"
	MetricInfo        = "runner_info"
)
