#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/folders.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void mk_folders_make(const char *path)
{
    char *copy = strdup(path);
    for (char *c = copy != NULL ? strchr(copy + 1, '/') : NULL; c != NULL; c = strchr(c + 1, '/')) {
        *c = '\0';
        (void)mkdir(copy, 0700);
        *c = '/';
    }
    free(copy);
}
