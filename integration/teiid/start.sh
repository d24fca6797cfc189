#!/bin/sh
# start.sh [port] [page size]: serves the rows of testdata/erp as OData V4 on 127.0.0.1 until its input ends.
# Prints "ready URL". For a look by hand; the tests start the server themselves.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$here/../.work/teiid
[ -f "$work/target/erp-odata-server-1.jar" ] || mvn -B -q -f "$here/server/pom.xml" package
exec java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Duser.timezone=UTC -Dfile.encoding=UTF-8 \
	-cp "$work/target/erp-odata-server-1.jar:$work/target/lib/*" erp.ErpService "${1:-0}" "$here/../testdata/erp" "${2:-500}"
