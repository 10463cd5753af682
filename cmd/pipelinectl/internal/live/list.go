package live

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/pager"

	"github.com/pipelinectl/pipelinectl/emit"
)

// listAll takes in every list of every kind, in the environment's namespaces.
func (s *survey) listAll(ctx context.Context) error {
	selector, err := s.selector()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(Concurrency)
	for _, r := range s.resources {
		namespaces := s.namespaces()
		if !r.namespaced {
			namespaces = []string{""}
		}
		for _, ns := range namespaces {
			s.listed++
			group.Go(func() error { return s.list(ctx, r, ns, selector) })
		}
	}
	return group.Wait()
}

// list takes in one list, page by page. A list that is refused is noted.
func (s *survey) list(ctx context.Context, r resource, namespace, selector string) error {
	client := s.cluster.in(r, namespace)
	pages := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return client.List(ctx, o) })
	err := pages.EachListItem(ctx, metav1.ListOptions{LabelSelector: selector}, func(item runtime.Object) error {
		u, ok := item.(*unstructured.Unstructured)
		if !ok {
			return fmt.Errorf("a list of %s holds a %T", r.Resource, item)
		}
		return s.take(u)
	})
	switch {
	case apierrors.IsForbidden(err):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.blind[strings.TrimSuffix(r.GroupResource().String()+" in "+namespace, " in ")] = err
		return nil
	case apierrors.IsNotFound(err): // the CRD went away meanwhile
		return nil
	default:
		return err
	}
}

// take takes in one object.
func (s *survey) take(u *unstructured.Unstructured) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.GroupVersionKind() != podKind() {
		s.objects[idOf(u)] = u
		return nil
	}
	pod := &corev1.Pod{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, pod); err != nil {
		return fmt.Errorf("pod %s: %w", u.GetName(), err)
	}
	s.pods = append(s.pods, pod)
	return nil
}

// getMissing looks by name for what no list had: somebody may have taken its labels away.
func (s *survey) getMissing(ctx context.Context) error {
	var missing []emit.Manifest
	for _, t := range s.request.Targets {
		for _, m := range t.Manifests.Objects {
			if _, served := s.resources[kindOf(m)]; served && s.objects[m.ID] == nil {
				missing = append(missing, m)
			}
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(Concurrency)
	for _, m := range missing {
		group.Go(func() error {
			u, err := s.cluster.in(s.resources[kindOf(m)], m.ID.Namespace).Get(ctx, m.ID.Name, metav1.GetOptions{})
			switch {
			case apierrors.IsNotFound(err):
				return nil
			case apierrors.IsForbidden(err):
				s.mu.Lock()
				defer s.mu.Unlock()
				s.denied[m.ID] = err
				return nil
			case err != nil:
				return err
			}
			return s.take(u)
		})
	}
	return group.Wait()
}
