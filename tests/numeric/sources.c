#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include "tests/numeric/sources.h"

#include <math.h>
#include <string.h>

#include "src/base/rng.h"

enum { N = 7, N_SOURCES = 4 };

static const char *const names[N] = {"age", "sex", "w", "x", "y", "z", "v"};

static const struct {
    const char *name, *has; /* first letters of what it has */
    size_t n;
} rows[N_SOURCES] = {
    {"alpha", "aswxy", 300}, {"beta", "aswz", 250}, {"gamma", "asw", 900}, {"delta", "asxv", 400}};

static bool is_in(unsigned which, size_t attribute)
{
    for (size_t s = 0; s < N_SOURCES; s++) {
        if ((which >> s & 1U) != 0 && strchr(rows[s].has, names[attribute][0]) != NULL) {
            return true;
        }
    }
    return false;
}

static MkSchema *make_schema(unsigned which)
{
    MkBuf text;
    MkSchema *schema = NULL;
    MkError err = {0};
    const char *bar = "";
    mk_buf_init(&text);
    mk_buf_puts(&text, "name\ttype\tlabel\tlevels\tcategory\nsource\tcategorical\tSource\t");
    for (size_t s = 0; s < N_SOURCES; s++) {
        if ((which >> s & 1U) != 0) {
            mk_buf_printf(&text, "%s%zu=%s", bar, s + 1, rows[s].name);
            bar = "|";
        }
    }
    mk_buf_puts(&text, "\tDemographics\n");
    for (size_t j = 0; j < N; j++) {
        if (is_in(which, j)) {
            mk_buf_printf(&text, "%s\t%s\t%s\t%s\t%s\n", names[j], j == 1 ? "categorical" : "real",
                          names[j], j == 1 ? "0=male|1=female" : "",
                          j < 2 ? "Demographics" : "Body");
        }
    }
    if (mk_schema_parse(text.data, text.len, "sources.tsv", &schema, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    mk_buf_release(&text);
    return schema;
}

static double value_of(size_t j, size_t source, double age, double hidden, MkRng *rng)
{
    static const double follows[N] = {0, 0.5, 0.8, 0.7, -0.8, 0.75, -0.7};
    const double z = follows[j] * hidden + 0.03 * (age - 50.0) + 0.5 * mk_rng_normal(rng);
    const double shift = source == 1 && j == 2 ? 8.0 : 0.0;
    if (j == 0) {
        return age;
    }
    return j == 1 ? (double)(z > 0.0) : round(500.0 + 100.0 * z) / 10.0 + shift;
}

static MkTable *make_table(const MkSchema *schema, size_t source)
{
    size_t ids[N], n = 0;
    MkTable *t = NULL;
    for (size_t j = 0; j < N; j++) {
        n += strchr(rows[source].has, names[j][0]) != NULL &&
             mk_schema_find(schema, names[j], &ids[n]);
    }
    assert_int_equal(
        mk_table_new(schema, rows[source].n, ids, n, true, true, source != 1, &t, NULL), MK_OK);
    for (size_t i = 0; i < t->n_rows; i++) {
        MkRng rng = mk_rng(11 + source, MK_RNG_TEST, i);
        const double hidden = mk_rng_normal(&rng), age = 20.0 + floor(60.0 * mk_rng_uniform(&rng));
        t->person[i] = mk_arena_printf(t->arena, "%s%zu", rows[source].name, i);
        t->source[i] = rows[source].name;
        if (t->weight != NULL) {
            t->weight[i] = 1.0 + (double)(i % 3);
        }
        for (size_t j = 0; j < N; j++) {
            size_t id = 0;
            const double v = value_of(j, source, age, hidden, &rng);
            const bool seen = mk_rng_uniform(&rng) > 0.1;
            if (seen && mk_schema_find(schema, names[j], &id) && t->column_of[id] != MK_NO_COLUMN) {
                t->cells[t->column_of[id] * t->n_rows + i] = v;
            }
        }
    }
    return t;
}

void sources_make(Sources *sources, unsigned which)
{
    sources_make_in(sources, which, which);
}

void sources_make_in(Sources *sources, unsigned which, unsigned schema_of)
{
    MkTable *tables[N_SOURCES];
    MkError err = {0};
    size_t n = 0;
    sources->schema = make_schema(schema_of);
    for (size_t s = 0; s < N_SOURCES; s++) {
        if ((which >> s & 1U) != 0) {
            tables[n++] = make_table(sources->schema, s);
        }
    }
    if (mk_cohort_new(sources->schema, tables, n, &sources->cohort, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
}

void sources_free(Sources *sources)
{
    mk_cohort_free(sources->cohort);
    mk_schema_free(sources->schema);
}
