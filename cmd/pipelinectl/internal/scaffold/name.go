package scaffold

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxName leaves room for what namespaces have behind the name: a namespace has 63 characters at most.
const maxName = 63 - len("-staging")

// FitName makes a project's name of a folder's; empty when nothing in it can be one.
func FitName(folder string) string {
	name := regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(folder), "-")
	name = strings.TrimLeft(name, "-0123456789")
	name = strings.TrimRight(name[:min(len(name), maxName)], "-")
	if CheckName(name) != nil {
		return ""
	}
	return name
}

// CheckName says why a name cannot be a project's: it is a pipeline's (RFC 1035 label), short enough for namespaces.
func CheckName(name string) error {
	switch {
	case !regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`).MatchString(name):
		return errors.New("a name is lower case letters, digits and `-`, begins with a letter, ends with a letter or digit")
	case len(name) > maxName:
		return fmt.Errorf("a name has %d characters at most", maxName)
	case slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, name):
		return fmt.Errorf("YAML reads `%s` as another thing than a name", name) // YAML 1.1, https://yaml.org/type/bool.html
	default:
		return nil
	}
}

// CheckFolder says why a folder, relative to its repository's root, cannot stand in the files of a CI system.
func CheckFolder(folder string) error {
	if regexp.MustCompile(`^[A-Za-z0-9._][-A-Za-z0-9._/]*$`).MatchString(folder) {
		return nil
	}
	return fmt.Errorf("the folder `%s` of the repository has characters that CI files would have to quote", folder)
}

// revision gives the revision of our repository that has a version: a release's tag, else the newest there is.
func revision(version string) string {
	if regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(version) {
		return version
	}
	return "main"
}
