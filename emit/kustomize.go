package emit

import (
	"regexp"
	"sync"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
)

// Names of files and folders in a pipeline's folder.
const (
	baseFolder        = "base"
	componentsFolder  = "components"
	overlaysFolder    = "overlays"
	patchesFolder     = "patches"
	kustomizationFile = "kustomization.yaml"
	configurationFile = "kustomizeconfig.yaml"
)

// kustomization gives an empty Kustomization. Its namespace is the only transformer used: it stamps metadata.namespace,
// also on cluster-scoped custom kinds, so such an object would have to stand in a folder beside app and kafka.
func kustomization(namespace string) types.Kustomization {
	return types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Namespace: namespace,
	}
}

// componentKustomization gives an empty Component. It has no namespace: the overlay that includes it sets that.
func componentKustomization() types.Kustomization {
	return types.Kustomization{TypeMeta: types.TypeMeta{APIVersion: types.ComponentVersion, Kind: types.ComponentKind}}
}

// target selects exactly one object. Kustomize reads each field as an anchored regular expression.
func target(r Resource) *types.Selector {
	gvk := r.Object.GetObjectKind().GroupVersionKind()
	return &types.Selector{ResId: resid.ResId{
		Gvk: resid.Gvk{
			Group:   regexp.QuoteMeta(gvk.Group),
			Version: regexp.QuoteMeta(gvk.Version),
			Kind:    regexp.QuoteMeta(gvk.Kind),
		},
		Name: regexp.QuoteMeta(r.Object.GetName()),
	}}
}

// transformers is the content of a kustomization's `configurations:` file, as far as we use it
// (sigs.k8s.io/kustomize/api/internal/plugins/builtinconfig.TransformerConfig).
type transformers struct {
	CommonLabels  types.FsSlice   `json:"commonLabels"`
	Images        types.FsSlice   `json:"images"`
	NameReference []nameReference `json:"nameReference"`
}

// nameReference says which fields hold the name of an object of a kind.
type nameReference struct {
	resid.Gvk  `json:",inline"`
	FieldSpecs types.FsSlice `json:"fieldSpecs"`
}

// configurationText is transformerConfig as it is written. It is the same in every folder, and printed once: the fields of
// an Issuer take longer to find than the other files of a folder to print.
var configurationText = sync.OnceValues(func() ([]byte, error) {
	value, err := jsonValue(transformerConfig())
	if err != nil {
		return nil, err
	}
	return new(printer).document(value)
})

// transformerConfig is for a team's own overlay on top of ours: with it, `images:` and renaming reach the fields that
// kustomize does not know. Kustomize hands it up from a base to every overlay.
//
// An image also stands in the variable contract.VarNodeImage, and a user's name may stand in one. Kustomize cannot
// select an item of a list by name, so the paths cover every variable; what changes is only a value that is the image
// (tag and digest aside) or the user. What cannot be followed is a name that is part of a longer text (hosts, addresses),
// the name of a Secret that an operator will write, and a reference into another namespace (a KafkaAccess and its
// KafkaUser, where Kafka has its own).
func transformerConfig() transformers {
	variables := types.FsSlice{
		field("apps", "Deployment", "spec/template/spec/containers[]/env[]/value"),
		field("apps", "Deployment", "spec/template/spec/initContainers[]/env[]/value"),
	}
	return transformers{
		// Those of a team's labels that go into selectors.
		CommonLabels: types.FsSlice{field("monitoring.coreos.com", "PodMonitor", "spec/selector/matchLabels")},
		Images:       variables,
		NameReference: []nameReference{
			{Gvk: resid.Gvk{Group: "cert-manager.io", Kind: "Issuer"}, FieldSpecs: types.FsSlice{
				field("cert-manager.io", "Certificate", "spec/issuerRef/name"),
			}},
			// Strimzi gives the Secret of a user the name of its object.
			{Gvk: resid.Gvk{Group: "kafka.strimzi.io", Kind: "KafkaUser"}, FieldSpecs: append(types.FsSlice{
				field("access.strimzi.io", "KafkaAccess", "spec/user/name"),
				field("apps", "Deployment", "spec/template/spec/volumes[]/projected/sources[]/secret/name"),
			}, variables...)},
			{Gvk: resid.Gvk{Version: "v1", Kind: "Secret"}, FieldSpecs: append(types.FsSlice{
				field("getambassador.io", "Host", "spec/tlsSecret/name"),
			}, issuerSecrets()...)},
			{Gvk: resid.Gvk{Version: "v1", Kind: "Service"}, FieldSpecs: types.FsSlice{
				field("getambassador.io", "Mapping", "spec/service"),
			}},
		},
	}
}

func field(group, kind, path string) types.FieldSpec {
	return types.FieldSpec{Gvk: resid.Gvk{Group: group, Kind: kind}, Path: path}
}
