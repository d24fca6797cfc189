//go:build !unix && !windows

package exec

const deleteOnClose = 0

// unnamed reports false: the file keeps its name until it is closed.
func unnamed(string) bool { return false }

func diskFull(error) bool { return false }
