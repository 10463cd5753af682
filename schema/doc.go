// Package schema owns the way from text to a validated Document: strict YAML in which every leaf keeps file, line and
// column, JSON Schema (draft 2020-12) assembled from the envelope and the kinds' fragments, and the project that
// documents are loaded from. It must not know what a node of a pipeline means: kinds hand in their fragments.
//
// Start reading at Parse (text to Documents), then Set.Validate (findings of the JSON Schema, at the exact key or
// value), Decode (a Node into a struct of Values), Load (files of a project).
package schema
