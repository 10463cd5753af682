package chaos

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// children are the processes that a process has started and that still run (proc(5): /proc/pid/task/tid/children).
func children(pid int) []int {
	var out []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well-formed
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil { // the thread has ended
			continue
		}
		for word := range bytes.FieldsSeq(text) {
			if child, err := strconv.Atoi(string(word)); err == nil && running(child) {
				out = append(out, child)
			}
		}
	}
	return out
}

// running says whether a process is more than a status that waits to be asked for. The state is the first field behind
// the name, which ends in the last closing parenthesis.
func running(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	after := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	return len(after) > 0 && string(after[0]) != "Z" && string(after[0]) != "X"
}
