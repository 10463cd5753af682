package schema

import (
	"math"
	"strconv"
	"strings"
)

// resolve gives the kind of a plain scalar by the YAML 1.2 core schema (spec section 10.3.2): yes, on and 1_000 are
// strings, 0777 is decimal, timestamps are strings.
func resolve(text string) Kind {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return Null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return Bool
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
	default:
		return String
	}
	switch {
	case isInt(text):
		return Int
	case isFloat(text):
		return Float
	default:
		return String
	}
}

// isInt says whether text is [-+]?[0-9]+, 0o[0-7]+ or 0x[0-9a-fA-F]+.
func isInt(text string) bool {
	if digits, ok := strings.CutPrefix(text, "0o"); ok {
		return digits != "" && strings.Trim(digits, "01234567") == ""
	}
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		return digits != "" && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
	}
	digits := unsigned(text)
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// isFloat says whether text is [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?, or an infinity or NaN.
func isFloat(text string) bool {
	if isInfOrNaN(text) {
		return true
	}
	for i := range len(text) {
		if strings.IndexByte("0123456789+-.eE", text[i]) < 0 {
			return false
		}
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil || strings.Contains(err.Error(), strconv.ErrRange.Error())
}

func isInfOrNaN(text string) bool {
	switch unsigned(text) {
	case ".inf", ".Inf", ".INF":
		return true
	}
	return text == ".nan" || text == ".NaN" || text == ".NAN"
}

func unsigned(text string) string {
	if text != "" && (text[0] == '-' || text[0] == '+') {
		return text[1:]
	}
	return text
}

// parseInt reads what isInt accepts; false when it does not fit an int64.
func parseInt(text string) (int64, bool) {
	base, digits := 10, text
	switch {
	case strings.HasPrefix(text, "0o"):
		base, digits = 8, text[2:]
	case strings.HasPrefix(text, "0x"):
		base, digits = 16, text[2:]
	}
	i, err := strconv.ParseInt(digits, base, 64)
	return i, err == nil
}

// parseFloat reads what isInt or isFloat accepts; false when it is not a finite number.
func parseFloat(text string) (float64, bool) {
	if i, ok := parseInt(text); ok {
		return float64(i), true
	}
	if strings.HasPrefix(text, "0o") || isInfOrNaN(text) {
		return 0, false
	}
	if strings.HasPrefix(text, "0x") {
		text += "p0"
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// isTrue reads what resolve calls a Bool.
func isTrue(text string) bool { return text[0] == 't' || text[0] == 'T' }

// ambiguous says whether YAML 1.1 readers (kubectl among them) see another number: 0777 is octal there.
func ambiguous(text string) bool {
	digits := unsigned(text)
	return len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "01234567") == ""
}
