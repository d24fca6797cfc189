//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/acumatica/acumaticatest"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// asProgram makes the test binary the program itself.
const asProgram = "EPICORSQL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process starts the program for itself, with a pipe as standard output.
func process(t *testing.T, dsn string, args ...string) (cmd *exec.Cmd, stdout io.ReadCloser, stderr *bytes.Buffer) {
	t.Helper()
	cmd, stdout, stderr = prepared(t, dsn, args...)
	require.NoError(t, cmd.Start())
	return cmd, stdout, stderr
}

// prepared is the program as a process that is not started yet.
func prepared(t *testing.T, dsn string, args ...string) (cmd *exec.Cmd, stdout io.ReadCloser, stderr *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd = exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", dsnVariable+"="+dsn)
	stderr = &bytes.Buffer{}
	cmd.Stderr = stderr
	stdout, err = cmd.StdoutPipe()
	require.NoError(t, err)
	return cmd, stdout, stderr
}

// talk starts the program with a pipe as standard input, too.
func talk(t *testing.T, dsn string, args ...string) (cmd *exec.Cmd, stdin io.WriteCloser, stdout io.ReadCloser, stderr *bytes.Buffer) {
	t.Helper()
	cmd, stdout, stderr = prepared(t, dsn, args...)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, stdin, stdout, stderr
}

func TestASignalEndsTheServingProcess(t *testing.T) {
	cmd, stdout, stderr := process(t, "", "demo", "-serve")
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl-C") {
	}
	require.NoError(t, lines.Err())
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	assert.NoError(t, cmd.Wait(), stderr.String())
}

func TestAClosedPipeEndsTheProcessQuietly(t *testing.T) {
	s := epicortest.NewServer(epicortest.WithOrderLines(200_000))
	defer s.Close()
	cmd, stdout, stderr := process(t, s.DSN("v1"), "query", "-format", "csv", "SELECT OrderNum, LineDesc FROM [Erp.BO.SalesOrderSvc].OrderDtls")
	_, err := io.ReadFull(stdout, make([]byte, 100))
	require.NoError(t, err)
	require.NoError(t, stdout.Close())
	assert.NoError(t, cmd.Wait())
	assert.Empty(t, stderr.String())
}

func TestASignalCancelsTheQueryOfAProcess(t *testing.T) {
	s := epicortest.NewServer(epicortest.WithOrderLines(1_000_000))
	defer s.Close()
	cmd, stdout, stderr := process(t, s.DSN("v1"), "query", "-format", "csv", "SELECT OrderNum, LineDesc FROM [Erp.BO.SalesOrderSvc].OrderDtls")
	_, err := io.ReadFull(stdout, make([]byte, 100)) // the rest waits in the pipe
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_, err = io.Copy(io.Discard, stdout)
	require.NoError(t, err)
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	assert.Equal(t, exitFailed, exit.ExitCode())
	assert.Equal(t, "\ncancelling; Ctrl-C again ends the program\nepicorsql: cancelled\n", stderr.String())
}

func TestASignalEndsTheSessionsOfAProcess(t *testing.T) {
	t.Run("that waits for a statement", func(t *testing.T) {
		s := acumaticatest.NewServer()
		defer s.Close()
		cmd, stdin, stdout, _ := talk(t, "Provider=Acumatica;"+s.DSN(), "shell")
		_, err := io.WriteString(stdin, "SELECT COUNT(*) AS n FROM Customer;\n")
		require.NoError(t, err)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() && !strings.Contains(lines.Text(), "40") {
		}
		require.NoError(t, lines.Err())
		require.Equal(t, 1, s.Sessions())
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		_, err = io.Copy(io.Discard, stdout)
		require.NoError(t, err)
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Wait(), &exit)
		assert.Equal(t, exitInterrupted, exit.ExitCode())
		assert.Zero(t, s.Sessions())
	})
	t.Run("that runs a query", func(t *testing.T) {
		s := acumaticatest.NewServer(acumaticatest.WithCustomers(2000))
		defer s.Close()
		cmd, _, stdout, _ := talk(t, "Provider=Acumatica;Pagesize=20;"+s.DSN(), "query", "-format", "csv", "SELECT CustomerID, CustomerName, NoteID, id FROM Customer")
		_, err := io.ReadFull(stdout, make([]byte, 100))
		require.NoError(t, err)
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		_, err = io.Copy(io.Discard, stdout)
		require.NoError(t, err)
		require.Error(t, cmd.Wait())
		assert.Zero(t, s.Sessions())
	})
}
