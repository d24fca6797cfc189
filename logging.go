package epicorerp

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
)

// levelAll is below slog.LevelDebug: Verbosity=5.
const levelAll = slog.LevelDebug - 4

// eventLog writes what connections do. What it writes has passed a mask that
// knows every secret of the Config.
type eventLog struct {
	logger   *slog.Logger // statements and connections
	requests *slog.Logger // for the provider
	file     *logFile     // nil without Logfile
	dialect  parse.Dialect
}

// newEventLog makes the log of Logfile and of the caller's logger, which may be
// nil. The file is not opened yet.
func newEventLog(cfg *Config, own *slog.Logger) *eventLog {
	l := &eventLog{dialect: dialects[cfg.Dialect]}
	var statements, requests []slog.Handler
	if own != nil {
		statements, requests = append(statements, own.Handler()), append(requests, own.Handler())
	}
	if cfg.Logfile != "" {
		l.file = &logFile{path: cfg.Logfile}
		atStatements, atRequests := logLevels(cfg.Verbosity)
		statements = append(statements, slog.NewTextHandler(l.file, &slog.HandlerOptions{Level: atStatements}))
		requests = append(requests, slog.NewTextHandler(l.file, &slog.HandlerOptions{Level: atRequests}))
	}
	mask := secretReplacer(cfg)
	l.logger = slog.New(maskedHandler{slog.NewMultiHandler(statements...), mask})
	l.requests = slog.New(maskedHandler{slog.NewMultiHandler(requests...), mask})
	return l
}

// logLevels are the levels of the two loggers for a Verbosity: 1 for statements
// and failures, 2 for requests too, 3 for their headers, 4 for connections and
// TLS, 5 for everything.
func logLevels(verbosity int) (statements, requests slog.Level) {
	statements, requests = slog.LevelInfo, slog.LevelWarn
	if verbosity >= 2 {
		requests = slog.LevelInfo
	}
	if verbosity >= 3 {
		requests = slog.LevelDebug
	}
	if verbosity >= 4 {
		statements = slog.LevelDebug
	}
	if verbosity >= 5 {
		statements, requests = levelAll, levelAll
	}
	return statements, requests
}

func (l *eventLog) open() error {
	if l.file == nil {
		return nil
	}
	return l.file.open()
}

func (l *eventLog) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.close()
}

// statement is the text of a statement as the log shows it.
type statement struct {
	text    string
	dialect parse.Dialect
}

// LogValue masks what calls of procedures hold, such as tokens, where a log is
// written at all.
func (s statement) LogValue() slog.Value {
	return slog.StringValue(parse.MaskCalls(s.text, s.dialect))
}

// ended tells how a statement ended.
func (l *eventLog) ended(ctx context.Context, text string, rows int64, took time.Duration, err error) {
	if err != nil {
		l.logger.WarnContext(ctx, "statement failed", "sql", statement{text, l.dialect}, "rows", rows, "duration", took, "error", err)
		return
	}
	l.logger.InfoContext(ctx, "statement", "sql", statement{text, l.dialect}, "rows", rows, "duration", took)
}

// failed tells of a statement that did not begin.
func (l *eventLog) failed(ctx context.Context, text string, err error) {
	l.logger.WarnContext(ctx, "statement failed", "sql", statement{text, l.dialect}, "error", err)
}

// bound tells the types of arguments. Their values are nobody's business.
func (l *eventLog) bound(ctx context.Context, args []sqlengine.Arg) {
	if len(args) == 0 || !l.logger.Enabled(ctx, levelAll) {
		return
	}
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = strings.TrimSpace(a.Name + " " + a.Value.Kind.String())
	}
	l.logger.Log(ctx, levelAll, "arguments", "types", strings.Join(types, ", "))
}

func (l *eventLog) pinged(ctx context.Context, took time.Duration, err error) {
	if err != nil {
		l.logger.WarnContext(ctx, "ping failed", "duration", took, "error", err)
		return
	}
	l.logger.DebugContext(ctx, "ping", "duration", took)
}

