#!/bin/sh
# Plays story.sql on a private MariaDB server and keeps its binary log beside this script as binlog.000001.
# Needs Debian's `mariadb-server` to be installed; nothing that runs is touched. Run it again when the schema or the story
# changes; the demo and the tests replay the file.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
server=
stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop EXIT INT TERM

mkdir "$work/data" "$work/tmp"
mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/data" --tmpdir="$work/tmp" \
  --auth-root-authentication-method=normal --skip-test-db >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --tmpdir="$work/tmp" --socket="$work/my.sock" \
  --pid-file="$work/my.pid" --skip-networking --default-time-zone=+00:00 --server-id=1 --log-bin=binlog \
  --binlog-format=ROW --binlog-row-image=FULL --binlog-row-metadata=FULL --binlog-annotate-row-events=OFF \
  >"$work/log" 2>&1 &
server=$!

client() { mariadb --no-defaults --socket="$work/my.sock" --user=root --default-character-set=utf8mb4 "$@"; }
until client -e 'SELECT 1' >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.1
done

client -e 'CREATE DATABASE shop CHARACTER SET utf8mb4'
client shop <"$here/../schema/shop.sql"
# The story begins with an empty log.
client -e 'RESET MASTER'
client shop <"$here/story.sql"
client -e 'FLUSH BINARY LOGS'
cp "$work/data/binlog.000001" "$here/binlog.000001"
ls -l "$here/binlog.000001"
