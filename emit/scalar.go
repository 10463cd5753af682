package emit

import "strings"

// plain says whether a string may stand without quotes: no reader of YAML 1.1 or 1.2 takes it for a boolean, null,
// number, date or syntax. It begins with a letter, slash or dollar and is none of the words; or it begins with a
// digit and has a letter or slash that occurs in no number or date (500m, 64Mi, 10.0.0.0/8); each also after ../s.
func plain(s string) bool {
	for strings.HasPrefix(s, "../") {
		s = s[len("../"):]
	}
	if s == "" || len(s) > 200 {
		return false
	}
	telltale := false
	for i := range len(s) {
		switch class := classes[s[i]]; {
		case class == unsafe, class == inner && (i == 0 || i == len(s)-1):
			return false
		case class == telling:
			telltale = true
		}
	}
	if s[0] >= '0' && s[0] <= '9' {
		return telltale
	}
	if len(s) > len("false") {
		return true
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return false
	}
	return true
}

// class is what a byte means to plain.
type class uint8

const (
	// unsafe bytes are never plain.
	unsafe class = iota
	// inner bytes are syntax only at an end.
	inner
	// common bytes are letters and digits that numbers and dates may hold, and marks that are syntax nowhere.
	common
	// telling bytes, letters and the slash, occur in no number and no date.
	telling
)

// classes holds the class of every byte.
var classes = func() (t [256]class) {
	for _, c := range []byte("-_.:=@+%~,?&[]") {
		t[c] = inner
	}
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = telling, telling
	}
	t['/'] = telling
	// Marks; digits; hexadecimal, octal and exponents; infinity and not a number; the T and Z of a date.
	for _, c := range []byte("$()0123456789abcdefABCDEFoOxXiInNtTzZ") {
		t[c] = common
	}
	return t
}()

// ascii says whether a string holds only printable ASCII characters.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// literal says whether a string is best printed as a block of lines, and can be: printable ASCII with at least one line
// break, no space or break at its beginning, and at most one break at its end.
func literal(s string) bool {
	if s == "" || s[0] == ' ' || s[0] == '\n' || strings.HasSuffix(s, "\n\n") || !strings.Contains(s, "\n") {
		return false
	}
	for i := range len(s) {
		if s[i] != '\n' && (s[i] < ' ' || s[i] > '~') {
			return false
		}
	}
	return true
}
