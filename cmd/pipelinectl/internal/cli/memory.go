package cli

import "runtime"

// ballastSize is that of withBallast. More of it saves little time, and a build of 10,000 files would pass 150 MB.
const ballastSize = 24 << 20

// withBallast runs a function beside memory that nobody touches. It costs no more than addresses, but the garbage collector
// counts it as used, and begins only when there is as much garbage. Left to itself it begins at 4 MB, and takes a third of
// the time of a verb. Whoever bounds the memory (GOMEMLIMIT) gets no ballast, since it would count there too.
func withBallast(lookup func(string) (string, bool), run func() error) error {
	if _, bounded := lookup("GOMEMLIMIT"); bounded {
		return run()
	}
	ballast := make([]byte, ballastSize)
	defer runtime.KeepAlive(ballast)
	return run()
}
