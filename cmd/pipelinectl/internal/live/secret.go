package live

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Secret gives what a Secret holds, by key. It is for who asked, and must not be written anywhere. An error is an *Error;
// of one that is not there, Missing is set.
func (c *Cluster) Secret(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	secrets := c.objects.Resource(corev1.SchemeGroupVersion.WithResource("secrets")).Namespace(namespace)
	u, err := secrets.Get(ctx, name, metav1.GetOptions{})
	what := "Secret `" + name + "` in namespace `" + namespace + "`"
	switch {
	case apierrors.IsNotFound(err):
		return nil, &Error{Missing: true, What: c.Name() + " has no " + what, Hint: "is that the right cluster? `--context` chooses another one"}
	case apierrors.IsForbidden(err):
		return nil, &Error{What: c.Name() + " does not let you read " + what, Hint: "ask for the verb `get` on it; `kubectl auth can-i get secret/" + name + " -n " + namespace + "` shows whether you have it"}
	case err != nil:
		return nil, c.explain(err)
	}
	secret := &corev1.Secret{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, secret); err != nil {
		return nil, &Error{What: what + " cannot be understood", Hint: "`kubectl get secret " + name + " -n " + namespace + "` shows whether it is there"} // the cause would quote it
	}
	return secret.Data, nil
}
