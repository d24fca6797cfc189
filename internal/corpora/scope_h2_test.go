package corpora

var h2Rules []rule
