# What knows ncurses and readline, one a line: manikin_SOURCES += ui/term/foo.c
if HAVE_UI
manikin_SOURCES += ui/term/answers.c
manikin_SOURCES += ui/term/commands.c
manikin_SOURCES += ui/term/draw.c
manikin_SOURCES += ui/term/folders.c
manikin_SOURCES += ui/term/guard.c
manikin_SOURCES += ui/term/image.c
manikin_SOURCES += ui/term/input.c
manikin_SOURCES += ui/term/job.c
manikin_SOURCES += ui/term/live.c
manikin_SOURCES += ui/term/prompt.c
manikin_SOURCES += ui/term/rescue.c
manikin_SOURCES += ui/term/terminal.c
manikin_SOURCES += ui/term/typing.c
manikin_SOURCES += ui/term/workbench.c
endif
