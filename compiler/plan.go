package compiler

import (
	"cmp"
	"maps"
	"mime"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/pipelinectl/pipelinectl/runner/contract"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// Plan makes the Graph of one pipeline in one environment; with env nil, in none, and then it reports only findings of
// the pipeline itself.
func Plan(pl *Pipeline, env *Environment) (*Graph, diag.List) {
	g := &Graph{Pipeline: pl, Environment: env, Names: Names{Pipeline: pl.Name.V}}
	var findings diag.List
	if env != nil {
		g.Names.Prefix = env.Kafka.Prefix.V
		g.Domain = selectDomain(env.Domains, pl)
	}
	topics := map[PortRef]*Topic{}
	for _, m := range pl.Members {
		g.Nodes = append(g.Nodes, g.planNode(m, topics, &findings))
	}
	for i, m := range pl.Members {
		g.connect(g.Nodes[i], m, topics)
	}
	g.Topics = slices.SortedFunc(maps.Values(topics), func(a, b *Topic) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Output, b.Output))
	})
	slices.SortFunc(g.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From.Node, b.From.Node), cmp.Compare(a.From.Port, b.From.Port), cmp.Compare(a.To.Node, b.To.Node), cmp.Compare(a.To.Port, b.To.Port))
	})
	g.checkEdges(&findings)
	if cycle := g.checkCycles(&findings); cycle {
		return g, findings
	}
	for i, m := range pl.Members {
		g.planRunner(g.Nodes[i], m, &findings)
	}
	return g, findings
}

// planNode names a node and its topics.
func (g *Graph) planNode(m *Member, topics map[PortRef]*Topic, findings *diag.List) *Node {
	name := m.Name()
	n := &Node{
		Name:      name,
		Kind:      m.Kind.Name,
		Component: m.Component,
		Object:    g.Names.Object(name),
		User:      g.Names.User(name),
		Pos:       m.Component.Name().Pos,
	}
	ports := m.Component.Ports()
	for _, o := range ports.Outputs {
		t := g.planTopic(name, o, findings)
		if !t.Pos.IsValid() {
			t.Pos = n.Pos
		}
		topics[PortRef{name, o.Name.V}] = t
		n.Outputs = append(n.Outputs, Output{Name: o.Name.V, Topic: t})
	}
	slices.SortFunc(n.Outputs, func(a, b Output) int { return cmp.Compare(a.Name, b.Name) })
	if len(ports.Inputs) > 0 {
		n.Group = g.Names.Group(name)
		n.DeadLetters = g.planDeadLetters(n)
		topics[PortRef{name, OutputDeadLetters}] = n.DeadLetters
	}
	return n
}

// CodeTopicSettings is reported when a topic's settings contradict one another or Kafka's rules for names.
//
// Example:
//
//	topic: {replicationFactor: 1, minInSyncReplicas: 2}
const CodeTopicSettings diag.Code = "topic-settings"

func (g *Graph) planTopic(node string, o OutputSpec, findings *diag.List) *Topic {
	t := &Topic{Managed: !o.Foreign, Node: node, Output: o.Name.V, Pos: o.Name.Pos, Config: map[string]string{}}
	switch {
	case o.Foreign:
		t.Name = o.Named
	case o.Named != "":
		t.Name = g.Names.OwnTopic(o.Named)
	default:
		t.Name = g.Names.Topic(node, o.Name.V)
	}
	if typ := g.Pipeline.Type(o.Type.V); typ != nil {
		t.ContentType = typ.ContentType.V
	}
	s := o.Topic
	var defaults TopicDefaults
	if g.Environment != nil && t.Managed {
		defaults = g.Environment.Kafka.TopicDefaults
	}
	t.Partitions = s.Partitions.Or(defaults.Partitions.Or(1))
	t.ReplicationFactor = s.ReplicationFactor.Or(defaults.ReplicationFactor.V)
	if t.Managed {
		t.Object = g.Names.TopicObject(t.Name)
		t.Config = s.config(defaults, findings)
	}
	g.checkTopic(t, s, defaults, findings)
	return t
}

