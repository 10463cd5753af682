package live

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// settle stores all that was compiled, with what controllers and operators would make of it: everything is ready, and
// the runner of each pod has a lag of 3.
func settle(t *testing.T, f *fake, r Request) {
	t.Helper()
	for _, m := range r.Targets[0].Manifests.Objects {
		u := f.put(m.Value)
		set := func(value any, path ...string) {
			if err := unstructured.SetNestedField(u.Object, value, path...); err != nil {
				t.Fatal(err)
			}
		}
		switch m.ID.Kind {
		case "Deployment":
			n, given, _ := unstructured.NestedInt64(u.Object, "spec", "replicas")
			if !given {
				n = 1
				set(n, "spec", "replicas")
			}
			set(map[string]any{"observedGeneration": int64(1), "replicas": n, "readyReplicas": n, "updatedReplicas": n, "availableReplicas": n}, "status")
			for i := range n {
				f.pod(u, string(rune('a'+i)))
			}
		case "KafkaTopic", "KafkaUser", "KafkaAccess", "Certificate", "Issuer":
			set([]any{map[string]any{"type": "Ready", "status": "True"}}, "status", "conditions")
		}
	}
}

// pod stores a pod of a Deployment that runs.
func (f *fake) pod(d *unstructured.Unstructured, suffix string) *unstructured.Unstructured {
	template, _, _ := unstructured.NestedMap(d.Object, "spec", "template")
	pod := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": template["metadata"], "spec": template["spec"], "status": map[string]any{"phase": "Running"}}
	u := &unstructured.Unstructured{Object: pod}
	u.SetName(d.GetName() + "-" + suffix)
	u.SetNamespace(d.GetNamespace())
	f.metrics[u.GetName()] = "# TYPE runner_consumer_lag_records gauge\nrunner_consumer_lag_records{topic=\"t\",partition=\"0\"} 2\nrunner_consumer_lag_records{topic=\"t\",partition=\"1\"} 1\n"
	return f.put(u.Object)
}

func (f *fake) object(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	for _, u := range f.objects {
		if u.GetKind() == kind && u.GetName() == name {
			return u
		}
	}
	t.Fatalf("there is no %s/%s", kind, name)
	return nil
}

