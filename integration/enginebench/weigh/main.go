// Weigh prints what the driver adds to a program, and fails beyond the goal.
package main

import (
	"fmt"
	"os"

	"github.com/epicorerp/epicorerp/integration/enginebench/weight"
)

func main() {
	added, err := weight.Added()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("the driver adds %.2f MB to a program; the goal is %.2f MB\n", float64(added)/1e6, weight.Goal/1e6)
	if added > weight.Goal {
		os.Exit(1)
	}
}
