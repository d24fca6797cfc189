package corpora

var calciteRules []rule
