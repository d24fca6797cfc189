// Driver is weight/base with the driver in it.
package main

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"

	_ "github.com/epicorerp/epicorerp"
)

func main() {
	if err := query(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Println(err)
	}
	if err := get(os.Args[4]); err != nil {
		fmt.Println(err)
	}
	fmt.Println(http.ListenAndServe(os.Args[5], http.FileServer(http.Dir("."))))
}

func query(driver, dsn, text string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.Query(text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		fmt.Println(id, name)
	}
	return rows.Err()
}

func get(url string) error {
	r, err := http.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(os.Stdout, r.Body)
	return err
}
