package revision

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// kept are the variables of git that we leave as they are: where it finds its settings, and how far it looks for a
// repository. All others go. In a hook git names its own repository, index and objects in them, which need not be those
// of the output folder; others would start a trace or an editor.
var kept = []string{
	"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_",
	"GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH",
}

// environment makes that of a git process from ours.
func environment(ours []string) []string {
	out := slices.DeleteFunc(slices.Clone(ours), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return strings.HasPrefix(name, "GIT_") && !slices.ContainsFunc(kept, func(k string) bool {
			return name == k || strings.HasSuffix(k, "_") && strings.HasPrefix(name, k)
		})
	})
	return append(out,
		"LC_ALL=C", // some of what git says is read
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_TERMINAL_PROMPT=0",
		// What a partial clone lacks is not fetched behind the user's back. Git fails then, loudly, whereas with
		// GIT_NO_LAZY_FETCH it would call the file missing.
		"GIT_ALLOW_PROTOCOL=none",
	)
}

// command prepares git in a folder, with what a repository could have it run switched off (git-config: core.fsmonitor,
// core.hooksPath, safe.bareRepository).
func command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("git", append([]string{
		"--no-pager", "--literal-pathspecs",
		"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "safe.bareRepository=explicit",
		"-C", dir,
	}, args...)...)
	cmd.Env = environment(os.Environ())
	return cmd
}

// failedError is what git said when it failed.
type failedError struct {
	verb, talk string
}

// Error gives git's words on one line.
func (e *failedError) Error() string {
	return "git " + e.verb + ": " + strings.Join(strings.Fields(strings.TrimPrefix(e.talk, "fatal: ")), " ")
}

// run gives the output of a git command.
func run(dir, verb string, args ...string) (string, error) {
	cmd := command(dir, append([]string{verb}, args...)...)
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", &failedError{verb: verb, talk: talk.String()}
	}
	if err != nil {
		return "", fmt.Errorf("git %s: %w", verb, err)
	}
	return string(out), nil
}
