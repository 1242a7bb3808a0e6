libmanikin_a_SOURCES += src/base/arena.c
libmanikin_a_SOURCES += src/base/buf.c
libmanikin_a_SOURCES += src/base/map.c
libmanikin_a_SOURCES += src/base/number.c
libmanikin_a_SOURCES += src/base/rng.c
libmanikin_a_SOURCES += src/base/status.c
libmanikin_a_SOURCES += src/base/text.c
libmanikin_a_SOURCES += src/base/text_width.c
