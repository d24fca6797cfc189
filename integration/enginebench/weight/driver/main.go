// Driver is weight/base with the driver in it.
package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"

	_ "github.com/epicorerp/epicorerp"
)

func main() {
	db, err := sql.Open(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	r, err := http.Get(os.Args[3])
	fmt.Println(r, err)
	fmt.Println(http.ListenAndServe(os.Args[4], http.FileServer(http.Dir("."))))
}
