# make soak: what make check does for seconds, for as long as it takes. Each part ends within an
# hour; parts may be made one by one (README).
#
#   soak-fuzz      ten minutes a reader; four parts. With clang: configure --enable-fuzz --enable-asan
#                  --enable-ubsan, otherwise the samples are changed by tests/fuzz/mutate.c
#   SOAK_SECONDS   another time for each reader, verb or key run
EXTRA_DIST += tests/soak/fuzz.sh
MK_SOAK_FUZZ = MK_SRCDIR='$(abs_top_srcdir)' MK_BUILDDIR='$(abs_top_builddir)' \
    MK_SOAK_LIBFUZZER='$(MK_FLAGS_FUZZ)' $(SHELL) $(srcdir)/tests/soak/fuzz.sh
soak_fuzz_1 = model file stream svg $(MK_SOAK_XPT)
soak_fuzz_2 = table schema mapping rules lists
soak_fuzz_3 = line number value recipe
soak_fuzz_4 = script gnuplot signature
soak-fuzz-1: $(soak_fuzz_1:%=tests/fuzz/fuzz_%$(EXEEXT))
	$(MK_SOAK_FUZZ) $(soak_fuzz_1)
soak-fuzz-2: $(soak_fuzz_2:%=tests/fuzz/fuzz_%$(EXEEXT))
	$(MK_SOAK_FUZZ) $(soak_fuzz_2)
soak-fuzz-3: $(soak_fuzz_3:%=tests/fuzz/fuzz_%$(EXEEXT))
	$(MK_SOAK_FUZZ) $(soak_fuzz_3)
soak-fuzz-4: $(soak_fuzz_4:%=tests/fuzz/fuzz_%$(EXEEXT))
	$(MK_SOAK_FUZZ) $(soak_fuzz_4)
soak-fuzz: soak-fuzz-1 soak-fuzz-2 soak-fuzz-3 soak-fuzz-4
soak: soak-fuzz
.PHONY: soak soak-fuzz soak-fuzz-1 soak-fuzz-2 soak-fuzz-3 soak-fuzz-4

# 10,000 lines of the language by chance; meant for a build with --enable-asan --enable-ubsan.
soak-verbs: tests/numeric/test_verbs$(EXEEXT)
	MK_VERBS=10000 MK_TEST_SECONDS=3500 MK_SRCDIR='$(abs_top_srcdir)' \
	    MK_BUILDDIR='$(abs_top_builddir)' $(SHELL) $(srcdir)/tests/run-test.sh tests/numeric/test_verbs
soak: soak-verbs
.PHONY: soak-verbs

# kill -9 at 200 random moments of each command.
soak-kill: manikin$(EXEEXT)
	MK_KILLS=200 MK_TEST_SECONDS=3500 MK_SRCDIR='$(abs_top_srcdir)' \
	    MK_BUILDDIR='$(abs_top_builddir)' $(SHELL) $(srcdir)/tests/run-test.sh \
	    $(SHELL) $(srcdir)/tests/cli/kill.sh
soak: soak-kill
.PHONY: soak-kill

# Four errors at each write.
soak-disk: manikin$(EXEEXT) tests/cli/fault.so
	MK_FAULTS='ENOSPC EIO EROFS EDQUOT' MK_TEST_SECONDS=3500 MK_SRCDIR='$(abs_top_srcdir)' \
	    MK_BUILDDIR='$(abs_top_builddir)' $(SHELL) $(srcdir)/tests/run-test.sh \
	    $(SHELL) $(srcdir)/tests/cli/disk.sh
soak: soak-disk
.PHONY: soak-disk

# The workbench under random keys and sizes for ten minutes; also in a build with sanitizers.
soak-keys: manikin$(EXEEXT) tests/term/test_random$(EXEEXT)
	MK_KEYS_SECONDS=600 MK_TEST_SECONDS=900 MK_SRCDIR='$(abs_top_srcdir)' \
	    MK_BUILDDIR='$(abs_top_builddir)' $(SHELL) $(srcdir)/tests/run-test.sh tests/term/test_random
soak: soak-keys
.PHONY: soak-keys

# The main job under valgrind.
soak-valgrind: manikin$(EXEEXT)
	MK_VALGRIND=long MK_TEST_SECONDS=3500 MK_SRCDIR='$(abs_top_srcdir)' \
	    MK_BUILDDIR='$(abs_top_builddir)' $(SHELL) $(srcdir)/tests/run-test.sh \
	    $(SHELL) $(srcdir)/tests/cli/valgrind.sh
soak: soak-valgrind
.PHONY: soak-valgrind
