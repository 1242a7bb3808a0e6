# The survey reader's process: built when readstat is there.
if HAVE_READSTAT
pkglibexec_PROGRAMS += manikin-readsurvey
endif
manikin_readsurvey_SOURCES = helper/readsurvey.c helper/convert.c
manikin_readsurvey_LDADD = $(READSTAT_LIBS)
