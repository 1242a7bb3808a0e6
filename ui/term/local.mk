# What knows ncurses and readline, one a line: manikin_SOURCES += ui/term/foo.c
if HAVE_UI
manikin_SOURCES +=
endif
