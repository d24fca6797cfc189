package sqlengine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// setting is something that SET sets, SHOW shows and @@name reads. Programs
// send a good many of them when they connect: what is asked for is so, or can
// be made so, or is refused with what to do instead.
type setting struct {
	names []string // the first is the one shown; in lower case
	// value is what holds, unless it is remembered.
	value func(*Engine, Session) string
	// set makes the values hold; none of them means DEFAULT. With nil the
	// values are compared with what holds.
	set func(*Engine, *Session, []string) error
	// why says, when set is nil, what to do about a value that does not hold.
	why string
}

// always is a setting that has one value.
func always(value, why string, names ...string) setting {
	return setting{names: names, value: func(*Engine, Session) string { return value }, why: why}
}

// remembered is a setting that changes nothing here: any of the values will do.
//
//go:noinline
func remembered(value string, allowed []string, names ...string) setting {
	name := names[0]
	return setting{names: names,
		value: func(_ *Engine, s Session) string {
			if v, ok := s.settings[name]; ok {
				return v
			}
			return value
		},
		set: func(_ *Engine, s *Session, values []string) error {
			if len(values) == 0 {
				s.forget(name)
				return nil
			}
			v := strings.Join(values, ", ")
			if allowed != nil {
				i := slices.IndexFunc(allowed, func(a string) bool { return sameSetting(a, v) })
				if i < 0 {
					return fmt.Errorf("it can be %s", strings.Join(allowed, " or "))
				}
				v = allowed[i]
			}
			s.remember(name, v)
			return nil
		}}
}

var onOff = []string{"ON", "OFF"}

const (
	utf8Only     = "text is UTF-8 throughout"
	noTimeouts   = "give the query's context a deadline"
	bytesOnly    = "text compares by its bytes; the Collation property tells when the server's order will do"
	writesByOnes = "the server makes each write final by itself"
)