func (l *eventLog) opened(ctx context.Context) { l.logger.DebugContext(ctx, "connection opened") }

func (l *eventLog) released() { l.logger.Debug("connection closed") }

// traced makes the HTTP connections that are opened for ctx tell of themselves,
// where someone listens.
func (l *eventLog) traced(ctx context.Context) context.Context {
	if !l.logger.Enabled(ctx, slog.LevelDebug) {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(network, addr string, err error) {
			l.logger.DebugContext(ctx, "connect", "network", network, "address", addr, "error", err)
		},
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			args := []any{"version", tls.VersionName(state.Version), "cipher", tls.CipherSuiteName(state.CipherSuite), "error", err}
			if len(state.PeerCertificates) > 0 {
				cert := state.PeerCertificates[0]
				args = append(args, "subject", cert.Subject.String(), "issuer", cert.Issuer.String(), "until", cert.NotAfter)
			}
			l.logger.DebugContext(ctx, "tls", args...)
		},
	})
}

// logFile is appended to. It is opened with the first connection, not before.
type logFile struct {
	path string

	mu   sync.Mutex
	file *os.File
}

func (f *logFile) open() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		return nil
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return &Error{Kind: providers.KindProperty, Message: fmt.Sprintf("property %q: %v", "Logfile", err), Err: err}
	}
	f.file = file
	return nil
}

func (f *logFile) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return 0, os.ErrClosed
	}
	return f.file.Write(line)
}

func (f *logFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// shortestMasked is the length from which a secret is masked wherever it
// occurs. Shorter ones would mask half of every line, and tell by that.
const shortestMasked = 4

// secretReplacer masks the secrets of cfg in all forms that they are sent in.
func secretReplacer(cfg *Config) *strings.Replacer {
	var pairs []string
	add := func(secret string) {
		if len(secret) >= shortestMasked {
			pairs = append(pairs, secret, secretMask)
		}
	}
	for _, p := range propertyTable() {
		if !p.Secret || p.at == nil {
			continue
		}
		secret := p.text(cfg, false)
		add(secret)
		add(url.QueryEscape(secret))
		add(url.PathEscape(secret))
	}
	// Lists that Validate has accepted have no error.
	headers, _ := cfg.CustomHeaderList()
	params, _ := cfg.CustomURLParamList()
	for _, nv := range append(headers, params...) {
		add(nv.Value)
		add(url.QueryEscape(nv.Value))
	}
	for _, password := range []Secret{cfg.Password, cfg.ProxyPassword} {
		if !password.IsEmpty() {
			add(base64.StdEncoding.EncodeToString([]byte(cfg.User + ":" + password.Reveal())))
			add(base64.StdEncoding.EncodeToString([]byte(cfg.ProxyUser + ":" + password.Reveal())))
		}
	}
	return strings.NewReplacer(pairs...)
}

// maskedHandler masks secrets in whatever it passes on.
type maskedHandler struct {
	slog.Handler
	mask *strings.Replacer
}

func (h maskedHandler) Handle(ctx context.Context, r slog.Record) error {
	masked := slog.NewRecord(r.Time, r.Level, h.mask.Replace(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, masked)
}

func (h maskedHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i] = h.attr(a)
	}
	return maskedHandler{h.Handler.WithAttrs(masked), h.mask}
}

func (h maskedHandler) WithGroup(name string) slog.Handler {
	return maskedHandler{h.Handler.WithGroup(name), h.mask}
}

// attr masks a value by its text. A value that holds no secret stays what it is.
func (h maskedHandler) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, h.mask.Replace(v.String()))
	case slog.KindGroup:
		group := make([]any, len(v.Group()))
		for i, member := range v.Group() {
			group[i] = h.attr(member)
		}
		return slog.Group(a.Key, group...)
	case slog.KindAny:
		text := fmt.Sprint(v.Any())
		if masked := h.mask.Replace(text); masked != text {
			return slog.String(a.Key, masked)
		}
	}
	return slog.Attr{Key: a.Key, Value: v}
}
