package corpora

var sqllogictestRules []rule
