# One file a line: libmanikin_a_SOURCES += src/query/foo.c
libmanikin_a_SOURCES +=
