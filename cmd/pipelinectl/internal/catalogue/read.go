package catalogue

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pipelinectl/pipelinectl/schema/diag"
)

// The names in an explanation's file.
const (
	extension  = ".txtar"
	wrongName  = "wrong/"
	mendName   = "mend/"
	scriptName = "script"
)

func readAll(folders []fs.FS) ([]Explanation, error) {
	var all []Explanation
	for _, folder := range folders {
		files, err := fs.Glob(folder, "codes/*"+extension)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := fs.ReadFile(folder, file)
			if err != nil {
				return nil, err
			}
			e, err := parse(diag.Code(strings.TrimSuffix(path.Base(file), extension)), data)
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Explanation) int { return cmp.Compare(a.Code, b.Code) })
	for i, e := range all {
		if i > 0 && all[i-1].Code == e.Code {
			return nil, fmt.Errorf("code %s is explained twice", e.Code)
		}
	}
	return all, nil
}

func parse(code diag.Code, data []byte) (Explanation, error) {
	archive := txtar.Parse(data)
	e := Explanation{Code: code, Text: strings.TrimSpace(string(archive.Comment))}
	for _, f := range archive.Files {
		wrong, isWrong := strings.CutPrefix(f.Name, wrongName)
		mend, isMend := strings.CutPrefix(f.Name, mendName)
		switch {
		case isWrong && fs.ValidPath(wrong):
			e.Wrong = append(e.Wrong, txtar.File{Name: wrong, Data: f.Data})
		case isMend && fs.ValidPath(mend):
			e.Mend = append(e.Mend, txtar.File{Name: mend, Data: f.Data})
		default:
			return Explanation{}, fmt.Errorf("code %s: the file %s is neither in %s nor in %s", code, f.Name, wrongName, mendName)
		}
	}
	for _, example := range []Example{e.Wrong, e.Mend} {
		slices.SortFunc(example, func(a, b txtar.File) int { return cmp.Compare(a.Name, b.Name) })
	}
	return e, nil
}
