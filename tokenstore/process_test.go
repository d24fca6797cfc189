package tokenstore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test binary, started again with these set, is another process that uses a
// settings file.
const (
	roleVariable = "TOKENSTORE_TEST_ROLE"
	fileVariable = "TOKENSTORE_TEST_FILE"
	argVariable  = "TOKENSTORE_TEST_ARG"
)

// roles are what another process can do. It ends with an error's text on
// stderr, or without.
var roles = map[string]func(s *file, arg string) error{
	"count":      countTo,
	"renew":      renewForEver,
	"hold":       holdLock,
	"die at":     dieAt,
	"make a key": func(s *file, name string) error { return storeOwn(s, name) },
	"read only":  readOnly,
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	key := testKey
	if role == "make a key" {
		key = ""
	}
	s, err := Open(os.Getenv(fileVariable), Options{Key: key, Keyring: NoKeyring{}})
	if err == nil {
		err = roles[role](s.(*file), os.Getenv(argVariable))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// process is another one. Its standard input ends with it.
type process struct {
	cmd  *exec.Cmd
	out  *bufio.Scanner
	in   io.Closer
	errs *tail
}

type tail struct{ text []byte }

func (b *tail) Write(p []byte) (int, error) { b.text = append(b.text, p...); return len(p), nil }

func start(t testing.TB, role, path, arg string) *process {
	t.Helper()
	p := command(t, role, path, arg)
	require.NoError(t, p.cmd.Start())
	return p
}

// command is a process that has not started.
func command(t testing.TB, role, path, arg string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, fileVariable+"="+path, argVariable+"="+arg)
	p := &process{cmd: cmd, errs: &tail{}}
	cmd.Stderr = p.errs
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewScanner(out)
	p.in, err = cmd.StdinPipe()
	require.NoError(t, err)
	t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	return p
}

// says waits for a line.
func (p *process) says(t testing.TB, line string) {
	t.Helper()
	require.True(t, p.out.Scan(), "it ended: %s", p.errs.text)
	require.Equal(t, line, p.out.Text())
}

func (p *process) succeeds(t testing.TB) {
	t.Helper()
	for p.out.Scan() {
	}
	require.NoError(t, p.cmd.Wait(), "%s", p.errs.text)
}

// increment renews a token whose number is one more each time, in all its parts.
func increment(_ context.Context, old Token) (Token, error) {
	n, _ := strconv.Atoi(old.Access)
	if old.Access != old.Refresh {
		return Token{}, fmt.Errorf("a torn token: %q and %q", old.Access, old.Refresh)
	}
	next := strconv.Itoa(n + 1)
	return Token{Access: next, Refresh: next, Obtained: time.Unix(int64(n+1), 0).UTC()}, nil
}

func countTo(s *file, arg string) error {
	n, err := strconv.Atoi(arg)
	for range n {
		if err == nil {
			_, err = s.Update(context.Background(), "counter", increment)
		}
	}
	return err
}

// renewForEver says when a token is spent and when its successor is stored.
func renewForEver(s *file, _ string) error {
	for {
		t, err := s.Update(context.Background(), "counter", func(ctx context.Context, old Token) (Token, error) {
			next, err := increment(ctx, old)
			fmt.Println("spent for", next.Access)
			return next, err
		})
		if err != nil {
			return err
		}
		fmt.Println("stored", t.Access)
	}
}

// holdLock is in the middle of a renewal until its standard input ends.
func holdLock(s *file, name string) error {
	_, err := s.Update(context.Background(), name, func(context.Context, Token) (Token, error) {
		fmt.Println("holding")
		_, err := io.Copy(io.Discard, os.Stdin)
		return Token{Access: "of the holder"}, err
	})
	return err
}

// dieAt dies in a renewal when a stage of writing is reached.
func dieAt(s *file, stage string) error {
	s.step = func(reached string) error {
		if reached == stage {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			_ = self.Kill()
			select {}
		}
		return nil
	}
	_, err := s.Update(context.Background(), "counter", increment)
	return err
}

func storeOwn(s *file, name string) error {
	_, err := s.Update(context.Background(), name, func(context.Context, Token) (Token, error) { return Token{Access: name}, nil })
	return err
}

// readOnly loads a token where nothing can be written, and renews none.
func readOnly(s *file, want string) error {
	t, ok, err := s.Load(context.Background(), "k")
	if err != nil || !ok || t.Access != want {
		return fmt.Errorf("loaded %q: %w", t.Access, err)
	}
	_, err = s.Update(context.Background(), "k", func(context.Context, Token) (Token, error) {
		fmt.Println("renewed")
		return Token{}, nil
	})
	fmt.Println(err)
	return nil
}
