# shellcheck shell=sh disable=SC2034
# tap.sh - TAP for shell tests: `. "$MK_SRCDIR/tests/tap.sh"`, then
#
#   ok    "a sentence" command args...       passes when the command succeeds
#   notok "a sentence" command args...       passes when it fails
#   is    "a sentence" GOT WANTED            passes when the two strings are equal
#   has   "a sentence" TEXT PATTERN          passes when a line of TEXT matches the grep -E pattern
#   hasnt "a sentence" TEXT PATTERN
#   runs  CODE "a sentence" command args...  passes when the exit code is CODE; streams in $out, $err
#   skip  "a sentence" "why"
#   done_testing                             last line of the test
#
# $manikin is the program under test, $TMPDIR an empty folder that is removed afterwards.
tap_n=0
tap_bad=0
out=
err=
manikin=${MK_BUILDDIR:-build}/manikin

tap_result() { # CODE SENTENCE
    tap_n=$((tap_n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_n - $2"
    else
        echo "not ok $tap_n - $2"
        tap_bad=$((tap_bad + 1))
    fi
}

tap_say() { printf '%s\n' "$1" | head -n 40 | sed 's/^/#   /'; }

ok() {
    tap_name=$1
    shift
    if "$@" >"$TMPDIR/tap.out" 2>&1; then tap_result 0 "$tap_name"; else
        tap_result 1 "$tap_name"
        tap_say "$(cat "$TMPDIR/tap.out")"
    fi
}

notok() {
    tap_name=$1
    shift
    if "$@" >"$TMPDIR/tap.out" 2>&1; then
        tap_result 1 "$tap_name"
        tap_say "$(cat "$TMPDIR/tap.out")"
    else tap_result 0 "$tap_name"; fi
}

is() {
    if [ "$2" = "$3" ]; then tap_result 0 "$1"; else
        tap_result 1 "$1"
        tap_say "got:    $2"
        tap_say "wanted: $3"
    fi
}

has() {
    if printf '%s\n' "$2" | grep -Eq -- "$3"; then tap_result 0 "$1"; else
        tap_result 1 "$1"
        tap_say "no line matches: $3"
        tap_say "$2"
    fi
}

hasnt() {
    if printf '%s\n' "$2" | grep -Eq -- "$3"; then
        tap_result 1 "$1"
        tap_say "a line matches: $3"
        tap_say "$2"
    else tap_result 0 "$1"; fi
}

runs() {
    tap_want=$1
    tap_name=$2
    shift 2
    "$@" >"$TMPDIR/tap.out" 2>"$TMPDIR/tap.err"
    tap_code=$?
    out=$(cat "$TMPDIR/tap.out")
    err=$(cat "$TMPDIR/tap.err")
    if [ "$tap_code" -eq "$tap_want" ]; then tap_result 0 "$tap_name"; else
        tap_result 1 "$tap_name"
        tap_say "exit code $tap_code, wanted $tap_want: $*"
        tap_say "$out"
        tap_say "$err"
    fi
}

skip() {
    tap_n=$((tap_n + 1))
    echo "ok $tap_n - $1 # SKIP $2"
}

done_testing() {
    echo "1..$tap_n"
    [ "$tap_bad" -eq 0 ]
    exit
}
