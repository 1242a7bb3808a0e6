/* folders.h - the folders of a person's own files. */
#ifndef MK_UI_TERM_FOLDERS_H
#define MK_UI_TERM_FOLDERS_H

/* Makes the folders above the file that are missing, for this person alone (0700). A folder that
 * cannot be made is told by whoever then writes the file. */
void mk_folders_make(const char *path);

#endif
