package emit

import (
	"bytes"
	"cmp"
)

// ownedByAnother says whether the ledger names another project than the target does. A tree without a name is anybody's.
func (u *unitChanges) ownedByAnother(f *folder) (owner string, theirs bool, err error) {
	if u.gone() || f.ledger.Project == "" || bytes.Equal(f.ledgerText, u.target[u.unit.ledgerName()]) {
		return "", false, nil
	}
	ours, err := LedgerProject(u.unit, u.target[u.unit.ledgerName()])
	return f.ledger.Project, err == nil && ours != f.ledger.Project, err
}

// otherLayout gives the layout that the ledger says, where the target has another one.
func (u *unitChanges) otherLayout(f *folder) (Layout, error) {
	if u.gone() || f.ledgerText == nil || bytes.Equal(f.ledgerText, u.target[u.unit.ledgerName()]) {
		return "", nil
	}
	ours, err := parseLedger(u.unit, u.target[u.unit.ledgerName()])
	if err != nil || ours.Layout == f.ledger.Layout {
		return "", err
	}
	return cmp.Or(f.ledger.Layout, Kustomize), nil
}

// compareLedger decides about the ledger, once the other files are known.
func (u *unitChanges) compareLedger(f *folder) {
	switch {
	case u.gone() && f.ledgerText != nil:
		u.removed = append(u.removed, u.unit.ledgerName())
	case u.gone():
	case bytes.Equal(f.ledgerText, u.target[u.unit.ledgerName()]):
		u.unchanged = append(u.unchanged, u.unit.ledgerName())
	default:
		u.written = append(u.written, u.unit.ledgerName())
		u.ledgerDiffers(f)
	}
}
