package oracle

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Query is one entry of a query file.
//
//	-- name: a sentence that says what is asked
//	-- arg: text O'RING        bound in order to the ? of the statement: int, text, bool, timestamp, null
//	-- ordered                 the ORDER BY is total: rows are compared in sequence, else as a multiset
//	-- empty                   no row is expected; without it an empty answer is a mistake in the query
//	SELECT ...
//	-- oracle                  the same question in PostgreSQL's words, where they differ
//	SELECT ...
type Query struct {
	File    string // base name of the file without its extension
	Name    string
	SQL     string // for the driver, with ? for arguments
	Oracle  string // for PostgreSQL, with ? for arguments
	Args    []any  // int64, string, bool, time.Time or nil
	Ordered bool
	Empty   bool
}

// ReadQueries reads every *.sql file of dir, in the order of the files' names.
func ReadQueries(files fs.FS, dir string) ([]Query, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var all []Query
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(path.Base(name), ".sql")
		queries, err := ParseQueries(base, string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, queries...)
	}
	return all, nil
}

// ParseQueries reads the entries of one query file.
func ParseQueries(file, text string) ([]Query, error) {
	var (
		all    []Query
		q      *Query
		target *string
	)
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		word, rest, isDirective := directive(line)
		if !isDirective {
			if strings.TrimSpace(line) == "" {
				continue
			}
			if q == nil {
				return nil, fmt.Errorf("line %d: a statement before the first -- name", i+1)
			}
			*target = strings.TrimSpace(*target + "\n" + line)
			continue
		}
		if word == "name" {
			if rest == "" || seen[rest] {
				return nil, fmt.Errorf("line %d: the name %q is empty or taken", i+1, rest)
			}
			seen[rest] = true
			all = append(all, Query{File: file, Name: rest})
			q = &all[len(all)-1]
			target = &q.SQL
			continue
		}
		if q == nil {
			return nil, fmt.Errorf("line %d: -- %s before the first -- name", i+1, word)
		}
		switch word {
		case "ordered":
			q.Ordered = true
		case "empty":
			q.Empty = true
		case "oracle":
			target = &q.Oracle
		case "arg":
			arg, err := parseArg(rest)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			q.Args = append(q.Args, arg)
		default:
			return nil, fmt.Errorf("line %d: unknown directive %q", i+1, word)
		}
	}
	for i := range all {
		if all[i].SQL == "" {
			return nil, fmt.Errorf("%q has no statement", all[i].Name)
		}
		if all[i].Oracle == "" {
			all[i].Oracle = all[i].SQL
		}
	}
	return all, nil
}

// directive splits "-- word: rest"; a tab inside rest is kept, since arguments may hold one.
func directive(line string) (word, rest string, ok bool) {
	body, ok := strings.CutPrefix(line, "-- ")
	if !ok {
		return "", "", false
	}
	word, rest, _ = strings.Cut(body, ":")
	return strings.TrimSpace(word), strings.TrimPrefix(rest, " "), true
}

func parseArg(text string) (any, error) {
	kind, value, _ := strings.Cut(text, " ")
	switch kind {
	case "int":
		return strconv.ParseInt(value, 10, 64)
	case "text":
		return value, nil
	case "bool":
		return strconv.ParseBool(value)
	case "timestamp":
		return time.Parse(time.RFC3339Nano, value)
	case "null":
		return nil, nil
	}
	return nil, fmt.Errorf("argument %q: want int, text, bool, timestamp or null before the value", text)
}

// numbered writes $1, $2, … for the question marks that stand outside string literals and quoted identifiers.
func numbered(sql string) string {
	var b strings.Builder
	n := 0
	var quote rune
	for _, r := range sql {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '?':
			n++
			fmt.Fprintf(&b, "$%d", n)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
