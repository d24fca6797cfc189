package main

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

var loopback = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// masked puts PORT for the ports that differ between runs.
func masked(text string) string { return loopback.ReplaceAllString(text, "127.0.0.1:PORT") }

func TestTourLooksAsRecorded(t *testing.T) {
	p := newProgram("")
	require.Equal(t, exitOK, p.run([]string{"demo"}), p.errors.String())
	assert.Empty(t, p.errors.String())
	got := &txtar.Archive{Comment: []byte("What epicorsql demo prints: its beginning, and each step.\n\n")}
	heading := regexp.MustCompile(`(?m)^\d+\. (.*?) ─+\n`)
	text := masked(p.stdout.String())
	name, at := "beginning", 0
	for _, m := range heading.FindAllStringSubmatchIndex(text, -1) {
		got.Files = append(got.Files, txtar.File{Name: name, Data: []byte(text[at:m[0]])})
		name, at = text[m[2]:m[3]], m[1]
	}
	got.Files = append(got.Files, txtar.File{Name: name, Data: []byte(text[at:])})
	require.Len(t, got.Files, len(tourSteps)+1)
	golden(t, "testdata/tour.txtar", got)
}

func TestTourIsTheSameEachTime(t *testing.T) {
	var texts []string
	for range 3 {
		p := newProgram("")
		require.Equal(t, exitOK, p.run([]string{"demo"}), p.errors.String())
		texts = append(texts, masked(p.stdout.String()))
	}
	assert.Equal(t, texts[0], texts[1])
	assert.Equal(t, texts[0], texts[2])
}

func TestTourGoesOnAsAShell(t *testing.T) {
	p := newProgram("SELECT COUNT(*) AS n\nFROM SalesOrders;\n\\q\n")
	p.inIsTerm = true
	require.Equal(t, exitOK, p.run([]string{"demo"}), p.errors.String())
	_, after, found := strings.Cut(p.stdout.String(), "this is a shell on it.\n")
	require.True(t, found)
	assert.Equal(t, "Statements end in ;   \\? shows the commands   \\q leaves\n"+
		"epicorsql>         ->     n\n──────\n 1500\n(1 row, 1 request)\nepicorsql> ", after)
}

// signalOn passes output on and interrupts when a text has come by.
type signalOn struct {
	w    io.Writer
	text string
	do   func(string)
}

func (s *signalOn) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if strings.Contains(string(p), s.text) {
		s.do(string(p))
	}
	return n, err
}

func TestDemoServesUntilItIsInterrupted(t *testing.T) {
	p := newProgram("")
	address := regexp.MustCompile(`URL=(http://127\.0\.0\.1:\d+)`)
	var base string
	p.sink.w = &signalOn{w: &p.stdout, text: "Ctrl-C ends it", do: func(text string) {
		base = address.FindStringSubmatch(text)[1]
		resp, err := http.Get(base + "/kinetic/api/v1/")
		if assert.NoError(t, err) {
			assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
			assert.NoError(t, resp.Body.Close())
		}
		p.interrupts.arrived(os.Interrupt)
	}}
	assert.Equal(t, exitOK, p.run([]string{"demo", "-serve"}))
	_, err := http.Get(base)
	assert.Error(t, err, "the server has ended")
}

func TestDemoAtATakenPortIsOne(t *testing.T) {
	s := epicortest.NewServer()
	defer s.Close()
	p := newProgram("")
	assert.Equal(t, exitFailed, p.run([]string{"demo", "-addr", strings.TrimPrefix(s.URL, "http://")}))
	assert.Contains(t, p.errors.String(), "listen")
}

func TestQueryOfAServer(t *testing.T) {
	const text = "SELECT OrderNum, OrderComment, OrderAmt, OpenOrder, SysRevID, CAST(OrderDate AS DATE) AS Ordered FROM SalesOrders WHERE OrderNum BETWEEN 5006 AND 5008 ORDER BY OrderNum"
	got := &txtar.Archive{Comment: []byte("Orders of the embedded server, by the commands that read them.\n\n")}
	p := newProgram("")
	onServer(t, p)
	add := func(args ...string) {
		p.stdout.Reset()
		require.Equal(t, exitOK, p.run(args), p.errors.String())
		got.Files = append(got.Files, txtar.File{Name: strings.Join(args, " "), Data: []byte(strings.ReplaceAll(masked(p.stdout.String()), "\r", "^M"))})
	}
	for _, format := range []string{"table", "csv", "json", "jsonl"} {
		add("query", "-format", format, text)
	}
	add("query", "-p", "n=5006", "-p", "c=USD", "-p", "day=2023-01-05", "SELECT OrderNum, CurrencyCode FROM SalesOrders WHERE OrderNum >= :n AND CurrencyCode = :c AND OrderDate > :day ORDER BY OrderNum LIMIT 2")
	add("explain", "SELECT Name FROM [Erp.BO.CustomerSvc].Customers WHERE CustNum = 7")
	add("describe", "BaqSvc.PartsByVendor")
	add("describe", "-format", "csv", "[Erp.BO.CustomerSvc].[ShipToes]")
	add("tables")
	add("tables", "-schema", "BaqSvc")
	add("ping")
	golden(t, "testdata/commands.txtar", got)
}

