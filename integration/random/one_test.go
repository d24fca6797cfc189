package random

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

var sqlFlag = flag.String("sql", "", "")
var tabFlag = flag.Uint64("tab", 0, "")

func TestOne(t *testing.T) {
	if *sqlFlag == "" {
		t.Skip()
	}
	conn, err := pgconn.Connect(t.Context(), os.Getenv("EPICORERP_POSTGRES"))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	p := &player{t: t, conn: conn}
	p.load(*tabFlag)
	want, types, err := p.ask(*sqlFlag)
	fmt.Println("PG  ", want, types, err)
	rows, err := p.answer(p.memory, true, *sqlFlag)
	fmt.Println("push", rows, err)
	rows, err = p.answer(p.memory, false, *sqlFlag)
	fmt.Println("here", rows, err)
	rows, err = p.answer(p.memory, false, "EXPLAIN "+*sqlFlag)
	for _, r := range rows {
		fmt.Println(r[0].S)
	}
}
