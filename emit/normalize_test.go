package emit

import (
	"encoding/json"
	"reflect"
	"testing"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

type aStruct struct {
	A string `json:"a,omitempty"`
}

// leftovers is a custom resource whose type has everything that Go prints without being asked.
type leftovers struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`

	Value    aStruct                                `json:"value"`
	Pointer  *aStruct                               `json:"pointer"`
	List     []string                               `json:"list"`
	Map      map[string]string                      `json:"map"`
	Items    []corev1.EmptyDirVolumeSource          `json:"items,omitempty"`
	ByName   map[string]corev1.ResourceRequirements `json:"byName,omitempty"`
	Free     any                                    `json:"free,omitempty"`
	Selector metav1.LabelSelector                   `json:"selector"`
	Unnamed  struct{ B *corev1.EmptyDirVolumeSource }
	Port     intstr.IntOrString `json:"port"`
	Status   map[string]string  `json:"status"`
}

func TestNormalize(t *testing.T) {
	head := func(kind string) (metav1.TypeMeta, metav1.ObjectMeta) {
		return metav1.TypeMeta{APIVersion: "v1", Kind: kind}, metav1.ObjectMeta{Name: "x"}
	}
	tm, om := head("K")
	for _, test := range []struct {
		name string
		in   Object
		want string
	}{
		{"zero values go", &leftovers{TypeMeta: tm, ObjectMeta: om}, `{"selector": {}, "port": 0}`},
		{"what was said stays", &leftovers{TypeMeta: tm, ObjectMeta: om,
			Pointer: &aStruct{}, List: []string{}, Map: map[string]string{},
			Items:  []corev1.EmptyDirVolumeSource{{}},
			ByName: map[string]corev1.ResourceRequirements{"a": {}},
			Free:   map[string]any{"solver": map[string]any{"ingress": map[string]any{}}, "list": []any{map[string]any{}}, "none": nil},
			Status: map[string]string{"phase": "done"},
		}, `{"pointer": {}, "list": [], "map": {}, "items": [{}], "byName": {"a": {}},
			"free": {"solver": {"ingress": {}}, "list": [{}]}, "selector": {}, "port": 0}`},
		{"deployment", &appsv1.Deployment{TypeMeta: tm, ObjectMeta: om, Spec: appsv1.DeploymentSpec{
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				Containers: []corev1.Container{{Name: "c"}},
				Volumes:    []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
			}},
		}}, `{"spec": {"template": {"spec": {"containers": [{"name": "c"}], "volumes": [{"name": "v", "emptyDir": {}}]}}}}`},
		{"network policy", &networkingv1.NetworkPolicy{TypeMeta: tm, ObjectMeta: om, Spec: networkingv1.NetworkPolicySpec{
			Ingress: []networkingv1.NetworkPolicyIngressRule{{}},
			Egress:  []networkingv1.NetworkPolicyEgressRule{{To: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}}},
		}}, `{"spec": {"podSelector": {}, "ingress": [{}], "egress": [{"to": [{"namespaceSelector": {}}]}]}}`},
		{"issuer", &certmanager.Issuer{TypeMeta: tm, ObjectMeta: om, Spec: certmanager.IssuerSpec{
			IssuerConfig: certmanager.IssuerConfig{SelfSigned: &certmanager.SelfSignedIssuer{}},
		}}, `{"spec": {"selfSigned": {}}}`},
		{"certificate", &certmanager.Certificate{TypeMeta: tm, ObjectMeta: om}, `{"spec": {"secretName": "", "issuerRef": {"name": ""}}}`},
		{"big numbers", &leftovers{TypeMeta: tm, ObjectMeta: om, Free: []any{int64(9007199254740993), 0.1, uint8(1), -3}},
			`{"selector": {}, "port": 0, "free": [9007199254740993, 0.1, 1, -3]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree, err := normalize(test.in)
			if err != nil {
				t.Fatal(err)
			}
			delete(tree, "apiVersion")
			delete(tree, "kind")
			delete(tree, "metadata")
			want, err := jsonValue(json.RawMessage(test.want))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(any(tree), want) {
				t.Errorf("got  %v\nwant %v", tree, want)
			}
		})
	}
}

func TestNormalizeLeavesTheObjectAlone(t *testing.T) {
	d := deployment("a", 1)
	before := d.DeepCopy()
	if _, err := normalize(d); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(d, before) {
		t.Error("the object was changed")
	}
}
