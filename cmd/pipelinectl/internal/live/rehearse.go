package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/pipelinectl/pipelinectl/emit"
	"github.com/pipelinectl/pipelinectl/emit/gitops"
	"github.com/pipelinectl/pipelinectl/emit/workload"
)

// FieldManager is under whose name an object is applied, in a dry run, that nobody has applied yet.
const FieldManager = "pipelinectl"

// Rehearsal is what an apply would make of a cluster.
type Rehearsal struct {
	// Before and After are the objects as they are and as they would be, less what the API server keeps for itself, for
	// impact.Compare.
	Before, After []*emit.Manifests
	// Refused are objects that the API server would not take, sorted.
	Refused []Refusal
	// Kept are objects that are no longer compiled, and that an annotation keeps engines from deleting; sorted.
	Kept []emit.ID
	// Unseen are the lists that the cluster refused to give: nothing left over could be found there.
	Unseen []string
}

// Refusal is an object that an apply would fail on.
type Refusal struct {
	ID  emit.ID
	Err error
}

// Rehearse has the API server apply every object in a dry run (server-side apply, with strict field validation), and
// gives what is beside what would be.
//
// Each object is applied under the name of whoever applied it last (kustomize-controller, argocd-controller, kubectl), so
// that fields which are no longer compiled go, as they will when that engine applies it; else as FieldManager. The dry
// run is forced: a field that somebody else took over is a difference, not a conflict. An error is an *Error, or ctx's.
func (c *Cluster) Rehearse(ctx context.Context, r Request) (*Rehearsal, error) {
	s, err := c.survey(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &Rehearsal{Unseen: s.unseen()}
	for _, t := range r.Targets {
		after, refusals, err := s.rehearse(ctx, t)
		if err != nil {
			return nil, c.explain(err)
		}
		before := *t.Manifests
		before.Objects = nil
		for _, m := range after.Objects {
			if u := s.objects[m.ID]; u != nil {
				before.Objects = append(before.Objects, emit.Manifest{ID: m.ID, Layer: m.Layer, Value: own(u)})
			}
		}
		for _, u := range s.leftovers(t) {
			if gitops.Guarded(u.GetAnnotations()) {
				out.Kept = append(out.Kept, idOf(u))
				continue
			}
			before.Objects = append(before.Objects, emit.Manifest{ID: idOf(u), Value: own(u)})
		}
		out.Before, out.After = append(out.Before, &before), append(out.After, after)
		out.Refused = append(out.Refused, refusals...)
	}
	slices.SortFunc(out.Refused, func(x, y Refusal) int { return x.ID.Compare(y.ID) })
	slices.SortFunc(out.Kept, emit.ID.Compare)
	return out, nil
}

// rehearse applies the objects of one pipeline. Those that are there and are refused are left out.
func (s *survey) rehearse(ctx context.Context, t Target) (*emit.Manifests, []Refusal, error) {
	objects := t.Manifests.Objects
	results, faults := make([]*unstructured.Unstructured, len(objects)), make([]error, len(objects))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(Concurrency)
	for i, m := range objects {
		group.Go(func() error {
			result, err := s.apply(ctx, m)
			if refused(err) {
				faults[i], err = err, nil
			}
			results[i] = result
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	if err := s.allForbidden(objects, faults); err != nil {
		return nil, nil, err
	}
	after := *t.Manifests
	after.Objects = nil
	var refusals []Refusal
	for i, m := range objects {
		switch {
		case s.denied[m.ID] != nil:
			faults[i] = s.denied[m.ID]
		case s.objects[m.ID] == nil: // new, though it may be refused: who asks may have no right to create it
			after.Objects = append(after.Objects, m)
		case faults[i] == nil:
			after.Objects = append(after.Objects, emit.Manifest{ID: m.ID, Layer: m.Layer, Value: own(results[i])})
		}
		if faults[i] != nil && !withoutNamespace(faults[i]) {
			refusals = append(refusals, Refusal{ID: m.ID, Err: faults[i]})
		}
	}
	return &after, refusals, nil
}

// allForbidden gives an error where the dry runs of all objects that are there were forbidden: whoever asks may not apply.
func (s *survey) allForbidden(objects []emit.Manifest, faults []error) error {
	var first error
	for i, m := range objects {
		switch {
		case s.objects[m.ID] == nil:
		case !apierrors.IsForbidden(faults[i]):
			return nil
		case first == nil:
			first = faults[i]
		}
	}
	return first
}

// refused says whether an error is about one object: the API server has an answer, and it is no.
func refused(err error) bool {
	_, unknown := errors.AsType[*unknownKindError](err)
	_, answered := errors.AsType[*apierrors.StatusError](err)
	return unknown || answered && !apierrors.IsUnauthorized(err)
}

// withoutNamespace says whether all that keeps an object from being made is that its namespace is not there yet.
func withoutNamespace(err error) bool {
	status, _ := errors.AsType[*apierrors.StatusError](err)
	return apierrors.IsNotFound(err) && status.ErrStatus.Details != nil && status.ErrStatus.Details.Kind == "namespaces"
}

// apply gives what the API server would make of an object.
func (s *survey) apply(ctx context.Context, m emit.Manifest) (*unstructured.Unstructured, error) {
	r, served := s.resources[kindOf(m)]
	if !served {
		return nil, &unknownKindError{kind: kindOf(m)}
	}
	text, err := json.Marshal(m.Value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.ID, err)
	}
	return s.cluster.in(r, m.ID.Namespace).Patch(ctx, m.ID.Name, types.ApplyPatchType, text, metav1.PatchOptions{
		DryRun:          []string{metav1.DryRunAll},
		FieldManager:    managerOf(s.objects[m.ID]),
		FieldValidation: metav1.FieldValidationStrict,
		Force:           new(true),
	})
}

// managerOf is who applied our labels to an object, the last one where there are several, else FieldManager.
func managerOf(u *unstructured.Unstructured) string {
	if u == nil {
		return FieldManager
	}
	name, last := FieldManager, metav1.Time{}
	for _, m := range u.GetManagedFields() {
		if m.Operation != metav1.ManagedFieldsOperationApply || m.Subresource != "" || m.FieldsV1 == nil {
			continue
		}
		var fields map[string]any
		if json.Unmarshal(m.FieldsV1.GetRawBytes(), &fields) != nil {
			continue
		}
		_, ours, _ := unstructured.NestedFieldNoCopy(fields, "f:metadata", "f:labels", "f:"+workload.LabelManagedBy) // not there is not ours
		if ours && (m.Time == nil || !m.Time.Before(&last)) {
			name = m.Manager
			if m.Time != nil {
				last = *m.Time
			}
		}
	}
	return name
}

// own is an object without what the API server and controllers keep in it.
func own(u *unstructured.Unstructured) map[string]any {
	out := u.DeepCopy().Object
	delete(out, "status")
	if metadata, ok := out["metadata"].(map[string]any); ok {
		for _, field := range []string{"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"} {
			delete(metadata, field)
		}
	}
	return out
}
