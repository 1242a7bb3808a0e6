# make bench: measured numbers and the bars they are held against; never part of make check.
#
#   make bench BENCH=FOLDER          also the table bench/nhanes114 (schema.tsv, train, holdout, masks)
#              BENCH_SECONDS=600     training time of each model on it
#              BENCH_SEEDS="1 2 3"
#              BENCH_TABLE=FILE      also judges MODEL on its held-out people of this imported table
#              BENCH_RECIPE=FILE     and trains by this recipe for a minute, for the throughput
#              MODEL=FILE            instead of the shipped model
EXTRA_PROGRAMS += tests/bench/speed
tests_bench_speed_SOURCES = tests/bench/speed.c
tests_bench_speed_LDADD = libmanikin.a $(MK_LIBS)
CLEANFILES += tests/bench/speed$(EXEEXT)
EXTRA_PROGRAMS += tests/bench/many
tests_bench_many_SOURCES = tests/bench/many.c
tests_bench_many_LDADD = libmanikin.a $(MK_LIBS)
CLEANFILES += tests/bench/many$(EXEEXT)
EXTRA_PROGRAMS += tests/bench/steps
tests_bench_steps_SOURCES = tests/bench/steps.c
tests_bench_steps_LDADD = libmanikin.a $(MK_LIBS)
CLEANFILES += tests/bench/steps$(EXEEXT)
EXTRA_PROGRAMS += tests/bench/ablations
tests_bench_ablations_SOURCES = tests/bench/ablations.c
tests_bench_ablations_LDADD = libmanikin.a $(MK_LIBS)
CLEANFILES += tests/bench/ablations$(EXEEXT)
EXTRA_DIST += tests/bench/ablations.sh
EXTRA_PROGRAMS += tests/bench/linkage
tests_bench_linkage_SOURCES = tests/bench/linkage.c
tests_bench_linkage_LDADD = libmanikin.a $(MK_LIBS)
CLEANFILES += tests/bench/linkage$(EXEEXT)
EXTRA_DIST += tests/bench/linkage.sh
EXTRA_DIST += tests/bench/bench.sh tests/bench/many.sh tests/bench/session.keys
if HAVE_VTERM
if HAVE_CMOCKA
EXTRA_PROGRAMS += tests/bench/keys
tests_bench_keys_SOURCES = tests/bench/keys.c tests/term/session.c
tests_bench_keys_LDADD = libmanikin.a $(MK_LIBS) $(CMOCKA_LIBS) $(MK_TEST_LIBS)
CLEANFILES += tests/bench/keys$(EXEEXT)
MK_BENCH_KEYS = tests/bench/keys$(EXEEXT)
endif
endif

BENCH =
BENCH_SECONDS = 600
BENCH_SEEDS = 1 2 3
BENCH_TABLE =
BENCH_RECIPE = $(srcdir)/sources/bellatrix.recipe
MODEL =

bench: manikin$(EXEEXT) tests/bench/speed$(EXEEXT) $(MK_BENCH_KEYS)
	@BENCH='$(BENCH)' BENCH_SECONDS='$(BENCH_SECONDS)' BENCH_SEEDS='$(BENCH_SEEDS)' \
	    BENCH_TABLE='$(BENCH_TABLE)' BENCH_RECIPE='$(BENCH_RECIPE)' MODEL='$(MODEL)' \
	    MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(srcdir)/tests/bench/bench.sh
.PHONY: bench

# From a key to the screen alone, over the recorded session tests/bench/session.keys:
#   make bench-keys MODEL=FILE
bench-keys: manikin$(EXEEXT) $(MK_BENCH_KEYS)
	@test -n '$(MK_BENCH_KEYS)' || { echo "bench-keys needs libvterm and cmocka" >&2; exit 1; }
	@model='$(MODEL)'; LC_ALL=C.UTF-8 MK_BUILDDIR='$(abs_top_builddir)' tests/bench/keys \
	    "$${model:-$(abs_top_srcdir)/model/bellatrix.safetensors}" '$(srcdir)/tests/bench/session.keys'

# The same and speed.c on a model of MANY attributes, made on the spot from invented people.
MANY = 2000
bench-many: manikin$(EXEEXT) tests/bench/many$(EXEEXT) tests/bench/speed$(EXEEXT) $(MK_BENCH_KEYS)
	@MANY='$(MANY)' LC_ALL=C.UTF-8 MK_BUILDDIR='$(abs_top_builddir)' $(SHELL) '$(srcdir)/tests/bench/many.sh'
