package schema

import "github.com/pipelinectl/pipelinectl/schema/diag"

// What can be wrong with a file as text and as YAML.
const (
	// CodeFileTooLarge is a file beyond MaxFileBytes, or one with so many values that reading it would exhaust memory.
	CodeFileTooLarge diag.Code = "file-too-large"

	// CodeYAMLEncoding is a byte or character that YAML text cannot hold: bad UTF-8, UTF-16, a control character, a line
	// break that only some readers know.
	CodeYAMLEncoding diag.Code = "yaml-encoding"

	// CodeYAMLSyntax is text that is not YAML.
	CodeYAMLSyntax diag.Code = "yaml-syntax"

	// CodeYAMLDepth is a value nested deeper than 100 levels.
	CodeYAMLDepth diag.Code = "yaml-depth"

	// CodeYAMLDuplicateKey is a key that stands twice in one map.
	CodeYAMLDuplicateKey diag.Code = "yaml-duplicate-key"

	// CodeYAMLKey is a key that is not a string.
	CodeYAMLKey diag.Code = "yaml-key"

	// CodeYAMLTag is a tag that asks for a type that documents do not have, or that its value does not fit.
	CodeYAMLTag diag.Code = "yaml-tag"

	// CodeYAMLNumber is a number that JSON, and so Kubernetes, cannot carry; or (a warning) one that YAML 1.1 and 1.2 read
	// differently.
	CodeYAMLNumber diag.Code = "yaml-number"

	// CodeYAMLAlias is an alias without its anchor, one within its own anchor, or aliases that expand beyond measure.
	CodeYAMLAlias diag.Code = "yaml-alias"

	// CodeYAMLMerge is a merge key (<<) whose value is neither a map nor a list of maps.
	CodeYAMLMerge diag.Code = "yaml-merge"

	// CodeAnchorUnused warns of an anchor that no alias refers to.
	CodeAnchorUnused diag.Code = "anchor-unused"
)

// What can be wrong with a document as a whole, or with the project.
const (
	// CodeDocumentKind is a document without kind, or with one that does not exist.
	CodeDocumentKind diag.Code = "document-kind"

	// CodeDocumentVersion is a document without apiVersion, or with one that this compiler does not read.
	CodeDocumentVersion diag.Code = "document-version"

	// CodeDocumentName is a document without metadata.name.
	CodeDocumentName diag.Code = "document-name"

	// CodeDocumentNone is a file that was named but holds no document of ours.
	CodeDocumentNone diag.Code = "document-none"

	// CodeProjectFile is a pipelinectl.yaml that does not hold exactly one document of kind Project, or a document of that
	// kind elsewhere.
	CodeProjectFile diag.Code = "project-file"

	// CodeProjectSource is an entry of a Project's sources that leaves the project or that matches nothing.
	CodeProjectSource diag.Code = "project-source"

	// CodeDefaultsAside warns of a file with Defaults that lies above the project's sources and is none of them.
	CodeDefaultsAside diag.Code = "defaults-aside"
)

// What can be wrong with a field, as the JSON Schema has it.
const (
	// CodeFieldUnknown is a key that the schema does not have at that place.
	CodeFieldUnknown diag.Code = "field-unknown"

	// CodeFieldMissing is a required field that is absent.
	CodeFieldMissing diag.Code = "field-missing"

	// CodeFieldConflict is a set of fields that do not go together.
	CodeFieldConflict diag.Code = "field-conflict"

	// CodeValueType is a value of the wrong type.
	CodeValueType diag.Code = "value-type"

	// CodeValueEnum is a value that is none of those allowed.
	CodeValueEnum diag.Code = "value-enum"

	// CodeValuePattern is a text that breaks the rule for its field; the hint says the rule.
	CodeValuePattern diag.Code = "value-pattern"

	// CodeValueRange is a number too small or too large, or a text, list or map too short or too long.
	CodeValueRange diag.Code = "value-range"

	// CodeValueDuplicate is an item that stands twice in a list that holds each once.
	CodeValueDuplicate diag.Code = "value-duplicate"

	// CodeValueInvalid is a value that its field cannot use, for a reason that the message says.
	CodeValueInvalid diag.Code = "value-invalid"
)

// What can be wrong with the comments and settings that say how findings count.
const (
	// CodeAllowReason is an allow comment that does not say why.
	CodeAllowReason diag.Code = "allow-reason"

	// CodeAllowUnused warns of an allow comment that allows nothing, or whose code does not exist.
	CodeAllowUnused diag.Code = "allow-unused"

	// CodeWarningUnknown is a code in the project's settings of warnings that no finding has.
	CodeWarningUnknown diag.Code = "warning-unknown"
)
