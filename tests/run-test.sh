#!/bin/sh
# run-test.sh PROGRAM [ARGS] - one test in a known environment, with a time limit.
#
# Locale, time zone, home and terminal size are the test's own; linear algebra is single-threaded.
# MK_TEST_SECONDS (default 120) bounds the time; under sanitizers it is given a larger value.
set -u
: "${MK_SRCDIR:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${MK_BUILDDIR:=$(pwd)}"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/manikin-test.XXXXXX") || exit 99
trap 'chmod -R u+w "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir -p "$tmp/home" "$tmp/config" "$tmp/data" "$tmp/state" "$tmp/cache" "$tmp/tmp"

unset MANIKIN_DATADIR NO_COLOR COLUMNS LINES INPUTRC POSIXLY_CORRECT LANGUAGE 2>/dev/null
export MK_SRCDIR MK_BUILDDIR
export HOME="$tmp/home" TMPDIR="$tmp/tmp"
export XDG_CONFIG_HOME="$tmp/config" XDG_DATA_HOME="$tmp/data"
export XDG_STATE_HOME="$tmp/state" XDG_CACHE_HOME="$tmp/cache"
export LC_ALL=C.UTF-8 LANG=C.UTF-8 TZ=UTC
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export CMOCKA_MESSAGE_OUTPUT=TAP
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}"
export LSAN_OPTIONS="${LSAN_OPTIONS:-suppressions=$MK_SRCDIR/tests/leaks.txt:print_suppressions=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

seconds=${MK_TEST_SECONDS:-120}
timeout -k 5 "$seconds" "$@" </dev/null >"$tmp/tap" 2>&1
code=$?
# cmocka writes a skipped test as "not ok N # SKIP".
sed "s/^not ok \([0-9]*\) # SKIP/ok \1 # SKIP/" "$tmp/tap"
# A failed test says "not ok" and the driver counts it; what ended otherwise says so here.
if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
    echo
    echo "Bail out! no end after $seconds seconds"
elif [ "$code" -ge 126 ] || { [ "$code" -ne 0 ] && ! grep -q "^not ok" "$tmp/tap"; }; then
    echo
    echo "Bail out! exit code $code"
fi
exit "$code"
