package emit

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	certmanager "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

// normalizedThroughText is normalize by way of encoding/json.
func normalizedThroughText(obj Object) (map[string]any, error) {
	value, err := jsonValue(obj)
	if err != nil {
		return nil, err
	}
	tree := value.(map[string]any)
	delete(tree, "status")
	prune(reflect.ValueOf(obj), tree)
	return tree, nil
}

// prune removes the empty maps of structs held by value from tree, which is v as JSON.
func prune(v reflect.Value, tree any) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			prune(v.Elem(), tree)
		}
	case reflect.Slice, reflect.Array:
		if list, ok := tree.([]any); ok && len(list) == v.Len() {
			for i, item := range list {
				prune(v.Index(i), item)
			}
		}
	case reflect.Map:
		if m, ok := tree.(map[string]any); ok && v.Type().Key().Kind() == reflect.String {
			for entries := v.MapRange(); entries.Next(); {
				prune(entries.Value(), m[entries.Key().String()])
			}
		}
	case reflect.Struct:
		// A struct that prints as a scalar (Quantity, Time, IntOrString) has a marshaler of its own and is no map here.
		if m, ok := tree.(map[string]any); ok {
			pruneStruct(v, m)
		}
	default: // a scalar
	}
}

func pruneStruct(v reflect.Value, m map[string]any) {
	for i := range v.NumField() {
		field := v.Field(i)
		switch field.Kind() {
		case reflect.Struct:
		case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map, reflect.Array:
			if field.IsZero() {
				continue
			}
		default:
			continue
		}
		declared := v.Type().Field(i)
		name, _, _ := strings.Cut(declared.Tag.Get("json"), ",")
		if name == "" && declared.Anonymous {
			prune(field, m) // inlined: its keys are ours
			continue
		}
		if name == "" {
			name = declared.Name
		}
		item, printed := m[name]
		if !printed {
			continue
		}
		prune(field, item)
		if empty, ok := item.(map[string]any); ok && len(empty) == 0 && field.Kind() == reflect.Struct && field.Type() != labelSelector {
			delete(m, name)
		}
	}
}

// oddities is a custom resource whose fields encoding/json treats each in a way of its own.
type oddities struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	*aStruct
	hidden  string
	Skipped string `json:"-"`
	Dash    string `json:"-,"` //nolint:staticcheck // the one way to name a field "-"
	Number  json.Number
	Numbers []json.Number   `json:",omitempty"`
	Raw     json.RawMessage `json:"raw,omitempty"`
	Bytes   []byte          `json:"bytes"`
	Array   [2]aStruct
	Small   float32
	Float   float64
	Big     uint64
	Byte    uint8
	Keys    map[int]string          `json:"keys,omitempty"`
	Named   map[corev1.Protocol]any `json:"named,omitempty"`
	Zero    metav1.Time             `json:"zero,omitzero"`
	Gone    *metav1.Time            `json:"gone,omitzero"`
	When    time.Time               `json:"when,omitzero"`
	Text    time.Duration
	Pointer **int `json:"pointer,omitempty"`
	Any     []any `json:"any"`
}

// quoted has an option that only encoding/json knows.
type quoted struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	N                 int `json:"n,string"`
}

func TestNormalizeOddities(t *testing.T) {
	seven := 7
	p := &seven
	for _, obj := range []Object{
		&oddities{},
		&oddities{aStruct: &aStruct{A: "x"}, hidden: "h", Skipped: "s", Dash: "d", Number: "1.0", Numbers: []json.Number{"2", "1e3"}, Raw: json.RawMessage(`{"a": null, "b": 1.0}`),
			Bytes: []byte("b"), Small: 0.1, Float: 3, Big: math.MaxUint64, Byte: 200, Keys: map[int]string{1: "a"}, Named: map[corev1.Protocol]any{"TCP": []any{nil, 1.5}},
			Zero: metav1.Unix(1, 0), Gone: &metav1.Time{}, When: time.Unix(1, 0).UTC(), Text: time.Second, Pointer: &p,
			Any: []any{int8(1), uint16(2), 3.0, 1e300, math.Copysign(0, -1), 9007199254740993.0, 1 << 62, "a\xffb\xff\xfe", "<&>\u2028", map[string]any{"\xff": nil, "x": map[string]string(nil)}, aStruct{}, &aStruct{}, resource.MustParse("1500m"), intstr.FromInt32(5)}},
		&quoted{N: 5},
	} {
		wantAsThroughText(t, obj)
	}
	for name, obj := range map[string]Object{
		"not a number": &oddities{Number: "1", Float: math.NaN()},
		"a channel":    &oddities{Number: "1", Any: []any{make(chan int)}},
		"broken JSON":  &oddities{Number: "1", Raw: json.RawMessage("{")},
	} {
		if tree, err := normalize(obj); err == nil {
			t.Errorf("%s is printed as %v", name, tree)
		}
	}
}

func wantAsThroughText(t *testing.T, obj Object) {
	t.Helper()
	got, err := normalize(obj)
	if err != nil {
		t.Fatal(err)
	}
	want, err := normalizedThroughText(obj)
	if err != nil {
		t.Fatal(err)
	}
	for key, item := range want {
		if !reflect.DeepEqual(got[key], item) {
			t.Errorf("%T: %s is\n%#v\nbut encoding/json gives\n%#v", obj, key, got[key], item)
		}
	}
	for key, item := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("%T: %s is %#v, but encoding/json leaves it out", obj, key, item)
		}
	}
}

// Whatever the fields of a real object hold, it is printed as encoding/json prints it.
func TestNormalizeIsEncodingJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	quantities := []string{"0", "1", "100m", "64Mi", "1e3", "1.5"}
	fill := randfill.NewWithSeed(1).NilChance(0.6).NumElements(0, 3).MaxDepth(14).Funcs(
		func(q *resource.Quantity, _ randfill.Continue) {
			*q = resource.MustParse(quantities[random.IntN(len(quantities))])
		},
		func(v *intstr.IntOrString, _ randfill.Continue) {
			if *v = intstr.FromInt32(random.Int32()); random.IntN(2) == 0 {
				*v = intstr.FromString("http")
			}
		},
		func(v *metav1.Time, _ randfill.Continue) { *v = metav1.Unix(random.Int64N(1e9), 0) },
		func(v *metav1.FieldsV1, _ randfill.Continue) { v.SetRawBytes([]byte(`{"f:a": {}}`)) },
		func(v *map[string]any, _ randfill.Continue) {
			*v = map[string]any{"a": random.Int64(), "b": []any{random.Float64(), nil, map[string]any{}}}
		},
	)
	filled := 0
	for range 200 {
		for _, obj := range []Object{
			&appsv1.Deployment{}, &appsv1.StatefulSet{}, &corev1.Service{}, &corev1.ConfigMap{}, &corev1.Secret{}, &corev1.ServiceAccount{},
			&networkingv1.NetworkPolicy{}, &policyv1.PodDisruptionBudget{}, &certmanager.Issuer{}, &kafkaTopic{},
		} {
			fill.Fill(obj)
			wantAsThroughText(t, obj)
			tree, err := normalize(obj)
			if err != nil {
				t.Fatal(err)
			}
			filled += len(tree)
		}
		if t.Failed() {
			return
		}
	}
	if filled < 200*10*3 {
		t.Errorf("the objects hold only %d fields", filled)
	}
}
