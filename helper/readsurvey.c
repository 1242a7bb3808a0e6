/* readsurvey.c - the survey reader's own process. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <readstat.h>
#include <stdio.h>

int main(void)
{
    fprintf(stderr, "manikin-readsurvey: %s\n", readstat_error_message(READSTAT_ERROR_OPEN));
    return 2;
}
