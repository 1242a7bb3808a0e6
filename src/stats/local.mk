# One file a line: libmanikin_a_SOURCES += src/stats/foo.c
libmanikin_a_SOURCES +=
libmanikin_a_SOURCES += src/stats/density.c
libmanikin_a_SOURCES += src/stats/difference.c
libmanikin_a_SOURCES += src/stats/association.c
libmanikin_a_SOURCES += src/stats/contour.c