var settings = []setting{
	{names: []string{"search_path", "schema", "current_schema"}, value: func(e *Engine, s Session) string { return e.schemaOf(s) }, set: setSchema},
	{names: []string{"timezone", "time_zone", "time zone"}, value: func(e *Engine, s Session) string { return e.zoneOf(s).String() }, set: setZone},
	{names: []string{"names", "character set", "client_encoding", "character_set_client", "character_set_connection", "character_set_results"},
		value: func(*Engine, Session) string { return "utf8mb4" }, set: setEncoding},
	always("utf8mb4", utf8Only, "character_set_server", "character_set_database", "character_set_system", "server_encoding"),
	{names: []string{"collation_connection", "collation_server", "collation_database", "lc_collate"},
		value: func(*Engine, Session) string { return "binary" }, set: setCollation},
	always("ON", writesByOnes, "autocommit"),
	{names: []string{"sql_mode"}, value: sqlMode, set: setSQLMode},
	{names: []string{"transaction_isolation", "tx_isolation", "default_transaction_isolation", "transaction isolation level"},
		value: func(*Engine, Session) string { return "READ-COMMITTED" }, set: setIsolation},
	remembered("OFF", onOff, "transaction_read_only", "tx_read_only", "default_transaction_read_only"),
	{names: []string{"version"}, value: func(e *Engine, _ Session) string { return e.opt.Version }},
	{names: []string{"server_version"}, value: func(*Engine, Session) string { return "15.0" }},
	always("150000", "", "server_version_num"),
	always("epicorerp", "", "version_comment"),
	always("UTC", "", "system_time_zone"),
	always("ON", "backslashes in strings are the Dialect property's business", "standard_conforming_strings"),
	always("ISO, MDY", "dates are written year first", "datestyle"),
	always("postgres", "", "intervalstyle"),
	always("hex", "", "bytea_output"),
	always("on", "", "integer_datetimes"),
	always("off", "", "is_superuser"),
	always("0", noTimeouts, "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "max_execution_time"),
	always("18446744073709551615", "the MaxRows property cuts results", "sql_select_limit"),
	always("2", "", "lower_case_table_names"), // kept as they are, compared without regard to case
	always("1", "", "auto_increment_increment"),
	always("67108864", "", "max_allowed_packet"),
	always("OFF", "", "performance_schema", "query_cache_type"),
	always("0", "", "query_cache_size"),
	always("", "", "init_connect", "license"),
	remembered("", nil, "application_name"),
	remembered("notice", nil, "client_min_messages"),
	remembered("1", nil, "extra_float_digits"), // floats always come in the fewest digits that read back the same
	remembered("28800", nil, "wait_timeout"),
	remembered("28800", nil, "interactive_timeout"),
	remembered("60", nil, "net_write_timeout"),
	remembered("30", nil, "net_read_timeout"),
	remembered("ON", onOff, "foreign_key_checks"),
	remembered("ON", onOff, "unique_checks"),
	remembered("ON", onOff, "sql_notes"),
	remembered("OFF", onOff, "sql_safe_updates"),
	remembered("OFF", onOff, "sql_auto_is_null"),
}

func findSetting(name string) *setting {
	name = strings.ToLower(name)
	for i := range settings {
		if slices.Contains(settings[i].names, name) {
			return &settings[i]
		}
	}
	return nil
}

// unknownSetting offers the nearest name.
func unknownSetting(name string, pos ast.Pos) error {
	var names []string
	for i := range settings {
		names = append(names, settings[i].names...)
	}
	return &providers.Error{Kind: providers.KindUnsupported, State: "42704", Position: int(pos) + 1, Message: fmt.Sprintf(
		"there is no setting %q (SHOW VARIABLES lists them)%s", name, nearest.Suffix(name, names))}
}

// sameSetting compares values as they are written in many ways.
func sameSetting(a, b string) bool {
	one := func(s string) string {
		switch s = strings.ToLower(strings.TrimSpace(s)); s {
		case "true", "yes", "1":
			return "on"
		case "false", "no", "0":
			return "off"
		}
		return s
	}
	return one(a) == one(b)
}

// variable gives @@name: a number where it looks like one.
func (e *Engine) variable(s Session, name string) (sqltypes.Value, bool) {
	f := findSetting(name)
	if f == nil {
		return sqltypes.Value{}, false
	}
	v := f.value(e, s)
	switch v {
	case "ON":
		return sqltypes.IntValue(1), true
	case "OFF":
		return sqltypes.IntValue(0), true
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return sqltypes.IntValue(n), true
	}
	return sqltypes.StringValue(v), true
}

// showVariables lists every setting under each of its names that is a word.
func (e *Engine) showVariables(s Session) *listed {
	l := &listed{columns: []string{"Variable_name", "Value"}}
	values := map[string]string{}
	var names []string
	for i := range settings {
		for _, name := range settings[i].names {
			if !strings.Contains(name, " ") {
				names = append(names, name)
				values[name] = settings[i].value(e, s)
			}
		}
	}
	slices.Sort(names)
	for _, name := range names {
		l.text(name, values[name])
	}
	return l
}

// showVariable answers SHOW name and SHOW ALL as PostgreSQL does.
func (e *Engine) showVariable(s Session, t *ast.Show) (*listed, error) {
	name := t.Name.String()
	if strings.EqualFold(name, "ALL") {
		l := e.showVariables(s)
		l.columns = []string{"name", "setting"}
		return l, nil
	}
	f := findSetting(name)
	if f == nil {
		return nil, unknownSetting(name, t.Name.Pos())
	}
	l := &listed{columns: []string{strings.ReplaceAll(strings.ToLower(name), " ", "_")}}
	v := f.value(e, s)
	if f.names[0] == "transaction_isolation" && e.opt.Dialect == parse.Postgres {
		v = "read committed"
	}
	l.text(v)
	return l, nil
}

// set runs SET: all of its items, or none.
func (s *Statement) set(session *Session, t *ast.Set, args []Arg) error {
	next := *session
	for i := range t.Items {
		it := &t.Items[i]
		switch name := it.Name.Last().Text; {
		case it.User:
			return refused(it.Pos(), providers.KindUnsupported, "user variables such as @%s are not supported; bind an argument", name)
		case it.Scope == "GLOBAL" || strings.EqualFold(it.Name.Qualifier().String(), "global"):
			return refused(it.Pos(), providers.KindUnsupported, "SET GLOBAL: what other connections see is in their connection strings; write SET %s", name)
		}
		var values []string
		for _, x := range it.Values {
			v, err := s.setValue(x, args)
			if err != nil {
				return err
			}
			values = append(values, v)
		}
		if err := s.engine.setOne(&next, it, values); err != nil {
			return err
		}
	}
	*session = next
	return nil
}

func (e *Engine) setOne(session *Session, it *ast.SetItem, values []string) error {
	name := it.Name.Last().Text
	f := findSetting(name)
	if f == nil {
		return unknownSetting(name, it.Pos())
	}
	if f.set != nil {
		if err := f.set(e, session, values); err != nil {
			return refused(it.Pos(), providers.KindUnsupported, "SET %s = %s: %v", name, strings.Join(values, ", "), err)
		}
		return nil
	}
	now := f.value(e, *session)
	if len(values) == 0 || sameSetting(strings.Join(values, ", "), now) {
		return nil
	}
	why := f.why
	if why != "" {
		why = "; " + why
	}
	return refused(it.Pos(), providers.KindUnsupported, "SET %s = %s: it is %q and cannot be set%s", name, strings.Join(values, ", "), now, why)
}

// setValue is the text of a value: a literal, a bare word or an argument.
func (s *Statement) setValue(x ast.Expr, args []Arg) (string, error) {
	switch x := x.(type) {
	case *ast.Literal:
		if x.Kind != ast.Null {
			return x.Text, nil
		}
	case *ast.ColumnRef:
		return x.Name.String(), nil
	case *ast.Collate:
		collation := x.Collation.String()
		if err := setCollation(nil, nil, []string{collation}); err != nil {
			return "", refused(x.Pos(), providers.KindUnsupported, "COLLATE %s: %v", collation, err)
		}
		return s.setValue(x.X, args)
	case *ast.Unary:
		if v, err := s.setValue(x.X, args); err == nil && x.Op == ast.Neg {
			return "-" + v, nil
		}
	case *ast.Param:
		v, err := s.binder(args)(x)
		return v.Text(), err
	}
	return "", refused(x.Pos(), providers.KindUnsupported, "SET takes a literal, a word or an argument, not %s", ast.Print(x))
}

// reset runs RESET: settings are what they were when the session began.
func (s *Statement) reset(session *Session, t *ast.Reset) error {
	if t.Name.IsZero() {
		session.Schema, session.zone, session.settings = "", nil, nil
		return nil
	}
	return s.engine.setOne(session, &ast.SetItem{Loc: t.Loc, Name: t.Name}, nil)
}

// setTransaction takes what holds anyway: each request to a server stands for
// itself, so that a read sees what is committed when it is made.
func (s *Statement) setTransaction(t *ast.SetTransaction) error {
	if err := setIsolation(nil, nil, []string{t.Mode.Isolation}); t.Mode.Isolation != "" && err != nil {
		return refused(t.Pos(), providers.KindUnsupported, "ISOLATION LEVEL %s: %v", t.Mode.Isolation, err)
	}
	if t.Mode.Snapshot {
		return refused(t.Pos(), providers.KindUnsupported, "a consistent snapshot is not possible, since each page is read by a request of its own")
	}
	return nil
}

func setSchema(_ *Engine, s *Session, values []string) error {
	switch {
	case len(values) > 1:
		return fmt.Errorf("bare names are looked up in one schema; name that, and write the others before their tables")
	case len(values) == 0:
		s.Schema = ""
	default:
		s.Schema = values[0]
	}
	return nil
}

func setZone(_ *Engine, s *Session, values []string) error {
	if len(values) == 0 || strings.EqualFold(values[0], "SYSTEM") || strings.EqualFold(values[0], "DEFAULT") || strings.EqualFold(values[0], "LOCAL") {
		s.zone = nil
		return nil
	}
	if offset, err := time.Parse("-07:00", values[0]); err == nil {
		_, seconds := offset.Zone()
		s.zone = time.FixedZone(values[0], seconds)
		return nil
	}
	zone, err := time.LoadLocation(values[0])
	if err != nil || values[0] == "" || strings.EqualFold(values[0], "local") {
		return fmt.Errorf("write an IANA zone such as Europe/London, or an offset such as +02:00")
	}
	s.zone = zone
	return nil
}

func setEncoding(_ *Engine, _ *Session, values []string) error {
	for _, v := range values {
		switch strings.ToLower(strings.ReplaceAll(v, "-", "")) {
		case "utf8", "utf8mb4", "utf8mb3", "unicode", "default":
		default:
			return errors.New(utf8Only)
		}
	}
	return nil
}

func setCollation(_ *Engine, _ *Session, values []string) error {
	for _, v := range values {
		if v = strings.ToLower(v); v != "binary" && v != "c" && !strings.HasSuffix(v, "_bin") {
			return errors.New(bytesOnly)
		}
	}
	return nil
}

// sqlMode names the modes of MySQL that hold: nothing is cut or made up to fit.
func sqlMode(e *Engine, _ Session) string {
	modes := "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
	if e.opt.Dialect != parse.MySQL {
		modes = "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT," + modes
	}
	return modes
}

func setSQLMode(e *Engine, s *Session, values []string) error {
	holds := strings.Split(sqlMode(e, *s), ",")
	holds = append(holds, "ONLY_FULL_GROUP_BY", "STRICT_ALL_TABLES", "TRADITIONAL", "NO_AUTO_VALUE_ON_ZERO", "NO_AUTO_CREATE_USER")
	for _, v := range values {
		for mode := range strings.SplitSeq(v, ",") {
			mode = strings.ToUpper(strings.TrimSpace(mode))
			if mode != "" && !slices.Contains(holds, mode) {
				return fmt.Errorf("%s does not hold; the Dialect property says how SQL is read, and the modes that hold are %s", mode, sqlMode(e, *s))
			}
		}
	}
	return nil
}

func setIsolation(_ *Engine, _ *Session, values []string) error {
	for _, v := range values {
		switch strings.ToUpper(strings.ReplaceAll(v, "-", " ")) {
		case "READ COMMITTED", "READ UNCOMMITTED":
		default:
			return fmt.Errorf("each page is read by a request of its own, so there is no more than READ COMMITTED")
		}
	}
	return nil
}
