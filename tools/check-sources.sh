#!/bin/sh
# check-sources.sh - fails when schema, mappings, recipes and lists of sources/ do not fit together.
# Prints TAP. What a single row says is checked where it is read (src/data/mapping.c).
cd "${MK_SRCDIR:-$(dirname "$0")/..}/sources" || exit 1
mappings=$(find . -name mapping.tsv | LC_ALL=C sort)
infos=$(find . -name source.tsv | LC_ALL=C sort)
recipes=$(find . -name '*.recipe' | LC_ALL=C sort)
readmes=$(find . -name README.md | LC_ALL=C sort)
# shellcheck disable=SC2086
awk -F '\t' '
function bad(rule, text) { failed[rule]++; story[rule] = story[rule] "# " text "\n" }
function here() { return FILENAME ":" FNR ": " }
function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
# a/b/../c is a/c
function plain(path) { while (sub(/\/[^\/.][^\/]*\/\.\.\//, "/", path)) { } return path }

FNR == 1 { n_head = 0 }
/^#/ && FILENAME !~ /README/ { next }
FILENAME == "./schema.tsv" || FILENAME ~ /mapping\.tsv$/ {
    if (!n_head) { for (i = 1; i <= NF; i++) at[$i] = i; n_head = NF; if (!("cycles" in at)) at["cycles"] = 0
                   has_cycles[FILENAME] = $2 == "cycles"; next }
    if (NF > n_head) bad("tables", here() NF " cells, expected " n_head)
}
FILENAME == "./schema.tsv" {
    name = $1; label = $3; category = $6
    if (name in attribute) bad("names", here() "found " name " again (line " attribute[name] ")")
    if (label in labels) bad("names", here() "found the label \"" label "\" again (line " labels[label] ")")
    attribute[name] = FNR; labels[label] = FNR
    if (category != last && category in members)
        bad("categories", here() name ": category " category " begins again")
    if (!(category in members)) { categories[++n_categories] = category }
    members[category]++; last = category; n_attributes++
    if ($7 == "") bad("names", here() name " has no description")
    if (name == "source") {
        n_levels = split($5, level, "|")
        for (i = 1; i <= n_levels; i++) { sub(/^[^=]*=/, "", level[i]); known[level[i]] = 1 }
    }
    next
}
FILENAME ~ /mapping\.tsv$/ {
    if (!($1 in attribute)) bad("mapped", here() $1 " is not in the schema")
    mapped[$1] = 1; cycles = "."
    if (has_cycles[FILENAME]) { cycles = $2 == "" ? "." : $2; used_by[FILENAME] = used_by[FILENAME] cycles }
    for (i = 1; i <= length(cycles); i++) {
        key = FILENAME SUBSEP $1 SUBSEP substr(cycles, i, 1)
        if (key in row) bad("mapped", here() $1 " is mapped again (line " row[key] ")")
        row[key] = FNR
    }
    next
}
FILENAME ~ /source\.tsv$/ {
    if ($1 == "name") { source[FILENAME] = $2; named[$2] = FILENAME }
    if ($1 == "mapping") maps[FILENAME] = plain(folder(FILENAME) "/" $2)
    if ($1 == "cycle") letter[FILENAME] = $2
    next
}
FILENAME ~ /\.recipe$/ {
    n = split($0, w, " ")
    if (w[1] == "study") { studies++; study[here()] = w[2] }
    next
}
FILENAME == "./README.md" && /^\| *[0-9,]+ *\|/ {
    split($0, w, "|")
    for (i = 2; i + 1 in w; i += 3) {
        gsub(/^ +| +$/, "", w[i]); gsub(/^ +| +$/, "", w[i + 1])
        if (w[i + 1] != "") told[w[i + 1]] = w[i]
    }
}
FILENAME ~ /README\.md$/ { readme[folder(FILENAME)] = 1 }

END {
    for (a in attribute) if (!(a in mapped) && a != "source") bad("mapped", a " is mapped in no source")
    for (i = 1; i <= n_categories; i++)
        if (told[categories[i]] != members[categories[i]])
            bad("categories", "README.md: " categories[i] ": found \"" told[categories[i]] "\", the schema has " members[categories[i]])
    for (c in told) if (!(c in members)) bad("categories", "README.md: " c " is no category of the schema")
    for (f in source) {
        if (!(source[f] in known)) bad("studies", f ": " source[f] " is no level of the attribute source")
        if (!(folder(f) in readme)) bad("studies", folder(f) "/README.md: not found")
        m = f in maps ? maps[f] : folder(f) "/mapping.tsv"
        if (!(m in has_cycles)) bad("studies", f ": no mapping " m)
        else if (has_cycles[m] && index(used_by[m], letter[f]) == 0) bad("studies", f ": no row of cycle " letter[f])
        else if (has_cycles[m] != (f in letter)) bad("studies", f ": key cycle, column cycles: one without the other")
    }
    for (i = 1; i <= n_levels; i++) if (!(level[i] in named)) bad("studies", level[i] ": a level of source without a source.tsv")
    for (s in study) {
        f = "./" study[s] "/source.tsv"; name = study[s]; gsub(/-/, "_", name)
        if (!(f in source)) bad("recipes", s "no source " study[s])
        else if (source[f] != name) bad("recipes", s "source " study[s] " has the name " source[f])
    }
    if (studies == 0 || n_attributes < 1000) bad("recipes", "found " studies + 0 " studies, " n_attributes + 0 " attributes")
    n = split("tables names categories mapped studies recipes", rule, " ")
    text["tables"] = "rows of the tables fit their headers"
    text["names"] = "names and labels of attributes are unique, each is described"
    text["categories"] = "categories stand together, and sources/README.md counts them"
    text["mapped"] = "every attribute is mapped in some source, once in each"
    text["studies"] = "every study has a README, a mapping and its level of the attribute source"
    text["recipes"] = "recipes name studies that are there"
    print "1.." n
    for (i = 1; i <= n; i++) {
        printf "%sok %d - %s\n", rule[i] in failed ? "not " : "", i, text[rule[i]]
        printf "%s", story[rule[i]]; code = code || rule[i] in failed
    }
    exit code
}' ./schema.tsv $mappings $infos $recipes $readmes