// config is a topic's configuration by Kafka's names.
func (s TopicSpec) config(defaults TopicDefaults, findings *diag.List) map[string]string {
	config := map[string]string{}
	if s.Retention.IsSet() {
		config["retention.ms"] = strconv.FormatInt(time.Duration(s.Retention.V).Milliseconds(), 10)
	}
	if isr := s.MinInSyncReplicas.Or(defaults.MinInSyncReplicas.V); isr > 0 {
		config["min.insync.replicas"] = strconv.Itoa(int(isr))
	}
	if s.CleanupPolicy.IsSet() {
		config["cleanup.policy"] = s.CleanupPolicy.V
	}
	if s.MaxMessageBytes.IsSet() {
		config[configMaxMessageBytes] = strconv.FormatInt(int64(s.MaxMessageBytes.V), 10)
	}
	own := map[string]string{
		"retention.ms": "retention", "min.insync.replicas": "minInSyncReplicas", "cleanup.policy": "cleanupPolicy", "max.message.bytes": "maxMessageBytes",
	}
	for _, e := range s.Config {
		if field, ok := own[e.Key.V]; ok {
			findings.Errorf(CodeTopicSettings, e.Key.Pos, "`%s` has a field of its own", e.Key.V).
				WithHint("write `%s` beside `config` instead", field)
			continue
		}
		config[e.Key.V] = e.Value.Text
	}
	return config
}

func (g *Graph) checkTopic(t *Topic, s TopicSpec, defaults TopicDefaults, findings *diag.List) {
	isr := s.MinInSyncReplicas.Or(defaults.MinInSyncReplicas.V)
	if t.ReplicationFactor > 0 && isr > t.ReplicationFactor {
		pos, other := s.MinInSyncReplicas.Pos, s.ReplicationFactor.Pos
		if !pos.IsValid() {
			pos, other = defaults.MinInSyncReplicas.Pos, defaults.ReplicationFactor.Pos
		}
		d := findings.Errorf(CodeTopicSettings, pos, "%d replicas must be in sync, but the topic of `%s.%s` has %d: nothing could ever be written", isr, t.Node, t.Output, t.ReplicationFactor).
			WithHint("lower minInSyncReplicas below replicationFactor, so that a broker can be restarted")
		if other.IsValid() {
			d.WithRelated(other, "the replication factor")
		}
	}
	if len(t.Name) > maxTopic {
		findings.Errorf(CodeTopicSettings, t.position(g), "the topic's name has %d characters, but Kafka allows %d: `%s`", len(t.Name), maxTopic, t.Name).
			WithHint("shorten the names of pipeline, node or output, or the environment's prefix")
	}
}

// position is where a topic comes from, for findings about it.
func (t *Topic) position(g *Graph) diag.Pos {
	if t.Pos.IsValid() {
		return t.Pos
	}
	return g.Pipeline.Member(t.Node).Component.Name().Pos
}

// deadLetterRetention keeps dead letters longer than Kafka's default week: people look at them after the weekend.
const deadLetterRetention = 14 * 24 * time.Hour

func (g *Graph) planDeadLetters(n *Node) *Topic {
	t := &Topic{
		Name:       g.Names.DeadLetters(n.Name),
		Managed:    true,
		Partitions: 1,
		Node:       n.Name,
		Output:     OutputDeadLetters,
		Pos:        n.Pos,
		Config:     map[string]string{"retention.ms": strconv.FormatInt(deadLetterRetention.Milliseconds(), 10)},
	}
	t.Object = g.Names.TopicObject(t.Name)
	if g.Environment != nil {
		defaults := g.Environment.Kafka.TopicDefaults
		t.ReplicationFactor = defaults.ReplicationFactor.V
		if isr := defaults.MinInSyncReplicas.V; isr > 0 {
			t.Config["min.insync.replicas"] = strconv.Itoa(int(isr))
		}
	}
	return t
}

