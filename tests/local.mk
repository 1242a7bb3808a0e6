# Tests: every program and script prints TAP; the runner tests/run-test.sh gives each one its
# environment and its time limit. A new test is one line here.
#
#   unit_tests    += tests/unit/test_foo        tests/unit/test_foo.c, cmocka, linked with everything
#   numeric_tests += tests/numeric/test_foo     the same, slower, on numbers
#   screen_tests  += tests/screen/test_foo      the same, on screens
#   term_tests    += tests/term/test_foo        real sessions in a pseudo-terminal (libvterm)
#   fuzz_tests    += tests/fuzz/fuzz_foo        LLVMFuzzerTestOneInput; replays tests/fuzz/foo/*
#       with  tests_fuzz_fuzz_foo_LDADD = $(MK_LIBS_FUZZ)
#       and   tests_fuzz_fuzz_foo_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
#   script_tests  += tests/cli/foo.sh           see tests/tap.sh
MK_TEST_LIBS = $(VTERM_LIBS)
unit_tests =
numeric_tests =
screen_tests =
term_tests =
fuzz_tests =
script_tests =
tool_tests = tools/check-layers.sh tools/check-sources.sh tools/check-style.sh

LDADD = libmkview.a libmanikin.a $(MK_LIBS) $(CMOCKA_LIBS) $(MK_TEST_LIBS)

fuzz_tests += tests/fuzz/fuzz_file
tests_fuzz_fuzz_file_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_file_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_gnuplot
tests_fuzz_fuzz_gnuplot_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_gnuplot_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_line
tests_fuzz_fuzz_line_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_line_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_lists
tests_fuzz_fuzz_lists_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_lists_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_model
tests_fuzz_fuzz_model_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_model_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_number
tests_fuzz_fuzz_number_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_number_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_mapping
tests_fuzz_fuzz_mapping_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_mapping_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_recipe
tests_fuzz_fuzz_recipe_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_recipe_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_rules
tests_fuzz_fuzz_rules_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_rules_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_schema
tests_fuzz_fuzz_schema_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_schema_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_script
tests_fuzz_fuzz_script_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_script_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_signature
tests_fuzz_fuzz_signature_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_signature_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_svg
tests_fuzz_fuzz_svg_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_svg_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_stream
tests_fuzz_fuzz_stream_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_stream_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_table
tests_fuzz_fuzz_table_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_table_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
fuzz_tests += tests/fuzz/fuzz_value
tests_fuzz_fuzz_value_LDADD = $(MK_LIBS_FUZZ)
tests_fuzz_fuzz_value_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)
if HAVE_READSTAT
fuzz_tests += tests/fuzz/fuzz_xpt
MK_SOAK_XPT = xpt
else
MK_SOAK_XPT =
endif
tests_fuzz_fuzz_xpt_SOURCES = tests/fuzz/fuzz_xpt.c helper/convert.c
tests_fuzz_fuzz_xpt_LDADD = $(MK_LIBS_FUZZ) $(READSTAT_LIBS)
tests_fuzz_fuzz_xpt_LDFLAGS = $(AM_LDFLAGS) $(MK_FLAGS_FUZZ)

script_tests += tests/cli/card.sh
script_tests += tests/cli/completion.sh
script_tests += tests/cli/disk.sh
script_tests += tests/cli/evaluate.sh
script_tests += tests/cli/explore.sh
script_tests += tests/cli/models.sh
script_tests += tests/cli/optimize.sh
script_tests += tests/cli/privacy.sh
script_tests += tests/cli/private.sh
script_tests += tests/cli/files.sh
script_tests += tests/cli/gate.sh
script_tests += tests/cli/kill.sh
script_tests += tests/cli/manual.sh
script_tests += tests/cli/readme.sh
script_tests += tests/cli/relate.sh
script_tests += tests/cli/report.sh
script_tests += tests/cli/sample.sh
script_tests += tests/cli/schema.sh
script_tests += tests/cli/scripts.sh
script_tests += tests/cli/sources.sh
script_tests += tests/cli/statements.sh
script_tests += tests/cli/streams.sh
script_tests += tests/cli/valgrind.sh
script_tests += tests/cli/words.sh
EXTRA_DIST += tests/cli/people.sh tests/cli/fault.c
# A disk that fails, preloaded by disk.sh; without sanitizers, which want to come first.
tests/cli/fault.so: tests/cli/fault.c
	@$(MKDIR_P) tests/cli
	$(AM_V_CC)$(CC) -D_GNU_SOURCE -fPIC -shared -O1 -o $@ $(srcdir)/tests/cli/fault.c -ldl
