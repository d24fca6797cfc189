package corpora

var gmsRules []rule
