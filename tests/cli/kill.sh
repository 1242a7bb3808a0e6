#!/bin/sh
# kill.sh - kill -9 at random moments: the file that was there is whole, the old one or the new one,
# and the same line runs again as if nothing had been.
#
# MK_KILLS moments of each command (2; make soak-kill: 200), MK_KILLS_SEED another order of them.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
if [ -n "${MK_SANITIZED:-}" ]; then
    skip "kill -9" "tried in the build without sanitizers"
    done_testing
fi
make_data
cd "$TMPDIR" || exit 1
kills=${MK_KILLS:-2}
seed=${MK_KILLS_SEED:-1}

now_ms() { date +%s%N | sed 's/......$//'; }

# Moments from the start to a little after the end, in seconds.
moments() { # COUNT MILLISECONDS
    seed=$((seed + 1))
    awk -v n="$1" -v ms="$2" -v seed="$seed" \
        'BEGIN { srand(seed); for (i = 0; i < n; i++) printf "%.3f\n", rand() * ms * 1.1 / 1000 }'
}

strike() { # SECONDS COMMAND...
    seconds=$1
    shift
    "$@" >strike.out 2>strike.err &
    victim=$!
    sleep "$seconds"
    kill -9 "$victim" 2>/dev/null
    wait "$victim" 2>/dev/null
}

# FILE is the old one or the new one, as TELL shows it.
is_whole() { # TELL FILE
    $1 "$2" >told 2>&1 && { cmp -s told told.old || cmp -s told told.new; }
}

# Judging too few people may miss a bar.
ends() { # SENTENCE COMMAND...
    ends_name=$1
    shift
    "$@" >ends.out 2>ends.err
    case $? in
    0 | 4) tap_result 0 "$ends_name" ;;
    *)
        tap_result 1 "$ends_name"
        tap_say "$(cat ends.err)"
        ;;
    esac
}

# Kills a command that replaces FILE. TELL prints what counts of such a file.
survives() { # SENTENCE TELL FILE COMMAND...
    name=$1 tell=$2 file=$3
    shift 3
    cp "$file" old.file
    $tell "$file" >told.old 2>&1
    start=$(now_ms)
    ends "$name" "$@"
    length=$(($(now_ms) - start))
    $tell "$file" >told.new 2>&1
    bad=0
    for moment in $(moments "$kills" "$length"); do
        cp old.file "$file"
        strike "$moment" "$@"
        if ! is_whole "$tell" "$file"; then
            bad=$((bad + 1))
            tap_say "killed after $moment s: $(diff told told.new | head -n 8)"
        fi
    done
    is "... killed $kills times within $length ms: the old file or the new one" "$bad" 0
    cp old.file "$file"
    ends "... and then it runs to its end" "$@"
    $tell "$file" >told 2>&1
    ok "... to the same file" cmp told told.new
}

m() { "$manikin" --no-config "$@"; }
bytes() { cat "$1"; }
unpacked() { gzip -dc "$1"; }
# A model is what it answers: its manifest has the time that the training took.
answers() {
    m model verify "./$1" >verified 2>&1 || return 1
    m --model "./$1" estimate hba1c,smoking,bmi,waist given age=45 --json |
        sed 's/"model": "[^"]*"//'
    m --model "./$1" sample 20 --seed 5
}
card() { m model show "./$1"; }

# --- models ----------------------------------------------------------------------------------------------
m train --table people.csv --schema people.tsv --kind marginal -o a.safetensors >/dev/null 2>&1
survives "a training" answers a.safetensors "$manikin" --no-config train --table people.csv \
    --schema people.tsv --kind copula -o a.safetensors
m train --table people.csv --schema people.tsv --kind copula -o b.safetensors >/dev/null 2>&1
survives "a renewal" answers b.safetensors "$manikin" --no-config train --table people.csv \
    --schema people.tsv --kind copula --renew -o b.safetensors
survives "a card" card b.safetensors "$manikin" --no-config evaluate ./b.safetensors --holdout people.csv \
    --part all --people 60 --quick --write-card

