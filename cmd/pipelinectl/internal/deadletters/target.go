package deadletters

import (
	"fmt"
	"strings"
)

// To says who gets a replayed record.
type To string

// Where records go.
const (
	// ToStage is the node that gave the record up, and nobody else: a letter from a topic that other nodes read as well is
	// refused.
	ToStage To = "stage"
	// ToSource is the topic that the node read the record from, and so every node that reads it.
	ToSource To = "source"
)

// Refusal is why a letter is not replayed.
type Refusal struct {
	// Why is the reason, the same words for letters that are refused alike; Mend says what would let them through.
	Why, Mend string
}

// target gives the topic that a letter goes back to.
func (n *Node) target(f Failure, to To) (string, *Refusal) {
	in := n.input(f.Topic)
	switch {
	case f.Topic == "":
		return "", &Refusal{"it does not say which topic it came from", "a letter without the header is none of this pipeline's runners: `dlq show --format json` exports it"}
	case in == nil:
		// The name is the record's own word, and records are not to be trusted.
		return "", &Refusal{
			fmt.Sprintf("it came from topic `%s`, which node `%s` does not read", Printable(f.Topic), n.Name),
			"if the node read it once, add the input again, or export the letter with `dlq show --format json`",
		}
	case to == ToStage && len(in.Others) > 0:
		return "", &Refusal{
			fmt.Sprintf("`%s` is also read by %s, which would get it again", in.Topic, strings.Join(in.Others, ", ")),
			"add `--to source` where that does no harm",
		}
	}
	return in.Topic, nil
}

// guard refuses a record that went round too often.
func guard(l *Letter, most int) *Refusal {
	if n := l.Replays(); n >= most {
		return &Refusal{fmt.Sprintf("it was replayed %d times and given up again", n), "mend the cause first, then add `--force`"}
	}
	return nil
}