func TestSchemasOfAServer(t *testing.T) {
	p := newProgram("")
	onServer(t, p)
	require.Equal(t, exitOK, p.run([]string{"schemas", "-format", "csv"}), p.errors.String())
	records, err := csv.NewReader(&p.stdout).ReadAll()
	require.NoError(t, err)
	assert.Greater(t, len(records), 400)
	assert.Equal(t, []string{"schema", "description"}, records[0])
	assert.Equal(t, "BaqSvc", records[1][0])
}

func TestManyRowsComeWholeInEveryFormat(t *testing.T) {
	const lines = 20000
	for _, format := range []string{"csv", "json", "jsonl", "table"} {
		t.Run(format, func(t *testing.T) {
			p := newProgram("")
			onServer(t, p, epicortest.WithOrderLines(lines))
			require.Equal(t, exitOK, p.run([]string{"query", "-format", format, "SELECT OrderNum, OrderLine, UnitPrice FROM OrderDtls"}), p.errors.String())
			switch format {
			case "csv":
				records, err := csv.NewReader(&p.stdout).ReadAll()
				require.NoError(t, err)
				assert.Len(t, records, lines+1)
			case "json":
				var rows []map[string]json.Number
				require.NoError(t, json.Unmarshal(p.stdout.Bytes(), &rows))
				assert.Len(t, rows, lines)
			case "jsonl":
				assert.Equal(t, lines, strings.Count(p.stdout.String(), "\n"))
			case "table":
				assert.True(t, strings.HasSuffix(p.stdout.String(), "(20,000 rows)\n"))
			}
		})
	}
}

func TestAReaderThatLeavesStopsTheRequests(t *testing.T) {
	p := newProgram("")
	s := onServer(t, p, epicortest.WithOrderLines(200_000))
	pipeIn, pipeOut := io.Pipe()
	p.sink.w = pipeOut
	go func() { // head -c 100
		_, _ = io.ReadFull(pipeIn, make([]byte, 100))
		_ = pipeIn.Close()
	}()
	assert.Equal(t, exitOK, p.run([]string{"query", "-format", "csv", "SELECT OrderNum, OrderLine FROM OrderDtls"}))
	assert.Empty(t, p.errors.String())
	assert.Less(t, s.Count(), 100, "of the 200 pages that there are")
}

func TestCtrlCEndsARunningScan(t *testing.T) {
	p := newProgram("")
	onServer(t, p, epicortest.WithOrderLines(200_000))
	var interrupted bool
	p.sink.w = &signalOn{w: &p.stdout, text: "\n", do: func(string) {
		if !interrupted {
			interrupted = true
			p.interrupts.arrived(os.Interrupt)
		}
	}}
	assert.Equal(t, exitFailed, p.run([]string{"query", "-format", "json", "SELECT OrderNum, OrderLine FROM OrderDtls"}))
	assert.Contains(t, p.errors.String(), "epicorsql: cancelled\n")
	assert.False(t, json.Valid(p.stdout.Bytes()))
}

func TestRequestsAreCountedAsTheServerDoes(t *testing.T) {
	p := newProgram("SELECT COUNT(*) FROM [Erp.BO.PartSvc].Parts WHERE PartNum LIKE 'ASM%';\n")
	s := onServer(t, p)
	p.env[dsnVariable] += ";ConnectOnOpen=false"
	require.Equal(t, exitOK, p.run([]string{"shell"}), p.errors.String())
	m := regexp.MustCompile(`\(1 row, (\d+) requests?\)`).FindStringSubmatch(p.stdout.String())
	require.NotNil(t, m, p.stdout.String())
	n, err := strconv.Atoi(m[1])
	require.NoError(t, err)
	assert.Equal(t, s.Count(), n)
}

