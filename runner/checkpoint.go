package runner

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// checkpoint is what a commit says of a partition beside its offset. It is written into the commit's metadata, so that
// whoever claims the partition next knows it, whatever became of this process.
type checkpoint struct {
	// done are the finished records above the watermark: runs of offsets, in order, none touching another.
	done []span
	// ceiling is set while records may be in work: none at or above it was started before a commit had raised it. Zero
	// says that the partition was let go in order.
	ceiling int64
	// suspect is the record that is tried alone, tries how often a process has begun to; zero tries: none is.
	suspect int64
	tries   int
}

// span is a run of offsets, half open.
type span struct{ from, to int64 }

const (
	// checkpointVersion begins the text; a text of another version is not understood, and so not believed.
	checkpointVersion = "1"
	// checkpointBytes bounds the text. A broker takes 4096 bytes (offset.metadata.max.bytes).
	checkpointBytes = 4000
	// doneBytes bounds the runs before they are written in base64; the rest of the text takes less than 100 bytes.
	doneBytes = (checkpointBytes - 100) / 4 * 3
)

// Words of the text.
const (
	wordDirty   = "dirty="
	wordSuspect = "suspect="
	wordTries   = "tries="
	wordDone    = "done="
)

// encode gives the text: words that people can read, and the runs as distances from the watermark in base64 (unsigned
// varints, from one run's end to the next one's start and on to its end). It is as long as checkpointBytes at most where
// maxRuns was kept.
func (c checkpoint) encode(low int64) string {
	var b strings.Builder
	b.WriteString(checkpointVersion)
	word := func(name string, n int64) {
		b.WriteByte(' ')
		b.WriteString(name)
		b.WriteString(strconv.FormatInt(n, 10))
	}
	if c.ceiling > 0 {
		word(wordDirty, c.ceiling)
	}
	if c.tries > 0 {
		word(wordSuspect, c.suspect)
		word(wordTries, int64(c.tries))
	}
	if len(c.done) > 0 {
		var raw []byte
		for _, s := range c.done {
			raw = binary.AppendUvarint(raw, uint64(s.from-low))
			raw = binary.AppendUvarint(raw, uint64(s.to-s.from))
			low = s.to
		}
		b.WriteByte(' ')
		b.WriteString(wordDone)
		b.WriteString(base64.RawURLEncoding.EncodeToString(raw))
	}
	return b.String()
}

// maxRuns is how many runs fit, when they lie within width offsets of the watermark.
func maxRuns(width int64) int {
	return doneBytes / (2 * len(binary.AppendUvarint(nil, uint64(max(width, 0)))))
}

// parseCheckpoint reads what encode wrote for a watermark. An empty text is that of somebody who keeps nothing, such as
// Kafka's own tools when they reset a group.
func parseCheckpoint(text string, low int64) (c checkpoint, err error) {
	if text == "" {
		return c, nil
	}
	words := strings.Split(text, " ")
	if words[0] != checkpointVersion {
		return c, fmt.Errorf("a checkpoint of version %.20q, not %s", words[0], checkpointVersion)
	}
	order := []struct {
		name string
		read func(string) error
	}{
		{wordDirty, func(s string) error { return parseOffset(s, &c.ceiling) }},
		{wordSuspect, func(s string) error { return parseOffset(s, &c.suspect) }},
		{wordTries, func(s string) (err error) { c.tries, err = strconv.Atoi(s); return err }},
		{wordDone, func(s string) (err error) { c.done, err = parseDone(s, low); return err }},
	}
	for _, word := range words[1:] {
		for len(order) > 0 && !strings.HasPrefix(word, order[0].name) {
			order = order[1:]
		}
		if len(order) == 0 {
			return checkpoint{}, fmt.Errorf("a checkpoint does not go on with %.20q", word)
		}
		if err := order[0].read(strings.TrimPrefix(word, order[0].name)); err != nil {
			return checkpoint{}, fmt.Errorf("a checkpoint's %.20q: %w", word, err)
		}
		order = order[1:]
	}
	if (c.tries > 0) != strings.Contains(text, wordSuspect) || c.tries < 0 {
		return checkpoint{}, errors.New("a checkpoint has a suspect without tries, or tries without a suspect")
	}
	return c, nil
}

func parseOffset(s string, to *int64) (err error) {
	if *to, err = strconv.ParseInt(s, 10, 64); err == nil && *to < 0 {
		err = errors.New("an offset below zero")
	}
	return err
}

// parseDone reads the runs. Text of any length is bounded by what a broker keeps.
func parseDone(s string, low int64) ([]span, error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, err
	}
	var out []span
	for len(raw) > 0 {
		var run [2]int64
		for i := range run {
			n, size := binary.Uvarint(raw)
			if size <= 0 || n == 0 || n > uint64(1)<<62 || low+int64(n) < low {
				return nil, errors.New("runs that do not ascend")
			}
			low += int64(n)
			run[i], raw = low, raw[size:]
		}
		out = append(out, span{run[0], run[1]})
	}
	return out, nil
}
