/* replay.c - runs a fuzz target over its stored samples, as TAP: tests/fuzz/NAME/ for fuzz_NAME. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs one file; false when it cannot be read. The target itself crashes or returns. */
static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return 0;
    }
    size_t cap = 1U << 20;
    size_t len = 0;
    uint8_t *data = malloc(cap);
    while (data != NULL) {
        const size_t got = fread(data + len, 1, cap - len, f);
        len += got;
        if (got == 0) {
            break;
        }
        if (len == cap) {
            cap *= 2;
            uint8_t *grown = realloc(data, cap);
            if (grown == NULL) {
                free(data);
            }
            data = grown;
        }
    }
    fclose(f);
    if (data == NULL) {
        return 0;
    }
    /* An exact copy, so that a sanitizer sees the first byte read past the end. */
    uint8_t *exact = malloc(len > 0 ? len : 1);
    if (exact != NULL) {
        memcpy(exact, data, len);
        (void)LLVMFuzzerTestOneInput(exact, len);
    }
    free(exact);
    free(data);
    return exact != NULL;
}

static int is_sample(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "README") != 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    const char *name = strstr(argv[0], "fuzz_");
    for (const char *next = name; next != NULL; next = strstr(next + 1, "fuzz_")) {
        name = next;
    }
    const char *srcdir = getenv("MK_SRCDIR");
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/tests/fuzz/%s", srcdir != NULL ? srcdir : ".",
             name != NULL ? name + strlen("fuzz_") : "");
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, is_sample, alphasort);
    if (n <= 0) {
        printf("1..1\nnot ok 1 - samples in %s\n", folder);
        return 1;
    }
    printf("1..%d\n", n);
    int bad = 0;
    for (int i = 0; i < n; i++) {
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        fflush(stdout);
        const int fine = replay_file(path);
        printf("%s %d - %s\n", fine ? "ok" : "not ok", i + 1, entries[i]->d_name);
        bad += !fine;
        free(entries[i]);
    }
    free(entries);
    return bad > 0;
}
