package ast

import "reflect"

// Equal reports whether two trees say the same, whatever their positions.
// Names compare by their exact spelling; whether they were quoted makes no
// difference, as it makes none for what they name. The third ? equals ?3.
func Equal(a, b Node) bool {
	if isNil(a) || isNil(b) {
		return isNil(a) == isNil(b)
	}
	return equalValues(reflect.ValueOf(a), reflect.ValueOf(b))
}

func isNil(n Node) bool {
	if n == nil {
		return true
	}
	v := reflect.ValueOf(n)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

var (
	locType   = reflect.TypeFor[Loc]()
	identType = reflect.TypeFor[Ident]()
)

func equalValues(a, b reflect.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return equalValues(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equalValues(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		if a.Type() == identType {
			return a.FieldByName("Text").String() == b.FieldByName("Text").String()
		}
		if x, ok := a.Interface().(Param); ok {
			return equalParams(x, b.Interface().(Param))
		}
		for i := range a.NumField() {
			if a.Field(i).Type() != locType && !equalValues(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	default:
		return a.Interface() == b.Interface()
	}
}

func equalParams(a, b Param) bool {
	a.Loc, b.Loc = 0, 0
	if a.Prefix == '?' && b.Prefix == '?' {
		a.Kind = b.Kind
	}
	return a == b
}
