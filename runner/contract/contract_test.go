package contract

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// full is a node in which every field of its sort is set.
func full() *Node {
	return &Node{
		Version: Version, Pipeline: "photos", Node: "resize", Group: "photos.resize",
		Inputs: []Input{{Name: "photo", Topic: "photos.upload.out", ContentType: "image/png", Park: "photos.resize.park.upload.out"}},
		Outputs: []Output{
			{Name: "failed", Topic: "photos.resize.failed"}, {Name: "out", Topic: "photos.resize.out", ContentType: "image/jpeg"},
		},
		DeadLetters: "photos.resize.dlq",
		Exec:        &Exec{Command: []string{"resize", "<$(input.file)", "$$(HOME)"}, Input: InputFile, Output: OutputStdout},
		Ordering:    OrderKey, Delivery: AtLeastOnce, Concurrency: 16, Timeout: Duration(30 * time.Second),
		OnFailure: &OnFailure{
			Exit: map[int]Class{3: Permanent, 20: Overload},
			FailurePolicy: FailurePolicy{
				InPlace: InPlace{Attempts: 3, Backoff: Duration(200 * time.Millisecond), Max: Duration(5 * time.Second), Within: Duration(time.Minute)},
				Delayed: []Delay{{After: Duration(30 * time.Second), Times: 2}, {After: Duration(5 * time.Minute), Times: 3}},
				Within:  Duration(24 * time.Hour),
				Routes: map[Class]Route{
					Transient: {To: RouteDeadLetters}, Permanent: {To: RouteOutput, Output: "failed"},
					Overload: {To: RouteDrop}, Poison: {To: RouteDeadLetters},
				},
			},
		},
		Drain: Duration(25 * time.Second),
	}
}

func TestRoundTrip(t *testing.T) {
	document, err := Marshal(full())
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(document)
	if err != nil || !reflect.DeepEqual(back, full()) {
		t.Errorf("%+v, %v", back, err)
	}
	if !bytes.Contains(document, []byte(`"backoff": "200ms"`)) || !bytes.Contains(document, []byte("<$(input.file)")) {
		t.Errorf("not as people read it:\n%s", document)
	}
	if !bytes.Contains(document, []byte(`"after": "5m0s"`)) {
		t.Errorf("the tiers are not as people read them:\n%s", document)
	}
	if again, _ := Marshal(back); Hash(again) != Hash(document) || len(Hash(document)) != 16 {
		t.Error("the hash is not steady")
	}
}

// FuzzRoundTrip builds nodes and environments of any texts: what is printed is read back the same.
func FuzzRoundTrip(f *testing.F) {
	f.Add("photos", "resize", "$(input.file) <&> \u2028", int64(1), 3, true)
	f.Add("\x00", "\xff", "$$(", int64(-1), 0, false)
	f.Fuzz(func(t *testing.T, a, b, c string, d int64, n int, on bool) {
		// Neither JSON nor a ConfigMap nor a manifest has a place for bytes that are not UTF-8.
		a, b, c = strings.ToValidUTF8(a, ""), strings.ToValidUTF8(b, ""), strings.ToValidUTF8(c, "")
		node := full()
		node.Pipeline, node.Node, node.Group, node.Inputs[0].ContentType = a, b, c, c
		node.Exec.Command = []string{a, Escape(b), c}
		node.Timeout, node.OnFailure.InPlace.Max, node.Concurrency = Duration(d), Duration(d), n
		node.OnFailure.Delayed[0] = Delay{After: Duration(d), Times: n}
		if n%2 == 0 {
			node.Ordering, node.Retries, node.Inputs[0].Park = OrderNone, []string{a, b}, ""
		}
		if on {
			node.Inputs, node.Outputs, node.Exec, node.OnFailure = nil, nil, nil, nil
			node.Webhook = &Webhook{URL: a, Headers: map[string]string{b: c}}
		}
		roundTripNode(t, node)
		env := Environment{
			NodeFile: a, BootstrapServers: b, TLS: on, CAFile: c, SASLMechanism: PLAIN, Username: a, PasswordFile: b, Command: []string{a, b, c},
		}
		roundTripEnvironment(t, env)
	})
}

func roundTripNode(t *testing.T, node *Node) {
	t.Helper()
	document, err := Marshal(node)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(document)
	if valid := node.Validate() == nil; valid != (err == nil) {
		t.Fatalf("valid: %v, but Parse says %v", valid, err)
	}
	if err == nil && !reflect.DeepEqual(back, node) {
		t.Errorf("%+v became %+v", node, back)
	}
}

