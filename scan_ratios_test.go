package epicorerp_test

import "flag"

// measuring reports whether -ratios was given.
func measuring() bool {
	return flag.Lookup("ratios").Value.(flag.Getter).Get().(bool)
}

func verdict(met bool) string {
	if met {
		return "PASS"
	}
	return "SHORT"
}
