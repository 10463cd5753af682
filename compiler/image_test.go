package compiler

import (
	"strings"
	"testing"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

func TestCheckImage(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("ab", 32)
	for image, want := range map[string]diag.Code{
		"label":                                CodeImageTag,
		"acme/label":                           CodeImageTag,
		"acme/label:latest":                    CodeImageTag,
		"localhost:5000/label":                 CodeImageTag,
		"registry.example.org:5000/acme/label": CodeImageTag,
		"acme/label:1":                         "",
		"acme/label" + digest:                  "",
		"acme/label:latest" + digest:           "",
		"localhost:5000/label:1":               "",
		"Registry/acme/label:1":                "", // what has upper case can only be a registry
		"a/b_c/d__e/f--g/h.i:1":                "",
		"acme/a___b:1":                         CodeImageInvalid,
		"acme/a._b:1":                          CodeImageInvalid,
		"acme..org/label:1":                    "", // a host, which the registry's client resolves
		"localhost:0/label:1":                  CodeImageInvalid,
		"localhost:65536/label:1":              CodeImageInvalid,
		strings.Repeat("a", 256) + ":1":        CodeImageInvalid,
	} {
		findings := CheckImage("`image`", schema.Value[string]{V: image, Pos: diag.Pos{Line: 1}})
		got := diag.Code("")
		if len(findings) == 1 {
			got = findings[0].Code
		}
		if got != want || len(findings) > 1 {
			t.Errorf("%s gives %v, want %q", image, findings, want)
		}
	}
}
