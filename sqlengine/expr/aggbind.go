package expr

import "github.com/epicorerp/epicorerp/sqltypes"

func errNoAggregate(a *Aggregate) error {
	return errf(stateUndefined, "%s(%s) is not defined", a.Name, typeNames(a.Args))
}

func oneArg(a *Aggregate) error {
	if len(a.Args) != 1 {
		return errf(stateUndefined, "%s takes one argument", a.Name)
	}
	return nil
}

func keepType(a *Aggregate) error {
	a.T = sqltypes.Type{}
	if err := oneArg(a); err != nil {
		return err
	}
	a.T = a.Args[0].Type()
	return nil
}

// numberArg checks the argument of SUM and its kin; a bare NULL counts as a
// number.
func numberArg(a *Aggregate) (sqltypes.Kind, error) {
	if err := oneArg(a); err != nil {
		return 0, err
	}
	if c, ok := a.Args[0].(*Const); ok && c.V.Null && Untyped(c) {
		a.Args[0] = &Const{V: sqltypes.NullOf(sqltypes.BigInt), T: sqltypes.Of(sqltypes.BigInt)}
	}
	k := a.Args[0].Type().Kind
	if !k.IsNumeric() {
		return k, errNoAggregate(a)
	}
	return k, nil
}

func bindSum(a *Aggregate) error {
	k, err := numberArg(a)
	switch {
	case err != nil:
		if k == sqltypes.Interval {
			a.T = sqltypes.Of(k)
			return nil
		}
		return err
	case k == sqltypes.SmallInt || k == sqltypes.Integer:
		a.T = sqltypes.Of(sqltypes.BigInt)
	case k == sqltypes.BigInt:
		a.T = sqltypes.DecimalType(sqltypes.Unlimited, 0)
	case k == sqltypes.Decimal:
		a.T = sqltypes.DecimalType(sqltypes.Unlimited, a.Args[0].Type().Scale)
	default:
		a.T = sqltypes.Of(k)
	}
	return nil
}

func bindAverage(a *Aggregate) error {
	k, err := numberArg(a)
	if err != nil {
		return err
	}
	if a.T = sqltypes.Of(sqltypes.Decimal); k.Storage() == sqltypes.StoreFloat {
		a.T = sqltypes.Of(sqltypes.Double)
	}
	return nil
}

func bindBool(a *Aggregate) error {
	if err := oneArg(a); err != nil {
		return err
	}
	args, err := bools(a.Name, a.Args...)
	a.Args, a.T = args, boolType
	return err
}

func bindCount(a *Aggregate) error {
	a.T = sqltypes.Of(sqltypes.BigInt)
	if len(a.Args) > 1 && !a.Distinct {
		return errf(stateUndefined, "COUNT takes one argument, or * , or several after DISTINCT")
	}
	return nil
}

func bindStringAgg(a *Aggregate) error {
	a.T = sqltypes.Of(sqltypes.Varchar)
	if len(a.Args) > 2 {
		return errf(stateUndefined, "%s takes a text and a separator", a.Name)
	}
	if len(a.Args) == 1 {
		a.Args = append(a.Args, NewConst(sqltypes.StringValue(","))) // GROUP_CONCAT's
	}
	for i, x := range a.Args {
		text, err := asText(x)
		if err != nil {
			return err
		}
		a.Args[i] = text
	}
	return nil
}
