package emit

import (
	"reflect"
	"strings"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/types"
)

// issuerSecrets are the fields of an Issuer that name a Secret: a team may generate the Secret, with a hash in its name.
// They are found in cert-manager's own types, since every sort of issuer and solver has some.
func issuerSecrets() types.FsSlice {
	var out types.FsSlice
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		switch {
		case t.Kind() == reflect.Pointer:
			walk(t.Elem(), path)
		case t.Kind() == reflect.Slice:
			walk(t.Elem(), path+"[]")
		case t == reflect.TypeFor[cmmeta.SecretKeySelector](), t == reflect.TypeFor[cmmeta.LocalObjectReference]():
			out = append(out, field("cert-manager.io", "Issuer", path+"/name"))
		case t.Kind() == reflect.String && strings.HasSuffix(path, "/secretName"):
			out = append(out, field("cert-manager.io", "Issuer", path))
		case t.Kind() == reflect.Struct && strings.HasPrefix(t.PkgPath(), "github.com/cert-manager/"):
			for f := range t.Fields() {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if f.Anonymous {
					walk(f.Type, path)
				} else {
					walk(f.Type, path+"/"+name)
				}
			}
		}
	}
	walk(reflect.TypeFor[certmanagerv1.IssuerSpec](), "spec")
	return out
}
