package corpora

var risinglightRules []rule
