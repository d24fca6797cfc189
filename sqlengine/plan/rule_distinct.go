package plan

// dropDistinct drops DISTINCT over rows that are different anyway, and one
// beneath something to which duplicates mean nothing.
func dropDistinct(r *rewriter, n lnode) (lnode, error) {
	return bottomUp(n, func(n lnode) (lnode, error) {
		switch n := n.(type) {
		case *lDistinct:
			if in, ok := n.input.(*lDistinct); ok {
				r.changed()
				return in, nil
			}
			if isUnique(n.input, setOf(n.columns())) {
				r.changed()
				return n.input, nil
			}
		case *lJoin:
			if n.kind == Semi || n.kind == Anti || n.kind == Mark {
				n.right = r.withoutDistinct(n.right)
			}
		case *lSetOp:
			if !n.all {
				n.left, n.right = r.withoutDistinct(n.left), r.withoutDistinct(n.right)
			}
		}
		return n, nil
	})
}

// withoutDistinct drops a DISTINCT at the top of a tree whose duplicates mean
// nothing.
func (r *rewriter) withoutDistinct(n lnode) lnode {
	switch n := n.(type) {
	case *lDistinct:
		r.changed()
		return r.withoutDistinct(n.input)
	case *lProject:
		n.input = r.withoutDistinct(n.input)
	case *lFilter:
		n.input = r.withoutDistinct(n.input)
	}
	return n
}
