#!/bin/sh
# models.sh - who vouches for a model: digest, registry, signature.
. "$MK_SRCDIR/tests/tap.sh"
. "$MK_SRCDIR/tests/cli/people.sh"
make_data
cd "$TMPDIR" || exit 1
at=$MK_SRCDIR/tests/cli/signed
keys=$MANIKIN_DATADIR/model/keys
own=$TMPDIR/own/manikin/model
export XDG_DATA_HOME="$TMPDIR/own"
verify() { "$manikin" model verify ./m.safetensors "$@"; }
cp "$at/small.safetensors" m.safetensors

# --- unsigned ------------------------------------------------------------------------------------------
runs 0 "a model without a signature verifies" verify
has "and is told to be unsigned" "$err$out" 'Unsigned'
runs 4 "it is refused when a signature is asked for" verify --require-signature
has "with the reason" "$err" 'm.safetensors is not signed'
runs 4 "no verb opens it then" "$manikin" -m ./m.safetensors attributes --require-signature
runs 4 "nor in a session that began so" "$manikin" --require-signature -m ./m.safetensors -e attributes -e attributes
runs 0 "without it they do" "$manikin" -m ./m.safetensors attributes
mkdir -p settings/manikin
echo '--require-signature' >settings/manikin/settings
runs 4 "a line of the settings file asks for all" env XDG_CONFIG_HOME="$TMPDIR/settings" "$manikin" -m ./m.safetensors attributes
runs 0 "and --no-config for none" env XDG_CONFIG_HOME="$TMPDIR/settings" "$manikin" --no-config -m ./m.safetensors attributes

# --- signed --------------------------------------------------------------------------------------------
cp "$at/small.minisig" m.safetensors.minisig
runs 0 "a signature of an unknown key is no failure" verify
has "and no proof" "$err$out" '5B01FF4BCD929D85, which is not among the trusted keys: not verified'
runs 4 "but where one is asked for" verify --require-signature
has "the key is told" "$err" '5B01FF4BCD929D85'
runs 0 "the key in a file" verify --key "$at/test.pub" --require-signature
has "the trusted comment is told" "$err$out" 'for tests, prehashed'
runs 0 "the key itself" verify --require-signature --key "$(tail -n 1 "$at/test.pub")"
runs 4 "another key" verify --require-signature --key "$at/other.pub"
runs 2 "no key" verify --key nosuch
cp "$at/legacy.minisig" m.safetensors.minisig
runs 0 "the algorithm without a digest" verify --key "$at/test.pub" --require-signature
has "has its comment" "$err$out" 'for tests, legacy'
mkdir -p "$keys" && cp "$at/test.pub" "$at/other.pub" "$keys"
runs 0 "a key of the data folder" verify --require-signature
runs 0 "lets every verb open the model" "$manikin" -m ./m.safetensors attributes --require-signature
runs 0 "as JSON" verify --json
has "the signature is an object" "$out" '"signature": *\{"state": *"verified", *"comment": *"for tests, legacy"'
rm -r "$keys"
mkdir -p "$own/keys" && cp "$at/test.pub" "$own/keys"
runs 0 "a key of the user's data folder" verify --require-signature
echo nonsense >"$own/keys/bad.pub"
runs 3 "a key folder with something else in it" verify
has "is told with file and line" "$err" 'bad.pub:1:'
rm "$own/keys/bad.pub"

# --- wrong ---------------------------------------------------------------------------------------------
sed 's/invented/imagined/' "$at/small.safetensors" >m.safetensors
runs 4 "a file that was changed after it was signed" verify
has "is told" "$err" 'm.safetensors: the signature of key 5B01FF4BCD929D85 is not of this file'
runs 0 "which an unknown key cannot tell" env XDG_DATA_HOME="$TMPDIR/none" "$manikin" model verify ./m.safetensors
cp "$at/small.safetensors" m.safetensors
sed 's/for tests, legacy/for all/' "$at/legacy.minisig" >m.safetensors.minisig
runs 4 "a comment that was changed" verify
has "is told too" "$err" 'trusted comment'
head -n 2 "$at/legacy.minisig" >m.safetensors.minisig
runs 3 "half a signature" verify
has "is told with its line" "$err" 'm.safetensors.minisig:3:'
rm m.safetensors.minisig

