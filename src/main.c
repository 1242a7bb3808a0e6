/* main.c - the shell door. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>

int main(void)
{
    puts(PACKAGE_STRING);
    return 0;
}
