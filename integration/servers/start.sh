#!/bin/sh
# start.sh Teiid|Olingo2 [port] [page size]: serves the rows of testdata/erp as OData V4 or V2 on 127.0.0.1 until its
# input ends. Prints "ready URL". For a look by hand; the tests start the servers themselves.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$here/../.work/java
kind=${1:?which server: Teiid or Olingo2}
shift
port=${1:-0}
[ $# = 0 ] || shift
[ -f "$work/target/erp-servers-1.jar" ] || mvn -B -q -f "$here/java/pom.xml" package
exec java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Duser.timezone=UTC -Dfile.encoding=UTF-8 \
	-cp "$work/target/erp-servers-1.jar:$work/target/lib/*" "erp.$kind" "$port" "$here/../testdata/erp" "$@"
