# Manual pages, one a line: dist_man_MANS += man/foo.1
dist_man_MANS +=
dist_man_MANS += man/manikin-schema.5
