# The shell door.
manikin_SOURCES += src/main.c
