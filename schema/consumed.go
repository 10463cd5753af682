package schema

import (
	"io"

	"go.yaml.in/yaml/v3"
)

// dripReader hands out one byte at a time, so that the YAML library, which reads no further than it must, shows by what
// it has read how far it came.
type dripReader struct {
	data []byte
	read int
}

func (r *dripReader) Read(p []byte) (int, error) {
	if r.read == len(r.data) {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = r.data[r.read]
	r.read++
	return 1, nil
}

// consumed gives how much of a faulty text the YAML library reads until it stops: the fault is at or before it.
func consumed(data []byte) (n int) {
	r := dripReader{data: data}
	defer func() {
		_ = recover() // a panic of the library stops it as a fault does
		n = r.read
	}()
	dec := yaml.NewDecoder(&r)
	for {
		var doc yaml.Node
		if dec.Decode(&doc) != nil {
			return r.read
		}
	}
}
