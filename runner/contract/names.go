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
	// HeaderEntered is when a runner of the pipeline first saw the record, or the first of those that it was made from, in
	// the form of RFC 3339. OnFailure.Within is measured from it.
	HeaderEntered = "pipelinectl-entered"
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
	// HeaderClass is how a response says of which Class its failure is, whatever its status; on responses only.
	HeaderClass = "pipelinectl-class"
	// HeaderKey is the record's key on requests to an endpoint, an algo or a hook.
	HeaderKey = "pipelinectl-key"
	// HeaderContentType is the media type of the value (RFC 9110 section 8.3).
	HeaderContentType = "content-type"
	// HeaderTraceParent is the trace context (W3C Trace Context level 1, section 3.2).
	HeaderTraceParent = "traceparent"
)

// Headers that a record carries which was given up, beside its own: in the dead letters, where its own stay as they were,
// and on the output of a route. Requests to an algo or a hook carry the class and the cause of a record that came so.
const (
	HeaderErrorClass = "pipelinectl-error-class"
	HeaderErrorCause = "pipelinectl-error-cause"
	// HeaderErrorAttempts counts the attempts, waits for an overloaded algo left out.
	HeaderErrorAttempts = "pipelinectl-error-attempts"
	// HeaderErrorTopic, HeaderErrorPartition and HeaderErrorOffset say where the record stands that was read.
	HeaderErrorTopic     = "pipelinectl-error-topic"
	HeaderErrorPartition = "pipelinectl-error-partition"
	HeaderErrorOffset    = "pipelinectl-error-offset"
	// HeaderErrorFirst is when it first failed and HeaderErrorTimestamp when it was given up, both in the form of RFC 3339.
	HeaderErrorFirst     = "pipelinectl-error-first-timestamp"
	HeaderErrorTimestamp = "pipelinectl-error-timestamp"
	// HeaderErrorNode, HeaderErrorImage and HeaderErrorConfig say who gave up.
	HeaderErrorNode   = "pipelinectl-error-node"
	HeaderErrorImage  = "pipelinectl-error-image"
	HeaderErrorConfig = "pipelinectl-error-config"
)

// Headers of an entry that waits for a delayed retry, in a tier (Node.Retries) or a park (Input.Park). They stand behind
// the record's own headers, all of them, in this order; key, value and the headers before them are the record's own. Times
// are in the form of RFC 3339 unless said otherwise.
const (
	// HeaderRetryDue is when the record is to be delivered.
	HeaderRetryDue = "pipelinectl-retry-due"
	// HeaderRetryRound counts its delayed deliveries, from 1; which tier each belongs to follows from
	// FailurePolicy.Delayed. Zero is the first delivery of a record that only waits for one before it of its key.
	HeaderRetryRound = "pipelinectl-retry-round"
	// HeaderRetryTopic, HeaderRetryPartition and HeaderRetryOffset say where the record stands that was read, and
	// HeaderRetryTimestamp is its time as Kafka has it: milliseconds since 1970 in UTC. The time of the entry is that of its
	// writing, so that its topic keeps it long enough.
	HeaderRetryTopic     = "pipelinectl-retry-topic"
	HeaderRetryPartition = "pipelinectl-retry-partition"
	HeaderRetryOffset    = "pipelinectl-retry-offset"
	HeaderRetryTimestamp = "pipelinectl-retry-timestamp"
	// HeaderRetryFailures counts the attempts that failed, those of all deliveries.
	HeaderRetryFailures = "pipelinectl-retry-failures"
	// HeaderRetryFirst is when it first failed; empty where it has not.
	HeaderRetryFirst = "pipelinectl-retry-first-timestamp"
	// HeaderRetryCause is the cause of its last failure.
	HeaderRetryCause = "pipelinectl-retry-cause"
	// HeaderRetryEntered is when a runner of the pipeline first saw it; see HeaderEntered.
	HeaderRetryEntered = "pipelinectl-retry-entered"
)

// Headers of an entry of a park, behind those of every entry that waits: its key is the record's place (partition and
// offset), and an entry without value says that the record of that place is finished.
const (
	// HeaderRetryKey is the record's key; absent where it has none.
	HeaderRetryKey = "pipelinectl-retry-key"
	// HeaderRetryNull says, by being there, that the record's value is null; the entry's is empty then.
	HeaderRetryNull = "pipelinectl-retry-null"
)

// Variables that a process of Exec finds beside its own environment.
const (
	VarID          = "PIPELINECTL_ID"
	VarKey         = "PIPELINECTL_KEY"
	VarInput       = "PIPELINECTL_INPUT"
	VarContentType = "PIPELINECTL_CONTENT_TYPE"
	VarTraceParent = "TRACEPARENT"
	// VarErrorClass and VarErrorCause are those of a record that came on the route of another node; else they are absent.
	VarErrorClass = "PIPELINECTL_ERROR_CLASS"
	VarErrorCause = "PIPELINECTL_ERROR_CAUSE"
)

// Metrics that other parts of the project read; the others are named where they are made (runner/metrics).
const (
	MetricRecordsIn   = "runner_records_in_total"
	MetricRecordsOut  = "runner_records_out_total"
	MetricFailures    = "runner_failures_total"
	MetricDeadLetters = "runner_dead_letters_total"
	MetricDropped     = "runner_dropped_total"
	MetricDelayed     = "runner_records_delayed_total"
	MetricWaiting     = "runner_waiting_records"
	MetricLag         = "runner_consumer_lag_records"
	MetricInFlight    = "runner_in_flight_records"
	MetricStalled     = "runner_stalled_records"
	MetricBreaker     = "runner_breaker_open"
	MetricInfo        = "runner_info"
)
