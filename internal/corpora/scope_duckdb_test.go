package corpora

var duckdbRules []rule
