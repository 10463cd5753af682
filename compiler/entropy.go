package compiler

import (
	"encoding/base64"
	"math"
	"slices"
	"strings"
)

// A random token has many different characters (entropy) of several classes in no order (changes). What people write,
// names in camel case included, keeps to one class for some letters. Of tokens of 20 random characters of base64 about one
// in ten is missed, of longer ones next to none.
const (
	minRandom    = 20
	minRandomHex = 32
	// Bits per character; a token of 20 different characters has 4.3, 32 random hexadecimal digits about 3.7.
	minEntropy    = 3.5
	minEntropyHex = 3.0
	// minChanges is the part of neighbours that are of different classes: two random characters are in 62 of 100 cases.
	minChanges = 0.45
)

// looksRandom says whether a token of the text could be a key that a machine made: base64 with all three classes of
// characters, or hexadecimal digits. Digests that say what they are (sha256:...) and what is public in PEM do not count.
func looksRandom(text string) bool {
	if len(text) < minRandom || isPublicKey(text) || strings.HasPrefix(text, amazonName) {
		return false
	}
	for begin := 0; begin < len(text); {
		end := begin
		for end < len(text) && isTokenByte(text[end]) {
			end++
		}
		if token := text[begin:end]; len(token) >= minRandom && isRandom(token) && !isDigest(text[:begin], token) && !isEncodedText(token) {
			return true
		}
		begin = end + 1
	}
	return false
}

// isTokenByte leaves the slash of base64 out: paths are far more common, and half of a key with one is found as well.
func isTokenByte(b byte) bool {
	return isUpper(b) || isLower(b) || isDigit(b) || b == '+' || b == '-' || b == '_'
}

func isUpper(b byte) bool { return b >= 'A' && b <= 'Z' }
func isLower(b byte) bool { return b >= 'a' && b <= 'z' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isRandom(token string) bool {
	var count [256]int
	var lower, upper, digit, changes int
	hex := true
	for i := range len(token) {
		b := token[i]
		count[b]++
		switch {
		case isLower(b):
			lower++
		case isUpper(b):
			upper++
		case isDigit(b):
			digit++
		}
		hex = hex && (isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'f')
		if i > 0 && differ(token[i-1], b) {
			changes++
		}
	}
	entropy := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(token))
			entropy -= p * math.Log2(p)
		}
	}
	if hex && (lower == 0 || upper == 0) {
		return len(token) >= minRandomHex && digit > 0 && lower+upper > 0 && entropy >= minEntropyHex
	}
	return lower > 0 && upper > 0 && digit > 0 && entropy >= minEntropy && float64(changes) >= minChanges*float64(len(token)-1)
}

// differ says whether two letters or digits are of different classes.
func differ(a, b byte) bool {
	return isLower(a) && (isUpper(b) || isDigit(b)) || isUpper(a) && (isLower(b) || isDigit(b)) || isDigit(a) && (isLower(b) || isUpper(b))
}

// isDigest says whether a token is a hash by what stands before it, as in sha256:... and sha512-...
func isDigest(before, token string) bool {
	if strings.HasPrefix(token, "sha") || before == "" {
		return strings.HasPrefix(token, "sha")
	}
	before = before[:len(before)-1]
	for _, algorithm := range []string{"md5", "sha1", "sha224", "sha256", "sha384", "sha512"} {
		if strings.HasSuffix(before, algorithm) {
			return true
		}
	}
	return false
}

// amazonName begins the name of a resource of AWS, whose parts are identifiers made by a machine.
const amazonName = "arn:aws"

// isEncodedText says whether a token is the base64 of readable text, such as a URL in a query: by chance no key is.
func isEncodedText(token string) bool {
	data, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(token[:len(token)/4*4]))
	return err == nil && !slices.ContainsFunc(data, func(b byte) bool { return b < ' ' || b > '~' })
}

// isPublicKey says whether a text is a certificate or a public key: in PEM (RFC 7468), in its base64, or as ssh writes it
// (RFC 4253 section 6.6: the length and the name of the algorithm come first).
func isPublicKey(text string) bool {
	for _, mark := range []string{"-----BEGIN CERTIFICATE", "PUBLIC KEY-----", "AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2VjZHNh"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return strings.HasPrefix(text, "LS0tLS1CRUdJTiBDRVJU")
}