func roundTripEnvironment(t *testing.T, env Environment) {
	t.Helper()
	vars := map[string]string{}
	for _, v := range env.Env() {
		vars[v.Name] = v.Value
	}
	back, _ := FromEnv(func(name string) (string, bool) { v, ok := vars[name]; return v, ok })
	if !reflect.DeepEqual(back, env) {
		t.Errorf("%+v became %+v", env, back)
	}
}

// FuzzParse reads any bytes: an error or a node that is valid, never a panic.
func FuzzParse(f *testing.F) {
	document, err := Marshal(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document)
	f.Add([]byte(`{"version":1,"timeout":"9h99m"}{}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, err := Parse(data); err == nil && n.Validate() != nil {
			t.Errorf("%s is read although it is not valid", data)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	document, err := Marshal(full())
	if err != nil {
		t.Fatal(err)
	}
	text := string(document)
	for name, bad := range map[string]string{
		"unknown field": strings.Replace(text, `"node"`, `"nod"`, 1),
		"trailing data": text + "{}",
		"nothing":       "",
		"not JSON":      "version: 1",
		"bad duration":  strings.Replace(text, `"30s"`, `"soon"`, 1),
		"other version": strings.Replace(text, `"version": 1`, `"version": 7`, 1),
		"cut off":       text[:len(text)/2],
	} {
		if _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// tiered has a node keep what waits in tiers.
func tiered(n *Node) {
	n.Ordering, n.Inputs[0].Park = OrderNone, ""
	n.Retries = []string{"photos.resize.retry.1", "photos.resize.retry.2"}
}

func TestValidate(t *testing.T) {
	tiers := full()
	tiered(tiers)
	if err := errors.Join(full().Validate(), tiers.Validate()); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(n *Node){
		"must be named":                      func(n *Node) { n.Pipeline = "" },
		"exclude one another":                func(n *Node) { n.HTTP = &HTTP{Port: 1, Path: "/"} },
		"either inputs or ingest":            func(n *Node) { n.Inputs = nil },
		"timeout and drain":                  func(n *Node) { n.Drain = 0 },
		"lacks its name or topic":            func(n *Node) { n.Inputs[0].Topic = "" },
		"read by two inputs":                 func(n *Node) { n.Inputs = append(n.Inputs, n.Inputs[0]) },
		"is there twice":                     func(n *Node) { n.Outputs = append(n.Outputs, n.Outputs[0]) },
		"both read and written":              func(n *Node) { n.Outputs[0].Topic = n.Inputs[0].Topic },
		"needs group and deadLetters":        func(n *Node) { n.DeadLetters = "" },
		"ordering":                           func(n *Node) { n.Ordering = "" },
		"delivery":                           func(n *Node) { n.Delivery = "" },
		"concurrency":                        func(n *Node) { n.Concurrency = 0 },
		"onFailure needs attempts":           func(n *Node) { n.OnFailure.InPlace.Max = 1 },
		"no time below zero":                 func(n *Node) { n.OnFailure.Within = -1 },
		"needs onFailure":                    func(n *Node) { n.OnFailure = nil },
		"a route for each":                   func(n *Node) { delete(n.OnFailure.Routes, Overload) },
		"which is no class":                  func(n *Node) { n.OnFailure.Routes["other"] = Route{To: RouteDrop} },
		"output \"lost\"":                    func(n *Node) { n.OnFailure.Routes[Permanent] = Route{To: RouteOutput, Output: "lost"} },
		"is not deadLetters, drop":           func(n *Node) { n.OnFailure.Routes[Permanent] = Route{To: "away"} },
		"poison cannot be dropped":           func(n *Node) { n.OnFailure.Routes[Poison] = Route{To: RouteDrop} },
		"tier 2 of onFailure needs":          func(n *Node) { n.OnFailure.Delayed[1].Times = 0 },
		"tier 1 of onFailure needs":          func(n *Node) { n.OnFailure.Delayed[0].After = 0 },
		"needs a park exactly":               func(n *Node) { n.Inputs[0].Park = "" },
		"ordering partition does not allow":  func(n *Node) { n.Ordering, n.Inputs[0].Park = OrderPartition, "" },
		"there are 1 retries":                func(n *Node) { n.Retries = []string{"photos.resize.retry.1"} },
		"each tier of delayed, 2":            func(n *Node) { tiered(n); n.Retries = n.Retries[:1] },
		"\"photos.upload.out\" needs a park": func(n *Node) { n.OnFailure.Delayed = nil },
		"\"photos.resize.dlq\" of retries":   func(n *Node) { tiered(n); n.Retries[1] = n.DeadLetters },
		"\"photos.resize.out\" of retries":   func(n *Node) { n.Inputs[0].Park = "photos.resize.out" },
		"\"photos.resize.retry.1\" of":       func(n *Node) { tiered(n); n.Retries[1] = n.Retries[0] },
		"\"\" of retries":                    func(n *Node) { tiered(n); n.Retries[0] = "" },
		"action does not give":               func(n *Node) { n.OnFailure.HTTP = map[int]Class{409: Transient} },
		"status 256 of class":                func(n *Node) { n.OnFailure.Exit[256] = Transient },
		"of class \"odd\"":                   func(n *Node) { n.OnFailure.Exit[3] = "odd" },
		"for results":                        func(n *Node) { n.OnFailure, n.Exec, n.Webhook = nil, nil, &Webhook{URL: "x"} },
		"for each of [transient":             func(n *Node) { n.Inputs[0].OnFailure = &FailurePolicy{InPlace: n.OnFailure.InPlace} },
		"exec writes results to at most one": func(n *Node) { n.Outputs = append(n.Outputs, Output{Name: "b", Topic: "b"}) },
		"exec needs a command":               func(n *Node) { n.Exec.Command = nil },
		"exec input":                         func(n *Node) { n.Exec.Input = "" },
		"exec output":                        func(n *Node) { n.Exec.Output = "" },
		"unknown reference `$(x)`":           func(n *Node) { n.Exec.Command[0] = "$(x)" },
		"`$(output.file)`":                   func(n *Node) { n.Exec.Command[0] = "$(output.file)" },
		"is not closed":                      func(n *Node) { n.Exec.Command[0] = "$(x" },
		"http needs a port":                  func(n *Node) { n.Exec, n.HTTP = nil, &HTTP{Port: 70000, Path: "/"} },
		"webhook needs a url":                func(n *Node) { n.Exec, n.Webhook = nil, &Webhook{URL: "http://x"} },
		"copies writes exactly one":          func(n *Node) { n.Exec, n.Outputs = nil, nil },
		"ingest needs a path":                func(n *Node) { n.Exec, n.Inputs, n.Ingest = nil, nil, &Ingest{Path: "x", MaxBytes: 1} },
		"ingest writes exactly one":          func(n *Node) { n.Exec, n.Inputs, n.Outputs, n.Ingest = nil, nil, nil, &Ingest{Path: "/", MaxBytes: 1} },
		"is not understood by this run":      func(n *Node) { n.Version = 2 },
	} {
		n := full()
		change(n)
		if err := n.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestValidateEnvironment(t *testing.T) {
	for want, e := range map[string]Environment{
		"":                                 {BootstrapServers: "k:9092"},
		"BOOTSTRAP":                        {},
		"go together":                      {BootstrapServers: "k", TLS: true, CertificateFile: "c"},
		"KAFKA_TLS=true":                   {BootstrapServers: "k", CAFile: "c"},
		"need RUNNER_KAFKA_SASL_MECHANISM": {BootstrapServers: "k", Username: "u"},
		"exactly one of":                   {BootstrapServers: "k", SASLMechanism: PLAIN, Username: "u", UsernameFile: "f", PasswordFile: "p"},
		"SASL needs":                       {BootstrapServers: "k", SASLMechanism: SCRAMSHA512, Username: "u"},
		"is none of":                       {BootstrapServers: "k", SASLMechanism: "GSSAPI"},
	} {
		err := e.Validate()
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestFromEnvRefuses(t *testing.T) {
	for name, value := range map[string]string{"RUNNER_KAFKA_TLS": "maybe", "RUNNER_COMMAND": "cat"} {
		_, err := FromEnv(func(asked string) (string, bool) { return value, asked == name })
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

func TestExpand(t *testing.T) {
	lookup := func(name string) (string, bool) { return "<" + name + ">", name != "unknown" }
	for in, want := range map[string]string{
		"": "", "plain": "plain", "$(a)": "<a>", "x$(a)y$(b)z": "x<a>y<b>z", "$$(a)": "$(a)", "$$$(a)": "$$(a)",
		"$": "$", "$$": "$$", "$HOME": "$HOME", "$()": "<>", "$$($(a)": "$(<a>",
	} {
		if got, err := Expand(in, lookup); got != want || err != nil {
			t.Errorf("Expand(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for _, bad := range []string{"$(unknown)", "$(a", "x$("} {
		if got, err := Expand(bad, lookup); err == nil {
			t.Errorf("Expand(%q) = %q", bad, got)
		}
	}
}

// FuzzEscape checks that Escape is the inverse of Expand, whatever the text.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"$(a)", "$$(a)", "$$$((", "$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		back, err := Expand(Escape(text), func(string) (string, bool) { return "", false })
		if err != nil || back != text {
			t.Errorf("%q became %q, %v", text, back, err)
		}
	})
}