# --- the registry --------------------------------------------------------------------------------------
model=$MANIKIN_DATADIR/model/tiny.safetensors
runs 0 "without a registry there is no history" "$manikin" model history
has "which is said" "$err$out" 'no registry'
runs 2 "registering is refused with --read-only" "$manikin" model register "$model" --read-only
runs 0 "a release is registered" "$manikin" model register "$model"
ok "beside its file" test -f "$MANIKIN_DATADIR/model/registry.tsv"
cp "$MANIKIN_DATADIR/model/registry.tsv" once.tsv
runs 0 "registering it again" "$manikin" model register "$model"
ok "changes nothing" cmp once.tsv "$MANIKIN_DATADIR/model/registry.tsv"
runs 0 "history tells it" "$manikin" model history --json
digest=$("$manikin" model verify tiny --json | sed 's/.*"digest": *"\([0-9a-f]*\)".*/\1/')
has "with its digest" "$out" "\"digest\": *\"$digest\""
runs 0 "list knows it" "$manikin" model list
has "as registered" "$out" 'tiny.* registered '
runs 0 "verify holds the file against it" "$manikin" model verify tiny
has "and says so" "$err$out" 'as it was registered'
sed "s/$digest/0123456789abcdef/" once.tsv >"$MANIKIN_DATADIR/model/registry.tsv"
runs 4 "another file under the same name and version" "$manikin" model verify tiny
has "is told" "$err" "digest is $digest and that release's is 0123456789abcdef"
runs 0 "list tells it" "$manikin" model list
has "too" "$out" 'tiny.* changed '
echo 'nonsense' >"$MANIKIN_DATADIR/model/registry.tsv"
runs 3 "what is no registry is refused" "$manikin" model verify tiny
rm "$MANIKIN_DATADIR/model/registry.tsv"
for shipped in "$MK_SRCDIR"/model/*.safetensors; do
    runs 0 "${shipped##*/} is the release that the shipped registry has" \
        env MANIKIN_DATADIR="$MK_SRCDIR" "$manikin" model verify "$shipped"
    has "as registered" "$err$out" 'as it was registered'
done

# --- two models ----------------------------------------------------------------------------------------
grep -v '^fibre' people.tsv | sed 's/2=fair|3=good/2=middling|3=good/' >other.tsv
sed 's/^hba1c\tpositive/hba1c\treal/' other.tsv >after.tsv
"$manikin" train --table people.csv --schema people.tsv --kind copula -o before.safetensors >/dev/null 2>&1
"$manikin" train --table people.csv --schema people.tsv --kind marginal -o same.safetensors >/dev/null 2>&1
sed 's/,fair,/,middling,/' people.csv >after.csv
"$manikin" train --table after.csv --schema after.tsv --kind copula -o after.safetensors >/dev/null 2>&1
runs 2 "one model is not enough" "$manikin" model compare ./before.safetensors
runs 2 "an option of another word" "$manikin" model list --registry registry.tsv
has "is refused" "$err" '--registry does not go with model list'
runs 0 "two models are compared by their files" "$manikin" model compare ./before.safetensors ./after.safetensors --json
has "an attribute is lost" "$out" '"lost": *\["fibre"\]'
has "levels have changed" "$out" '"attribute": *"diet_rating", *"what": *"levels", *"before": *"poor, fair, good", *"after": *"poor, middling, good"'
has "a type too" "$out" '"attribute": *"hba1c", *"what": *"type", *"before": *"positive", *"after": *"real"'
has "the others are common" "$out" '"common": *12'
runs 0 "the other way round" "$manikin" model compare ./after.safetensors ./before.safetensors --json
has "it is gained" "$out" '"gained": *\["fibre"\]'
runs 0 "on people new to both" "$manikin" model compare ./same.safetensors ./before.safetensors --holdout people.csv --json -o compared.csv
has "knowing others is better than knowing nobody" "$out$(cat compared.csv)" 'weight,[0-9]+,.*,better'
runs 0 "as JSON" "$manikin" model compare ./same.safetensors ./before.safetensors --holdout people.csv --json
has "it says on how many people" "$out" '"judged": *\{"people": *[0-9]+, *"attributes": *15'
has "pairs are judged" "$out" '"association": *0\.[0-9]+, *"people": *[0-9]+'
one=$out
runs 0 "on one thread" "$manikin" model compare ./same.safetensors ./before.safetensors --holdout people.csv --json --threads 1
is "it says the same" "$out" "$one"
runs 0 "a model with itself" "$manikin" model compare ./before.safetensors ./before.safetensors --holdout people.csv --json
has "gains nothing" "$out" '"attribute_counts": *\{"better": *0, *"worse": *0, *"same": *15'
runs 0 "the differences are drawn" "$manikin" model compare ./same.safetensors ./before.safetensors --holdout people.csv -o compared.gp
ok "as a script of gnuplot" grep -q 'What the later model does better' compared.gp
done_testing
