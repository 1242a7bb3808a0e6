#!/bin/sh
# check-style.sh - lengths and shapes of the sources, as TAP: lines of at most 100 columns, no
# tabs or trailing blanks, files of at most 800 lines, functions of at most 100 lines unless the line
# above says `/* flat switch` or `/* kernel`.
cd "${MK_SRCDIR:-$(dirname "$0")/..}" || exit 1
export LC_ALL=C.UTF-8
files=$(find src model ui helper tests mpi manikin.h -name '*.[ch]' -type f 2>/dev/null | LC_ALL=C sort)
# shellcheck disable=SC2086
awk '
function bad(rule, line, text) { failed[rule]++; story[rule] = story[rule] "# " name ":" line ": " text "\n" }
function end_file() { if (lines > 800) bad("files", lines, lines " lines") }
# Columns, not bytes: continuation bytes of UTF-8 are not counted whatever awk this is.
function columns(s,    t) { t = s; gsub(/[\200-\277]/, "", t); return length(t) }
FNR == 1 { if (NR > 1) end_file(); name = FILENAME; start = 0; previous = ""; lead = "" }
{
    lines = FNR
    if (length($0) > 100 && columns($0) > 100) bad("columns", FNR, columns($0) " columns")
    if ($0 ~ /\t/ || $0 ~ /[ \t]$/) bad("blanks", FNR, "tab or blank at the end of the line")
    if ($0 ~ /(^|[^A-Za-z_])(TODO|FIXME|XXX)([^A-Za-z_]|$)/) bad("words", FNR, $0)
}
# A function body opens with { alone in the first column and ends with } in the first column.
/^\{/ { start = FNR; free = (lead ~ /\/\* (flat switch|kernel)/) }
/^\}/ {
    if (start > 0 && !free && FNR - start > 101) bad("functions", start, FNR - start - 1 " lines")
    start = 0; lead = ""
}
# The comment above a function is what stands between the end of the last thing and its opening brace.
{ if ($0 == "" || $0 ~ /^\}/) lead = ""; else if (start == 0) lead = lead $0 "\n" }
END {
    end_file()
    n = split("columns blanks words files functions", rules, " ")
    print "1.." n
    status = 0
    for (i = 1; i <= n; i++) {
        r = rules[i]
        if (r in failed) { printf "not ok %d - %s\n%s", i, r, story[r]; status = 1 }
        else printf "ok %d - %s\n", i, r
    }
    exit status
}' $files
