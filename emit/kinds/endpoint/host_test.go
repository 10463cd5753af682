package endpoint

import (
	"strings"
	"testing"

	acmev1 "github.com/cert-manager/cert-manager/pkg/apis/acme/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/pipelinectl/pipelinectl/compiler"
	"github.com/pipelinectl/pipelinectl/schema"
)

// TestLongestHostIsValid joins the longest name and the longest suffix that the schema lets through.
func TestLongestHostIsValid(t *testing.T) {
	label := strings.Repeat("a", 63)
	suffix := label + "." + label + "." + strings.Repeat("b", 61)
	g := &compiler.Graph{
		Pipeline: &compiler.Pipeline{Name: schema.Value[string]{V: label}},
		Domain:   &compiler.Domain{Suffix: schema.Value[string]{V: suffix}},
	}
	if faults := validation.IsDNS1123Subdomain(defaultHost(g)); len(suffix) != 189 || len(faults) > 0 {
		t.Errorf("a host of %d characters with a suffix of %d: %v", len(defaultHost(g)), len(suffix), faults)
	}
}

func TestSolves(t *testing.T) {
	labels := map[string]string{"team": "media"}
	for _, test := range []struct {
		name     string
		selector *acmev1.CertificateDNSNameSelector
		want     bool
	}{
		{"none", nil, true},
		{"empty", &acmev1.CertificateDNSNameSelector{}, true},
		{"the zone", &acmev1.CertificateDNSNameSelector{DNSZones: []string{"example.org"}}, true},
		{"the host itself as a zone", &acmev1.CertificateDNSNameSelector{DNSZones: []string{"photos.example.org"}}, true},
		{"half a label", &acmev1.CertificateDNSNameSelector{DNSZones: []string{"le.org"}}, false},
		{"another zone", &acmev1.CertificateDNSNameSelector{DNSZones: []string{"example.com"}}, false},
		{"the name", &acmev1.CertificateDNSNameSelector{DNSNames: []string{"photos.example.org"}, DNSZones: []string{"example.com"}}, true},
		{"a name above it", &acmev1.CertificateDNSNameSelector{DNSNames: []string{"example.org"}}, false},
		{"a label", &acmev1.CertificateDNSNameSelector{MatchLabels: map[string]string{"team": "media"}}, true},
		{"another label", &acmev1.CertificateDNSNameSelector{MatchLabels: map[string]string{"team": "sales"}, DNSZones: []string{"example.org"}}, false},
	} {
		if got := solves(test.selector, "photos.example.org", labels); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
