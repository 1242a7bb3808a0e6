# The shell door, one file a line: manikin_SOURCES += src/shell/foo.c
manikin_SOURCES += src/shell/lines.c
manikin_SOURCES += src/shell/output.c
manikin_SOURCES += src/shell/places.c

# Completion for shells, written by the program from its verb table.
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
nodist_bashcomp_DATA = completions/manikin
nodist_zshcomp_DATA = completions/_manikin
nodist_fishcomp_DATA = completions/manikin.fish
CLEANFILES += completions/manikin completions/_manikin completions/manikin.fish

completions/manikin: manikin$(EXEEXT)
	@$(MKDIR_P) completions
	$(AM_V_GEN)./manikin$(EXEEXT) --no-config help --completion bash >$@.new && mv $@.new $@
completions/_manikin: manikin$(EXEEXT)
	@$(MKDIR_P) completions
	$(AM_V_GEN)./manikin$(EXEEXT) --no-config help --completion zsh >$@.new && mv $@.new $@
completions/manikin.fish: manikin$(EXEEXT)
	@$(MKDIR_P) completions
	$(AM_V_GEN)./manikin$(EXEEXT) --no-config help --completion fish >$@.new && mv $@.new $@
