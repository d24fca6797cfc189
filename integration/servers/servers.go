// Package servers builds nothing and interprets nothing: it starts and stops the OData servers that lie in java/,
// over an in-memory H2 database, and in node/, all fed with the CSV files of a directory. Teiid (Apache-2.0) speaks V4
// and translates requests to SQL; Apache Olingo 2 (Apache-2.0) with its JPA processor speaks V2 and translates them to
// JPQL. The two of node/ speak V4 and misread some of what they are asked.
//
// It must never import the driver.
package servers

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Server is a running server.
type Server struct {
	URL string // the service root, without a slash at its end

	cmd   *exec.Cmd
	stdin io.Closer
	log   *os.File
	exit  chan error
}

// Kind is one of the servers, by the name of its main class.
type Kind string

// The servers.
const (
	Teiid   Kind = "Teiid"   // OData V4, pages of 500 rows with skip tokens
	Olingo2 Kind = "Olingo2" // OData V2, sets whole

	FEMock   Kind = "femock"   // OData V4, SAP's mock server for Fiori elements
	JayStack Kind = "jaystack" // OData V4, JayStack's odata-v4-server over arrays
)

// Options of a server.
type Options struct {
	Kind     Kind
	Work     string // the folder that Maven built into, or npm installed into: integration/.work/java or …/node
	CSV      string // the folder of the rows
	PageSize int    // rows of a page, above which a next link follows; 0 leaves it to the server
	Port     int    // 0 picks a free one
}

// Start starts the server on 127.0.0.1 and waits until it answers. Its log goes into Work, named
// after the program that calls and the server.
func Start(ctx context.Context, o Options) (*Server, error) {
	cmd, err := o.command()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(o.Work, filepath.Base(os.Args[0])+"-"+string(o.Kind)+".log"))
	if err != nil {
		return nil, err
	}
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	s := &Server{cmd: cmd, stdin: stdin, log: log, exit: make(chan error, 1)}
	ready := make(chan string, 1)
	go func() {
		// Wait closes the pipe, so it comes after the last read.
		s.exit <- errors.Join(readReady(stdout, ready), cmd.Wait())
	}()
	select {
	case s.URL = <-ready:
		return s, nil
	case err := <-s.exit:
		return nil, errors.Join(fmt.Errorf("the server ended before it was ready (see %s): %w", log.Name(), err), log.Close())
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("the server was not ready in time (see %s): %w", log.Name(), ctx.Err()), s.Stop())
	}
}

// command is how the server is run.
func (o Options) command() (*exec.Cmd, error) {
	if o.Kind == FEMock || o.Kind == JayStack {
		return o.nodeCommand()
	}
	jar := filepath.Join(o.Work, "target", "erp-servers-1.jar")
	if _, err := os.Stat(jar); err != nil {
		return nil, fmt.Errorf("the servers are not built: %w; run integration/run.sh, or mvn -f integration/servers/java/pom.xml package", err)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("the server needs a Java runtime of version 11 or later: %w", err)
	}
	classes := jar + string(os.PathListSeparator) + filepath.Join(o.Work, "target", "lib", "*")
	// The zone is fixed since both read timestamps without one in the zone of their process.
	args := []string{"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8",
		"-cp", classes, "erp." + string(o.Kind), strconv.Itoa(o.Port), o.CSV}
	if o.PageSize > 0 {
		args = append(args, strconv.Itoa(o.PageSize))
	}
	return exec.Command(java, args...), nil
}

// nodeCommand runs a program of node/ from the folder that has the packages.
func (o Options) nodeCommand() (*exec.Cmd, error) {
	program := filepath.Join(o.Work, string(o.Kind)+".cjs")
	if _, err := os.Stat(filepath.Join(o.Work, "node_modules")); err != nil {
		return nil, fmt.Errorf("the servers are not installed: %w; run integration/run.sh", err)
	}
	for _, name := range []string{string(o.Kind), "erp"} { // Node looks for packages beside the program
		source, err := programs.ReadFile("node/" + name + ".cjs")
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(o.Work, name+".cjs"), source, 0o644); err != nil {
			return nil, err
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("the server needs Node 20 or later: %w", err)
	}
	cmd := exec.Command(node, program, strconv.Itoa(o.Port), o.CSV)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	return cmd, nil
}

//go:embed node/*.cjs
var programs embed.FS

// readReady sends the URL of the line "ready URL" and reads on to the end.
func readReady(r io.Reader, ready chan<- string) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			select {
			case ready <- url:
			default:
			}
		}
	}
	return lines.Err()
}

// Stop ends the server, at first by closing its input.
func (s *Server) Stop() error {
	err := s.stdin.Close()
	select {
	case werr := <-s.exit:
		err = errors.Join(err, werr)
	case <-time.After(10 * time.Second):
		err = errors.Join(err, errors.New("the server did not end by itself"), s.cmd.Process.Kill())
		<-s.exit
	}
	return errors.Join(err, s.log.Close())
}
