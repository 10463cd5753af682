// Package emittest proves emitted objects, for tests: custom resources against the schemas of their CRDs as an API
// server checks them (structural schema, CEL rules, lists, unknown fields), built-in kinds by strict decoding into their
// Go type, pods against the Pod Security Standard restricted. A kind without a schema fails.
//
// It knows no kind of node, and only tests import it. Start reading at New.
package emittest
