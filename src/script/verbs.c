/* verbs.c - the verb table. Adding a verb: a row here, its function in a verbs_*.c, a test. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/script/verb.h"

#include <string.h>

#include "src/base/text.h"
#include "src/script/inner.h"

static const MkOption COMMON_OPTIONS[] = {
    {"model", "NAME|FILE", "model to ask; the newest release when not said"},
    {"format", "FORMAT", "text, json, csv or markdown"},
    {"json", NULL, "the same as --format json"},
    {"csv", NULL, "the same as --format csv"},
    {"output", "FILE", "write to FILE, in the format of its suffix"},
    {"seed", "N", "seed of all that is drawn; 0 when not said"},
    {"threads", "N", "threads; one a processor when not said"},
    {"level", "P", "probability of intervals; 0.9 when not said"},
    {"calibration", "WHEN", "on or off: answers as recalibrated, or as the model gives them"},
    {"plain", NULL, "line prompt instead of the workbench, ASCII only"},
    {"color", "WHEN", "always, never or auto"},
    {"theme", "NAME", "look of the workbench: default, light, contrast or mono"},
    {"images", "HOW", "plots as images there: auto, never, sixel or kitty"},
    {"read-only", NULL, "write no files: save, export, train and --output are refused"},
    {"require-signature", NULL, "refuse models that no trusted key has signed (model verify)"},
    {"no-config", NULL, "do not read the settings file"},
    {"execute", "'VERB ...'", "run this line first; may be repeated"},
    {"help", NULL, "this text, or all about the verb"},
    {"version", NULL, "version of the program"},
};

static const MkOption DROP_OPTIONS[] = {{"drop", NULL, "takes it away instead"}};
static const MkOption GIVEN_OPTIONS[] = {{"only", NULL, "forgets what was given before"}};
static const MkOption FORGET_OPTIONS[] = {{"all", NULL, "forgets all that is given"}};
static const MkOption COMPARE_OPTIONS[] = {
    {"all", NULL, "all attributes, whatever the targets"},
    {"most", "N", "of all attributes shows the N that differ most; 25 when not said"}};
static const MkOption EXPLORE_OPTIONS[] = {
    {"most", "N", "shows the N strongest, in each table; 25 when not said"},
    {"all", NULL, "shows all attributes"}};
static const MkOption IMPUTE_OPTIONS[] = {
    {"draws", "M", "M tables one below the other, with first columns row and draw"}};
static const MkOption SAMPLE_OPTIONS[] = {
    {"groups", "K", "passes of the network a person; 16 when not said, more is slower and closer"},
    {"missing", "SOURCE",
     "leave the gaps that people of SOURCE have; none when not said: whole persons"},
    {"least-support", "P", "draws nobody when what is given has less support; 0 when not said"}};
static const MkOption OPTIMIZE_OPTIONS[] = {
    {"solutions", "N", "at most so many; 5 when not said"},
    {"support", "P", "floor of support; 0.05 when not said"},
    {"seconds", "S", "longest time of the search; 5 when not said"},
    {"any", NULL, "inputs that a person cannot change too"},
};
static const MkOption TRAIN_OPTIONS[] = {
    {"table", "FILE", "the people, as CSV (.gz and .xz too), or a folder of one file a source"},
    {"schema", "FILE", "their attributes, as TSV"},
    {"kind", "KIND", "mae or copula; mae when not said"},
    {"minutes", "M", "stop after this time"},
    {"steps", "N", "stop after this many steps"},
    {"dp-epsilon", "E", "differentially private: epsilon of the whole file, for one person"},
    {"dp-delta", "D", "and its delta, below one over the people; 1e-5 when not said"},
    {"extend", "NAME|FILE", "go on from this model, whose attributes the schema has too"},
    {"keep-base", "FILE", "read the fitted base from FILE, or fit it and keep it there"},
    {"resume", NULL, "go on from the checkpoint of an interrupted training"},
    {"renew", NULL,
     "keep the model at -o, compute anew what it remembers of its people, as the "
     "version that the recipe says"},
};
static const MkOption EVALUATE_OPTIONS[] = {
    {"holdout", "TABLE|FOLDER", "the people, as CSV (.gz and .xz too), or a folder of such tables"},
    {"part", "PART", "test, valid, train or all of them; the held-out ones when not said"},
    {"people", "N", "at most N people of a source; 1,000 when there are several"},
    {"train", "TABLE|FOLDER", "the training people, when they are in tables of their own"},
    {"against", "NAME|FILE", "another model that is judged on the same answers; may be said again"},
    {"sections", "NAME,...", "only these sections"},
    {"quick", NULL, "fewer people, within a minute"},
    {"source-known", NULL, "which source a person is from is told in every question"},
    {"mask", "TABLE,...", "cells to hide: 1 hides and scores, 0 shows, rows as in the people"},
    {"max-error", "X", "a threshold more: highest |error|/sd of real and positive attributes"},
    {"external", "TABLE", "people of another survey, beside whom the model's population is put"},
    {"attributes", "FILE", "what is compared with it, as TSV: attribute, group"},
    {"write-card", NULL,
     "writes what was found into the model's card, unless its training was private"},
    {"gate", "RECIPE",
     "fails (then alone) where it is worse than --against by more than the recipe tolerates"},
};
static const MkOption EXPORT_OPTIONS[] = {
    {"session", NULL, "a report of all that was asked, in order: FILE.html"}};
static const MkOption VERSION_OPTIONS[] = {{"bench", NULL, "measures the speed of sgemm"}};
static const MkOption HELP_OPTIONS[] = {
    {"man", NULL, "verbs and options as roff, for the manual"},
    {"completion", "SHELL", "the completion script for bash, zsh or fish"},
    {"complete", "LINE", "what the last word of LINE could become, as those scripts ask for it"}};

static const MkOption MODEL_OPTIONS[] = {
    {"key", "FILE|KEY", "a public key that verify trusts besides those of the folders model/keys"},
    {"holdout", "TABLE|FOLDER", "compare: people, of whom those new to both models are judged"},
    {"people", "N", "compare: at most N people of a source; 100 when there are several"},
    {"most", "N", "compare: rows of a table; 15 when not said"},
    {"registry", "FILE",
     "registry that register writes; registry.tsv beside the model if not said"}};

#define LIST(options) (options), sizeof(options) / sizeof *(options)
#define NO_OPTIONS NULL, 0

enum { PROMPT_AND_SCRIPT = MK_VALID_PROMPT | MK_VALID_SCRIPT };

static const MkVerb VERBS[] = {
    {"attributes", "attributes [PATTERN]", "Lists attributes",
     "Name, label, type, unit, levels, category and the share of people in whom the attribute was "
     "observed in training. PATTERN is searched for in names, labels and categories, without "
     "regard to case; the pattern modifiable lists what a person can change.\n\n"
     "  manikin attributes cholesterol\n"
     "  manikin attributes --json",
     "/", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_attributes},
    {"given", "given [A=V ...] [from X] [--only]", "Adds to what is known; without words shows it",
     "V is a number in the attribute's unit or with its own (weight=180lb), a level's name, a "
     "range "
     "(age=40..50, age=40..) or a set of levels (smoking={never,former}). A value given again "
     "replaces the one before. Quote what has blanks or commas in it: 'A=V'. "
     "'from' starts with what X says: a person (it replaces what is given), a scenario (it lies "
     "over what is given) or a row of a table of people, 'from people.csv row 3'.\n\n"
     "  manikin -e 'given age=45 sex=male' estimate hba1c\n"
     "  manikin -e 'given from people.csv row 3' -e 'given smoking=never' estimate hba1c",
     "Enter", MK_VALID_ALL, true, LIST(GIVEN_OPTIONS), mk_verb_given},
    {"forget", "forget A ... [--all]", "Takes away from what is known",
     "The attributes must be given ones; --all forgets everything that is given. Targets and "
     "scenarios stay.\n\n"
     "  manikin -e 'given age=45 sex=male' -e 'forget sex' given",
     "f", MK_VALID_ALL, true, LIST(FORGET_OPTIONS), mk_verb_forget},
    {"target", "target [A ...] [--drop]",
     "Adds attributes to the targets; without words shows them",
     "Verbs that take targets use these when the line names none. --drop takes the named targets "
     "away, or all of them when none is named.\n\n"
     "  manikin -e 'target hba1c bmi' estimate given age=45",
     "t", MK_VALID_ALL, true, LIST(DROP_OPTIONS), mk_verb_target},
    {"estimate", "estimate [TARGET...] [from X] [given A=V ...]",
     "The distribution of each target, given what is known",
     "Mean, standard deviation, median, mode, interval and quantiles of a number; the probability "
     "of each level otherwise; and the shift against the population. What the session knows and "
     "what follows 'given' is the evidence. A range or a set is answered by mixing over it. 'from' "
     "starts with a person, a scenario or a row of a table instead (see person). Where nobody was "
     "observed with a target and a known value, a note names them, what their correlation r may "
     "be, and how far the answer moves with it.\n\n"
     "  manikin estimate hba1c given age=45 sex=male bmi=31\n"
     "  manikin estimate hba1c,smoking given age=40..50 --level 0.5 --json",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_estimate},
    {"plot", "plot [TARGET...] [vs A] [from X] [given A=V ...]",
     "Draws the distribution of a target",
     "The posterior with its median and bands, and behind it the population, or, while nothing is "
     "known, the training people, with a note how far both overlap; bars for levels. With 'vs', "
     "how the target moves with A while all else that is known is held, and a second figure of the "
     "two together: of numbers the lines that hold half and 90 % of the model's people and people "
     "drawn from it, of a number and levels a curve a level. Where the model keeps a table of the "
     "training people for the two, they stand behind as shaded cells or beside as points, and "
     "without evidence a table and a note say how far both agree. Drawn by gnuplot: on the "
     "terminal, or with -o to a file ending in .svg, .png, .pdf or .gp (the script); the second "
     "figure goes to FILE-2.\n\n"
     "  manikin plot hba1c given age=45 bmi=31 -o hba1c.svg\n"
     "  manikin plot hba1c vs bmi given age=45 -o hba1c-bmi.gp",
     "p", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_plot},
    {"scenario", "scenario [NAME] [A=V ...] [from X] [--drop]",
     "Names a set of evidence; without words lists them",
     "A scenario lies over what is given when it is compared: its values win. 'from' starts with "
     "what another scenario, a person or a row of a table says. A name used again replaces the "
     "scenario. --drop takes it "
     "away.\n\n"
     "  manikin -e 'scenario normal smoking=never' -e 'scenario unhealthy from normal "
     "smoking=current' scenario",
     "s", MK_VALID_ALL, true, LIST(DROP_OPTIONS), mk_verb_scenario},
    {"person", "person [NAME] [A=V ...] [from X] [--drop]",
     "Names a person's whole evidence; without words lists the persons",
     "A person stands for itself: what else is given does not count. With a name alone the person "
     "is what is given now. Wherever a line has 'from X', X is a person, a scenario (over what is "
     "given) or TABLE row N, rows counted from 1 after the header; values after 'given' lie over "
     "it. A table's columns have the names of attributes, others are left out with a note, empty "
     "cells are unknown. A name with a suffix or a slash is a table. --drop takes the person "
     "away.\n\n"
     "  manikin -e 'person ann age=45 sex=female bmi=31' estimate hba1c from ann given "
     "smoking=current\n"
     "  manikin -e 'person third from people.csv row 3' -e 'person leaner from third bmi=22' "
     "compare hba1c across third leaner",
     "", MK_VALID_ALL, true, LIST(DROP_OPTIONS), mk_verb_person},
    {"compare", "compare [TARGET...] [across NAME...] [from X] [given A=V ...] [--all] [--most N]",
     "Scenarios or persons side by side, with their differences",
     "Scenarios and persons are columns, targets rows. Without 'across' all scenarios are "
     "compared, "
     "or all persons when there are no scenarios. Differences are against the first scenario named "
     "after "
     "'across', or the first of all, with their interval and the probability of their "
     "direction; targets stand by the size of their change: that of the median in population sd, "
     "or of levels the shift of a normal distribution that changes as much. Without targets, or "
     "with --all, all attributes "
     "are compared but those that a scenario sets, and the ones that differ most are shown (all "
     "of them as JSON or CSV).\n\n"
     "  manikin -e 'scenario lean bmi=22' -e 'scenario heavy bmi=34' compare hba1c given age=45\n"
     "  manikin -e 'scenario lean bmi=22' -e 'scenario heavy bmi=34' compare --most 40",
     "s", MK_VALID_ALL, false, LIST(COMPARE_OPTIONS), mk_verb_compare},
    {"pairs", "pairs [TARGET...] [from X] [given A=V ...]",
     "Every two attributes against each other",
     "Of each two of the TARGETs: Spearman's rank correlation and the mutual information in nats "
     "of "
     "the model, given what is known, strongest first. Where the model keeps a table of the "
     "training people for the two (small cells are not kept) and nothing is known, theirs stand "
     "beside it, for the same cells, and the share in which the two overlap. A figure each: of two "
     "numbers the lines that hold half and 90 % of the model's people, people drawn from it, and "
     "the training people as shaded cells; of a number and levels a curve a level; of levels "
     "shares. What is known of a TARGET itself is left free. With -o pairs.svg the others go to "
     "pairs-2.svg, pairs-3.svg and so on.\n\n"
     "  manikin pairs age bmi systolic_bp\n"
     "  manikin pairs sleep_hours smoking bmi given sex=female age=40..60",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_pairs},
    {"explore", "explore [TARGET] [from X] [given A=V ...]",
     "Which attributes are related to a target, and what moves with it",
     "TARGET is an attribute, or an event such as smoking=current or 'P(hba1c>=6.5)'. For every "
     "other attribute, strongest first: the strength of its relation given what is known (mutual "
     "information in nats, of any shape: a linear relation of correlation 0.5 has 0.14), the "
     "effect (how much the answer is expected to change when the attribute becomes known), the "
     "form and the shape of the answer along the attribute (eighths of its people, or levels), the "
     "lowest and the highest answer, and in how many people both were observed together. The "
     "second table is the reverse: the target is set low and high (5 and 95 % of its distribution, "
     "or two levels) and what else moves is listed, by the share in which the two groups differ. "
     "The answer of a nominal target is the probability of its likeliest level, of an ordinal one "
     "its mean level. With -o to a figure file: the strongest as bars, and the numbers that move "
     "most.\n\n"
     "  manikin explore hba1c given age=45 sex=male\n"
     "  manikin explore smoking=current --most 40\n"
     "  manikin explore sleep_hours --json",
     "x", MK_VALID_ALL, false, LIST(EXPLORE_OPTIONS), mk_verb_explore},
    {"optimize",
     "optimize MEASURE min|max|=V over A[=RANGE] [subject to C] [from X] [given A=V ...]",
     "Inputs that give a wanted output, with what they cost",
     "MEASURE is a number (its median) or a probability such as P(hba1c>=6.5) or smoking=current; "
     "it is brought as low or high as it gets, or to V. The inputs after 'over' are what a person "
     "can change (the schema's modifiable attributes, or a whole category of them; --any takes "
     "others too), each within its RANGE (LOW..HIGH or {LEVEL,LEVEL}), else within what 95 % of "
     "people like this one have, or the levels that at least 2 % of them have: people with the "
     "evidence that stays, without inputs and goal. The search begins where the person is expected "
     "to be. Constraints are MEASURE <= V or >= V; and the values together stay plausible: their "
     "support does not fall below --support, and no two inputs go where fewer than one in two "
     "hundred people have both (numbers follow a level that rules them out).\n\n"
     "Solutions differ in which inputs change and how far; the least effort comes first, the sum "
     "of the changes in population sd, and the star marks the one that goes farthest. Changes that "
     "hardly help are left out. Each has a line that can be typed. When the goal is out of reach, "
     "a "
     "note says how near it came and what stops it. The search is the same whatever the number of "
     "threads; interrupted, it shows the best so far.\n\n"
     "  manikin optimize systolic_bp min over bmi, sodium, fibre given age=50 sex=male\n"
     "  manikin optimize hba1c =5.4 over bmi=22..30, smoking subject to 'waist<=100' given age=50",
     "o", MK_VALID_ALL, false, LIST(OPTIMIZE_OPTIONS), mk_verb_optimize},
    {"impute", "impute TABLE [--draws M]", "Fills the gaps of a table of people",
     "TABLE is CSV with a header of attribute names. Gaps of its own columns are filled, with the "
     "median for numbers and the likeliest level otherwise; rows, their order and the columns "
     "stay, "
     "columns that the model does not know pass through. With --draws, M tables whose gaps are "
     "drawn, each given what is known in its row, one below the other, with first columns row "
     "and draw. CSV unless said otherwise.\n\n"
     "  manikin impute people.csv -o filled.csv\n"
     "  manikin impute people.csv --draws 5 --seed 1",
     "", MK_VALID_ALL, false, LIST(IMPUTE_OPTIONS), mk_verb_impute},
    {"sample", "sample N [of A,B,...] [from X] [given A=V ...]", "Draws synthetic persons",
     "N persons from the joint distribution of all attributes, or of those named after of, under "
     "what is given: values, ranges and sets are met exactly. They are nobody: each attribute is "
     "drawn given what is known and all that was drawn before it. What such a person would not "
     "have been asked is empty. The same seed gives the same persons, in any number. CSV, written "
     "as they come; -o FILE.csv (.gz, .xz). Unusual values give a note that says so; with "
     "--least-support nobody is drawn when their support is lower, and the exit code is 4.\n\n"
     "With --missing SOURCE, the name of a study that the model was trained on, the persons lack "
     "what people of that study lack: what it never asked, and whole parts of it that its people "
     "missed or declined, by their age and the like; what is given is there. A model of one table "
     "without a column source has the source table. The model is told the source too, when it "
     "knows that attribute and nothing else is given.\n\n"
     "  manikin sample 1000 of age,sex,bmi,hba1c --seed 1\n"
     "  manikin sample 100000 given age=60..79 smoking={never,former} -o cohort.csv.gz",
     "", MK_VALID_ALL, false, LIST(SAMPLE_OPTIONS), mk_verb_sample},
    {"support", "support [TARGET...] [from X] [given A=V ...]", "How typical the evidence is",
     "The share of people who are as typical as these values together, or less; and which values "
     "pull it down, strongest first: each against what the others let expect, and the support of "
     "the others without it. With targets, JSON gives how many people were seen with each of them "
     "and the evidence. A table lists what was never, or hardly ever, observed in the same people: "
     "targets with known values (the answer rests on the attributes that link them) and known "
     "values with each other, the model's correlation r of the two, and all that it may be.\n\n"
     "  manikin support hba1c given age=45 bmi=31",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_support},
    {"expect", "expect MEASURE [NAME] <|<=|>|>= NAME|NUMBER [from X] [given A=V ...]",
     "Checks that a relation holds",
     "MEASURE is an attribute (its median), a level (smoking=current) or an event (P(hba1c>=6.5)), "
     "both probabilities. It is taken in the scenario or person NAME, or in what is given, and "
     "compared with another or with a number. When it does not hold, both values are told and the "
     "exit code is 4; a script goes on, so that all its checks are told. Quote < and > in a "
     "shell.\n\n"
     "  manikin expect 'hba1c < 6.5' given age=45 bmi=31\n"
     "  manikin -e 'scenario lean bmi=22' -e 'scenario heavy bmi=38' -e 'expect P(hba1c>=6.5) "
     "heavy > lean' -e 'expect sleep_hours lean > 5'",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_expect},
    {"import", "import SOURCE|RECIPE FILES-OR-FOLDER...", "Survey files as tables",
     "With a recipe, FILE.recipe: all its studies, whose files lie in folders of FOLDER, one table "
     "each into the folder named with -o; and a report of what the sources have: people, "
     "attributes and gaps, the attributes that two of them share, outliers, medians that look like "
     "another unit. Without -o only the report.\n\n"
     "SOURCE is a folder of sources/, or another with the same files in it (manikin-schema(5)). "
     "The files are SAS transport or CSV files, also packed with gzip or xz, or folders of them. "
     "CSV "
     "unless said otherwise; what was read is told on standard error. Nothing is fetched from "
     "anywhere.\n\n"
     "Write it to a file with -o people.csv.gz.",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_import},
    {"schema", "schema infer|check [FILE...] [-o FOLDER]",
     "Drafts a schema for files of your own; checks one",
     "'infer FILE...' reads CSV or SAS transport files (several are joined by the variable that "
     "names the person) and drafts what 'import' and 'train' need: for every variable an attribute "
     "with its type, label, unit, levels, domain and missing codes. Variables that are attributes "
     "of the program's own schema get their names, levels and units, with a conversion where the "
     "median says that the file has another unit. Ids, dates, free text, constant and repeated "
     "columns are left out. Every guess is told with its reason, the most doubtful first. With -o "
     "the folder gets schema.tsv, mapping.tsv, source.tsv and decisions.md; nothing that is there "
     "is written over. The draft imports as it is.\n\n"
     "'check [SCHEMA|FOLDER] [TABLE]' tells all that is wrong or doubtful at once, with file, line "
     "and column: of a schema, of a folder's source.tsv and mapping.tsv, and of a table of people "
     "against the schema; then how many attributes there are of each category and type. Without "
     "words it checks the program's own schema. The exit code is 3 when something is wrong.\n\n"
     "  manikin schema infer people.csv\n"
     "  manikin schema infer people.csv -o drafted\n"
     "  manikin import drafted people.csv -o drafted/table.csv.gz\n"
     "  manikin schema check drafted\n"
     "  manikin schema check drafted/schema.tsv drafted/table.csv.gz",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_schema},
    {"train", "train [RECIPE] [--table FILE --schema FILE] [--kind KIND] -o FILE", "Trains a model",
     "A recipe says sources, weights, kind, sizes and schedule; the short form trains on one "
     "table. "
     "Progress is told on standard error. The model file is complete or absent; an interrupt ends "
     "the training cleanly and --resume goes on to the same numbers. --extend goes on from a model "
     "with new attributes and people; what it knows is kept, and what moved is told.\n\n"
     "  manikin train --table people.csv --schema people.tsv --kind copula -o mine.safetensors",
     "", MK_VALID_ALL, false, LIST(TRAIN_OPTIONS), mk_verb_train},
    {"evaluate",
     "evaluate [MODEL] --holdout|--external TABLE [given A=V ...] [--train TABLE] "
     "[--against MODEL] [-o DIR]",
     "Judges a model on people it has not seen",
     "A table that holds both training and held-out people is split as the model's training split "
     "it, and the held-out ones are judged; people whom a model named with --against was trained "
     "on are left out. Of several sources at most 1,000 people each are judged, chosen by the hash "
     "of their id. One section comes after the other:\n\n"
     "  imputation     each attribute hidden in turn, asked with the ten known that are most\n"
     "                 related to it, of those that the person's source has; by type, by source,\n"
     "                 by how much was known; beside the training median or mode\n"
     "  masks          many cells hidden at once: at random, whole categories, what another\n"
     "                 source does not ask; or those of --mask\n"
     "  calibration    whether intervals and probabilities are what they say\n"
     "  fidelity       persons drawn, beside real ones; what can be learned from them\n"
     "  privacy        whether attacks tell who was trained on, with the training people at hand\n"
     "  scenarios      the checks of the scenarios that come with the program\n"
     "  external       another survey's people beside the model's population (--external)\n"
     "  joint          log density of up to 200 whole people by the chain rule in 8 orders;\n"
     "                 energy score of attributes drawn together\n"
     "  unconditional  whether the answer with nothing known is the population\n\n"
     "Attacks ask up to 6,000 training people and as many held-out ones of the same sources "
     "(--quick: "
     "1,500), in one box as in the other, whatever --people says. membership_auc is the AUC of the "
     "best of four attacks, each as it is and turned round: an AUC of 0.4 tells as much as one of "
     "0.6. The best of several noisy figures is above 0.5 by chance, about one and a half standard "
     "errors on the mean were they independent.\n\n"
     "--sections runs some of them; --quick judges fewer people. Each figure has its standard "
     "error over people. An interrupt ends the work and shows the sections that are done, as a "
     "part (exit code 130).\n\n"
     "A scoreboard on top says which thresholds hold, which fail and which nobody measured; when "
     "one fails the exit code is 4. With --quick a figure that two standard errors carry over its "
     "threshold is undecided: it neither holds nor fails. Without it the "
     "figure alone decides. A model declares thresholds in its recipe, 'threshold NAME LOW "
     "HIGH' with - for an open end (manikin-model(7)); NAME is a figure, a member of figures in "
     "report.json. A model that declares none is held against these: no_worse at least 0.95 and "
     "better 0.90 (shares of numeric attributes no worse and better than the training median), "
     "levels_better 0.90, coverage 0.87 to 0.93, coverage_by_source 0.88 to 0.92, error_against "
     "and "
     "error_rare_against at most 0 (with --against), unconditional at least 0.99, scenarios_held "
     "1, "
     "external_overlap 0.95, calibration_within 0.95, ece at most 0.02, membership_auc at most "
     "0.53 "
     "and exact_copies_excess at most 0.\n\n"
     "With -o a folder gets report.json, report.html, report.md and report.csv.\n\n"
     "--external alone puts only the model's population beside another survey: mean, sd, z and "
     "overlap of each attribute of a list, and what is given when nothing is said: the newest "
     "source of the same survey. With --train, or training people in --holdout, people of the "
     "model's own survey are put beside them too. Its people are asked one by one as well.\n\n"
     "Try it on your own people with 'manikin evaluate --holdout people.csv.gz --part all'.",
     "", MK_VALID_ALL, false, LIST(EVALUATE_OPTIONS), mk_verb_evaluate},
    {"model",
     "model list|show|card|verify|compare|history|register [NAME|FILE] [NAME|FILE] [--holdout "
     "TABLE]",
     "Models: which there are, what they are, whether they are whole",
     "list shows the models that come with the program and your own, and whether each is the file "
     "of a registered release; show tells a model's kind, sizes and digest; card prints all that "
     "is known of it: purpose, people, sources and their licences, schema, training, measured "
     "quality, privacy, limits, as text, --json, or with -o as .md or .html; history "
     "tells the releases there were, oldest first, and what each added.\n\n"
     "verify reads a whole file, checks every number in it and asks it for every attribute; tells "
     "its digest, and fails (exit code 4) when the registry has another one for the release that "
     "the file says it is. The digest tells damage; who made a file is told by a signature of the "
     "minisign format (Ed25519) in FILE.minisig beside it, of a key that you trust: those of the "
     "folders model/keys of the program's and of your own data folder (*.pub), and that of --key. "
     "A wrong signature always fails (exit code 4). One of a key that is not trusted is told and "
     "does not count. With --require-signature what no trusted key has signed fails too; in "
     "the settings file, or with any verb, it refuses to open such a model.\n\n"
     "compare tells what the second model gained and lost against the first: attributes and what "
     "changed in them; populations, correlations of the bases and people seen together where they "
     "differ most. With --holdout also who answers better, of people that neither was trained on: "
     "each attribute hidden in turn and asked of both with the same ten known (the score is CRPS / "
     "sd of numbers, Brier of levels; lower is better), and for the 70 most associated pairs the "
     "log score of one given the other alone, mean of both directions. Differences stand with "
     "their standard error over people (paired bootstrap; of pairs, paired differences), and are "
     "better or worse beyond two of them. Everything is in JSON and CSV, the differences in order "
     "in a figure (-o FILE.svg).\n\n"
     "register writes what a file is into the registry, for who makes a release: nothing of it is "
     "typed by hand.\n\n"
     "  manikin model list\n"
     "  manikin model show\n"
     "  manikin model card -o card.html\n"
     "  manikin model verify\n"
     "  manikin model compare altair bellatrix\n"
     "  manikin model compare altair bellatrix --holdout people.csv -o differences.svg\n"
     "  manikin model history",
     "", MK_VALID_ALL, false, LIST(MODEL_OPTIONS), mk_verb_model},
    {"export", "export FILE [--session]", "Writes the last answer, or all of them, to a file",
     "In the format of the suffix: .txt, .csv, .json, .md (also with .gz or .xz), or its figure as "
     ".svg, .png, .pdf or .gp; a second figure goes to FILE-2. The line is asked again with the "
     "evidence it had.\n\n"
     ".html makes a report: one file, with its plots inside, that opens in any browser without a "
     "network; it says what was known, which model answered, and ends with the lines that make "
     "the numbers again. With --session it holds everything that was asked, in order. 'run SCRIPT "
     "-o FILE.html' is the report of a script, with the script's comments as its text. A script "
     "of the session is what 'save' writes.\n\n"
     "  manikin -e 'estimate hba1c given age=45' -e 'export answer.json' -e 'export answer.md'\n"
     "  manikin -e 'given age=45' -e 'estimate hba1c' -e 'plot bmi' export all.html --session",
     "e", MK_VALID_ALL, false, LIST(EXPORT_OPTIONS), mk_verb_export},
    {"save", "save FILE", "Writes the session as a script",
     "The lines that made the session what it is, and its questions; 'run FILE' replays them.\n\n"
     "  manikin -e 'given age=45' -e 'estimate hba1c' save mine.scenario",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_save},
    {"run", "run FILE [-o REPORT.html]", "Runs a script",
     "One verb a line (manikin-scenario(5)). FILE may be the name of a script that comes with the "
     "program. The first failing line ends the script, and the session is as it was before; a "
     "check that does not hold (expect) ends nothing, but the exit code is 4. With "
     "-o REPORT.html the answers go into a report instead of standard output.\n\n"
     "  manikin -e 'given age=45' -e 'estimate hba1c' save mine.scenario\n"
     "  manikin run mine.scenario --json\n"
     "  manikin run mine.scenario -o mine.html",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_run},
    {"include", "include FILE", "Runs the lines of another script in place",
     "For what several scripts share: persons, scenarios, targets, options. FILE is looked for in "
     "the folder of the script that includes it, then among those that come with the program. A "
     "script that includes itself is refused.\n\n"
     "In a script or in the settings file: 'include people.scenario'.",
     "", MK_VALID_ALL, false, NO_OPTIONS, mk_verb_include},
    {"undo", "undo", "Takes back the last change",
     "Of what is given, the targets, the scenarios, the persons, or a line of options at the "
     "prompt. What a script changed goes with one undo. The last 1000 changes are kept.",
     "u", PROMPT_AND_SCRIPT, false, NO_OPTIONS, mk_verb_undo},
    {"redo", "redo", "Does again what was taken back", "Until something else is changed.", "Ctrl-R",
     PROMPT_AND_SCRIPT, false, NO_OPTIONS, mk_verb_redo},
    {"help", "help [VERB]", "Verbs and options, or all about one verb",
     "The same text is in the manual, manikin(1). Completion in bash, zsh and fish comes with "
     "'make install'; elsewhere --completion writes the script that the shell reads.\n\n"
     "  manikin help estimate\n"
     "  manikin help --completion bash",
     "?", MK_VALID_ALL, false, LIST(HELP_OPTIONS), mk_verb_help},
    {"version", "version [--bench]", "Versions of the program and of what it uses",
     "The linear algebra library with the kernel that it chose for this processor, the number of "
     "threads, gnuplot, and the folders and files in use: models, scripts, settings, history. With "
     "--bench, the measured speed of sgemm on one and on all "
     "threads.\n\n"
     "  manikin version",
     "", MK_VALID_ALL, false, LIST(VERSION_OPTIONS), mk_verb_version},
    {"quit", "quit", "Leaves", "In a script it ends the script.", "q", PROMPT_AND_SCRIPT, false,
     NO_OPTIONS, mk_verb_quit},
};

const MkVerb *mk_verbs(size_t *n)
{
    *n = sizeof VERBS / sizeof *VERBS;
    return VERBS;
}

const MkOption *mk_common_options(size_t *n)
{
    *n = sizeof COMMON_OPTIONS / sizeof *COMMON_OPTIONS;
    return COMMON_OPTIONS;
}

MkStatus mk_verb_find(const char *word, const MkVerb **out, MkError *err)
{
    enum { N = sizeof VERBS / sizeof *VERBS };
    const char *names[N];
    const char *prefixed[N];
    size_t n_prefixed = 0;
    for (size_t i = 0; i < N; i++) {
        names[i] = VERBS[i].name;
        if (strcmp(word, names[i]) == 0) {
            *out = &VERBS[i];
            return MK_OK;
        }
        if (word[0] != '\0' && mk_text_has_prefix(names[i], word)) {
            prefixed[n_prefixed++] = names[i];
            *out = n_prefixed == 1 ? &VERBS[i] : *out;
        }
    }
    if (n_prefixed == 1) {
        return MK_OK;
    }
    MkArena *arena = mk_arena_new(0);
    const char *near = "";
    if (arena != NULL && n_prefixed == 0) {
        near = mk_nearest(arena, word, names, N);
    }
    for (size_t i = 0; arena != NULL && near != NULL && i < n_prefixed; i++) {
        near = mk_arena_printf(arena, "%s%s%s", near, i > 0 ? ", " : "", prefixed[i]);
    }
    near = near != NULL ? near : "";
    if (n_prefixed > 1) {
        mk_fail(err, MK_EINVAL, "'%.60s' can mean several verbs: %s", word, near);
    } else {
        mk_fail(err, MK_EINVAL, "no verb '%.60s'%s%s", word,
                near[0] != '\0' ? ", nearest: " : "; see 'help'", near);
    }
    mk_arena_free(arena);
    return MK_EINVAL;
}

bool mk_verb_asks(const MkVerb *verb)
{
    static const char *const names[] = {"attributes", "estimate", "expect",   "plot",
                                        "pairs",      "explore",  "optimize", "compare",
                                        "impute",     "sample",   "support"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(verb->name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool mk_verb_owns_output(const MkVerb *verb)
{
    return strcmp(verb->name, "train") == 0 || strcmp(verb->name, "evaluate") == 0 ||
           strcmp(verb->name, "import") == 0 || strcmp(verb->name, "sample") == 0 ||
           strcmp(verb->name, "schema") == 0;
}