func status(t *testing.T, f *fake, r Request) (*Status, string) {
	t.Helper()
	s, err := f.open(t).Status(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := WriteText(&text, s); err != nil {
		t.Fatal(err)
	}
	return s, text.String()
}

// All is as compiled: that is said, only by reading, page by page.
func TestStatusReady(t *testing.T) {
	t.Parallel()
	f, r := newFake(t), compile(t)
	settle(t, f, r)
	s, text := status(t, f, r)
	want := `photos in prod (project.yaml)
  NODE    PODS  UPDATED  IMAGE  CONFIG  LAG  STATE
  extra   -     -        -      -       -    ready
  notify  1/1   1        same   same    3    ready
  resize  2/2   2        same   same    6    ready
  upload  1/1   1        same   same    -    ready
4 of 4 nodes are as compiled and ready, in context one
`
	if text != want || !s.OK() {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	paged := false
	for _, req := range f.requests {
		if req.Method != http.MethodGet || req.URL.Query().Has("watch") {
			t.Errorf("%s %s", req.Method, req.URL)
		}
		paged = paged || req.URL.Query().Has("continue")
	}
	if len(f.requests) < 20 || !paged {
		t.Errorf("%d requests, and asked for a second page: %v", len(f.requests), paged)
	}
}

// Each way in which a cluster can be otherwise, by what it changes and what is then said.
func TestStatusOtherwise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, f *fake)
		want   []string
		ok     bool
	}{
		"nothing there": {
			func(_ *testing.T, f *fake) { clear(f.objects) },
			[]string{"  resize  -     -        -      -       unknown  missing\n", "Deployment/photos-resize missing\n", "Certificate/photos missing\n", "0 of 4 nodes"},
			false,
		},
		"another image": {
			func(t *testing.T, f *fake) {
				u := f.object(t, "Deployment", "photos-resize")
				containers, _, _ := unstructured.NestedSlice(u.Object, "spec", "template", "spec", "initContainers")
				containers[0].(map[string]any)["image"] = "acme/resize:1"
				_ = unstructured.SetNestedSlice(u.Object, containers, "spec", "template", "spec", "initContainers")
				f.pod(u, "a")
			},
			[]string{"  resize  2/2   2        differs  same", "Deployment/photos-resize differs\n",
				`/spec/template/spec/initContainers/algo/image: compiled "acme/resize:2", there "acme/resize:1"`,
				"image of algo: compiled acme/resize:2, deployed acme/resize:1, running acme/resize:1 and acme/resize:2\n", "3 of 4 nodes"},
			false,
		},
		"a pod of an earlier configuration": {
			func(t *testing.T, f *fake) {
				f.object(t, "Pod", "photos-notify-a").SetAnnotations(map[string]string{"pipelinectl.dev/config-hash": "old"})
			},
			[]string{"  notify  1/1   1        same   differs", "config hash: compiled ", ", running old\n", "3 of 4 nodes"},
			false,
		},
		"an edited contract": {
			func(t *testing.T, f *fake) {
				_ = unstructured.SetNestedField(f.object(t, "ConfigMap", "photos-notify").Object, "{}", "data", "node.json")
			},
			[]string{"ConfigMap/photos-notify differs\n", "/data/node.json"},
			false,
		},
		"a rollout that goes on": {
			func(t *testing.T, f *fake) {
				u := f.object(t, "Deployment", "photos-resize")
				_ = unstructured.SetNestedField(u.Object, int64(1), "status", "updatedReplicas")
			},
			[]string{"resize  2/2   1", "Deployment/photos-resize progressing: 1 of 2 pods are of the last version\n"},
			false,
		},
		"a pod that cannot start": {
			func(t *testing.T, f *fake) {
				_ = unstructured.SetNestedField(f.object(t, "Deployment", "photos-upload").Object, int64(0), "status", "readyReplicas")
				waiting := map[string]any{"waiting": map[string]any{"reason": "ImagePullBackOff", "message": "not\x1b[31m found"}}
				_ = unstructured.SetNestedSlice(f.object(t, "Pod", "photos-upload-a").Object, []any{map[string]any{"name": "runner", "state": waiting}}, "status", "containerStatuses")
			},
			[]string{"Deployment/photos-upload progressing: pod photos-upload-a: container runner: ImagePullBackOff: not\ufffd[31m found\n"},
			false,
		},
		"scaled to nothing": {
			func(t *testing.T, f *fake) {
				_ = unstructured.SetNestedField(f.object(t, "Deployment", "photos-upload").Object, int64(0), "spec", "replicas")
			},
			[]string{"Deployment/photos-upload failed: it is scaled to no pod\n"},
			false,
		},
		"a topic that failed": {
			func(t *testing.T, f *fake) {
				conditions := []any{map[string]any{"type": "Ready", "status": "False", "reason": "KafkaError", "message": "replication factor 3 > 1"}}
				_ = unstructured.SetNestedSlice(f.object(t, "KafkaTopic", "photos.extra.out").Object, conditions, "status", "conditions")
			},
			[]string{"  extra   -     -        -      -       -    failed\n", "KafkaTopic/photos.extra.out failed: KafkaError: replication factor 3 > 1\n"},
			false,
		},
		"an object without its labels": {
			func(t *testing.T, f *fake) { f.object(t, "Service", "photos-upload").SetLabels(nil) },
			[]string{"Service/photos-upload differs\n", "/metadata/labels/app.kubernetes.io~1part-of: compiled \"photos\", there none"},
			false,
		},
		"one object too many": {
			func(t *testing.T, f *fake) {
				u := f.object(t, "ConfigMap", "photos-notify").DeepCopy()
				u.SetName("photos-gone")
				f.put(u.Object)
			},
			[]string{"ConfigMap/photos-gone leftover\n", "4 of 4 nodes are as compiled and ready, in context one; left over: 1\n"},
			false,
		},
		"a runner that cannot be reached": {
			func(_ *testing.T, f *fake) { delete(f.metrics, "photos-resize-b") },
			[]string{"  resize  2/2   2        same   same    unknown  ready\n", "lag of resize unknown: pod photos-resize-b: ", "4 of 4 nodes"},
			true,
		},
		"a list that is refused": {
			func(_ *testing.T, f *fake) { f.refuse["GET /kafkausers"] = http.StatusForbidden },
			[]string{"4 of 4 nodes"},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := newFake(t), compile(t)
			settle(t, f, r)
			c.change(t, f)
			s, text := status(t, f, r)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if s.OK() != c.ok || (len(s.Unseen) > 0) != (name == "a list that is refused") {
				t.Errorf("ok is %v, unseen are %q", s.OK(), s.Unseen)
			}
		})
	}
}