# --- tables, scripts, reports ----------------------------------------------------------------------------
m sample 10 -o c.csv.gz >/dev/null 2>&1
survives "sample" unpacked c.csv.gz "$manikin" --no-config sample 4000 --seed 3 -o c.csv.gz
echo "given age=30" >d.scenario
survives "save" bytes d.scenario "$manikin" --no-config -e 'given age=45 sex=male' -e 'target hba1c' \
    save d.scenario
m estimate hba1c -o e.html >/dev/null 2>&1
survives "a report" bytes e.html "$manikin" --no-config run d.scenario -o e.html
mkdir town
printf 'key\tvalue\nname\ttown\nperson\tID\nbase\tPEOPLE\n' >town/source.tsv
printf 'attribute\tfile\tvalue\nage\tPEOPLE\tAGE\nbmi\tPEOPLE\tBMI\n' >town/mapping.tsv
grep -E '^(name|age|bmi)' people.tsv >town/schema.tsv
awk 'BEGIN { print "ID,AGE,BMI"; for (i = 0; i < 20000; i++) print "t" i "," 20 + i % 60 "," 20 + i % 17 }' \
    >town/PEOPLE.csv
echo "age" >f.csv
survives "import" bytes f.csv "$manikin" --no-config import town town -o f.csv

# --- a training that goes on -------------------------------------------------------------------------------
printf 'kind mae\nname g\ntable people.csv\nschema people.tsv\nsteps 60\ndim 8\nheads 1\nthreads 1\n' \
    >g.recipe
until_checkpoint() {
    for seconds in 0.3 0.6 1 2 3 4 6 9 27; do
        timeout -s INT -k 20 "$seconds" "$manikin" --no-config train g.recipe -o g.safetensors \
            >/dev/null 2>&1
        [ ! -e g.safetensors.checkpoint ] || return 0
        [ ! -e g.safetensors ] || return 1
    done
    return 1
}
if ! until_checkpoint; then
    skip "a training goes on" "it was over before it could be stopped"
else
    cp g.safetensors.checkpoint first.checkpoint
    start=$(now_ms)
    runs 0 "a training that nobody stops" "$manikin" --no-config train g.recipe -o whole.safetensors
    length=$(($(now_ms) - start))
    sample_of() { m --model "./$1" sample 40 --seed 5; }
    sample_of whole.safetensors >told.new
    bad=0
    for moment in $(moments "$kills" "$length"); do
        strike "$moment" "$manikin" --no-config train g.recipe --resume -o g.safetensors
        if [ -e g.safetensors ]; then
            sample_of g.safetensors >told 2>told.err
            cmp -s told told.new || bad=$((bad + 1))
            rm -f g.safetensors
            [ -e g.safetensors.checkpoint ] || cp first.checkpoint g.safetensors.checkpoint
        fi
        # stopped, and killed while the checkpoint is written
        "$manikin" --no-config train g.recipe --resume -o g.safetensors >/dev/null 2>&1 &
        victim=$!
        sleep "$moment"
        kill -INT "$victim" 2>/dev/null
        sleep 0.00$((kills % 10))
        kill -9 "$victim" 2>/dev/null
        wait "$victim" 2>/dev/null
        [ -e g.safetensors.checkpoint ] || cp first.checkpoint g.safetensors.checkpoint
    done
    is "killed $kills times it leaves no other model" "$bad" 0
    runs 0 "and goes on from its checkpoint" "$manikin" --no-config train g.recipe --resume -o g.safetensors
    sample_of g.safetensors >told
    ok "to the same model" cmp told told.new
    ok "without a checkpoint left" test ! -e g.safetensors.checkpoint
fi

# --- what is left behind -----------------------------------------------------------------------------------
mkdir tables
cp f.csv tables/town.csv
printf 'half' >tables/.town.csv.1.0.tmp
printf 'half' >tables/.other.csv.99.0.tmp
ends "a folder with what a killed run left" "$manikin" --no-config evaluate ./b.safetensors \
    --holdout tables --people 20 --part all
done_testing
