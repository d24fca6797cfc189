#!/bin/sh
# run.sh: the driver against servers, databases and answers that nobody of this project wrote.
#
# It builds two OData servers from Maven's packages, installs two more and an OpenID provider from npm's, starts a PostgreSQL of its
# own when one is installed (and installs it and a Chromium when it may), runs the tests of this module, and stops
# everything. What cannot run here is named in a line "skipped: …"; the exit status is 0 only if all that could run has
# passed.
# Packages come from the ordinary package clients and their caches. Nothing listens outside loopback.
set -u
cd "$(dirname "$0")" || exit 1
here=$(pwd)
work=$here/.work
mkdir -p "$work"
skipped=0
status=0
pgdir=

say() { printf '%s\n' "integration: $*"; }
skip() {
	skipped=$((skipped + 1))
	say "skipped: $*"
}

stop() {
	if [ -n "$pgdir" ] && [ -d "$pgdir" ]; then
		as_pg "$pgbin/pg_ctl" -D "$pgdir/data" -m immediate -w stop >/dev/null 2>&1
		rm -rf "$pgdir"
	fi
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# PostgreSQL does not run as root.
as_pg() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}

find_pg() {
	for d in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) $(dirname "$(command -v initdb 2>/dev/null)" 2>/dev/null); do
		if [ -x "$d/initdb" ] && [ -x "$d/postgres" ]; then
			pgbin=$d
			return 0
		fi
	done
	return 1
}

apt_install() {
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
	say "installing $* with apt-get"
	apt-get install -y -q --no-install-recommends "$@" >"$work/apt.log" 2>&1 ||
		{ apt-get update -q >>"$work/apt.log" 2>&1 && apt-get install -y -q --no-install-recommends "$@" >>"$work/apt.log" 2>&1; }
}

start_pg() {
	find_pg || { apt_install postgresql && find_pg; } || return 1
	pgdir=$(mktemp -d "${TMPDIR:-/tmp}/epicorerp-pg.XXXXXX") || return 1
	[ "$(id -u)" != 0 ] || chown postgres: "$pgdir" || return 1
	# The socket in a directory of its own is the only way in: no TCP port is opened.
	as_pg "$pgbin/initdb" -D "$pgdir/data" -U postgres -A trust --encoding=UTF8 --lc-collate=C --lc-ctype=C.UTF-8 >"$work/initdb.log" 2>&1 &&
		as_pg "$pgbin/pg_ctl" -D "$pgdir/data" -w -l "$pgdir/log" -o "-c listen_addresses='' -c fsync=off -k $pgdir" start >"$work/pg_ctl.log" 2>&1 ||
		return 1
	EPICORERP_POSTGRES="host=$pgdir user=postgres dbname=postgres"
	export EPICORERP_POSTGRES
}

build_servers() {
	command -v java >/dev/null 2>&1 && command -v mvn >/dev/null 2>&1 || apt_install default-jdk-headless maven || return 1
	sources=$(cat servers/java/pom.xml $(find servers/java/src -type f | sort) | cksum)
	if [ -f "$work/java/target/lib/h2-1.4.200.jar" ] && [ "$(cat "$work/java/built" 2>/dev/null)" = "$sources" ]; then
		return 0
	fi
	mvn -B -q -f servers/java/pom.xml package >"$work/mvn.log" 2>&1 || { tail -5 "$work/mvn.log"; return 1; }
	printf '%s\n' "$sources" >"$work/java/built"
}

# The provider runs on Node 20 and later.
have_node() {
	command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null
}

install_provider() {
	command -v node >/dev/null 2>&1 || apt_install nodejs npm || return 1
	have_node || return 1
	mkdir -p "$work/signin"
	if [ -d "$work/signin/node_modules" ] && cmp -s signin/provider/package-lock.json "$work/signin/package-lock.json"; then
		return 0
	fi
	cp signin/provider/package.json signin/provider/package-lock.json "$work/signin/" &&
		(cd "$work/signin" && npm ci --ignore-scripts --no-audit --no-fund) >"$work/npm.log" 2>&1 ||
		{ tail -5 "$work/npm.log"; rm -f "$work/signin/package-lock.json"; return 1; }
}

# The servers that misread requests run on Node too.
install_servers() {
	have_node || { apt_install nodejs npm && have_node; } || return 1
	mkdir -p "$work/node"
	if [ -d "$work/node/node_modules" ] && cmp -s servers/node/package-lock.json "$work/node/package-lock.json"; then
		return 0
	fi
	cp servers/node/package.json servers/node/package-lock.json "$work/node/" &&
		(cd "$work/node" && npm ci --ignore-scripts --no-audit --no-fund) >"$work/npm-servers.log" 2>&1 ||
		{ tail -5 "$work/npm-servers.log"; rm -f "$work/node/package-lock.json"; return 1; }
}

# Where the tests find the browser too, see signin/provider/browser.go.
find_chromium() {
	for name in "${EPICORERP_CHROMIUM:-chromium}" chromium-browser google-chrome; do
		command -v "$name" >/dev/null 2>&1 && return 0
	done
	return 1
}

run_tests() {
	say "go test" "$@"
	# One package at a time: several start a server each.
	go test -count=1 -timeout 15m -p 1 "$@" || status=1
}

command -v go >/dev/null 2>&1 || { skip "everything: no go command"; exit 0; }
go mod download >"$work/mod.log" 2>&1 ||
	{ skip "everything: the Go modules of the tests are neither cached nor reachable"; exit 0; }

if [ -n "${EPICORERP_ODATA_URL:-}" ]; then
	say "the driver is run against the server that EPICORERP_ODATA_URL names"
fi
if [ -n "${EPICORERP_POSTGRES:-}" ]; then
	say "PostgreSQL is the one that EPICORERP_POSTGRES names; the rows go into temporary tables"
elif start_pg; then
	say "PostgreSQL $("$pgbin/postgres" --version | awk '{print $3}') started on a socket"
else
	skip "asking PostgreSQL live: it is not installed or does not start (see .work); its recorded answers are used"
fi

left_out='^$'
if ! build_servers; then
	skip "the OData servers Teiid and Olingo 2: no Java, no Maven, or its packages are neither cached nor reachable"
	left_out="$left_out|/servers\$"
	[ -n "${EPICORERP_ODATA_URL:-}" ] || left_out="$left_out|/odata\$"
fi
if ! install_servers; then
	skip "the servers that misread requests: no Node 20 or later, or npm's packages are neither cached nor reachable"
	left_out="$left_out|/misreading\$"
fi
if ! install_provider; then
	skip "signing in at an OpenID provider: no Node 20 or later, or npm's packages are neither cached nor reachable"
	left_out="$left_out|/signin(\$|/)"
elif ! find_chromium && ! { apt_install chromium && find_chromium; }; then
	skip "signing in with a browser: there is no Chromium, and it could not be installed"
fi
run_tests $(go list ./... | grep -Ev "$left_out")

if [ $status = 0 ]; then
	say "passed, with $skipped skipped"
else
	say "FAILED, with $skipped skipped"
fi
exit $status
