package emit

import "bytes"

// Print gives documents as the text of one file, in their normal form and in the encoding of every file that is
// written: the same documents give the same bytes. What is no Object is printed by its JSON tags.
func Print(documents ...any) ([]byte, error) {
	texts := make([][]byte, len(documents))
	var p printer
	for i, document := range documents {
		value, err := printed(document)
		if err != nil {
			return nil, err
		}
		if texts[i], err = p.document(value); err != nil {
			return nil, err
		}
	}
	return bytes.Join(texts, []byte("---\n")), nil
}

func printed(document any) (any, error) {
	if obj, ok := document.(Object); ok {
		return normalize(obj)
	}
	return jsonValue(document)
}
