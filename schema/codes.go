package schema

import "github.com/pipelinectl/pipelinectl/schema/diag"

// What can be wrong with a file as text and as YAML. An Example is a file that gives the finding.
const (
	// FileTooLarge is a file beyond MaxFileBytes, or one with so many values that reading it would exhaust memory.
	FileTooLarge diag.Code = "file-too-large"

	// YAMLEncoding is a byte or character that YAML text cannot hold: bad UTF-8, UTF-16, a control character, a line
	// break that only some readers know.
	YAMLEncoding diag.Code = "yaml-encoding"

	// YAMLSyntax is text that is not YAML.
	//
	// Example:
	//	key: [1, 2
	YAMLSyntax diag.Code = "yaml-syntax"

	// YAMLDepth is a value nested deeper than 100 levels.
	YAMLDepth diag.Code = "yaml-depth"

	// YAMLDuplicateKey is a key that stands twice in one map.
	//
	// Example:
	//	a: 1
	//	a: 2
	YAMLDuplicateKey diag.Code = "yaml-duplicate-key"

	// YAMLKey is a key that is not a string.
	//
	// Example:
	//	8080: web
	YAMLKey diag.Code = "yaml-key"

	// YAMLTag is a tag that asks for a type that documents do not have, or that its value does not fit.
	//
	// Example:
	//	a: !!binary aGVsbG8=
	YAMLTag diag.Code = "yaml-tag"

	// YAMLNumber is a number that JSON, and so Kubernetes, cannot carry; or (a warning) one that YAML 1.1 and 1.2 read
	// differently.
	//
	// Example:
	//	a: .inf
	YAMLNumber diag.Code = "yaml-number"

	// YAMLAlias is an alias without its anchor, one within its own anchor, or aliases that expand beyond measure.
	//
	// Example:
	//	a: *nowhere
	YAMLAlias diag.Code = "yaml-alias"

	// YAMLMerge is a merge key (<<) whose value is neither a map nor a list of maps.
	//
	// Example:
	//	<<: text
	YAMLMerge diag.Code = "yaml-merge"

	// AnchorUnused warns of an anchor that no alias refers to.
	//
	// Example:
	//	a: &unused 1
	AnchorUnused diag.Code = "anchor-unused"
)

// What can be wrong with a document as a whole, or with the project.
const (
	// DocumentKind is a document without kind, or with one that does not exist.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipelin
	DocumentKind diag.Code = "document-kind"

	// DocumentVersion is a document without apiVersion, or with one that this compiler does not read.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1
	//	kind: Pipeline
	DocumentVersion diag.Code = "document-version"

	// DocumentName is a document without metadata.name.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipeline
	//	metadata: {}
	//	spec: {}
	DocumentName diag.Code = "document-name"

	// DocumentNone is a file that was named but holds no document of ours.
	DocumentNone diag.Code = "document-none"

	// ProjectFile is a pipelinectl.yaml that does not hold exactly one document of kind Project, or a document of that
	// kind elsewhere.
	ProjectFile diag.Code = "project-file"

	// ProjectSource is an entry of a Project's sources that leaves the project or that matches nothing.
	ProjectSource diag.Code = "project-source"
)

// What can be wrong with a field, as the JSON Schema has it.
const (
	// FieldUnknown is a key that the schema does not have at that place.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipeline
	//	metadata: {name: photos, lables: {team: media}}
	//	spec: {}
	FieldUnknown diag.Code = "field-unknown"

	// FieldMissing is a required field that is absent.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Environment
	//	metadata: {name: prod}
	//	spec: {namespace: media}
	FieldMissing diag.Code = "field-missing"

	// FieldConflict is a set of fields that do not go together.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Environment
	//	metadata: {name: prod}
	//	spec:
	//	  namespace: media
	//	  kafka:
	//	    bootstrapServers: kafka.example.org:9093
	//	    credentials: {from: sameNamespace, listener: tls}
	FieldConflict diag.Code = "field-conflict"

	// ValueType is a value of the wrong type.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipeline
	//	metadata: {name: 8}
	//	spec: {}
	ValueType diag.Code = "value-type"

	// ValueEnum is a value that is none of those allowed.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Environment
	//	metadata: {name: prod}
	//	spec:
	//	  namespace: media
	//	  kafka:
	//	    bootstrapServers: kafka.example.org:9093
	//	    authentication: {type: tsl}
	ValueEnum diag.Code = "value-enum"

	// ValuePattern is a text that breaks the rule for its field; the hint says the rule.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipeline
	//	metadata: {name: Photos}
	//	spec: {}
	ValuePattern diag.Code = "value-pattern"

	// ValueRange is a number too small or too large, or a text, list or map too short or too long.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Project
	//	spec: {sources: []}
	ValueRange diag.Code = "value-range"

	// ValueDuplicate is an item that stands twice in a list that holds each once.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Environment
	//	metadata: {name: prod}
	//	spec:
	//	  namespace: media
	//	  kafka: {bootstrapServers: "kafka.example.org:9093"}
	//	  ingressFrom: [emissary, emissary]
	ValueDuplicate diag.Code = "value-duplicate"

	// ValueInvalid is a value that its field cannot use, for a reason that the message says.
	ValueInvalid diag.Code = "value-invalid"
)
