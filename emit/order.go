package emit

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxStem is the length of a file's name without its extension. Windows allows 260 characters for a whole path.
const maxStem = 100

// fileNames gives each resource, by its identity without namespace, the name of its file. The resources are in the order
// of a Bundle.
func fileNames(resources []Resource) map[ID]string {
	ids := make([]ID, len(resources))
	for i, r := range resources {
		ids[i] = r.ID().anywhere()
	}
	return FileNames(ids)
}

// FileNames gives each object the name of its file: <kind>-<name>.yaml, lower case, unique where letter case does not
// count. The objects are in an order that stays, and no two differ in the namespace alone.
func FileNames(ids []ID) map[ID]string {
	names := make(map[ID]string, len(ids))
	taken := make(map[string]bool, len(ids))
	for _, id := range ids {
		stem := fileStem(id)
		if taken[stem] {
			stem = hashed(stem, id)
		}
		taken[stem] = true
		names[id] = stem + ".yaml"
	}
	return names
}

// fileStem is <kind>-<name> where that is a good file name, else as much of it as is one with a hash of the identity.
func fileStem(id ID) string {
	text := id.Kind + "-" + id.Name
	stem := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, text)
	if len(stem) > maxStem || stem != strings.ToLower(id.Kind)+"-"+id.Name {
		return hashed(stem, id)
	}
	return stem
}

// hashed makes a stem of its own for an identity.
func hashed(stem string, id ID) string {
	sum := sha256.Sum256([]byte(id.Group + "/" + id.Kind + "/" + id.Name))
	suffix := hex.EncodeToString(sum[:4])
	return strings.TrimRight(stem[:min(len(stem), maxStem-len(suffix)-1)], "-.") + "-" + suffix
}
