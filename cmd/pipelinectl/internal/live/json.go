package live

import (
	"encoding/json"
	"io"

	"github.com/pipelinectl/pipelinectl/emit/impact"
)

// The form json. Names and meanings stay; new ones may come.
type (
	jsonStatus struct {
		Environment string         `json:"environment"`
		Cluster     string         `json:"cluster"`
		OK          bool           `json:"ok"`
		Unseen      []string       `json:"unseen,omitempty"`
		Pipelines   []jsonPipeline `json:"pipelines"`
	}
	jsonPipeline struct {
		Pipeline  string       `json:"pipeline"`
		Source    string       `json:"source"`
		OK        bool         `json:"ok"`
		Nodes     []jsonNode   `json:"nodes"`
		Shared    []jsonObject `json:"shared"`
		Leftovers []jsonObject `json:"leftovers"`
	}
	jsonNode struct {
		Node     string        `json:"node"`
		Kind     string        `json:"kind"`
		OK       bool          `json:"ok"`
		Workload *jsonWorkload `json:"workload,omitempty"`
		Lag      *jsonLag      `json:"lag,omitempty"`
		Objects  []jsonObject  `json:"objects"`
	}
	jsonWorkload struct {
		State      State           `json:"state"`
		Message    string          `json:"message,omitempty"`
		Wanted     int32           `json:"wanted"`
		Ready      int32           `json:"ready"`
		Updated    int32           `json:"updated"`
		Containers []jsonContainer `json:"containers"`
		Config     jsonValue       `json:"config"`
	}
	jsonContainer struct {
		Name  string    `json:"name"`
		Image jsonValue `json:"image"`
	}
	jsonValue struct {
		Same     bool     `json:"same"`
		Compiled string   `json:"compiled"`
		Deployed string   `json:"deployed"`
		Running  []string `json:"running"`
	}
	jsonLag struct {
		// Records is null where the lag is not known; Why says why.
		Records *int64 `json:"records"`
		Why     string `json:"why,omitempty"`
	}
	jsonObject struct {
		Group     string         `json:"group,omitempty"`
		Kind      string         `json:"kind"`
		Namespace string         `json:"namespace,omitempty"`
		Name      string         `json:"name"`
		OK        bool           `json:"ok"`
		State     State          `json:"state"`
		Message   string         `json:"message,omitempty"`
		Differs   []impact.Field `json:"differs,omitempty"`
	}
)

// WriteJSON writes a status for programs. The error is w's.
func WriteJSON(w io.Writer, s *Status) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(jsonStatus{
		Environment: s.Environment, Cluster: s.Cluster, OK: s.OK(), Unseen: s.Unseen, Pipelines: each(s.Pipelines, pipelineJSON),
	})
}

func pipelineJSON(p *Pipeline) jsonPipeline {
	return jsonPipeline{
		Pipeline: p.Name, Source: p.Source, OK: p.OK(),
		Nodes: each(p.Nodes, nodeJSON), Shared: each(p.Shared, objectJSON), Leftovers: each(p.Leftovers, objectJSON),
	}
}

func nodeJSON(n *Node) jsonNode {
	out := jsonNode{Node: n.Name, Kind: n.Kind, OK: n.OK(), Objects: each(n.Objects, objectJSON)}
	if w := n.Workload; w != nil {
		out.Workload = &jsonWorkload{
			State: w.State, Message: w.Message, Wanted: w.Wanted, Ready: w.Ready, Updated: w.Updated, Config: valueJSON(w.Config),
			Containers: each(w.Containers, func(c Container) jsonContainer { return jsonContainer{c.Name, valueJSON(c.Image)} }),
		}
	}
	if n.Lag != nil {
		out.Lag = &jsonLag{Why: n.Lag.Why}
		if n.Lag.Known {
			out.Lag.Records = &n.Lag.Records
		}
	}
	return out
}

func valueJSON(v Value) jsonValue {
	return jsonValue{Same: v.Same(), Compiled: v.Compiled, Deployed: v.Deployed, Running: append([]string{}, v.Running...)}
}

func objectJSON(o Object) jsonObject {
	return jsonObject{
		Group: o.ID.Group, Kind: o.ID.Kind, Namespace: o.ID.Namespace, Name: o.ID.Name,
		OK: o.OK(), State: o.State, Message: o.Message, Differs: o.Differs,
	}
}

// each gives a list of what f makes of the items, never nil: a list that is empty is printed as one.
func each[T, U any](items []T, f func(T) U) []U {
	out := make([]U, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
}
