# Manual pages, one a line: dist_man_MANS += man/foo.1
dist_man_MANS +=
dist_man_MANS += man/manikin-schema.5
dist_man_MANS += man/manikin-model.7
dist_man_MANS += man/manikin.1
dist_man_MANS += man/manikin-scenario.5

# The verbs and options in manikin(1) are those of the program: run this after a change of the verb table.
update-manual: manikin$(EXEEXT)
	./manikin$(EXEEXT) --no-config help --man >manual.tmp
	$(AWK) '/^\.\\" verbs begin/ { print; while ((getline line < "manual.tmp") > 0) print line; skip = 1; next } \
	    /^\.\\" verbs end/ { skip = 0 } !skip' $(srcdir)/man/manikin.1 >manual.new
	mv manual.new $(srcdir)/man/manikin.1
	rm -f manual.tmp
.PHONY: update-manual
