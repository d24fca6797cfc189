package epicorerp

import (
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// Decimal is an exact decimal number. It is an argument of a query as it is,
// and a destination of Scan by its address; sql.Null[Decimal] takes NULL too.
// Rows hand decimals over as strings, which hold the same digits.
type Decimal = sqltypes.Num

// ParseDecimal reads a decimal: digits with a sign, a point and an exponent.
func ParseDecimal(text string) (Decimal, error) { return sqltypes.ParseNum(text) }

// checkArgument converts an argument to the engine's value, if it is of a type
// that database/sql does not know or would change on the way. driver.ErrSkip
// leaves it to database/sql.
func checkArgument(nv *driver.NamedValue) error {
	v, ok, err := argumentValue(nv.Value)
	switch {
	case err != nil:
		return argumentError(nv, err)
	case !ok:
		return driver.ErrSkip
	}
	nv.Value = v
	return nil
}

// argumentError says which argument an error is about, unless it says so itself.
func argumentError(nv *driver.NamedValue, err error) error {
	var already *Error
	if errors.As(err, &already) {
		return err
	}
	name := nv.Name
	if name == "" {
		name = fmt.Sprint(nv.Ordinal)
	}
	return &Error{Kind: ErrParameter, Message: fmt.Sprintf("argument %s: %v", name, err), Err: err}
}

// arguments makes the engine's arguments of checked ones.
func arguments(named []driver.NamedValue) ([]sqlengine.Arg, error) {
	args := make([]sqlengine.Arg, len(named))
	for i := range named {
		nv := named[i]
		err := checkArgument(&nv)
		if err == driver.ErrSkip { // nobody has checked it
			if nv.Value, err = driver.DefaultParameterConverter.ConvertValue(nv.Value); err == nil {
				err = checkArgument(&nv)
			}
		}
		if err != nil {
			return nil, argumentError(&nv, err)
		}
		args[i] = sqlengine.Arg{Name: nv.Name, Ordinal: nv.Ordinal, Value: nv.Value.(sqltypes.Value)}
	}
	return args, nil
}

// argumentValue is the engine's value of v. It reports false for types that
// mean nothing to it.
func argumentValue(v any) (value sqltypes.Value, ok bool, err error) {
	switch v := v.(type) {
	case nil:
		return sqltypes.NullOf(sqltypes.Null), true, nil
	case sqltypes.Value:
		return v, true, nil
	case Decimal:
		return sqltypes.NumValue(v), true, nil
	case *big.Int:
		if v != nil {
			return sqltypes.NumValue(sqltypes.NumFromBig(v, 0)), true, nil
		}
	case int64:
		return sqltypes.IntValue(v), true, nil
	case float64:
		return sqltypes.FloatValue(v), true, nil
	case bool:
		return sqltypes.BoolValue(v), true, nil
	case string:
		return sqltypes.StringValue(v), true, nil
	case time.Time:
		return timeArgument(v)
	case time.Duration:
		return sqltypes.SpanValue(sqltypes.Span{Ticks: int64(v / sqltypes.Tick)}), true, nil
	case json.RawMessage:
		return jsonArgument(v)
	case []byte:
		if v == nil {
			return sqltypes.NullOf(sqltypes.Varbinary), true, nil
		}
		return sqltypes.BytesValue(v), true, nil
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() == reflect.Struct && isNullOf(rv.Type()) {
		if !rv.FieldByName("Valid").Bool() {
			return sqltypes.NullOf(sqltypes.Null), true, nil
		}
		return argumentValue(rv.FieldByName("V").Interface())
	}
	if valuer, ok := v.(driver.Valuer); ok {
		return valuerArgument(valuer)
	}
	return reflectedArgument(rv)
}

// timeArgument takes an instant. Digits finer than 100 ns, which no system here
// stores and time.Now has, are cut off.
func timeArgument(t time.Time) (sqltypes.Value, bool, error) {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return sqltypes.Value{}, false, fmt.Errorf("year %d is not between 1 and 9999", y)
	}
	ticks, err := sqltypes.TicksOf(t.Add(-time.Duration(t.Nanosecond() % int(sqltypes.Tick))))
	return sqltypes.TimestampTZValue(ticks), true, err
}

func jsonArgument(text json.RawMessage) (sqltypes.Value, bool, error) {
	switch {
	case text == nil:
		return sqltypes.NullOf(sqltypes.JSON), true, nil
	case !json.Valid(text):
		return sqltypes.Value{}, false, fmt.Errorf("json.RawMessage does not hold JSON")
	}
	return sqltypes.Value{Kind: sqltypes.JSON, S: string(text)}, true, nil
}

// isNullOf recognises sql.Null[T], whose Value refuses a T that database/sql
// does not know, such as Decimal.
func isNullOf(t reflect.Type) bool {
	return t.PkgPath() == "database/sql" && strings.HasPrefix(t.Name(), "Null[")
}

// valuerArgument asks the argument itself, as database/sql would, but lets it
// answer with a Decimal too.
func valuerArgument(v driver.Valuer) (sqltypes.Value, bool, error) {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer && rv.IsNil() && rv.Type().Elem().Implements(reflect.TypeFor[driver.Valuer]()) {
		return sqltypes.NullOf(sqltypes.Null), true, nil
	}
	inner, err := v.Value()
	if err != nil {
		return sqltypes.Value{}, false, err
	}
	if _, again := inner.(driver.Valuer); again {
		return sqltypes.Value{}, false, fmt.Errorf("driver.Valuer %T returns another one, %T", v, inner)
	}
	return argumentValue(inner)
}

// reflectedArgument takes what is known by its shape only: pointers, named
// types, integers of all sizes, and UUIDs as arrays of 16 bytes.
func reflectedArgument(rv reflect.Value) (sqltypes.Value, bool, error) {
	switch rv.Kind() {
	case reflect.Pointer:
		if rv.IsNil() {
			return sqltypes.NullOf(sqltypes.Null), true, nil
		}
		return argumentValue(rv.Elem().Interface())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return sqltypes.IntValue(rv.Int()), true, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := rv.Uint(); u > math.MaxInt64 {
			return sqltypes.NumValue(sqltypes.NumFromBig(new(big.Int).SetUint64(u), 0)), true, nil
		}
		return sqltypes.IntValue(int64(rv.Uint())), true, nil
	case reflect.Array:
		if rv.Len() == 16 && rv.Type().Elem().Kind() == reflect.Uint8 {
			return sqltypes.UUIDValue(uuidText(rv)), true, nil
		}
	}
	return sqltypes.Value{}, false, nil
}

// uuidText writes 16 bytes as RFC 9562, section 4, does.
func uuidText(rv reflect.Value) string {
	var b [16]byte
	reflect.Copy(reflect.ValueOf(b[:]), rv)
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
