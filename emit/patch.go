package emit

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/pipelinectl/pipelinectl/runner/contract"
)

// patch writes the file that turns an object of base into an environment's, and says whether there is a difference.
func (f *factoring) patch(dir string, base, env Resource) (bool, error) {
	from, to := base.tree, placeless(env)
	if from["apiVersion"] != to["apiVersion"] {
		return false, errors.New("its apiVersion depends on the environment, which no patch can express")
	}
	operations := diff(from, to, whole(base)...)
	if len(operations) == 0 {
		return false, nil
	}
	if err := prove(operations, from, to); err != nil {
		return false, err
	}
	patch := make([]any, len(operations))
	for i, o := range operations {
		patch[i] = o.tree()
	}
	return true, f.print(path.Join(dir, patchesFolder, f.names[base.ID()]), patch)
}

// whole gives the paths that are replaced entirely where anything in them differs: the spec of a custom resource, for
// which a person reading the patch has no schema at hand, and the data of a runner's contract, which is one document.
func whole(r Resource) []string {
	id := r.ID()
	if cm, ok := r.Object.(*corev1.ConfigMap); ok {
		if _, holds := cm.Data[contract.NodeFile]; holds {
			return []string{"/data"}
		}
	}
	if custom(id.Group) {
		return []string{"/spec"}
	}
	return nil
}

// custom says whether an API group is not Kubernetes' own: those have no dot or end in k8s.io, which is reserved for
// them (KEP-2337).
func custom(group string) bool {
	return strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io")
}

// prove applies the operations, as kustomize will, and fails unless they give what was emitted.
func prove(operations []operation, from, to map[string]any) error {
	got, err := apply(operations, from)
	if err != nil {
		return fmt.Errorf("patch does not apply to base: %w", err)
	}
	if !same(got, to) {
		return fmt.Errorf("patch gives another object than was emitted: %v", got)
	}
	return nil
}

// placeless is an object's tree without its namespace, which the kustomization sets.
func placeless(r Resource) map[string]any {
	metadata, _ := r.tree["metadata"].(map[string]any)
	if _, placed := metadata["namespace"]; !placed {
		return r.tree
	}
	metadata = maps.Clone(metadata)
	delete(metadata, "namespace")
	tree := maps.Clone(r.tree)
	tree["metadata"] = metadata
	return tree
}

// deletionPatch is a strategic merge patch that removes an object. A JSON patch cannot.
type deletionPatch struct {
	Directive       string `json:"$patch"`
	metav1.TypeMeta `json:",inline"`
	Metadata        struct {
		Name string `json:"name"`
	} `json:"metadata"`
}

func deletion(r Resource) deletionPatch {
	apiVersion, kind := r.Object.GetObjectKind().GroupVersionKind().ToAPIVersionAndKind()
	p := deletionPatch{Directive: "delete", TypeMeta: metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}}
	p.Metadata.Name = r.Object.GetName()
	return p
}