# What a step of training costs a row, with attributes that nobody of a source was asked.
bench-steps: tests/bench/steps$(EXEEXT)
	@tests/bench/steps 711 1 20 && tests/bench/steps 1000 1 20 && tests/bench/steps 2200 8 20
.PHONY: bench-keys bench-many bench-steps

# What each choice in training is worth, into doc/ablations.md and doc/ablations.csv:
#   make ablations TABLE=FOLDER      the tables that `manikin import RECIPE ... -o FOLDER/` made
#        ABLATION_RECIPE=FILE        what they are trained by
#        WORK=20 SEEDS="1 2"         10^12 operations of each training; one training a seed
#        VARIANTS="default one-stage"   only these
ABLATION_RECIPE = $(srcdir)/sources/bellatrix.recipe
WORK = 20
SEEDS = 1 2
THREADS = 0
VARIANTS =
ablations: tests/bench/ablations$(EXEEXT)
	@test -n '$(TABLE)' || { echo "make ablations TABLE=FOLDER: where the tables are" >&2; exit 2; }
	@RECIPE='$(ABLATION_RECIPE)' TABLE='$(TABLE)' WORK='$(WORK)' SEEDS='$(SEEDS)' \
	    THREADS='$(THREADS)' VARIANTS='$(VARIANTS)' \
	    MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(srcdir)/tests/bench/ablations.sh
.PHONY: ablations

# Associations across two sources made from one table of one source, held against the truth, into
# doc/linkage.md, doc/linkage.csv and doc/gallery/linkage.svg:
#   make linkage TABLE=FILE          one of the tables that `manikin import RECIPE ... -o FOLDER/` made
#        LINKAGE_SCHEMA=FILE
#        DESIGNS="attributes categories"   how attributes are dealt
#        FROM=FOLDER                 the page alone, from the files of an earlier run
LINKAGE_SCHEMA = $(srcdir)/sources/schema.tsv
DESIGNS = attributes categories
FROM =
linkage: tests/bench/linkage$(EXEEXT)
	@test -n '$(TABLE)$(FROM)' || { echo "make linkage TABLE=FILE: a table of one source" >&2; exit 2; }
	@TABLE='$(TABLE)' SCHEMA='$(LINKAGE_SCHEMA)' DESIGNS='$(DESIGNS)' FROM='$(FROM)' \
	    MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(srcdir)/tests/bench/linkage.sh
.PHONY: linkage

# What joining gives each source, into doc/joining.md and doc/joining.csv:
#   make joining TABLE=FOLDER        the tables that `manikin import RECIPE ... -o FOLDER/` made
#        JOINED=release/base.safetensors   a copula of all of them (make release)
#        PEOPLE=1000                 judged of a source
JOINED = release/base.safetensors
PEOPLE = 1000
EXTRA_DIST += tests/bench/joining.sh
joining: manikin$(EXEEXT)
	@test -n '$(TABLE)' || { echo "make joining TABLE=FOLDER: where the tables are" >&2; exit 2; }
	@TABLE='$(TABLE)' RECIPE='$(ABLATION_RECIPE)' JOINED='$(JOINED)' PEOPLE='$(PEOPLE)' \
	    MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(srcdir)/tests/bench/joining.sh
.PHONY: joining

