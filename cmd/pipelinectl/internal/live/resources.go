package live

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// emittedKinds are those that a build may write. Objects of these kinds are looked for even where none is compiled: one
// may have been left behind.
func emittedKinds() []schema.GroupVersionKind {
	return []schema.GroupVersionKind{
		{Version: "v1", Kind: "ConfigMap"},
		{Version: "v1", Kind: "Service"},
		{Version: "v1", Kind: "ServiceAccount"},
		{Group: "apps", Version: "v1", Kind: "Deployment"},
		{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"},
		{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"},
		{Group: "monitoring.coreos.com", Version: "v1", Kind: "PodMonitor"},
		{Group: "monitoring.coreos.com", Version: "v1", Kind: "PrometheusRule"},
		{Group: "kafka.strimzi.io", Version: "v1", Kind: "KafkaTopic"},
		{Group: "kafka.strimzi.io", Version: "v1", Kind: "KafkaUser"},
		{Group: "access.strimzi.io", Version: "v1alpha1", Kind: "KafkaAccess"},
		{Group: "getambassador.io", Version: "v3alpha1", Kind: "Host"},
		{Group: "getambassador.io", Version: "v3alpha1", Kind: "Mapping"},
		{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"},
		{Group: "cert-manager.io", Version: "v1", Kind: "Issuer"},
	}
}

// podKind is the kind of what runs.
func podKind() schema.GroupVersionKind { return schema.GroupVersionKind{Version: "v1", Kind: "Pod"} }

// resource is how a cluster serves a kind.
type resource struct {
	schema.GroupVersionResource
	kind       schema.GroupVersionKind
	namespaced bool
}

// unknownKindError is a kind that the cluster does not serve.
type unknownKindError struct {
	kind schema.GroupVersionKind
}

func (e *unknownKindError) Error() string {
	return "the cluster does not know " + e.kind.GroupVersion().String() + " " + e.kind.Kind + ": is its operator installed?"
}

// discover asks how kinds are served; those that the cluster does not know are left out. It asks about the versions
// needed and no others: a discovery of everything takes a cluster with many CRDs seconds.
func (c *Cluster) discover(ctx context.Context, kinds []schema.GroupVersionKind) (map[schema.GroupVersionKind]resource, error) {
	var versions []schema.GroupVersion
	for _, k := range kinds {
		if !slices.Contains(versions, k.GroupVersion()) {
			versions = append(versions, k.GroupVersion())
		}
	}
	var mu sync.Mutex
	out := map[schema.GroupVersionKind]resource{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(Concurrency)
	for _, v := range versions {
		group.Go(func() error {
			list, err := c.served(ctx, v)
			mu.Lock()
			defer mu.Unlock()
			for _, r := range list {
				kind := v.WithKind(r.Kind)
				if slices.Contains(kinds, kind) && slices.Contains(r.Verbs, "list") { // no subresource can be listed
					out[kind] = resource{GroupVersionResource: v.WithResource(r.Name), kind: kind, namespaced: r.Namespaced}
				}
			}
			return err
		})
	}
	return out, c.explain(group.Wait())
}

// served gives what a cluster serves of one version of a group, nothing where it does not know it.
func (c *Cluster) served(ctx context.Context, v schema.GroupVersion) ([]metav1.APIResource, error) {
	path := "/apis/" + v.String()
	if v.Group == "" {
		path = "/api/" + v.Version
	}
	text, err := c.raw.Get().AbsPath(path).Do(ctx).Raw()
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list metav1.APIResourceList
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list.APIResources, nil
}

// in gives the client of a resource's objects in a namespace, or of all where it has none.
func (c *Cluster) in(r resource, namespace string) dynamic.ResourceInterface {
	if !r.namespaced {
		return c.objects.Resource(r.GroupVersionResource)
	}
	return c.objects.Resource(r.GroupVersionResource).Namespace(namespace)
}
