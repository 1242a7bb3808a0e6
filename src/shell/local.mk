# The shell door, one file a line: manikin_SOURCES += src/shell/foo.c
manikin_SOURCES += src/shell/lines.c
manikin_SOURCES += src/shell/output.c
manikin_SOURCES += src/shell/places.c