check_DATA = tests/cli/fault.so
CLEANFILES += tests/cli/fault.so
update-readme: manikin$(EXEEXT)
	MK_UPDATE_README=1 MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(srcdir)/tests/run-test.sh $(SHELL) $(srcdir)/tests/cli/readme.sh
.PHONY: update-readme
# The pictures of doc/gallery, with tmux, gnuplot, rsvg-convert and chromium where they are.
gallery: manikin$(EXEEXT)
	MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' $(SHELL) $(srcdir)/doc/gallery/make.sh
.PHONY: gallery
unit_tests += tests/unit/test_arena
unit_tests += tests/unit/test_buf
unit_tests += tests/unit/test_cohort
unit_tests += tests/unit/test_complete
unit_tests += tests/unit/test_explore
unit_tests += tests/unit/test_fidelity
tests_unit_test_fidelity_SOURCES = tests/unit/test_fidelity.c tests/numeric/people.c
unit_tests += tests/unit/test_gate
unit_tests += tests/unit/test_file
unit_tests += tests/unit/test_json
unit_tests += tests/unit/test_map
unit_tests += tests/unit/test_measure
unit_tests += tests/unit/test_optimize
unit_tests += tests/unit/test_parse
unit_tests += tests/unit/test_pool
unit_tests += tests/unit/test_rng
unit_tests += tests/unit/test_gnuplot
unit_tests += tests/unit/test_image
unit_tests += tests/unit/test_infer
unit_tests += tests/unit/test_plot
unit_tests += tests/unit/test_status
unit_tests += tests/unit/test_text
unit_tests += tests/unit/test_theme
unit_tests += tests/unit/test_contrast
unit_tests += tests/unit/test_expr
unit_tests += tests/unit/test_schema
unit_tests += tests/unit/test_registry
unit_tests += tests/unit/test_session
unit_tests += tests/unit/test_signature
unit_tests += tests/unit/test_leak
unit_tests += tests/unit/test_source
unit_tests += tests/unit/test_study
unit_tests += tests/unit/test_split
unit_tests += tests/unit/test_table
unit_tests += tests/unit/test_rules
unit_tests += tests/unit/test_value
unit_tests += tests/unit/test_result
unit_tests += tests/unit/test_render
unit_tests += tests/unit/test_html
unit_tests += tests/unit/test_query
unit_tests += tests/unit/test_relate
unit_tests += tests/unit/test_joint
unit_tests += tests/unit/test_eval
unit_tests += tests/unit/test_thresholds
unit_tests += tests/unit/test_calibrated
unit_tests += tests/unit/test_masks
unit_tests += tests/unit/test_external

