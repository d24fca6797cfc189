package odatatest

// expr is a node of a parsed $filter, $orderby or lambda expression.
type expr interface{ pos() int }

type literal struct {
	at    int
	value Value
	enum  string // qualified type name of an enumeration literal, with its members in value.s
}

type array struct {
	at    int
	items []expr
}

type object struct {
	at    int
	names []string
	items []expr
}

type unary struct {
	at int
	op string
	x  expr
}

type binary struct {
	at   int
	op   string
	x, y expr
}

type call struct {
	at   int
	name string
	args []expr
}

type path struct {
	at   int
	segs []segment
}

type segmentKind uint8

const (
	segMember     segmentKind = iota // property, navigation property or range variable
	segCast                          // qualified type name
	segCall                          // bound function or key predicate
	segAny                           // any(...), lambda and pred empty for any()
	segAll                           // all(...)
	segCount                         // $count
	segFilter                        // $filter(...)
	segAnnotation                    // @Term in second or later position
	segIt                            // $it, $this
	segRoot                          // $root
	segAlias                         // @name
)

type segment struct {
	kind   segmentKind
	name   string
	args   []expr
	names  []string // names of args, "" where positional
	lambda string
	pred   expr
}

func (e *literal) pos() int { return e.at }
func (e *array) pos() int   { return e.at }
func (e *object) pos() int  { return e.at }
func (e *unary) pos() int   { return e.at }
func (e *binary) pos() int  { return e.at }
func (e *call) pos() int    { return e.at }
func (e *path) pos() int    { return e.at }

// arity of the canonical functions: fewest and most arguments, and the
// versions that know them.
var canonicalFunctions = map[string]struct {
	min, max int
	v3, v4   bool
}{
	"concat": {2, 2, true, true}, "contains": {2, 2, false, true}, "endswith": {2, 2, true, true},
	"indexof": {2, 2, true, true}, "length": {1, 1, true, true}, "matchespattern": {2, 2, false, true},
	"startswith": {2, 2, true, true}, "substring": {2, 3, true, true}, "substringof": {2, 2, true, false},
	"replace": {3, 3, true, false}, "tolower": {1, 1, true, true}, "toupper": {1, 1, true, true}, "trim": {1, 1, true, true},
	"year": {1, 1, true, true}, "month": {1, 1, true, true}, "day": {1, 1, true, true}, "hour": {1, 1, true, true},
	"minute": {1, 1, true, true}, "second": {1, 1, true, true}, "fractionalseconds": {1, 1, false, true},
	"totalseconds": {1, 1, false, true}, "date": {1, 1, false, true}, "time": {1, 1, false, true},
	"totaloffsetminutes": {1, 1, false, true}, "mindatetime": {0, 0, false, true}, "maxdatetime": {0, 0, false, true},
	"now": {0, 0, false, true}, "round": {1, 1, true, true}, "floor": {1, 1, true, true}, "ceiling": {1, 1, true, true},
	"hassubset": {2, 2, false, true}, "hassubsequence": {2, 2, false, true}, "cast": {1, 2, true, true}, "isof": {1, 2, true, true},
	"geo.distance": {2, 2, false, true}, "geo.length": {1, 1, false, true}, "geo.intersects": {2, 2, false, true},
}
