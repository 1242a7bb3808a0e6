# One file a line: libmanikin_a_SOURCES += src/result/foo.c
libmanikin_a_SOURCES +=
libmanikin_a_SOURCES += src/result/node.c
libmanikin_a_SOURCES += src/result/result.c
libmanikin_a_SOURCES += src/result/page.c
