# One file a line: libmanikin_a_SOURCES += src/plot/foo.c
libmanikin_a_SOURCES += src/plot/canvas.c
libmanikin_a_SOURCES += src/plot/child.c
libmanikin_a_SOURCES += src/plot/geometry.c
libmanikin_a_SOURCES += src/plot/plot.c
libmanikin_a_SOURCES += src/plot/script.c
libmanikin_a_SOURCES += src/plot/text.c
libmanikin_a_SOURCES += src/plot/words.c
