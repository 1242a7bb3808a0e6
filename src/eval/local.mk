# One file a line: libmanikin_a_SOURCES += src/eval/foo.c
libmanikin_a_SOURCES +=
