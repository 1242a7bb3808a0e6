/* fuzz_lists.c - any bytes as one of the lists that stand beside tables: attributes of an external
 * comparison, a mask, a schema and a table to be checked. All end in a list or in an error with a
 * story. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/schema_check.h"
#include "src/data/tsv.h"
#include "src/eval/external.h"
#include "src/eval/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text_schema[] = "name\ttype\tlabel\tlevels\tmin\tmax\n"
                                  "age\tcount\tAge\t\t20\t100\n"
                                  "sex\tcategorical\tSex\t1=male|2=female\n"
                                  "z\treal\tZ\n";

static void told(MkStatus st, const MkError *err)
{
    if (st != MK_OK && (err->status != st || err->text[0] == '\0')) {
        abort();
    }
}

/* Rows are as wide as the header and their cells live on. */
static void read_rows(const uint8_t *data, size_t size, MkArena *arena)
{
    MkTsv tsv;
    MkError err = {0};
    bool more = true;
    MkStatus st = mk_tsv_begin(&tsv, arena, (const char *)data, size, "l.tsv", &err);
    while (st == MK_OK && more) {
        st = mk_tsv_next(&tsv, &more, &err);
        for (size_t c = 0; st == MK_OK && more && c < tsv.n_columns; c++) {
            if (strpbrk(tsv.cells[c], "\t\n\r") != NULL ||
                mk_tsv_column(&tsv, tsv.columns[c]) != c) {
                abort();
            }
        }
    }
    told(st, &err);
}

static void read_files(const char *path, const MkSchema *schema, MkArena *arena)
{
    MkExternalList list;
    MkSchema *made = NULL;
    MkTable *mask = NULL;
    MkError err = {0};
    told(mk_external_list_read(path, arena, &list, &err), &err);
    const MkStatus st = mk_mask_read(path, schema, &made, &mask, &err);
    told(st, &err);
    if (st == MK_OK) {
        for (size_t i = 0; i < mask->n_rows * mask->n_columns; i++) {
            if (!(isnan(mask->cells[i]) || mask->cells[i] == 0 || mask->cells[i] == 1)) {
                abort();
            }
        }
        mk_table_free(mask);
        mk_schema_free(made);
    }
    MkCheck check;
    MkSchema *good = NULL;
    mk_check_init(&check, arena);
    told(mk_check_schema(&check, path, &good, &err), &err);
    if (good != NULL) {
        told(mk_check_table(&check, path, good, &err), &err);
    }
    mk_schema_free(good);
    told(mk_check_table(&check, path, schema, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *file = tmpfile();
    MkArena *arena = mk_arena_new(0);
    MkSchema *schema = NULL;
    if (file == NULL || arena == NULL ||
        mk_schema_parse(text_schema, strlen(text_schema), "s", &schema, NULL) != MK_OK) {
        abort();
    }
    read_rows(data, size, arena);
    if (fwrite(data, 1, size, file) == size && fflush(file) == 0) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
        read_files(path, schema, arena);
    }
    (void)fclose(file);
    mk_schema_free(schema);
    mk_arena_free(arena);
    return 0;
}
