// Package live owns the question how a cluster stands to what was compiled: whether it runs that, and what an apply
// would change; and it gets a user's credentials there. It only asks. Every request is a GET, or a server-side apply that
// is marked as a dry run, and a guard below the clients refuses any other.
//
// It must not know how documents become manifests, nor where results are printed: a verb hands in the plan and the
// objects of an environment, and prints what comes back. It alone imports client-go, and of that neither the typed
// clients nor their scheme, which every verb would wait for at its start.
//
// Start reading at Open, then at Cluster.Status and Cluster.Rehearse; both begin with the same survey. Cluster.Secret
// stands alone.
package live

import (
	"net/http"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/dynamic"
	_ "k8s.io/client-go/plugin/pkg/client/auth/oidc" // a kubeconfig's user may log in through OpenID Connect
	"k8s.io/client-go/rest"
)

// Bounds of what is asked of a cluster.
const (
	// RequestTimeout is how long one request may take.
	RequestTimeout = 10 * time.Second
	// LagTimeout is how long the runners of all pods together have to tell their lag.
	LagTimeout = 15 * time.Second
	// Concurrency is how many requests are under way at once.
	Concurrency = 8
)

// Cluster is an API server that can be asked. It is safe for concurrent use.
type Cluster struct {
	// Context is the kubeconfig's context, empty for the cluster that this process runs in.
	Context string
	// Server is the address of the API server.
	Server string

	objects dynamic.Interface
	raw     rest.Interface
}

// Name says for people which cluster it is.
func (c *Cluster) Name() string {
	if c.Context == "" {
		return "the cluster at " + c.Server
	}
	return "context " + c.Context
}

// connect makes the clients; nothing is asked yet. Warn gets the API server's warnings and may be called side by side.
func connect(config *rest.Config, context string, warn func(string)) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.Timeout = RequestTimeout
	config.QPS = -1 // the number of requests under way is bound, see Concurrency
	config.UserAgent = "pipelinectl"
	config.WarningHandler = warnings(warn)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return harmless{next} })
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	objects, err := dynamic.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	raw, err := rest.UnversionedRESTClientForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	return &Cluster{Context: context, Server: config.Host, objects: objects, raw: raw}, nil
}

// warnings hands on what an API server warns of (RFC 9111 obsoletes the header, Kubernetes still sends it).
type warnings func(string)

// HandleWarningHeader implements rest.WarningHandler.
func (w warnings) HandleWarningHeader(code int, _, text string) {
	if code == 299 && text != "" && w != nil {
		w(text)
	}
}

// harmless lets through only requests that change nothing.
type harmless struct {
	next http.RoundTripper
}

// refusedError is a request that harmless did not let through: an internal fault.
type refusedError struct {
	method, path string
}

func (e *refusedError) Error() string {
	return "refused to send " + e.method + " " + e.path + ", which could change the cluster"
}

// RoundTrip implements http.RoundTripper.
func (h harmless) RoundTrip(req *http.Request) (*http.Response, error) {
	dry := slices.Equal(req.URL.Query()["dryRun"], []string{metav1.DryRunAll})
	if req.Method != http.MethodGet && (req.Method != http.MethodPatch || !dry) {
		return nil, &refusedError{method: req.Method, path: req.URL.Path}
	}
	return h.next.RoundTrip(req)
}