// Objects of another environment of the same pipeline stand in Kafka's namespace too, and are no leftovers.
func TestStatusOtherEnvironment(t *testing.T) {
	t.Parallel()
	f, r := newFake(t), compile(t)
	settle(t, f, r)
	topic := f.object(t, "KafkaTopic", "photos.extra.out").DeepCopy()
	topic.SetName("test.photos.extra.out")
	f.put(topic.Object)
	if s, text := status(t, f, r); !s.OK() {
		t.Error(text)
	}
	r.Others = nil
	if s, text := status(t, f, r); s.OK() || !strings.Contains(text, "KafkaTopic/test.photos.extra.out leftover\n") {
		t.Error(text)
	}
}

func TestStatusJSON(t *testing.T) {
	t.Parallel()
	f, r := newFake(t), compile(t)
	settle(t, f, r)
	delete(f.objects, pathOf(f.object(t, "Service", "photos-upload")))
	delete(f.metrics, "photos-notify-a")
	s, _ := status(t, f, r)
	var text bytes.Buffer
	if err := WriteJSON(&text, s); err != nil {
		t.Fatal(err)
	}
	var got jsonStatus
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.OK || len(got.Pipelines) != 1 || len(got.Pipelines[0].Nodes) != 4 {
		t.Fatalf("got\n%s", &text)
	}
	notify, resize, upload := got.Pipelines[0].Nodes[1], got.Pipelines[0].Nodes[2], got.Pipelines[0].Nodes[3]
	if !notify.OK || notify.Lag.Records != nil || notify.Lag.Why == "" {
		t.Errorf("notify is %+v", notify)
	}
	if *resize.Lag.Records != 6 || resize.Workload.Wanted != 2 || !resize.Workload.Config.Same || len(resize.Workload.Containers) != 2 {
		t.Errorf("resize is %+v", resize)
	}
	missing := slices.IndexFunc(upload.Objects, func(o jsonObject) bool { return o.Kind == "Service" && o.State == Missing })
	if upload.OK || upload.Lag != nil || missing < 0 {
		t.Errorf("upload is %+v", upload)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	ready := map[string]any{"type": "Ready", "status": "True"}
	for name, c := range map[string]struct {
		version string
		status  map[string]any
		state   State
		message string
	}{
		"a topic ready":           {"kafka.strimzi.io/v1", map[string]any{"observedGeneration": int64(2), "conditions": []any{ready}}, Ready, ""},
		"a topic of before":       {"kafka.strimzi.io/v1", map[string]any{"observedGeneration": int64(1), "conditions": []any{ready}}, Progressing, "its operator has not taken over the last change yet"},
		"a topic untouched":       {"kafka.strimzi.io/v1", nil, Progressing, "its operator has not said anything of it yet"},
		"a topic not ready":       {"kafka.strimzi.io/v1", map[string]any{"conditions": []any{map[string]any{"type": "NotReady", "status": "True", "reason": "Bad"}}}, Failed, "Bad"},
		"a topic paused":          {"kafka.strimzi.io/v1", map[string]any{"conditions": []any{map[string]any{"type": "ReconciliationPaused", "status": "True"}}}, Progressing, "its reconciliation is paused"},
		"a topic of another form": {"kafka.strimzi.io/v1", map[string]any{"conditions": "x"}, Progressing, "its operator has not said anything of it yet"},
		"a certificate at work":   {"cert-manager.io/v1", map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "False", "reason": "Issuing", "message": "soon"}}}, Progressing, "Issuing: soon"},
		"a certificate of before": {"cert-manager.io/v1", map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": "True", "observedGeneration": int64(1)}}}, Progressing, "its operator has not taken over the last change yet"},
		"a host without state":    {"getambassador.io/v3alpha1", nil, Ready, ""},
		"a host in error":         {"getambassador.io/v3alpha1", map[string]any{"state": "Error", "errorReason": "no secret"}, Failed, "Error: no secret"},
		"a host pending":          {"getambassador.io/v3alpha1", map[string]any{"state": "Pending"}, Progressing, "Pending"},
		"a mapping inactive":      {"getambassador.io/v3alpha1", map[string]any{"state": "Inactive", "reason": "shadowed"}, Failed, "Inactive: shadowed"},
		"a service":               {"v1", nil, Ready, ""},
	} {
		u := &unstructured.Unstructured{Object: map[string]any{"apiVersion": c.version, "kind": "X", "metadata": map[string]any{"generation": int64(2)}, "status": c.status}}
		if state, message := health(u); state != c.state || message != c.message {
			t.Errorf("%s: %s %q", name, state, message)
		}
		now := metav1.Now()
		u.SetDeletionTimestamp(&now)
		u.SetFinalizers([]string{"f"})
		if state, message := health(u); state != Progressing || message != "it is being deleted, and waits for f" {
			t.Errorf("%s, deleted: %s %q", name, state, message)
		}
	}
}
