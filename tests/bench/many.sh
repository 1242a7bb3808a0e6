#!/bin/sh
# many.sh - speed of a model of many attributes: invents people (many.c), trains a little, measures.
#   MANY          attributes
#   MK_BUILDDIR   where the programs are
# A few people and steps: the model is as large as a real one, and as slow to ask, and knows nothing.
set -u
tmp=$(mktemp -d "${TMPDIR:-/tmp}/manikin-many.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"$MK_BUILDDIR/tests/bench/many" "$MANY" 150 "$tmp" || exit 1
printf 'kind mae\nsteps 6\niterations 1\nfolds 2\nbatch 32\ntable many.csv\nschema many.tsv\n' >"$tmp/many.recipe"
echo "many: training, some minutes" >&2
"$MK_BUILDDIR/manikin" --no-config train "$tmp/many.recipe" -o "$tmp/many.safetensors" >&2 || exit 1
"$MK_BUILDDIR/tests/bench/speed" "$tmp/many.safetensors" "$MK_BUILDDIR/manikin" || exit 1
if test -x "$MK_BUILDDIR/tests/bench/keys"; then
    "$MK_BUILDDIR/tests/bench/keys" "$tmp/many.safetensors" || exit 1
fi
