package corpora

import (
	"os"
	"regexp"
	"testing"
)

// rule says why records of a corpus are not ours to answer. It speaks of those
// that it matches: an empty pattern matches everything.
type rule struct {
	reason string
	script string // a pattern of the script's name
	sql    string // a pattern of the statement
	diff   string // a pattern of the refusal, or of the difference between the answers
}

// rules are those of each corpus, the first that matches a record counts.
var rules = map[string][]rule{
	"calcite":      calciteRules,
	"h2":           h2Rules,
	"gms":          gmsRules,
	"risinglight":  risinglightRules,
	"duckdb":       duckdbRules,
	"sqllogictest": sqllogictestRules,
}

// scope is what is left of a corpus when its rules have spoken.
type scope struct {
	rules []compiledRule
}

type compiledRule struct {
	rule
	scriptPattern, sqlPattern, diffPattern *regexp.Regexp
	matches                                int
}

func scopeOf(corpus string) *scope {
	s := &scope{}
	for _, r := range rules[corpus] {
		s.rules = append(s.rules, compiledRule{
			rule:          r,
			scriptPattern: regexp.MustCompile(r.script),
			sqlPattern:    regexp.MustCompile("(?is)" + r.sql),
			diffPattern:   regexp.MustCompile("(?s)" + r.diff),
		})
	}
	return s
}

// out gives the reason why a record is not ours to answer, "" if it is. The
// difference is that between its answer and ours, or the text of our refusal.
func (s *scope) out(script, sql, diff string) string {
	for i := range s.rules {
		r := &s.rules[i]
		if r.scriptPattern.MatchString(script) && r.sqlPattern.MatchString(sql) && r.diffPattern.MatchString(diff) {
			r.matches++
			return r.reason
		}
	}
	return ""
}

// noneStale fails the test when a rule matched nothing in a corpus that was
// played whole.
func (s *scope) noneStale(t *testing.T) {
	if os.Getenv(folderVariable) == "" {
		return // the samples need no rules
	}
	for _, r := range s.rules {
		if r.matches == 0 {
			t.Errorf("this rule matches no record any more: %+v", r.rule)
		}
	}
}
