package emit

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestFileNames(t *testing.T) {
	long := strings.Repeat("a-very-long-name.", 14) + "end"
	objects := []struct{ apiVersion, kind, name, file string }{
		{"v1", "Service", "photos-upload", "service-photos-upload.yaml"},
		{"serving.example.org/v1", "Service", "photos-upload", "service-photos-upload-5536393a.yaml"},
		{"v1", "ConfigMap", "UPPER", "configmap-upper-1c2fedb3.yaml"},
		{"v1", "ConfigMap", "upper", "configmap-upper.yaml"},
		{"rbac.authorization.k8s.io/v1", "Role", "system:x", "role-system-x-023ba2bd.yaml"},
		{"kafka.strimzi.io/v1", "KafkaTopic", "p.n.out", "kafkatopic-p.n.out.yaml"},
		{"kafka.strimzi.io/v1", "KafkaTopic", long, ""},
		{"kafka.strimzi.io/v1", "KafkaTopic", long + "2", ""},
	}
	var resources []Resource
	for _, o := range objects {
		tm := metav1.TypeMeta{APIVersion: o.apiVersion, Kind: o.kind}
		resources = append(resources, Resource{Layer: App, Object: &kafkaTopic{TypeMeta: tm, ObjectMeta: metav1.ObjectMeta{Name: o.name, Namespace: "n"}}})
	}
	names := fileNames(resources)
	var all []string
	for i, o := range objects {
		got := names[resources[i].ID().anywhere()]
		if o.file != "" && got != o.file {
			t.Errorf("%s %s is in %q, want %q", o.kind, o.name, got, o.file)
		}
		if len(got) > maxStem+len(".yaml") || got != strings.ToLower(got) {
			t.Errorf("%q is too long or not in lower case", got)
		}
		all = append(all, got)
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != len(objects) {
		t.Errorf("two objects share a file: %q", all)
	}
}
