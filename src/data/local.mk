# One file a line: libmanikin_a_SOURCES += src/data/foo.c
libmanikin_a_SOURCES +=
