// Package emit turns a planned Graph into Kubernetes manifests: complete typed objects per environment, factored into
// a kustomize base and overlays, written to disk.
//
// It owns what every object has in common: identity and uniqueness (Bundle), the one normal form that is printed
// (normalize.go), the factoring into base and patches (Factor), the ledger, the writing of files (Write) and the findings
// about a folder that is not as it would be written (Changes.Drift). It must not know any kind of node: those live in
// emit/kinds and hand in their objects through Emitter and Builder. Of documents it reports nothing: a user's faults
// were found before emission, so an error here is an internal fault or I/O.
//
// What is written falls into units (Unit), each with a ledger of its own: the tree of each pipeline, with the file that a
// GitOps engine gets for it, and what the pipelines of each environment share there. Which objects those are, emit/gitops
// knows.
//
// The phases, each of which returns a new value and leaves its input alone:
//
//	Emit     *compiler.Graph   -> *Bundle    complete objects of one environment, or of none
//	Factor   Bundles           -> Tree       base, overlays, patches, ledger: paths and bytes
//	Unfactor Tree              -> Manifests  back again: what an earlier build meant, for a comparison
//	Compare  Target and folder -> *Changes   what a write would do, in what the folder differs, what forbids the write
//	Write    Target            -> disk       Compare, then apply: one at a time, safe against being killed
//	Render   Tree              -> manifests  one overlay through kustomize, in memory
//
// Start reading at Emit, then Factor.
package emit
