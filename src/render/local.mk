# One file a line: libmanikin_a_SOURCES += src/render/foo.c
libmanikin_a_SOURCES +=
libmanikin_a_SOURCES += src/render/flat.c
libmanikin_a_SOURCES += src/render/layout.c
libmanikin_a_SOURCES += src/render/render.c
libmanikin_a_SOURCES += src/render/stream.c
