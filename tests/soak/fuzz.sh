#!/bin/sh
# fuzz.sh NAME... - each reader for SOAK_SECONDS (600), one after the other, from make soak-fuzz.
#
# What libFuzzer learns stays in tests/fuzz/NAME.corpus of the build folder; a finding lies beside it
# as NAME-crash-... (or NAME.last without libFuzzer) and becomes a sample of tests/fuzz/NAME when it
# is mended.
set -u
: "${MK_SRCDIR:?}" "${MK_BUILDDIR:?}"
seconds=${SOAK_SECONDS:-600}
folder=$MK_BUILDDIR/tests/fuzz
bad=0

for name in "$@"; do
    echo "fuzz_$name: $seconds s"
    if [ -n "${MK_SOAK_LIBFUZZER-}" ]; then
        mkdir -p "$folder/$name.corpus"
        MK_TEST_SECONDS=$((seconds + 300)) sh "$MK_SRCDIR/tests/run-test.sh" \
            "$folder/fuzz_$name" "$folder/$name.corpus" "$MK_SRCDIR/tests/fuzz/$name" \
            -max_total_time="$seconds" -timeout=25 -max_len=65536 \
            -artifact_prefix="$folder/$name-" >"$folder/$name.log" 2>&1
    else
        MK_FUZZ_SECONDS=$seconds MK_TEST_SECONDS=$((seconds + 300)) \
            sh "$MK_SRCDIR/tests/run-test.sh" "$folder/fuzz_$name" >"$folder/$name.log" 2>&1
    fi || {
        echo "fuzz_$name: a finding, see $folder/$name.log"
        bad=1
    }
    grep -E '^Done|changed samples in' "$folder/$name.log"
done
exit "$bad"
