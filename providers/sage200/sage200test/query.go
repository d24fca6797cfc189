package sage200test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// defaultTop is how many rows come when $top is left out.
const defaultTop = 500

// query is what the options of a request ask for.
type query struct {
	filter, orderBy string
	top, skip       int
	count           bool
	selected        []string
	expand          []*object
	related         map[*object]map[string][]row // what is expanded, by the value it hangs on
}

// knownOptions are those of developer.sage.com/200/guides/query-parameters.
var knownOptions = []string{"$select", "$filter", "$orderby", "$top", "$skip", "$expand", "$count", "$metadata"}

func (s *Server) query(r *http.Request, res *resource) (*query, error) {
	values := r.URL.Query()
	for name := range values {
		if strings.HasPrefix(name, "$") && !slices.Contains(knownOptions, name) {
			return nil, refuse(http.StatusBadRequest, "The query parameter '%s' is not supported.", name)
		}
	}
	q := &query{filter: values.Get("$filter"), orderBy: values.Get("$orderby"), top: min(defaultTop, s.cfg.maxTop), count: values.Get("$count") == "true", related: map[*object]map[string][]row{}}
	var err error
	if q.top, err = number(values.Get("$top"), q.top); err != nil {
		return nil, err
	}
	if q.skip, err = number(values.Get("$skip"), 0); err != nil {
		return nil, err
	}
	switch {
	case q.top > s.cfg.maxTop && s.cfg.rejectTop:
		return nil, refuse(http.StatusBadRequest, "The value of $top must not be greater than %d.", s.cfg.maxTop)
	case values.Has("$skip") && q.orderBy == "":
		return nil, refuse(http.StatusBadRequest, "The $skip parameter can only be used together with $orderby.")
	}
	q.top = min(q.top, s.cfg.maxTop)
	if err := checkFilter(q.filter, res); err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(values.Get("$expand"), ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		o := res.object(name)
		if o == nil {
			return nil, refuse(http.StatusBadRequest, "The resource '%s' cannot be expanded by '%s'.", res.name, name)
		}
		q.expand = append(q.expand, o)
	}
	for name := range strings.SplitSeq(values.Get("$select"), ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		outer, _, nested := strings.Cut(name, ".")
		expanded := slices.ContainsFunc(q.expand, func(o *object) bool { return o.name == outer })
		if nested && !expanded || !nested && !res.has(name) {
			return nil, refuse(http.StatusBadRequest, "Could not find a property named '%s' on '%s'.", name, res.name)
		}
		q.selected = append(q.selected, name)
	}
	for term := range strings.SplitSeq(q.orderBy, ",") {
		if name, _, _ := strings.Cut(strings.TrimSpace(term), " "); name != "" && !res.has(name) {
			return nil, refuse(http.StatusBadRequest, "Could not find a property named '%s' on '%s'.", name, res.name)
		}
	}
	return q, nil
}

func number(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, refuse(http.StatusBadRequest, "The value '%s' is not a number from 0.", text)
	}
	return n, nil
}

var (
	literals  = regexp.MustCompile(`'(?:[^']|'')*'`)
	functions = regexp.MustCompile(`([A-Za-z_.]+)\(`)
	foreign   = regexp.MustCompile(`(?i)(?:^|[\s(])(in|not|has|add|sub|mul|div|mod)[\s(]`)
	nested    = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*[/.][A-Za-z_]`)
)

// checkFilter refuses what the API does not document of $filter. The rest is
// package odatatest's to parse.
func checkFilter(filter string, res *resource) error {
	plain := literals.ReplaceAllString(filter, "''")
	if m := foreign.FindStringSubmatch(plain); m != nil {
		return refuse(http.StatusBadRequest, "The operator '%s' is not supported in $filter.", m[1])
	}
	for _, m := range functions.FindAllStringSubmatch(plain, -1) {
		switch m[1] {
		case "contains", "startswith", "endswith", "and", "or":
		default:
			return refuse(http.StatusBadRequest, "The function '%s' is not supported in $filter.", m[1])
		}
	}
	if m := nested.FindString(plain); m != "" {
		return refuse(http.StatusBadRequest, "Could not find a property named '%s' on '%s'.", m, res.name)
	}
	return nil
}
