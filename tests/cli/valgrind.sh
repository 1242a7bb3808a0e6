#!/bin/sh
# valgrind.sh - the main job under valgrind: no error, nothing definitely lost.
#
# In short an estimate and a tiny training; MK_VALGRIND=long (make soak-valgrind): every verb of the main
# job, and the lifestyle comparison on the shipped altair.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
if [ -n "${MK_SANITIZED:-}" ]; then
    skip "valgrind" "sanitizers and valgrind exclude each other"
    done_testing
elif ! command -v valgrind >/dev/null 2>&1; then
    skip "valgrind" "it is not installed"
    done_testing
fi
make_data
cd "$TMPDIR" || exit 1
# valgrind knows no AVX-512.
OPENBLAS_CORETYPE=Haswell
export OPENBLAS_CORETYPE

clean() { # SENTENCE WORDS...
    name=$1
    shift
    valgrind -q --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --error-exitcode=99 --log-file=valgrind.log "$manikin" --no-config "$@" >run.out 2>run.err
    code=$?
    if [ "$code" -eq 0 ] && [ ! -s valgrind.log ]; then
        tap_result 0 "$name"
    else
        tap_result 1 "$name"
        tap_say "exit code $code"
        tap_say "$(cat run.err valgrind.log)"
    fi
}

clean "estimate" estimate hba1c,smoking given age=45 'smoking={never,former}' --json
if [ "${MK_VALGRIND:-}" = long ]; then
    clean "train" train --table people.csv --schema people.tsv --kind copula -o a.safetensors
    # a small network: valgrind takes fifty times as long
    printf 'kind mae\ndim 16\nencoder_layers 1\ndecoder_layers 1\nbatch 16\n' >net.recipe
    clean "train a network" train net.recipe --table people.csv --schema people.tsv --steps 2 -o b.safetensors
    clean "estimate with a network" -m ./b.safetensors estimate hba1c given age=45
    clean "compare" -e 'scenario lean bmi=22' -e 'scenario heavy bmi=34' compare hba1c smoking
    clean "sample" sample 20 --seed 1
    clean "impute" impute people.csv -o filled.csv
    clean "explore" explore smoking=current
    clean "optimize" optimize hba1c min over bmi=22..30 --any --seconds 2
    clean "pairs" pairs age bmi hba1c
    clean "a page" estimate hba1c -o page.html
    if command -v gnuplot >/dev/null 2>&1; then
        clean "a plot on the terminal" plot hba1c given age=45
        clean "a plot in a file" plot hba1c vs bmi given age=45 -o plot.svg
    fi
    if [ -e "$MK_SRCDIR/model/altair.safetensors" ]; then
        MANIKIN_DATADIR=$MK_SRCDIR
        export MANIKIN_DATADIR
        clean "the lifestyle comparison on altair" --model altair run \
            "$MK_SRCDIR/scenarios/lifestyle-nutrition.scenario"
    fi
fi
done_testing
