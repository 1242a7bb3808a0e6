#!/bin/sh
# disk.sh - a disk that is full, read-only or broken at each write: exit code 1, a message that names
# the file, the file that was there before, nothing half.
#
# MK_FAULTS: which errors, of all commands (make soak-disk: ENOSPC EIO EROFS EDQUOT); without it a full
# disk and the commands that write in ways of their own.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
fault=$MK_BUILDDIR/tests/cli/fault.so
if [ -n "${MK_SANITIZED:-}" ] && [ -z "${MK_FAULTS:-}" ]; then
    skip "a disk that fails" "tried in the build without sanitizers"
    done_testing
elif [ ! -e "$fault" ]; then
    skip "a disk that fails" "tests/cli/fault.so was not built"
    done_testing
fi
make_data
mkdir "$TMPDIR/disk" "$TMPDIR/old"
cd "$TMPDIR" || exit 1
disk=$(cd disk && pwd -P)

number_of() { # ERRNO
    case $1 in
    EIO) echo 5 ;;
    ENOSPC) echo 28 ;;
    EROFS) echo 30 ;;
    EDQUOT) echo 122 ;;
    esac
}

# A run whose n-th write fails. True when there was an n-th.
faulty() { # ERROR N COMMAND...
    code=$(number_of "$1")
    at=$2
    shift 2
    rm -f mark
    # A sanitizer wants to come first: the order does not matter here.
    MK_FAULT_FOLDER=$disk MK_FAULT_AT=$at MK_FAULT_ERRNO=$code MK_FAULT_MARK=$TMPDIR/mark \
        ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" LD_PRELOAD=$fault \
        "$@" >fault.out 2>fault.err
    code=$?
    [ -e mark ]
}

# What a command writes is at disk/NAME, a file or a folder; the one before is kept in old/.
fails_cleanly() { # SENTENCE NAME COMMAND...
    sentence=$1 name=$2
    shift 2
    stem=${name%%.*}
    for error in ${MK_FAULTS:-ENOSPC}; do
        bad=0 n=1
        while rm -rf disk && cp -R old disk && [ "$n" -lt 500 ] && faulty "$error" "$n" "$@"; do
            if [ "$code" -ne 1 ] || ! grep -q "$stem" fault.err; then
                tap_say "$error at call $n ($(head -n 1 mark)): exit code $code: $(cat fault.err)"
                bad=$((bad + 1))
            fi
            # what a training goes on from may stay, and whole files of a folder
            if ! diff -r -x '*.checkpoint-base' -x draft -x rep old disk >differs 2>&1; then
                tap_say "$error at call $n ($(head -n 1 mark)): $(cat differs)"
                bad=$((bad + 1))
            fi
            n=$((n + 1))
        done
        is "$sentence: $error at each of its $((n - 1)) writes" "$bad" 0
        ok "... and there were some" test "$n" -gt 3
        ok "... and without one it works" test "$code" -eq 0 -o "$code" -eq 4
    done
}

m() { "$manikin" --no-config "$@"; }
m train --table people.csv --schema people.tsv --kind marginal -o old/m.safetensors >/dev/null 2>&1
cp data/model/tiny.safetensors old/card.safetensors
for file in table.csv table.csv.gz page.html saved.scenario answer.json figure.gp; do
    echo "the one before" >"old/$file"
done
mkdir town
printf 'key\tvalue\nname\ttown\nperson\tID\nbase\tPEOPLE\n' >town/source.tsv
printf 'attribute\tfile\tvalue\nage\tPEOPLE\tAGE\n' >town/mapping.tsv
grep -E '^(name|age)' people.tsv >town/schema.tsv
awk 'BEGIN { print "ID,AGE"; for (i = 0; i < 9000; i++) print "t" i "," 20 + i % 60 }' >town/PEOPLE.csv

fails_cleanly "save" saved.scenario "$manikin" --no-config -e 'given age=45' save disk/saved.scenario
fails_cleanly "impute, packed" table.csv.gz "$manikin" --no-config impute people.csv -o disk/table.csv.gz
fails_cleanly "train" m.safetensors "$manikin" --no-config train --table people.csv \
    --schema people.tsv --kind marginal -o disk/m.safetensors
if [ -n "${MK_FAULTS:-}" ]; then
    fails_cleanly "export" answer.json "$manikin" --no-config -e 'estimate hba1c' export disk/answer.json
    fails_cleanly "an answer with -o" page.html "$manikin" --no-config estimate hba1c -o disk/page.html
    fails_cleanly "a figure" figure.gp "$manikin" --no-config plot hba1c -o disk/figure.gp
    fails_cleanly "sample" table.csv "$manikin" --no-config sample 900 -o disk/table.csv
    fails_cleanly "import" table.csv "$manikin" --no-config import town town -o disk/table.csv
    fails_cleanly "train --renew" m.safetensors "$manikin" --no-config train --table people.csv \
        --schema people.tsv --kind marginal --renew -o disk/m.safetensors
    fails_cleanly "a card" card.safetensors "$manikin" --no-config evaluate ./disk/card.safetensors \
        --holdout people.csv --part all --people 40 --write-card
    fails_cleanly "a report of an evaluation" rep "$manikin" --no-config evaluate ./old/m.safetensors \
        --holdout people.csv --part all --people 40 -o disk/rep
    fails_cleanly "schema infer" draft "$manikin" --no-config schema infer people.csv -o disk/draft
fi
done_testing
