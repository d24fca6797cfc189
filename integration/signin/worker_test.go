package signin_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// taskVariable makes a process of this test's program a worker.
const taskVariable = "EPICORERP_SIGNIN_TASK"

// task is what a worker does from the first line on its stdin to the end of it.
type task struct {
	Driver, DSN string
	Query       string
	Rows        int
	Goroutines  int
	// Times is how often each goroutine asks; 0 is until the end of stdin.
	Times int
	// Tell has every answer told at once.
	Tell bool
}

// told is a line on a worker's stdout. The last one has the sums.
type told struct {
	Ready    bool
	Answered int
	Failures []string
}

func (s system) task(p properties) task {
	return task{Driver: s.driver, DSN: s.properties.with(p).dsn(), Query: s.query, Rows: s.rows, Goroutines: 1}
}

// perform is a worker's whole life.
func perform(text string) error {
	var t task
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return err
	}
	db, err := sql.Open(t.Driver, t.DSN)
	if err != nil {
		return err
	}
	db.SetMaxIdleConns(t.Goroutines)
	tell := json.NewEncoder(os.Stdout)
	if err := tell.Encode(told{Ready: true}); err != nil {
		return err
	}
	stdin := bufio.NewReader(os.Stdin)
	if _, err := stdin.ReadString('\n'); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, stdin)
	}()
	var (
		mu  sync.Mutex
		sum told
		all sync.WaitGroup
	)
	for range t.Goroutines {
		all.Go(func() {
			for n := 0; t.Times == 0 || n < t.Times; n++ {
				select {
				case <-ended:
					return
				default:
				}
				err := askOnce(db, t)
				mu.Lock()
				if err != nil {
					sum.Failures = append(sum.Failures, err.Error())
				} else {
					sum.Answered++
				}
				if t.Tell {
					err = errors.Join(err, tell.Encode(sum))
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return errors.Join(db.Close(), tell.Encode(sum))
}

func askOnce(db *sql.DB, t task) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return system{query: t.Query, rows: t.Rows}.ask(ctx, db)
}

// worker is a process of its own with the driver in it.
type worker struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *json.Decoder
	stderr *os.File
}

// startWorker starts a process and waits until it has opened its database. env comes on top of this process's.
func startWorker(t testing.TB, job task, env ...string) *worker {
	t.Helper()
	text, err := json.Marshal(job)
	require.NoError(t, err)
	w := &worker{cmd: exec.Command(os.Args[0])}
	w.cmd.Env = append(append(os.Environ(), taskVariable+"="+string(text)), env...)
	w.stderr, err = os.CreateTemp(t.TempDir(), "worker")
	require.NoError(t, err)
	w.cmd.Stderr = w.stderr
	w.stdin, err = w.cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := w.cmd.StdoutPipe()
	require.NoError(t, err)
	w.stdout = json.NewDecoder(stdout)
	require.NoError(t, w.cmd.Start())
	t.Cleanup(func() { w.kill() })
	require.True(t, w.next(t).Ready)
	return w
}

func (w *worker) begin(t testing.TB) {
	t.Helper()
	_, err := io.WriteString(w.stdin, "\n")
	require.NoError(t, err)
}

// next waits for the next line of the worker.
func (w *worker) next(t testing.TB) told {
	t.Helper()
	var line told
	if err := w.stdout.Decode(&line); err != nil {
		text, rerr := os.ReadFile(w.stderr.Name())
		require.NoError(t, errors.Join(err, rerr), "the worker says: %s", text)
	}
	return line
}

// finish ends the worker and returns its sums.
func (w *worker) finish(t testing.TB) told {
	t.Helper()
	require.NoError(t, w.stdin.Close())
	return w.end(t)
}

// end waits for the worker's own end.
func (w *worker) end(t testing.TB) told {
	t.Helper()
	var last told
	for {
		var line told
		err := w.stdout.Decode(&line)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		last = line
	}
	text, err := os.ReadFile(w.stderr.Name())
	require.NoError(t, errors.Join(w.cmd.Wait(), err), "the worker says: %s", text)
	return last
}

// kill ends the process as kill -9 does. It may have ended before.
func (w *worker) kill() {
	if w.cmd.ProcessState != nil {
		return
	}
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
	_ = w.stderr.Close()
}

// askInAnotherProcess has another process ask once.
func askInAnotherProcess(t testing.TB, job task, env ...string) error {
	t.Helper()
	job.Times = 1
	w := startWorker(t, job, env...)
	w.begin(t)
	sum := w.end(t)
	if len(sum.Failures) > 0 {
		return fmt.Errorf("in another process: %s", sum.Failures[0])
	}
	require.Equal(t, job.Goroutines, sum.Answered)
	return nil
}
