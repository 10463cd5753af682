package compiler

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

const (
	// CodeImageTag is a warning about an image whose name says no version, so that its content changes under it.
	CodeImageTag diag.Code = "image-tag"
	// CodeImageInvalid is reported for an image that no registry could hold.
	CodeImageInvalid diag.Code = "image-invalid"
)

// latest is the tag of an image that names none.
const latest = "latest"

// CheckImage reports an image that could not be pulled, or that is another one tomorrow; what names its field, as in
// "`image` of algo `label`". The document's schema has seen its form.
//
// The grammar is that of github.com/distribution/reference. That package is not used for it, since its initialization
// alone would take a millisecond of every command's start.
func CheckImage(what string, image schema.Value[string]) diag.List {
	var findings diag.List
	if !image.IsSet() {
		return nil
	}
	name, digest, _ := strings.Cut(image.V, "@")
	tag := ""
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, tag = name[:i], name[i+1:]
	}
	if fault := imageFault(name); fault != "" {
		findings.Errorf(CodeImageInvalid, image.Pos, "%s, `%s`, could not be pulled: %s", what, image.V, fault).
			WithHint("write `registry/name:tag`, such as `ghcr.io/acme/resize:2.1`")
		return findings
	}
	if digest != "" || tag != "" && tag != latest {
		return nil
	}
	d := findings.Warnf(CodeImageTag, image.Pos, "%s, `%s`, names no version: pods that start on different days may run different code", what, image.V)
	if tag == "" {
		d.WithHint("add a tag or a digest, as in `%[1]s:1.0` or `%[1]s@sha256:...`; without one the tag `latest` holds", name)
	} else {
		d.WithHint("use a tag that stays what it is, or a digest, as in `%[1]s:1.0` or `%[1]s@sha256:...`", name)
	}
	return findings
}

// maxImageName is the length of an image's name without tag and digest (NameTotalLengthMax of distribution/reference).
const maxImageName = 255

// imagePath is one part of an image's name (path-component in the grammar of distribution/reference).
var imagePath = regexp.MustCompile(`^[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*$`)

// imageFault says what is wrong with an image's name, empty when nothing is.
func imageFault(name string) string {
	if len(name) > maxImageName {
		return "its name has more than 255 characters"
	}
	registry, path, found := strings.Cut(name, "/")
	if !found || !strings.ContainsAny(registry, ".:") && registry != "localhost" && strings.ToLower(registry) == registry {
		registry, path = "", name
	}
	if _, port, ok := strings.Cut(registry, ":"); ok {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "its registry has no port `" + port + "`"
		}
	}
	for part := range strings.SplitSeq(path, "/") {
		if !imagePath.MatchString(part) {
			return "the part `" + part + "` of its name must be lower case letters and digits, with single `.`, `_` or `__`, or any number of `-`, between them"
		}
	}
	return ""
}
