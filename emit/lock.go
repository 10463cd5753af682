package emit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockFile stands in an output folder while a build compares and writes there. What counts is the lock on it, which the
// system takes away from a process that dies: a file that a killed build leaves behind does no harm.
const lockFile = ".pipelinectl.lock"

const (
	// lockPoll is how often one who waits for the lock tries again.
	lockPoll = 20 * time.Millisecond
	// lockPatience is how long one waits before saying so.
	lockPatience = 500 * time.Millisecond
)

// lock takes an output folder, which exists, for one write; release gives it back and removes the lock's file. See Write
// for ctx and waiting.
func lock(ctx context.Context, dir string, waiting func()) (release func() error, err error) {
	name := filepath.Join(dir, lockFile)
	patience := time.NewTimer(lockPatience)
	defer patience.Stop()
	for {
		l, err := tryLock(name)
		if err != nil {
			return nil, fmt.Errorf("cannot lock %s against other builds: %w", dir, err)
		}
		if l != nil {
			return func() error { return unlock(l) }, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another build is still writing to %s: wait for its end, or stop it", dir)
		case <-patience.C:
			if waiting != nil {
				waiting()
			}
		case <-time.After(lockPoll):
		}
	}
}

// tryLock takes the lock if nobody has it, else gives nil. The one who had it may have removed the file between our
// opening and our locking it: what we hold then is a lock on a file that nobody else will find, and no lock at all.
func tryLock(name string) (*flock.Flock, error) {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: remove it", name)
	}
	l := flock.New(name, flock.SetPermissions(0o644))
	if locked, err := l.TryLock(); err != nil || !locked {
		return nil, err
	}
	ours, err := l.Stat()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if found, err := os.Lstat(name); err != nil || !os.SameFile(ours, found) {
		return nil, errors.Join(absentIsFine(err), l.Close())
	}
	return l, nil
}

// unlock removes the file while it is still locked, so that it is never another's. Windows does not remove open files:
// there it goes afterwards, unless the next one has opened it by then.
func unlock(l *flock.Flock) error {
	removed := os.Remove(l.Path())
	err := l.Close()
	if removed != nil && !errors.Is(removed, fs.ErrNotExist) {
		_ = os.Remove(l.Path())
	}
	return err
}