unit_tests += tests/unit/test_marginal
unit_tests += tests/unit/test_distribution
unit_tests += tests/unit/test_weights
unit_tests += tests/unit/test_mask
numeric_tests += tests/numeric/test_likelihood
numeric_tests += tests/numeric/test_kernels
numeric_tests += tests/numeric/test_net
tests_numeric_test_net_SOURCES = tests/numeric/test_net.c tests/numeric/people.c
numeric_tests += tests/numeric/test_causal
tests_numeric_test_causal_SOURCES = tests/numeric/test_causal.c tests/numeric/people.c
numeric_tests += tests/numeric/test_copula
tests_numeric_test_copula_SOURCES = tests/numeric/test_copula.c tests/numeric/people.c
numeric_tests += tests/numeric/test_model
tests_numeric_test_model_SOURCES = tests/numeric/test_model.c tests/numeric/people.c
numeric_tests += tests/numeric/test_train
tests_numeric_test_train_SOURCES = tests/numeric/test_train.c tests/numeric/people.c
numeric_tests += tests/numeric/test_sources
tests_numeric_test_sources_SOURCES = tests/numeric/test_sources.c tests/numeric/sources.c tests/numeric/people.c
numeric_tests += tests/numeric/test_summary
tests_numeric_test_summary_SOURCES = tests/numeric/test_summary.c tests/numeric/people.c
numeric_tests += tests/numeric/test_small_cells
tests_numeric_test_small_cells_SOURCES = tests/numeric/test_small_cells.c tests/numeric/people.c
numeric_tests += tests/numeric/test_support
numeric_tests += tests/numeric/test_calibrate
tests_numeric_test_calibrate_SOURCES = tests/numeric/test_calibrate.c tests/numeric/people.c
tests_numeric_test_support_SOURCES = tests/numeric/test_support.c tests/numeric/people.c
numeric_tests += tests/numeric/test_linkage
numeric_tests += tests/numeric/test_compose
numeric_tests += tests/numeric/test_gaps
tests_numeric_test_gaps_SOURCES = tests/numeric/test_gaps.c tests/numeric/people.c
numeric_tests += tests/numeric/test_learned
tests_numeric_test_learned_SOURCES = tests/numeric/test_learned.c tests/numeric/people.c
numeric_tests += tests/numeric/test_orders
tests_numeric_test_orders_SOURCES = tests/numeric/test_orders.c tests/numeric/people.c
numeric_tests += tests/numeric/test_draw
tests_numeric_test_draw_SOURCES = tests/numeric/test_draw.c tests/numeric/people.c
numeric_tests += tests/numeric/test_hivae
tests_numeric_test_hivae_SOURCES = tests/numeric/test_hivae.c tests/numeric/people.c
numeric_tests += tests/numeric/test_medvae
tests_numeric_test_medvae_SOURCES = tests/numeric/test_medvae.c tests/numeric/people.c
numeric_tests += tests/numeric/test_private
numeric_tests += tests/numeric/test_exact
tests_numeric_test_exact_SOURCES = tests/numeric/test_exact.c tests/numeric/people.c
numeric_tests += tests/numeric/test_mixture
tests_numeric_test_mixture_SOURCES = tests/numeric/test_mixture.c tests/numeric/people.c
numeric_tests += tests/numeric/test_privacy
tests_numeric_test_privacy_SOURCES = tests/numeric/test_privacy.c tests/numeric/tabular.c tests/numeric/people.c
numeric_tests += tests/numeric/test_tvae
tests_numeric_test_tvae_SOURCES = tests/numeric/test_tvae.c tests/numeric/tabular.c tests/numeric/people.c
numeric_tests += tests/numeric/test_verbs
tests_numeric_test_verbs_SOURCES = tests/numeric/test_verbs.c tests/numeric/chance.c tests/fuzz/mutate.c
numeric_tests += tests/numeric/test_ctgan
tests_numeric_test_ctgan_SOURCES = tests/numeric/test_ctgan.c tests/numeric/tabular.c tests/numeric/people.c

# Screens compared with tests/screen/*.txt; the diff of a rewritten file is reviewed like code.
screen_tests += tests/screen/test_explore
tests_screen_test_explore_SOURCES = tests/screen/test_explore.c tests/screen/fixture.c
screen_tests += tests/screen/test_optimize
tests_screen_test_optimize_SOURCES = tests/screen/test_optimize.c tests/screen/fixture.c
screen_tests += tests/screen/test_figure
tests_screen_test_figure_SOURCES = tests/screen/test_figure.c tests/screen/fixture.c
screen_tests += tests/screen/test_workbench
tests_screen_test_workbench_SOURCES = tests/screen/test_workbench.c tests/screen/fixture.c
screen_tests += tests/screen/test_screens
tests_screen_test_screens_SOURCES = tests/screen/test_screens.c tests/screen/fixture.c tests/screen/results.c
screen_tests += tests/screen/test_keys
tests_screen_test_keys_SOURCES = tests/screen/test_keys.c tests/screen/fixture.c tests/screen/results.c
screen_tests += tests/screen/test_monkey
update-screens: $(screen_tests)
	for test in $(screen_tests); do \
	    LC_ALL=C.UTF-8 MK_SRCDIR='$(abs_top_srcdir)' MK_UPDATE_SCREENS=1 $$test || exit 1; \
	done
