# One file a line: libmanikin_a_SOURCES += src/render/foo.c
libmanikin_a_SOURCES +=
