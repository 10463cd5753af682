package endpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/emit/workload"
	"github.com/pipelinectl/pipelinectl/schema"
	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// CodeIssuer is reported when the `issuer` of a domain is not the spec of a cert-manager Issuer.
const CodeIssuer diag.Code = "domain-issuer"

// issuerReference is where the fields of an Issuer are described.
const issuerReference = "its fields are listed at https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.IssuerSpec"

// CheckIssuer reports what in a domain's `issuer` is not cert-manager's IssuerSpec: unknown fields, values of the wrong
// type, none or several sorts of issuer.
func CheckIssuer(n *schema.Node) diag.List {
	var findings diag.List
	if len(n.Entries) != 1 {
		findings.Errorf(CodeIssuer, n.Pos, "an issuer has exactly one sort; this one has %d", len(n.Entries)).
			WithHint("keep one of `acme`, `ca`, `selfSigned`, `vault` and `venafi`")
	}
	_, unknown, err := decodeIssuer(n)
	for _, fault := range unknown {
		field := ""
		if at := kjson.FieldError(nil); errors.As(fault, &at) {
			field = at.FieldPath()
		}
		findings.Errorf(CodeIssuer, locate(n, field), "cert-manager's Issuer has no field `%s`", field).
			WithHint(issuerReference)
	}
	if at := (*json.UnmarshalTypeError)(nil); errors.As(err, &at) {
		findings.Errorf(CodeIssuer, locate(n, at.Field), "cert-manager's Issuer takes no %s here", at.Value).
			WithHint(issuerReference)
	} else if err != nil {
		findings.Errorf(CodeIssuer, n.Pos, "cert-manager's Issuer cannot take a value of this: %v", err).
			WithHint(issuerReference)
	}
	if len(findings) == 0 {
		checkComplete(n.Entries[0], reflect.TypeFor[certmanagerv1.IssuerConfig](), &findings)
	}
	return findings
}

// checkComplete reports what the one sort of an issuer lacks: its value, or a field that cert-manager requires. Those
// are the ones whose Go fields are printed even when they are empty.
func checkComplete(e schema.Entry, config reflect.Type, findings *diag.List) {
	if e.Value.Kind == schema.Null {
		findings.Errorf(CodeIssuer, e.KeyPos, "the issuer's `%s` is empty", e.Key).
			WithHint("write `%s: {}`, with its fields, if it has any, in the braces", e.Key)
		return
	}
	for sort := range config.Fields() {
		if name, _, _ := strings.Cut(sort.Tag.Get("json"), ","); name != e.Key {
			continue
		}
		for field := range sort.Type.Elem().Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if options == "" && e.Value.Get(name) == nil {
				findings.Errorf(CodeIssuer, e.KeyPos, "the issuer's `%s` lacks `%s`", e.Key, name).
					WithHint(issuerReference)
			}
		}
	}
}

// decodeIssuer reads the spec of an Issuer; unknown are the faults of a strict reading.
func decodeIssuer(n *schema.Node) (spec certmanagerv1.IssuerSpec, unknown []error, err error) {
	text, err := json.Marshal(n.JSON())
	if err != nil {
		return spec, nil, err
	}
	unknown, err = kjson.UnmarshalStrict(text, &spec)
	return spec, unknown, err
}

// locate gives the place of a path such as acme.solvers[0].dns01: that of its last key, or of the last part that the
// document has. Decoders put the names of embedded structs into paths, in upper case; documents do not have them.
func locate(n *schema.Node, path string) diag.Pos {
	pos := n.Pos
	for step := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if i, err := strconv.Atoi(step); err == nil && i < len(n.Items) {
			n, pos = n.Items[i], n.Items[i].Pos
			continue
		}
		e := n.Entry(step)
		switch {
		case e != nil:
			n, pos = e.Value, e.KeyPos
		case step[0] < 'A' || step[0] > 'Z':
			return pos
		}
	}
	return pos
}

// issuer is the Issuer that a domain spells out, one for the pipeline.
func issuer(g *compiler.Graph) (*certmanagerv1.Issuer, error) {
	spec, unknown, err := decodeIssuer(g.Domain.Issuer)
	if err := errors.Join(append(unknown, err)...); err != nil {
		return nil, fmt.Errorf("issuer of domain %s: %w", g.Domain.Suffix.V, err)
	}
	return &certmanagerv1.Issuer{
		TypeMeta:   metav1.TypeMeta{APIVersion: certmanagerv1.SchemeGroupVersion.String(), Kind: certmanagerv1.IssuerKind},
		ObjectMeta: metav1.ObjectMeta{Name: g.Names.Shared(), Labels: workload.Labels(g, nil)},
		Spec:       spec,
	}, nil
}
