package emit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// varHold makes the test binary a process that holds the lock of the folder it names, until its standard input ends.
const varHold = "PIPELINECTL_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir, asked := os.LookupEnv(varHold); asked {
		if err := holdUntilEOF(dir); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

func holdUntilEOF(dir string) error {
	release, err := lock(context.Background(), dir, nil)
	if err != nil {
		return err
	}
	fmt.Println("locked")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, release())
}

// holder is another process that writes to a folder.
type holder struct {
	*exec.Cmd
	stdin io.Closer
}

func hold(t *testing.T, dir string) holder {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), varHold+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatalf("the other process says %q, %v, and ended: %v", line, err, cmd.Wait())
	}
	return holder{cmd, stdin}
}

// A write waits for one of another process, and says so.
func TestWriteWaits(t *testing.T) {
	dir := t.TempDir()
	other := hold(t, dir)
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	said := 0
	c, err := Write(t.Context(), dir, Target{Tree: tree}, func() {
		said++
		wantDisk(t, dir, map[string]string{lockFile: ""})
		if err := other.stdin.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil || said != 1 || len(c.Written) != 2 {
		t.Errorf("%+v, %v, said so %d times", c, err, said)
	}
	if err := other.Wait(); err != nil {
		t.Error(err)
	}
	wantDisk(t, dir, nil, tree)
}

// A write does not wait for ever; a comparison does not wait at all.
func TestWriteGivesUp(t *testing.T) {
	dir := t.TempDir()
	release, err := lock(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	target := Target{Tree: treeOf(t, "p", map[string]string{"base/a.yaml": "a"})}
	if c, err := Write(ctx, dir, target, nil); err == nil || !strings.Contains(err.Error(), "another build is still writing to "+dir) {
		t.Errorf("%+v, %v", c, err)
	}
	wantDrift(t, dir, target, "tree-missing p")
	wantDisk(t, dir, map[string]string{lockFile: ""})
	if err := release(); err != nil {
		t.Error(err)
	}
}

// Where there is nothing to write, nobody waits, and nothing is touched.
func TestUnchangedWriteDoesNotWait(t *testing.T) {
	dir := t.TempDir()
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	write(t, dir, tree)
	release, err := lock(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := write(t, dir, tree); !c.Clean() || len(c.Unchanged) != 2 {
		t.Errorf("%+v", c)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
	wantDisk(t, dir, nil, tree)
}

// The lock of a process that was killed holds nobody up.
func TestStaleLock(t *testing.T) {
	dir := t.TempDir()
	other := hold(t, dir)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err == nil {
		t.Fatal("the other process ended by itself")
	}
	wantDisk(t, dir, map[string]string{lockFile: ""})
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	if _, err := Write(t.Context(), dir, Target{Tree: tree}, func() { t.Error("it waits") }); err != nil {
		t.Error(err)
	}
	wantDisk(t, dir, nil, tree)
}

// What stands in the place of the lock's file and is none is neither followed nor removed.
func TestLockIsNotFollowed(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(filepath.Join(outside, "x"), filepath.Join(dir, lockFile)); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	tree := treeOf(t, "p", map[string]string{"base/a.yaml": "a"})
	if c, err := Write(t.Context(), dir, Target{Tree: tree}, nil); err == nil || !strings.Contains(err.Error(), "is no regular file") {
		t.Errorf("%+v, %v", c, err)
	}
	wantDisk(t, outside, nil)
}

// Of many writes at once, of different trees, one is the last, and the folder holds exactly its tree.
func TestWritesAtOnce(t *testing.T) {
	dir := t.TempDir()
	var trees []Tree
	for i := range 8 {
		files := map[string]string{"same.yaml": strconv.Itoa(i), fmt.Sprintf("own/%d.yaml", i): "x"}
		for j := range 8 {
			files[fmt.Sprintf("base/%d.yaml", (i+j)%12)] = strconv.Itoa(i)
		}
		trees = append(trees, treeOf(t, "p", files))
	}
	var all sync.WaitGroup
	for _, tree := range trees {
		all.Go(func() {
			for range 5 {
				if _, err := Write(t.Context(), dir, Target{Tree: tree}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got := onDisk(t, dir)
	for _, tree := range trees {
		want := map[string]string{}
		for name, text := range tree {
			want[name] = string(text)
		}
		if maps.Equal(got, want) {
			return
		}
	}
	t.Errorf("the folder holds none of the trees, but %q", got)
}