.PHONY: update-screens
unit_tests += tests/unit/test_grid
unit_tests += tests/unit/test_app
unit_tests += tests/unit/test_sheet
tests_unit_test_app_SOURCES = tests/unit/test_app.c tests/screen/fixture.c

# The program in a pseudo-terminal. It needs the small model of tests/cli/people.sh.
term_tests += tests/term/test_sessions
tests_term_test_sessions_SOURCES = tests/term/test_sessions.c tests/term/session.c
tests_term_test_sessions_LDADD = $(LDADD) -lutil
term_tests += tests/term/test_keys
tests_term_test_keys_SOURCES = tests/term/test_keys.c tests/term/session.c
tests_term_test_keys_LDADD = $(LDADD) -lutil
term_tests += tests/term/test_random
tests_term_test_random_SOURCES = tests/term/test_random.c tests/term/session.c
tests_term_test_random_LDADD = $(LDADD) -lutil
EXTRA_PROGRAMS += tests/term/test_random
term_tests += tests/term/test_terminal
tests_term_test_terminal_SOURCES = tests/term/test_terminal.c tests/term/session.c
tests_term_test_terminal_LDADD = $(LDADD) -lutil

if HAVE_CMOCKA
MK_CMOCKA_TESTS = $(unit_tests) $(numeric_tests) $(screen_tests)
else
MK_CMOCKA_TESTS =
endif
if HAVE_VTERM
MK_TERM_TESTS = $(term_tests)
else
MK_TERM_TESTS =
endif

# With --enable-fuzz the targets are fuzzers to run by hand; otherwise they replay their samples.
if ENABLE_FUZZ
noinst_PROGRAMS += $(fuzz_tests)
MK_FUZZ_TESTS =
MK_FLAGS_FUZZ = -fsanitize=fuzzer
MK_LIBS_FUZZ = libmkview.a libmanikin.a $(MK_LIBS)
else
MK_FUZZ_TESTS = $(fuzz_tests)
MK_FLAGS_FUZZ =
noinst_LIBRARIES += libmkreplay.a
libmkreplay_a_SOURCES = tests/fuzz/replay.c tests/fuzz/mutate.c tests/fuzz/mutate.h
MK_LIBS_FUZZ = libmkreplay.a libmkview.a libmanikin.a $(MK_LIBS)
endif

# Under sanitizers the sources are not checked a second time and no terminal session is timed.
if SANITIZED
check_PROGRAMS = $(MK_CMOCKA_TESTS) $(MK_FUZZ_TESTS)
TESTS = $(check_PROGRAMS) $(script_tests)
AM_TESTS_ENVIRONMENT = MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
    MK_SANITIZED=1; export MK_SRCDIR MK_BUILDDIR MK_SANITIZED;
else
check_PROGRAMS = $(MK_CMOCKA_TESTS) $(MK_TERM_TESTS) $(MK_FUZZ_TESTS)
TESTS = $(check_PROGRAMS) $(script_tests) $(tool_tests)
AM_TESTS_ENVIRONMENT = MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)'; \
    export MK_SRCDIR MK_BUILDDIR;
endif
TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/run-test.sh
AM_LOG_DRIVER_FLAGS = --merge --ignore-exit
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(LOG_COMPILER)
AM_SH_LOG_DRIVER_FLAGS = --merge --ignore-exit

EXTRA_DIST += $(script_tests) $(tool_tests) tests/run-test.sh tests/tap.sh

# One test by hand: make check TESTS=tests/unit/test_buf

include tests/bench/local.mk
include tests/soak/local.mk
