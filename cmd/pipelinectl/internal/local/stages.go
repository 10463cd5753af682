package local

import "slices"

// stages orders members in the direction of flow: one comes after all that write what it reads. Members of one stage
// have nothing to do with one another.
func stages(members []*member) [][]*member {
	var out [][]*member
	for left := members; len(left) > 0; {
		written := map[string]bool{}
		for _, m := range left {
			for _, o := range m.Runner.Outputs {
				written[o.Topic] = true
			}
		}
		var stage, later []*member
		for _, m := range left {
			if slices.ContainsFunc(m.topics(), func(topic string) bool { return written[topic] }) {
				later = append(later, m)
			} else {
				stage = append(stage, m)
			}
		}
		if len(stage) == 0 { // several pipelines that read one another's topics in a ring: nobody is first
			stage, later = left, nil
		}
		out, left = append(out, stage), later
	}
	return out
}
