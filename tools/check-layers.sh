#!/bin/sh
# check-layers.sh - fails on an #include (or a call) that crosses the layers of tools/layers.txt.
# Prints TAP: one test per layer and rule.
cd "${MK_SRCDIR:-$(dirname "$0")/..}" || exit 1
files=$(find src model ui helper -name '*.[ch]' -type f | LC_ALL=C sort)
# shellcheck disable=SC2086
awk '
function rank_of(path,    best, len, f) {
    best = ""; len = -1
    for (f in rank)
        if ((path == f || index(path, f "/") == 1) && length(f) > len) { best = f; len = length(f) }
    return best
}
function allowed(path, places,    n, i, w) {
    n = split(places, w, " ")
    for (i = 1; i <= n; i++)
        if (path == w[i] || index(path, w[i] "/") == 1) return 1
    return 0
}
function is_beside(path,    f) {
    for (f in beside) if (path == f || index(path, f "/") == 1) return 1
    return 0
}
function bad(rule, text) { failed[rule]++; story[rule] = story[rule] "# " FILENAME ":" FNR ": " text "\n" }

FILENAME == "tools/layers.txt" {
    if ($1 == "layer") { rank[$2] = $3; order[++n_rules] = "layer " $2 }
    if ($1 == "beside") beside[$2] = 1
    if ($1 == "only" || $1 == "call") {
        key = $1 " " $2; order[++n_rules] = key; pattern[key] = $2
        places[key] = ""; for (i = 3; i <= NF; i++) places[key] = places[key] " " $i
    }
    next
}
FNR == 1 { mine = rank_of(FILENAME); in_comment = 0
           if (mine == "" && !is_beside(FILENAME)) bad("every file has a layer", "no layer") }
/^[ \t]*#[ \t]*include/ {
    header = $0; sub(/^[^<"]*[<"]/, "", header); sub(/[>"].*/, "", header)
    for (key in pattern)
        if (key ~ /^only / && header ~ ("^(" pattern[key] ")$") && !allowed(FILENAME, places[key]))
            bad(key, "includes " header)
    if (header ~ /\// && $0 ~ /"/ && !is_beside(FILENAME)) {
        other = rank_of(header)
        if (is_beside(header) || (other != "" && other != mine && rank[other] >= rank[mine]))
            bad("layer " mine, "includes " header)
    }
    next
}
{
    line = $0
    if (in_comment) { if (!sub(/^.*\*\//, "", line)) next; in_comment = 0 }
    while (match(line, /\/\*[^*]*\*+([^\/*][^*]*\*+)*\//)) line = substr(line, 1, RSTART - 1) " " substr(line, RSTART + RLENGTH)
    if (line ~ /\/\*/) { sub(/\/\*.*/, "", line); in_comment = 1 }
    sub(/\/\/.*/, "", line)
    gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
    if (is_beside(FILENAME)) next
    for (key in pattern)
        if (key ~ /^call / && line ~ ("(^|[^A-Za-z0-9_>.])" pattern[key] "[ ]?\\(") && !allowed(FILENAME, places[key]))
            bad(key, "calls " line)
}
END {
    order[++n_rules] = "every file has a layer"
    print "1.." n_rules
    status = 0
    for (i = 1; i <= n_rules; i++) {
        r = order[i]
        if (r in failed) { printf "not ok %d - %s\n%s", i, r, story[r]; status = 1 }
        else printf "ok %d - %s\n", i, r
    }
    exit status
}' tools/layers.txt $files
