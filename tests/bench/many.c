/* many.c - invented people with many attributes: `many N_ATTRIBUTES N_PEOPLE FOLDER` writes
 * FOLDER/many.tsv and FOLDER/many.csv.
 *
 * Twelve hidden factors; each attribute follows three of them and is a number, a count, an ordinal
 * or a categorical. Age and sex are known of everybody, the others of one in five, by categories of
 * forty. What matters is size: how fast a model of 2,000 attributes opens and answers. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/rng.h"
#include "src/data/schema.h"
#include "src/data/table.h"

enum { FACTORS = 12, IN_CATEGORY = 40, LEVELS = 4 };

typedef enum Sort { SORT_REAL, SORT_POSITIVE, SORT_COUNT, SORT_ORDINAL, SORT_CATEGORICAL } Sort;

static Sort sort_of(size_t j)
{
    static const Sort sorts[] = {SORT_POSITIVE, SORT_ORDINAL, SORT_POSITIVE, SORT_CATEGORICAL,
                                 SORT_COUNT,    SORT_REAL,    SORT_ORDINAL};
    return sorts[j % (sizeof sorts / sizeof *sorts)];
}

static void print_attribute(size_t j, MkBuf *out)
{
    static const char *const types[] = {"real", "positive", "count", "ordinal", "categorical"};
    const Sort sort = sort_of(j);
    if (j == 0) {
        mk_buf_puts(out, "age\treal\tAge\tyears\t\tDemographics\n");
        return;
    }
    if (j == 1) {
        mk_buf_puts(out, "sex\tcategorical\tSex\t\t0=male|1=female\tDemographics\n");
        return;
    }
    mk_buf_printf(out, "attribute_%zu\t%s\tAttribute number %zu\t%s\t%s\tCategory %zu\n", j,
                  types[sort], j, sort <= SORT_POSITIVE ? "mg/dL" : "",
                  sort >= SORT_ORDINAL ? "0=never|1=sometimes|2=often|3=always" : "",
                  1 + j / IN_CATEGORY);
}

static double value_of(size_t j, const double *factors, MkRng *rng)
{
    double z = 0.7 * mk_rng_normal(rng);
    for (size_t k = 0; k < 3; k++) {
        z += 0.41 * ((j >> k) % 2 == 0 ? 1.0 : -1.0) * factors[(j * (k + 1) + 5 * k) % FACTORS];
    }
    if (j < 2) {
        return j == 0 ? round(50.0 + 12.0 * z) : (double)(z > 0.0);
    }
    switch (sort_of(j)) {
    case SORT_REAL:
        return round(100.0 * z) / 10.0;
    case SORT_POSITIVE:
        return round(1000.0 * exp(0.4 * z)) / 10.0;
    case SORT_COUNT:
        return floor(exp(fmax(z, -1.0)) * 2.0);
    default:
        return fmin(fmax(floor(z + 2.0), 0.0), LEVELS - 1.0);
    }
}

static void fill(MkTable *table)
{
    const size_t n = table->schema->n;
    for (size_t i = 0; i < table->n_rows; i++) {
        MkRng rng = mk_rng(1, MK_RNG_BENCH, i), seen = mk_rng(2, MK_RNG_BENCH, i);
        double factors[FACTORS];
        bool is_seen = true;
        for (size_t k = 0; k < FACTORS; k++) {
            factors[k] = mk_rng_normal(&rng);
        }
        for (size_t j = 0; j < n; j++) {
            is_seen = j >= 2 && j % IN_CATEGORY < 3 ? mk_rng_uniform(&seen) < 0.2 : is_seen;
            const double v = value_of(j, factors, &rng);
            table->cells[table->column_of[j] * table->n_rows + i] = is_seen || j < 2 ? v : NAN;
        }
    }
}

static MkStatus write_all(size_t n, size_t n_people, const char *folder, MkError *err)
{
    MkStatus st = MK_OK;
    MkBuf text, path;
    MkSchema *schema = NULL;
    MkTable *table = NULL;
    size_t *const ids = calloc(n, sizeof *ids);
    mk_buf_init(&text);
    mk_buf_init(&path);
    mk_buf_puts(&text, "name\ttype\tlabel\tunit\tlevels\tcategory\n");
    for (size_t j = 0; j < n && ids != NULL; j++) {
        print_attribute(j, &text);
        ids[j] = j;
    }
    mk_buf_printf(&path, "%s/many.tsv", folder);
    MK_TRY_GOTO(mk_buf_status(&text, err));
    MK_TRY_GOTO(mk_file_write(path.data, text.data, text.len, err));
    MK_TRY_GOTO(mk_schema_read(path.data, &schema, err));
    MK_TRY_GOTO(mk_table_new(schema, n_people, ids, n, false, false, false, &table, err));
    fill(table);
    mk_buf_release(&path);
    mk_buf_printf(&path, "%s/many.csv", folder);
    st = mk_table_write(table, path.data, err);
done:
    mk_table_free(table);
    mk_schema_free(schema);
    mk_buf_release(&text);
    mk_buf_release(&path);
    free(ids);
    return st;
}

int main(int argc, char **argv)
{
    MkError err = {0};
    if (argc != 4 || atol(argv[1]) < 2 || atol(argv[2]) < 1) {
        (void)fprintf(stderr, "many N_ATTRIBUTES N_PEOPLE FOLDER\n");
        return 2;
    }
    if (write_all((size_t)atol(argv[1]), (size_t)atol(argv[2]), argv[3], &err) != MK_OK) {
        (void)fprintf(stderr, "many: %s\n", err.text);
        return 1;
    }
    return 0;
}
