// Package gitopstest is for tests of how engines see custom resources: what operators write into their status, recorded,
// and the evaluators by which Flux and Argo CD tell from it how an object stands.
//
// Only tests import it. Start reading at Recordings.
package gitopstest
