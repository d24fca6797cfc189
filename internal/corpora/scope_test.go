package corpora

// outOfScope gives the reason why a record is not ours to answer, "" if it is.
func outOfScope(corpus, script, sql string, err error) string { return "" }