# Synthetic persons of each kind of model held against real people, into doc/joint.md, and cohorts
# under conditions, into doc/conditions.md and doc/conditions.csv (needs libxgboost-dev):
#   make bench-joint BENCH=FOLDER    the table bench/nhanes114 (schema.tsv, train, holdout)
#        LIFESTYLE=FOLDER|FILE       also the telephone survey of 2020: its files, or the table that
#                                    `manikin import` makes of them
#        BENCH_SECONDS=600           longest training of each kind; on the survey half of it
#        KINDS="mae copula"          only these
#        JOINT_VARIANTS=FILE         also models by other settings, NAME KIND KEY VALUE ... a line: kinds as
#                                    they were published
#        PERSONS=3000                drawn of each; under a condition a third
#        GROUPS="1 4 16 all"         passes a person of kind mae
#        JOINT_SEEDS="1 2 3"         of what is drawn: means and standard deviations
#        PARTS="joint conditions"    only one of the two pages
LIFESTYLE =
KINDS =
JOINT_VARIANTS = $(srcdir)/tests/bench/published.models
PERSONS = 3000
GROUPS = 1 4 16 all
PARTS = joint conditions
JOINT_SEEDS = 1
MK_BENCH_JUDGE = tests/bench/judge.c tests/bench/judge.h
EXTRA_PROGRAMS += tests/bench/fidelity tests/bench/conditions
tests_bench_fidelity_SOURCES = tests/bench/fidelity.c $(MK_BENCH_JUDGE)
tests_bench_fidelity_LDADD = libmanikin.a $(MK_LIBS)
tests_bench_conditions_SOURCES = tests/bench/conditions.c $(MK_BENCH_JUDGE)
tests_bench_conditions_LDADD = libmanikin.a $(MK_LIBS)
CLEANFILES += tests/bench/fidelity$(EXEEXT) tests/bench/conditions$(EXEEXT)
EXTRA_DIST += tests/bench/joint.sh tests/bench/lifestyle.sh tests/bench/published.models
EXTRA_DIST += tests/bench/nhanes114.conditions tests/bench/nhanes114.outcomes
EXTRA_DIST += tests/bench/lifestyle.conditions tests/bench/lifestyle.outcomes
bench-joint: manikin$(EXEEXT) tests/bench/fidelity$(EXEEXT) tests/bench/conditions$(EXEEXT)
	@test -n '$(BENCH)$(LIFESTYLE)' || \
	    { echo "make bench-joint BENCH=FOLDER LIFESTYLE=FOLDER: the tables to learn from" >&2; exit 2; }
	@BENCH='$(BENCH)' LIFESTYLE='$(LIFESTYLE)' BENCH_SECONDS='$(BENCH_SECONDS)' KINDS='$(KINDS)' \
	    VARIANTS='$(JOINT_VARIANTS)' PERSONS='$(PERSONS)' GROUPS_MAE='$(GROUPS)' SEEDS='$(JOINT_SEEDS)' \
	    PARTS='$(PARTS)' MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(srcdir)/tests/bench/joint.sh
.PHONY: bench-joint

# Attacks on who was trained on, into doc/privacy.md and doc/privacy.csv:
#   make privacy BENCH=FOLDER        the table bench/nhanes114 (schema.tsv, train, holdout)
#        BENCH_TABLE=FOLDER          also MODEL on its people of these imported tables
#        MODEL=FILE                  instead of the shipped model
#        PRIVACY_MODELS=FILE         what is attacked, a line each (tests/bench/privacy.models)
#        ATTACKED="copula mae"       only these of it
# What was done in an earlier run (privacy/*.rows in the build folder) is not done again.
PRIVACY_MODELS = $(srcdir)/tests/bench/privacy.models
ATTACKED =
EXTRA_PROGRAMS += tests/bench/privacy
tests_bench_privacy_SOURCES = tests/bench/privacy.c
tests_bench_privacy_LDADD = libmanikin.a $(MK_LIBS)
CLEANFILES += tests/bench/privacy$(EXEEXT)
EXTRA_DIST += tests/bench/privacy.sh tests/bench/privacy.models
privacy: manikin$(EXEEXT) tests/bench/privacy$(EXEEXT)
	@test -n '$(BENCH)' || { echo "make privacy BENCH=FOLDER: the table to learn from" >&2; exit 2; }
	@BENCH='$(BENCH)' BENCH_TABLE='$(BENCH_TABLE)' MODEL='$(MODEL)' MODELS='$(PRIVACY_MODELS)' \
	    ATTACKED='$(ATTACKED)' MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(srcdir)/tests/bench/privacy.sh
.PHONY: privacy

# What differential privacy costs, into doc/dp.md, doc/dp.csv and doc/gallery/dp.svg (needs libxgboost-dev):
#   make bench-privacy BENCH=FOLDER  the table bench/nhanes114 (schema.tsv, train, holdout)
#        EPSILONS="0.5 1 2 4 8"
#        DP_KINDS="copula medvae"
#        DP_PERSONS=1000             drawn of each model
#        DP_RUNS=3                   trainings of each
# What was done in an earlier run (dp/*.row in the build folder) is not done again.
EPSILONS = 0.5 1 2 4 8
DP_KINDS = copula medvae
DP_PERSONS = 1000
DP_RUNS = 3
EXTRA_DIST += tests/bench/dp.sh tests/bench/nhanes114.ranges
bench-privacy: manikin$(EXEEXT) tests/bench/fidelity$(EXEEXT)
	@test -n '$(BENCH)' || { echo "make bench-privacy BENCH=FOLDER: the table to learn from" >&2; exit 2; }
	@BENCH='$(BENCH)' EPSILONS='$(EPSILONS)' KINDS='$(DP_KINDS)' PERSONS='$(DP_PERSONS)' RUNS='$(DP_RUNS)' \
	    MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(srcdir)/tests/bench/dp.sh
.PHONY: bench-privacy
