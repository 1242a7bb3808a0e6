libmanikin_a_SOURCES += src/base/status.c
