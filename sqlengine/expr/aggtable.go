package expr

import "github.com/epicorerp/epicorerp/sqltypes"

// aggregateFuncs is the table of aggregate functions, which the documentation
// and the catalog are made from.
var aggregateFuncs = []*aggregateFunc{
	{name: "COUNT", aliases: []string{"COUNT_BIG"}, takes: "* | value | DISTINCT value, …", gives: "BIGINT",
		doc: "the number of rows, or of values that are not NULL", bind: bindCount,
		states: func(_ *Aggregate, args []*Compiled) States { return &countStates{args: args} }, anyOrder: true},
	{name: "SUM", takes: "number | interval", gives: sumType,
		doc: "the sum of the values", bind: bindSum, states: sumStates, anyOrder: true},
	{name: "AVG", aliases: []string{"MEAN"}, takes: "number | interval", gives: meanType,
		doc: "the mean of the values", bind: bindMean, states: meanStates, anyOrder: true},
	{name: "MIN", takes: "value", gives: sameType, doc: "the smallest value", bind: keepType, states: extremeStates(-1), sameDistinct: true},
	{name: "MAX", takes: "value", gives: sameType, doc: "the largest value", bind: keepType, states: extremeStates(1), sameDistinct: true},
	{name: "ANY_VALUE", takes: "value", gives: sameType, doc: "a value that is not NULL, if there is one", bind: keepType, states: extremeStates(0), sameDistinct: true},
	{name: "FIRST", takes: "value [ORDER BY …]", gives: sameType, nulls: "kept", doc: "the value of the first row, in the order given", bind: keepType,
		states: edgeStates(false), keepsNulls: true},
	{name: "LAST", takes: "value [ORDER BY …]", gives: sameType, nulls: "kept", doc: "the value of the last row, in the order given", bind: keepType,
		states: edgeStates(true), keepsNulls: true},

	{name: "MIN_BY", aliases: []string{"ARG_MIN"}, takes: "value, key", gives: sameType, nulls: "a row whose key is NULL is passed over",
		doc: "the value of the row with the smallest key; of several such rows the first", bind: bindKeyed, states: keyedStates(-1), keepsNulls: true},
	{name: "MAX_BY", aliases: []string{"ARG_MAX"}, takes: "value, key", gives: sameType, nulls: "a row whose key is NULL is passed over",
		doc: "the value of the row with the largest key; of several such rows the first", bind: bindKeyed, states: keyedStates(1), keepsNulls: true},

	{name: "VAR_SAMP", aliases: []string{"VARIANCE", "VAR"}, takes: "number", gives: meanType,
		doc: "the variance of a sample; NULL for fewer than two values", bind: bindAverage, states: momentStates(varSample), anyOrder: true},
	{name: "VAR_POP", aliases: []string{"VARP"}, takes: "number", gives: meanType,
		doc: "the variance of a population", bind: bindAverage, states: momentStates(varPopulation), anyOrder: true},
	{name: "STDDEV_SAMP", aliases: []string{"STDDEV", "STDEV"}, takes: "number", gives: meanType,
		doc: "the standard deviation of a sample; NULL for fewer than two values", bind: bindAverage, states: momentStates(stdSample), anyOrder: true},
	{name: "STDDEV_POP", aliases: []string{"STDEVP", "STD"}, takes: "number", gives: meanType,
		doc: "the standard deviation of a population", bind: bindAverage, states: momentStates(stdPopulation), anyOrder: true},

	pairFunc("CORR", "the correlation of the pairs", corr),
	pairFunc("COVAR_POP", "the covariance of a population", covarPop),
	pairFunc("COVAR_SAMP", "the covariance of a sample; NULL for fewer than two pairs", covarSamp),
	pairFunc("REGR_AVGX", "the mean of x over the pairs", regrAvgX),
	pairFunc("REGR_AVGY", "the mean of y over the pairs", regrAvgY),
	pairFunc("REGR_COUNT", "the number of pairs without NULL", regrCount),
	pairFunc("REGR_INTERCEPT", "where the line of least squares meets the y axis", regrIntercept),
	pairFunc("REGR_R2", "the square of the correlation", regrR2),
	pairFunc("REGR_SLOPE", "the slope of the line of least squares", regrSlope),
	pairFunc("REGR_SXX", "the sum of the squares of x's deviations from its mean", regrSXX),
	pairFunc("REGR_SXY", "the sum of the products of both deviations", regrSXY),
	pairFunc("REGR_SYY", "the sum of the squares of y's deviations from its mean", regrSYY),

	{name: "BOOL_AND", aliases: []string{"EVERY"}, takes: "condition", gives: "BOOLEAN", doc: "whether all values are TRUE", bind: bindBool, states: extremeStates(-1), sameDistinct: true},
	{name: "BOOL_OR", takes: "condition", gives: "BOOLEAN", doc: "whether a value is TRUE", bind: bindBool, states: extremeStates(1), sameDistinct: true},
	{name: "BIT_AND", takes: "integer", gives: sameType, doc: "the bits that all values have", bind: bindBits, states: bitStates("&"), sameDistinct: true},
	{name: "BIT_OR", takes: "integer", gives: sameType, doc: "the bits that a value has", bind: bindBits, states: bitStates("|"), sameDistinct: true},
	{name: "BIT_XOR", takes: "integer", gives: sameType, doc: "the bits that an odd number of values have", bind: bindBits, states: bitStates("^"), anyOrder: true},

	{name: "STRING_AGG", aliases: []string{"GROUP_CONCAT", "LISTAGG"}, takes: "text [, separator] [ORDER BY …]", gives: "VARCHAR",
		doc:  "the values as one text in the order given, else in that of the rows; without a separator there is a comma between, for LISTAGG nothing",
		bind: bindStringAgg, apart: true, collects: true,
		states: func(_ *Aggregate, args []*Compiled) States {
			return &textStates{arg: args[0].Bytes, sep: args[1].Bytes}
		}},
	{name: "JSON_AGG", takes: "value [ORDER BY …]", gives: "JSON", nulls: "null in the array", doc: "the values as a JSON array", bind: bindJSONArray,
		states: jsonArrayStates(true), keepsNulls: true, apart: true, collects: true},
	{name: "JSON_ARRAYAGG", takes: "value [ORDER BY …]", gives: "JSON", doc: "the values that are not NULL as a JSON array", bind: bindJSONArray,
		states: jsonArrayStates(false), keepsNulls: true, apart: true, collects: true},
	{name: "JSON_OBJECT_AGG", aliases: []string{"JSON_OBJECTAGG"}, takes: "key, value [ORDER BY …]", gives: "JSON", nulls: "null as a value, an error as a key",
		doc: "the pairs as a JSON object", bind: bindJSONObject, states: jsonObjectStates, keepsNulls: true, apart: true, collects: true},

	{name: "MEDIAN", takes: "number | interval", gives: "DECIMAL of integers and decimals, DOUBLE of floats, INTERVAL of intervals",
		doc: "the value in the middle, or the mean of the two there", bind: bindMedian, within: true, apart: true, collects: true},
	{name: "PERCENTILE_CONT", takes: "fraction) WITHIN GROUP (ORDER BY number | interval", gives: "DOUBLE, or INTERVAL of intervals",
		doc: "the value at a fraction of the order, between two values in proportion", bind: bindPercentileCont, within: true, apart: true, collects: true},
	{name: "PERCENTILE_DISC", takes: "fraction) WITHIN GROUP (ORDER BY value", gives: sameType,
		doc: "the first value at or beyond a fraction of the order", bind: bindPercentileDisc, within: true, apart: true, collects: true},
	{name: "MODE", takes: ") WITHIN GROUP (ORDER BY value", gives: sameType,
		doc: "the value that there is most of; of several the first in the order", bind: bindMode, within: true, apart: true, collects: true},

	{name: "APPROX_COUNT_DISTINCT", takes: "value", gives: "BIGINT",
		doc:  "about the number of distinct values, in 4 KiB a group: exact up to 256, beyond with a standard error of 1.6 %",
		bind: bindApproxCount, states: func(_ *Aggregate, args []*Compiled) States { return &sketchStates{arg: args[0]} }, sameDistinct: true, collects: true},
}

