package schema

import "github.com/pipelinectl/pipelinectl/schema/diag"

// What can be wrong with a file as text and as YAML. An Example is a file that gives the finding.
const (
	// CodeFileTooLarge is a file beyond MaxFileBytes, or one with so many values that reading it would exhaust memory.
	CodeFileTooLarge diag.Code = "file-too-large"

	// CodeYAMLEncoding is a byte or character that YAML text cannot hold: bad UTF-8, UTF-16, a control character, a line
	// break that only some readers know.
	CodeYAMLEncoding diag.Code = "yaml-encoding"

	// CodeYAMLSyntax is text that is not YAML.
	//
	// Example:
	//	key: [1, 2
	CodeYAMLSyntax diag.Code = "yaml-syntax"

	// CodeYAMLDepth is a value nested deeper than 100 levels.
	CodeYAMLDepth diag.Code = "yaml-depth"

	// CodeYAMLDuplicateKey is a key that stands twice in one map.
	//
	// Example:
	//	a: 1
	//	a: 2
	CodeYAMLDuplicateKey diag.Code = "yaml-duplicate-key"

	// CodeYAMLKey is a key that is not a string.
	//
	// Example:
	//	8080: web
	CodeYAMLKey diag.Code = "yaml-key"

	// CodeYAMLTag is a tag that asks for a type that documents do not have, or that its value does not fit.
	//
	// Example:
	//	a: !!binary aGVsbG8=
	CodeYAMLTag diag.Code = "yaml-tag"

	// CodeYAMLNumber is a number that JSON, and so Kubernetes, cannot carry; or (a warning) one that YAML 1.1 and 1.2 read
	// differently.
	//
	// Example:
	//	a: .inf
	CodeYAMLNumber diag.Code = "yaml-number"

	// CodeYAMLAlias is an alias without its anchor, one within its own anchor, or aliases that expand beyond measure.
	//
	// Example:
	//	a: *nowhere
	CodeYAMLAlias diag.Code = "yaml-alias"

	// CodeYAMLMerge is a merge key (<<) whose value is neither a map nor a list of maps.
	//
	// Example:
	//	<<: text
	CodeYAMLMerge diag.Code = "yaml-merge"

	// CodeAnchorUnused warns of an anchor that no alias refers to.
	//
	// Example:
	//	a: &unused 1
	CodeAnchorUnused diag.Code = "anchor-unused"
)

// What can be wrong with a document as a whole, or with the project.
const (
	// CodeDocumentKind is a document without kind, or with one that does not exist.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipelin
	CodeDocumentKind diag.Code = "document-kind"

	// CodeDocumentVersion is a document without apiVersion, or with one that this compiler does not read.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1
	//	kind: Pipeline
	CodeDocumentVersion diag.Code = "document-version"

	// CodeDocumentName is a document without metadata.name.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipeline
	//	metadata: {}
	//	spec: {}
	CodeDocumentName diag.Code = "document-name"

	// CodeDocumentNone is a file that was named but holds no document of ours.
	CodeDocumentNone diag.Code = "document-none"

	// CodeProjectFile is a pipelinectl.yaml that does not hold exactly one document of kind Project, or a document of that
	// kind elsewhere.
	CodeProjectFile diag.Code = "project-file"

	// CodeProjectSource is an entry of a Project's sources that leaves the project or that matches nothing.
	CodeProjectSource diag.Code = "project-source"
)

// What can be wrong with a field, as the JSON Schema has it.
const (
	// CodeFieldUnknown is a key that the schema does not have at that place.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipeline
	//	metadata: {name: photos, lables: {team: media}}
	//	spec: {}
	CodeFieldUnknown diag.Code = "field-unknown"

	// CodeFieldMissing is a required field that is absent.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Environment
	//	metadata: {name: prod}
	//	spec: {namespace: media}
	CodeFieldMissing diag.Code = "field-missing"

	// CodeFieldConflict is a set of fields that do not go together.
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
	CodeFieldConflict diag.Code = "field-conflict"

	// CodeValueType is a value of the wrong type.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipeline
	//	metadata: {name: 8}
	//	spec: {}
	CodeValueType diag.Code = "value-type"

	// CodeValueEnum is a value that is none of those allowed.
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
	CodeValueEnum diag.Code = "value-enum"

	// CodeValuePattern is a text that breaks the rule for its field; the hint says the rule.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Pipeline
	//	metadata: {name: Photos}
	//	spec: {}
	CodeValuePattern diag.Code = "value-pattern"

	// CodeValueRange is a number too small or too large, or a text, list or map too short or too long.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Project
	//	spec: {sources: []}
	CodeValueRange diag.Code = "value-range"

	// CodeValueDuplicate is an item that stands twice in a list that holds each once.
	//
	// Example:
	//	apiVersion: pipelinectl.dev/v1alpha1
	//	kind: Environment
	//	metadata: {name: prod}
	//	spec:
	//	  namespace: media
	//	  kafka: {bootstrapServers: "kafka.example.org:9093"}
	//	  ingressFrom: [emissary, emissary]
	CodeValueDuplicate diag.Code = "value-duplicate"

	// CodeValueInvalid is a value that its field cannot use, for a reason that the message says.
	CodeValueInvalid diag.Code = "value-invalid"
)