func TestShell(t *testing.T) {
	got := &txtar.Archive{Comment: []byte("Scripts, and what the shell answers on standard output and standard error.\n\n")}
	for name, script := range map[string]string{
		"1 statements":         "SELECT CustNum, Name FROM [Erp.BO.CustomerSvc].Customers\nWHERE CustNum < 3 ORDER BY CustNum; SELECT COUNT(*) AS n\nFROM SalesOrders;\n-- the end",
		"2 the last without ;": "SELECT COUNT(*) AS n FROM SalesOrders",
		"3 explain on":         "\\e on\nSELECT CustNum FROM [Erp.BO.CustomerSvc].Customers WHERE CustNum = 5;\n\\e off\nSELECT 1 AS one;\n",
		"4 the catalogue":      "\\dt\n\\d BaqSvc.PartsByVendor\n\\dt [BaqSvc]\n\\d\n",
		"5 another schema":     "USE [Erp.BO.PartSvc];\nSELECT PartNum FROM Parts ORDER BY UnitPrice LIMIT 2;\n",
		"6 mistakes":           "\\zz\nSELECT Nmae FROM SalesOrders;\nSELECT FROM;\n\\e maybe\n\\d [a b] c d\nSELECT 1 AS after;\n",
		"7 help":               "\\?\n\\q\nSELECT 1;\n",
		"9 procedures":         "SHOW PROCEDURES;\nEXEC GetOAuthAuthorizationUrl AuthMode='WEB', State='a;b';\nCALL RefreshOAuthAccessToken(\n  'canary;canary');\nEXEC GetOAuthAccessToken @Verifyer = 'canary';\nEXEC RefreshOAuthAccessToken 'canary' canary;\nSELECT 1 AS after;\n",
		"8 names of one's own": "\\e on\nCREATE LOCAL VIEW Big AS SELECT OrderNum FROM SalesOrders WHERE OrderNum < 5003;\nSHOW VIEWS FROM UserViews;\n\\e off\nINSERT INTO Mine#TEMP (n) VALUES (5002), (7);\nSELECT n FROM Mine#TEMP JOIN Big ON OrderNum = n;\n\\d Big\n\\d Mine#TEMP\n\\dt UserViews\n",
	} {
		p := newProgram(script)
		onServer(t, p)
		code := p.run([]string{"shell"})
		assert.Equal(t, name[0] == '6' || name[0] == '9', code == exitFailed, name+": "+p.errors.String())
		assert.NotContains(t, p.errors.String(), "canary")
		got.Files = append(got.Files, txtar.File{Name: name, Data: []byte(script + "\n>>>\n" + masked(p.stdout.String()) + "!!!\n" + masked(p.errors.String()))})
	}
	sortFiles(got)
	golden(t, "testdata/shell.txtar", got)
}

func sortFiles(a *txtar.Archive) {
	for i := range a.Files {
		for j := i; j > 0 && a.Files[j].Name < a.Files[j-1].Name; j-- {
			a.Files[j], a.Files[j-1] = a.Files[j-1], a.Files[j]
		}
	}
}

func TestTheDialectOfTheConnectionString(t *testing.T) {
	p := newProgram(`SELECT "it\";s" AS x;`)
	onServer(t, p)
	p.env[dsnVariable] += ";Dialect=mysql"
	require.Equal(t, exitOK, p.run([]string{"shell"}), p.errors.String())
	assert.Contains(t, p.stdout.String(), ` it";s`)
}

func TestProgressIsClearedBeforeRowsOnTheSameTerminal(t *testing.T) {
	p := newProgram("")
	p.outIsTerm, p.errIsTerm, p.width = true, true, 40
	onServer(t, p, epicortest.WithLatency(3*progressEvery/2))
	require.Equal(t, exitOK, p.run([]string{"query", "SELECT OrderNum, LineDesc FROM OrderDtls WHERE OrderNum = 5003"}))
	for line := range strings.Lines(p.stdout.String()) {
		assert.LessOrEqual(t, len([]rune(line)), 41, line)
	}
	shown := p.errors.String()
	last := strings.LastIndex(shown, "\r\x1b[K")
	require.GreaterOrEqual(t, last, 0, "%q", shown)
	assert.Regexp(t, `^3 rows, 3 requests, \d+\.\d s\n$`, shown[last+len("\r\x1b[K"):])
}

func TestConnectionsAreClosed(t *testing.T) {
	p := newProgram("")
	onServer(t, p)
	var opened *sql.DB
	open := p.open
	p.open = func(driver, dsn string) (*sql.DB, error) {
		db, err := open(driver, dsn)
		opened = db
		return db, err
	}
	require.Equal(t, exitOK, p.run([]string{"query", "SELECT OrderNum FROM SalesOrders LIMIT 1"}))
	assert.Zero(t, opened.Stats().OpenConnections)
	assert.Error(t, opened.Ping())
}