// Rules for the types of results, in words.
const (
	sameType = "the type of the argument"
	sumType  = "BIGINT of SMALLINT and INTEGER, DECIMAL of BIGINT and DECIMAL, else the type of the argument"
	meanType = "DECIMAL of integers and decimals, DOUBLE of floats"
)

// pairFunc is a function over pairs of numbers, as the standard has them: y
// comes first.
//
//go:noinline
func pairFunc(name, doc string, value pairMoment) *aggregateFunc {
	gives := "DOUBLE"
	if value == regrCount {
		gives = "BIGINT"
	}
	return &aggregateFunc{name: name, takes: "y, x", gives: gives, nulls: "a pair with a NULL is passed over", doc: doc,
		bind: func(a *Aggregate) error { return bindPair(a, value) },
		states: func(_ *Aggregate, args []*Compiled) States {
			return &pairStates{y: args[0].Float, x: args[1].Float, value: value}
		}}
}

func bindPair(a *Aggregate, value pairMoment) error {
	if len(a.Args) != 2 {
		return errf(stateUndefined, "%s takes two numbers, y and x", a.Name)
	}
	for i, n := range a.Args {
		if c, ok := n.(*Const); ok && c.V.Null && Untyped(c) {
			n = &Const{V: sqltypes.NullOf(sqltypes.Double), T: sqltypes.Of(sqltypes.Double)}
		}
		if !n.Type().Kind.IsNumeric() {
			return errNoAggregate(a)
		}
		x, err := Coerce(n, sqltypes.Of(sqltypes.Double))
		if err != nil {
			return err
		}
		a.Args[i] = x
	}
	if a.T = sqltypes.Of(sqltypes.Double); value == regrCount {
		a.T = sqltypes.Of(sqltypes.BigInt)
	}
	return nil
}
