# One file a line: libmanikin_a_SOURCES += src/script/foo.c
libmanikin_a_SOURCES +=
