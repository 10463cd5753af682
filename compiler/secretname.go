package compiler

import (
	"slices"
	"strings"
)

// secretWords end the names of secrets; with a word of keyWords before it, so does "key".
var (
	secretWords = []string{"passwd", "password", "passphrase", "secret", "token", "credential", "credentials", "authorization", "cookie"}
	keyWords    = []string{"api", "access", "account", "private", "secret", "signing", "encryption", "auth", "service"}
)

// isSecretName says whether what is called so is a secret: dbPassword, DB_PASSWORD and --db-password are, and
// DB_PASSWORD_FILE is not.
func isSecretName(name string) bool {
	for _, word := range secretWords {
		if _, ok := cutWord(name, word); ok {
			return true
		}
	}
	rest, ok := cutWord(name, "key")
	return ok && slices.ContainsFunc(keyWords, func(word string) bool {
		_, ok := cutWord(rest, word)
		return ok
	}) || slices.ContainsFunc(keyWords, func(word string) bool {
		_, joined := cutWord(name, word+"key")
		return joined
	})
}

// identifierWords end the names of values that are public however random they look: digests, revisions, identifiers.
var identifierWords = []string{"digest", "checksum", "sha", "sha1", "sha256", "sha512", "md5", "hash", "commit", "revision", "etag", "fingerprint", "id", "uuid", "bundle", "image"}

func isIdentifierName(name string) bool {
	return slices.ContainsFunc(identifierWords, func(word string) bool {
		_, ok := cutWord(name, word)
		return ok
	})
}

// cutWord takes the last word off a name, in whatever way its words are joined: api_key, api-key, api.key, apiKey. The
// word is in lower case.
func cutWord(name, word string) (rest string, found bool) {
	at := len(name) - len(word)
	if at < 0 || !strings.EqualFold(name[at:], word) {
		return name, false
	}
	if at == 0 {
		return "", true
	}
	switch before := name[at-1]; {
	case strings.IndexByte("_-. ", before) >= 0:
		return name[:at-1], true
	case isUpper(name[at]) && !isUpper(before):
		return name[:at], true
	default:
		return name, false
	}
}
