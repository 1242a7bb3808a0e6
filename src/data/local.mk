# One file a line: libmanikin_a_SOURCES += src/data/foo.c
libmanikin_a_SOURCES += src/data/schema.c
libmanikin_a_SOURCES += src/data/split.c
libmanikin_a_SOURCES += src/data/table.c
libmanikin_a_SOURCES += src/data/table_read.c
libmanikin_a_SOURCES += src/data/tsv.c
libmanikin_a_SOURCES += src/data/unit.c
libmanikin_a_SOURCES += src/data/value.c
