package compiler

// The fields of a node that promotion moves from one environment to another.
const (
	FieldImage      = "image"
	FieldParameters = "parameters"
)
