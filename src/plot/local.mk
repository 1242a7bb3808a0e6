# One file a line: libmanikin_a_SOURCES += src/plot/foo.c
libmanikin_a_SOURCES +=
