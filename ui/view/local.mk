# Pure screens, one a line: libmkview_a_SOURCES += ui/view/foo.c
libmkview_a_SOURCES +=