// connect gives a node's inputs their topics, and the graph its edges.
func (g *Graph) connect(n *Node, m *Member, topics map[PortRef]*Topic) {
	for i, in := range m.Component.Ports().Inputs {
		input := Input{Name: in.Name.V}
		if typ := g.Pipeline.Type(in.Type.V); typ != nil {
			input.ContentType = typ.ContentType.V
		}
		for _, s := range m.Sources[i] {
			from := PortRef{s.Member.Name(), s.Output.Name.V}
			input.Topics = append(input.Topics, topics[from])
			g.Edges = append(g.Edges, Edge{From: from, To: PortRef{n.Name, in.Name.V}, Topic: topics[from]})
		}
		slices.SortFunc(input.Topics, func(a, b *Topic) int { return cmp.Compare(a.Name, b.Name) })
		n.Inputs = append(n.Inputs, input)
	}
	slices.SortFunc(n.Inputs, func(a, b Input) int { return cmp.Compare(a.Name, b.Name) })
	if n.DeadLetters != nil {
		n.DeadLetters.Config[configMaxMessageBytes] = strconv.FormatInt(n.largestInput()+DeadLetterHeadroom, 10)
	}
}

// Sizes of records.
const (
	configMaxMessageBytes = "max.message.bytes"
	// DefaultMaxMessageBytes is Kafka's own limit of a batch, which a single record must keep to as well
	// (org.apache.kafka.storage.internals.log.LogConfig.DEFAULT_MAX_MESSAGE_BYTES).
	DefaultMaxMessageBytes = 1<<20 + 12
	// DeadLetterHeadroom is what headers may add to a record: a dead letter is the record with its cause.
	DeadLetterHeadroom = 64 << 10
)

// largestInput is the size of the largest record that the node can read.
func (n *Node) largestInput() int64 {
	largest := int64(DefaultMaxMessageBytes)
	for _, in := range n.Inputs {
		for _, t := range in.Topics {
			if limit, err := strconv.ParseInt(t.Config[configMaxMessageBytes], 10, 64); err == nil {
				largest = max(largest, limit)
			}
		}
	}
	return largest
}

// CodeContract is reported when a kind plans a runner that the contract forbids: a check is missing before it.
const CodeContract diag.Code = "contract-invalid"

// planRunner has the kind say what runs, and prints the contract.
func (g *Graph) planRunner(n *Node, m *Member, findings *diag.List) {
	runner, more := m.Component.Plan(g, n)
	*findings = append(*findings, more...)
	if runner == nil || findings.HasErrors() {
		return
	}
	document, err := contract.Marshal(runner)
	if err == nil {
		err = runner.Validate()
	}
	if err != nil {
		findings.Errorf(CodeContract, n.Pos, "no runner would accept what is planned for %s `%s`: %v", n.Kind, n.Name, err).
			WithHint("this is a fault of pipelinectl: please report it with the document")
		return
	}
	n.Runner, n.Contract, n.Hash = runner, document, contract.Hash(document)
}

// selectDomain is Koalja's rule: of the domains whose selector the pipeline's labels fulfil, the one that asks for most
// labels wins; a tie goes to the suffix that sorts first. A domain without selector is the default.
func selectDomain(domains []Domain, pl *Pipeline) *Domain {
	var best *Domain
	for i := range domains {
		d := &domains[i]
		if !selects(d.Selector, pl.Labels) {
			continue
		}
		if best == nil || len(d.Selector) > len(best.Selector) || (len(d.Selector) == len(best.Selector) && d.Suffix.V < best.Suffix.V) {
			best = d
		}
	}
	return best
}

// accepts says whether records of one content type may flow into an input of another, which may have wildcards.
func accepts(want, have string) bool {
	if want == "" || have == "" {
		return want == have
	}
	wantType, _, err1 := mime.ParseMediaType(want)
	haveType, _, err2 := mime.ParseMediaType(have)
	if err1 != nil || err2 != nil {
		return want == have
	}
	ok, err := path.Match(wantType, haveType)
	return err == nil && ok
}
