# One file a line: libmanikin_a_SOURCES += src/eval/foo.c
libmanikin_a_SOURCES += src/eval/board.c
libmanikin_a_SOURCES += src/eval/judge.c
libmanikin_a_SOURCES += src/eval/people.c
libmanikin_a_SOURCES += src/eval/report.c
libmanikin_a_SOURCES += src/eval/sources.c
libmanikin_a_SOURCES += src/eval/yard.c
