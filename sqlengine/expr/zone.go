package expr

import (
	"strings"
	"time"
)

// Which way an offset such as +02 counts: AT TIME ZONE follows PostgreSQL,
// where it is POSIX's and west of UTC is positive; MySQL and SQL Server, and
// timestamps everywhere, count east.
const (
	east = 1
	west = -1
)

// zone finds a time zone by its IANA name or its offset. Names are looked up
// without regard to case.
func (f *Frame) zone(name []byte, sign int) (*time.Location, *Error) {
	if z := f.zones[string(name)]; z != nil {
		return z, nil
	}
	z, ok := findZone(strings.TrimSpace(string(name)), sign)
	if !ok {
		return nil, errf(stateBadParameter, "time zone '%s' is not known; write a name of the IANA database such as Europe/Berlin, or an offset", clip(string(name)))
	}
	const most = 64
	if f.zones == nil || len(f.zones) >= most {
		f.zones = make(map[string]*time.Location)
	}
	f.zones[string(name)] = z
	return z, nil
}

func findZone(name string, sign int) (*time.Location, bool) {
	if off, ok := zoneOffset(name); ok {
		return time.FixedZone("", sign*off), true
	}
	if name == "" || strings.EqualFold(name, "local") {
		return nil, false
	}
	for _, n := range []string{name, strings.ToUpper(name), titled(name)} {
		if z, err := time.LoadLocation(n); err == nil {
			return z, true
		}
	}
	return nil, false
}

// titled writes america/new_york as the database does.
func titled(name string) string {
	b := []byte(strings.ToLower(name))
	for i := range b {
		if (i == 0 || b[i-1] == '/' || b[i-1] == '_' || b[i-1] == '-') && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// zoneOffset reads +2, -05:30 or +0530 as seconds.
func zoneOffset(s string) (int, bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	h, m, colon := strings.Cut(s[1:], ":")
	if !colon && len(h) == 4 {
		h, m = h[:2], h[2:]
	}
	hours, ok := smallNumber(h)
	minutes, ok2 := 0, true
	if colon || m != "" {
		minutes, ok2 = smallNumber(m)
	}
	if !ok || !ok2 || hours > 15 || minutes > 59 {
		return 0, false
	}
	if off := hours*3600 + minutes*60; s[0] == '+' {
		return off, true
	} else {
		return -off, true
	}
}

// smallNumber reads one or two digits.
func smallNumber(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, len(s) == 1 || len(s) == 2
}
