#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/numeric/chance.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "src/script/verb.h"
#include "tests/fuzz/mutate.h"

static size_t below(MkChance *c, size_t n)
{
    return mk_rng_below(&c->rng, n);
}

static const char *one_of(MkChance *c, const char *const *texts, size_t n)
{
    return texts[below(c, n)];
}

#define ONE_OF(c, texts) one_of((c), (texts), sizeof(texts) / sizeof *(texts))

/* ---- schemas ---- */

static void put_levels(MkChance *c, MkBuf *out)
{
    static const char *const odd[] = {"never", "a, b",   "{c}",  "1..2", "it's", "50 % or more",
                                      "7",     "x=y",    "from", "体重", "no",   "given",
                                      "-1",    "a  lot", "#3",   "'",    "..",   "*"};
    enum { N = sizeof odd / sizeof *odd };
    const size_t n = 2 + below(c, 5), first = below(c, N);
    for (size_t k = 0; k < n; k++) {
        mk_buf_printf(out, "%s%zu=%s", k > 0 ? "|" : "", k + below(c, 2) * 100,
                      odd[(first + k * 5) % N]);
    }
}

static void put_number(MkChance *c, MkType type, MkBuf *out)
{
    static const double steps[] = {1, 0.1, 0.5, 0.01, 5};
    if (below(c, 3) > 0) {
        mk_buf_printf(out, "\t%d\t%d\t", type == MK_REAL ? -50 : 0, 100 + (int)below(c, 300));
    } else {
        mk_buf_puts(out, "\t\t\t");
    }
    if (type == MK_COUNT) {
        mk_buf_puts(out, below(c, 2) == 0 ? "1" : "");
    } else if (below(c, 2) == 0) {
        mk_buf_double(out, steps[below(c, 5)]);
    }
}

/* name type label unit levels category min max resolution modifiable eligible rule */
static void put_attribute(MkChance *c, size_t j, MkBuf *out)
{
    static const char *const units[] = {"kg",    "cm", "%",     "mg/dL",
                                        "years", "",   "kg/m²", "times/week"};
    static const char *const names[] = {"age",   "bmi", "a",    "weight",
                                        "of_it", "x9",  "vs_b", "hba1c"};
    static const char *const categories[] = {"Body", "Blood", "Habits", ""};
    const MkType type = j < 3 ? MK_POSITIVE : (MkType)below(c, 5);
    const char *stem = ONE_OF(c, names);
    mk_buf_printf(out, "%s%s%zu\t%s\tLabel %zu of %s\t", stem, below(c, 4) == 0 ? "_" : "", j,
                  mk_type_name(type), j, stem);
    if (type == MK_CATEGORICAL || type == MK_ORDINAL) {
        mk_buf_putc(out, '\t');
        put_levels(c, out);
        mk_buf_printf(out, "\t%s\t\t\t", ONE_OF(c, categories));
    } else {
        mk_buf_printf(out, "%s\t\t%s", ONE_OF(c, units), ONE_OF(c, categories));
        put_number(c, type, out);
    }
    mk_buf_printf(out, "\t%s\t", below(c, 2) == 0 ? "yes" : "no");
}

void mk_chance_schema(MkChance *c, MkBuf *out)
{
    mk_buf_puts(out, "name\ttype\tlabel\tunit\tlevels\tcategory\tmin\tmax\tresolution\tmodifiable\t"
                     "eligible\trule\n");
    const size_t n = 4 + below(c, 13);
    for (size_t j = 0; j < n; j++) {
        put_attribute(c, j, out);
        mk_buf_puts(out, "\t\n");
    }
    if (below(c, 2) == 0) {
        mk_buf_puts(out, "asked\tcategorical\tAsked\t\t1=yes|2=no\t\t\t\t\tno\t\t\n"
                         "only\tcount\tOnly some\t\t\t\t0\t31\t1\tyes\tasked=yes\t\n");
    }
    if (below(c, 2) == 0) {
        mk_buf_puts(out, "p1\tpositive\tPart\tkg\t\t\t1\t200\t\tyes\t\t\n"
                         "p2\tpositive\tOther part\tkg\t\t\t1\t200\t\tyes\t\t\n"
                         "ratio\tpositive\tRatio\t%\t\t\t\t\t\tyes\t\t100 * p1 / p2\n");
    }
}

/* ---- people ---- */

static double value_of(MkChance *c, const MkAttribute *a, double factor)
{
    const double z = 0.6 * factor + 0.8 * mk_rng_normal(&c->rng);
    if (a->n_levels > 0) {
        const double share = 1.0 / (1.0 + exp(-z));
        return fmin(floor(share * (double)a->n_levels), (double)a->n_levels - 1.0);
    }
    double x = a->type == MK_REAL    ? 10.0 * z
               : a->type == MK_COUNT ? floor(exp(1.0 + 0.7 * z))
                                     : exp(3.0 + 0.4 * z);
    if (a->resolution > 0.0) {
        x = round(x / a->resolution) * a->resolution;
    }
    return fmin(fmax(x, a->min), a->max);
}

static void fill_person(MkChance *c, MkTable *table, size_t i)
{
    const MkSchema *schema = c->schema;
    const double factor = mk_rng_normal(&c->rng);
    size_t p1 = 0, p2 = 0, ratio = 0, asked = 0, only = 0;
    double *row[64];
    for (size_t j = 0; j < schema->n; j++) {
        row[j] = &table->cells[table->column_of[j] * table->n_rows + i];
        *row[j] = value_of(c, &schema->attributes[j], factor);
        if (j > 2 && below(c, 12) == 0) {
            *row[j] = (double)NAN;
        }
    }
    if (mk_schema_find(schema, "ratio", &ratio) && mk_schema_find(schema, "p1", &p1) &&
        mk_schema_find(schema, "p2", &p2)) {
        *row[ratio] = 100.0 * *row[p1] / *row[p2];
    }
    if (mk_schema_find(schema, "only", &only) && mk_schema_find(schema, "asked", &asked) &&
        !(*row[asked] == 0.0)) {
        *row[only] = (double)NAN;
    }
}

MkStatus mk_chance_people(MkChance *c, size_t n, MkTable **out, MkError *err)
{
    size_t ids[64];
    for (size_t j = 0; j < c->schema->n; j++) {
        ids[j] = j;
    }
    MkTable *table = NULL;
    MK_TRY(mk_table_new(c->schema, n, ids, c->schema->n, false, false, false, &table, err));
    for (size_t i = 0; i < n; i++) {
        fill_person(c, table, i);
    }
    *out = table;
    return MK_OK;
}

/* ---- words ---- */

static const char *const NONSENSE[] = {"",      "nosuch",
                                       "=",     "given",
                                       "''",    "a'b",
                                       "--",    "-1",
                                       "1e999", "{",
                                       "}",     "..",
                                       ",",     "\xC3\xA9",
                                       "nan",   "%s%n",
                                       "../..", "*",
                                       "#",     "x=",
                                       "=x",    "1..",
                                       "row",   "from",
                                       "-o",    "18446744073709551616"};

static const MkAttribute *attribute(MkChance *c)
{
    return &c->schema->attributes[below(c, c->schema->n)];
}

static void put_name(MkChance *c, MkBuf *out)
{
    const char *name = attribute(c)->name;
    const size_t what = below(c, 24);
    if (what == 0) {
        mk_buf_puts(out, ONE_OF(c, NONSENSE));
    } else if (what == 1) {
        mk_buf_add(out, name, 1 + below(c, strlen(name)));
    } else if (what == 2) {
        mk_buf_printf(out, "%s,%s", name, attribute(c)->name);
    } else {
        mk_buf_puts(out, name);
    }
}

static void put_point(MkChance *c, const MkAttribute *a, MkBuf *out)
{
    static const double odd[] = {0, -1, 1e6, 1e-9, -1e300, 1e308, 0.5};
    const double low = isfinite(a->min) ? a->min : -20.0;
    const double high = isfinite(a->max) ? a->max : 80.0;
    double x = below(c, 12) == 0 ? odd[below(c, 7)] : low + (high - low) * mk_rng_uniform(&c->rng);
    if (below(c, 12) > 0 && (a->type == MK_COUNT || below(c, 2) == 0)) {
        x = floor(x);
    }
    mk_buf_double(out, x);
    if (below(c, 12) == 0) {
        static const char *const units[] = {"kg", "lb", "cm", "in", "%", "years", "g", "mmol/L"};
        mk_buf_puts(out, ONE_OF(c, units));
    }
}

static void put_level(MkChance *c, const MkAttribute *a, MkBuf *out)
{
    const MkLevel *level = &a->levels[below(c, a->n_levels)];
    mk_buf_puts(out, below(c, 6) == 0 ? level->code : level->name);
}

static void put_value(MkChance *c, const MkAttribute *a, MkBuf *out)
{
    const size_t what = below(c, 10);
    if (what == 0) {
        mk_buf_puts(out, ONE_OF(c, NONSENSE));
    } else if (a->n_levels > 0 && what < 4) {
        mk_buf_putc(out, '{');
        for (size_t k = 1 + below(c, 3); k > 0; k--) {
            put_level(c, a, out);
            mk_buf_puts(out, k > 1 ? "," : "");
        }
        mk_buf_putc(out, '}');
    } else if (a->n_levels > 0) {
        put_level(c, a, out);
    } else if (what < 4) {
        put_point(c, a, out);
        mk_buf_puts(out, "..");
        if (what < 3) {
            put_point(c, a, out);
        }
    } else {
        put_point(c, a, out);
    }
}

/* A=V, quoted most of the time when it must be. */
static void put_assign(MkChance *c, MkBuf *out)
{
    const MkAttribute *a = attribute(c);
    MkBuf value;
    mk_buf_init(&value);
    put_value(c, a, &value);
    const bool needs = strpbrk(value.data, " ,'#") != NULL && value.data[0] != '{';
    const bool is_quoted = needs ? below(c, 8) > 0 : below(c, 12) == 0;
    mk_buf_printf(out, "%s%s=", is_quoted ? "'" : "", a->name);
    for (const char *p = value.data; *p != '\0'; p++) {
        mk_buf_puts(out, is_quoted && *p == '\'' ? "'" : "");
        mk_buf_putc(out, *p);
    }
    mk_buf_puts(out, is_quoted ? "'" : "");
    mk_buf_release(&value);
}

static const char *const HANDLES[] = {"s1", "s2", "s3", "anna", "ben", "no one"};

/* Tables and scripts that are there, and what lines have written; never is the one the other. */
static void put_file(MkChance *c, bool is_output, MkBuf *out)
{
    static const char *const inputs[] = {"people.csv",    "people.csv", "schema.tsv",
                                         "some.scenario", "mask.csv",   "small.recipe"};
    static const char *const outputs[] = {"out.csv", "out.json",     "out.html",
                                          "out.gp",  "out.scenario", "out.txt",
                                          "no/such", "out.md",       "."};
    const bool is_input = !is_output && below(c, 3) > 0;
    mk_buf_printf(out, "%s/%s", c->folder, is_input ? ONE_OF(c, inputs) : ONE_OF(c, outputs));
}

static void put_from(MkChance *c, MkBuf *out)
{
    if (below(c, 3) == 0) {
        mk_buf_printf(out, " from %s/people.csv row %zu", c->folder, below(c, 70));
    } else {
        mk_buf_printf(out, " from %s", ONE_OF(c, HANDLES));
    }
}

static void put_clauses(MkChance *c, const MkVerb *verb, MkBuf *out)
{
    const bool any = below(c, 30) == 0; /* where it does not belong */
    if ((strstr(verb->usage, " from X") != NULL || any) && below(c, 6) == 0) {
        put_from(c, out);
    }
    if ((strstr(verb->usage, "given A=V") != NULL || any) && below(c, 2) == 0 &&
        strcmp(verb->name, "given") != 0) {
        mk_buf_puts(out, " given");
        for (size_t k = 1 + below(c, 3); k > 0; k--) {
            mk_buf_putc(out, ' ');
            put_assign(c, out);
        }
    }
    if ((strstr(verb->usage, "across") != NULL || any) && below(c, 2) == 0) {
        mk_buf_printf(out, " across %s %s", ONE_OF(c, HANDLES), ONE_OF(c, HANDLES));
    }
    if ((strstr(verb->usage, " vs ") != NULL || any) && below(c, 3) == 0) {
        mk_buf_puts(out, " vs ");
        put_name(c, out);
    }
    if ((strstr(verb->usage, "of A") != NULL || any) && below(c, 3) == 0) {
        mk_buf_puts(out, " of ");
        put_name(c, out);
    }
}

/* ---- options ---- */

static void put_argument(MkChance *c, const MkOption *option, MkBuf *out)
{
    static const char *const numbers[] = {"0",   "1",  "2",    "3",   "7",
                                          "0.5", "-1", "0.05", "1e9", "many"};
    static const char *const words[] = {"json",  "text",    "csv",  "markdown", "mae",  "marginal",
                                        "light", "default", "auto", "never",    "bash", "small"};
    const char *name = option->name;
    mk_buf_putc(out, ' ');
    if (strcmp(name, "output") == 0 || strcmp(name, "keep-base") == 0) {
        put_file(c, true, out);
    } else if (strcmp(name, "table") == 0 || strcmp(name, "schema") == 0 ||
               strcmp(name, "holdout") == 0 || strcmp(name, "mask") == 0 ||
               strcmp(name, "external") == 0 || strcmp(name, "train") == 0) {
        put_file(c, false, out);
    } else if (strcmp(name, "seconds") == 0) {
        mk_buf_puts(out, below(c, 3) == 0 ? "0.01" : "0.1");
    } else if (strcmp(name, "model") == 0 || strcmp(name, "against") == 0) {
        mk_buf_puts(out, below(c, 3) > 0 ? "small" : ONE_OF(c, NONSENSE));
    } else {
        mk_buf_puts(out, below(c, 3) == 0 ? ONE_OF(c, words) : ONE_OF(c, numbers));
    }
}

static void put_option(MkChance *c, const MkVerb *verb, MkBuf *out)
{
    size_t n = 0;
    const MkOption *common = mk_common_options(&n);
    const bool is_own = verb->n_options > 0 && below(c, 3) > 0;
    const MkOption *option =
        is_own ? &verb->options[below(c, verb->n_options)] : &common[below(c, n)];
    if (strcmp(option->name, "read-only") == 0 || strcmp(option->name, "bench") == 0) {
        return; /* for good; slow */
    }
    mk_buf_printf(out, " --%s", option->name);
    if (option->argument != NULL && below(c, 20) > 0) {
        put_argument(c, option, out);
    }
}

/* ---- lines ---- */

static void put_names(MkChance *c, size_t most, MkBuf *out)
{
    for (size_t k = below(c, most + 1); k > 0; k--) {
        mk_buf_putc(out, ' ');
        put_name(c, out);
    }
}

static void put_assigns(MkChance *c, size_t most, MkBuf *out)
{
    for (size_t k = below(c, most + 1); k > 0; k--) {
        mk_buf_putc(out, ' ');
        put_assign(c, out);
    }
}

static void put_measure(MkChance *c, MkBuf *out)
{
    static const char *const relations[] = {">=", "<=", ">", "<", " >= "};
    const size_t what = below(c, 5);
    mk_buf_putc(out, ' ');
    if (what == 0) {
        put_assign(c, out);
    } else if (what == 1) {
        const MkAttribute *a = attribute(c);
        mk_buf_printf(out, "P(%s%s", a->name, ONE_OF(c, relations));
        put_point(c, a, out);
        mk_buf_puts(out, below(c, 20) > 0 ? ")" : "");
    } else {
        put_name(c, out);
    }
}

static void put_optimize(MkChance *c, MkBuf *out)
{
    static const char *const aims[] = {" min", " max", " =5", " =0.3", " to 4"};
    put_measure(c, out);
    mk_buf_puts(out, ONE_OF(c, aims));
    mk_buf_puts(out, below(c, 8) > 0 ? " over" : "");
    put_assigns(c, 2, out);
    put_names(c, 2, out);
    if (below(c, 4) == 0) {
        mk_buf_puts(out, " subject to");
        put_measure(c, out);
        mk_buf_puts(out, " < 20");
    }
    mk_buf_puts(out, below(c, 2) == 0 ? " --seconds 0.05 --any" : " --seconds 0.05");
}

static void put_train(MkChance *c, MkBuf *out)
{
    static const char *const kinds[] = {"marginal", "copula", "marginal",
                                        "mixture",  "mae",    "nosuch"};
    mk_buf_printf(out, " --table %s/people.csv --schema %s/schema.tsv --kind %s --steps %zu",
                  c->folder, c->folder, ONE_OF(c, kinds), 1 + below(c, 2));
    mk_buf_printf(out, " -o %s/new.safetensors", below(c, 6) == 0 ? "no/folder" : c->folder);
}

/* The words of a verb that its usage alone does not tell. True when there were some. */
static bool put_own_words(MkChance *c, const char *verb, MkBuf *out)
{
    static const char *const relations[] = {" <", " <=", " >", " >=", " =="};
    static const char *const models[] = {" list", " show", " verify", " show small", " verify x"};
    static const char *const parts[] = {" infer ", " check ", " "};
    if (strcmp(verb, "given") == 0) {
        put_assigns(c, 4, out);
    } else if (strcmp(verb, "scenario") == 0 || strcmp(verb, "person") == 0) {
        mk_buf_printf(out, " %s", ONE_OF(c, HANDLES));
        put_assigns(c, 3, out);
    } else if (strcmp(verb, "expect") == 0) {
        put_measure(c, out);
        mk_buf_printf(out, "%s%s", below(c, 3) == 0 ? " s1" : "", ONE_OF(c, relations));
        mk_buf_puts(out, below(c, 3) == 0 ? " s2" : " 7");
    } else if (strcmp(verb, "optimize") == 0) {
        put_optimize(c, out);
    } else if (strcmp(verb, "explore") == 0) {
        mk_buf_putc(out, ' ');
        if (below(c, 3) == 0) {
            put_assign(c, out);
        } else {
            put_name(c, out);
        }
    } else if (strcmp(verb, "sample") == 0) {
        mk_buf_printf(out, " %zu", below(c, 12));
    } else if (strcmp(verb, "train") == 0) {
        put_train(c, out);
    } else if (strcmp(verb, "evaluate") == 0) {
        mk_buf_printf(out, " small --holdout %s/people.csv --people 12 --part %s", c->folder,
                      below(c, 4) > 0 ? "all" : "test");
    } else if (strcmp(verb, "model") == 0) {
        mk_buf_puts(out, ONE_OF(c, models));
    } else if (strcmp(verb, "schema") == 0) {
        mk_buf_puts(out, ONE_OF(c, parts));
        put_file(c, false, out);
    } else {
        return false;
    }
    return true;
}

static void put_line(MkChance *c, const MkVerb *verb, MkBuf *out)
{
    mk_buf_puts(out, verb->name);
    if (below(c, 25) == 0 || !put_own_words(c, verb->name, out)) {
        if (strstr(verb->usage, "FILE") != NULL || strstr(verb->usage, "TABLE") != NULL) {
            mk_buf_putc(out, ' ');
            put_file(c, strcmp(verb->name, "save") == 0 || strcmp(verb->name, "export") == 0, out);
        } else if (strstr(verb->usage, "TARGET") != NULL || strstr(verb->usage, " A ") != NULL ||
                   strstr(verb->usage, "[A ") != NULL) {
            put_names(c, 3, out);
        }
    }
    put_clauses(c, verb, out);
    for (size_t k = below(c, 4) == 0 ? 1 + below(c, 2) : 0; k > 0; k--) {
        put_option(c, verb, out);
    }
}

/* Bytes of a line changed by chance; a line has no end in it. */
static void spoil(MkChance *c, MkBuf *line)
{
    uint8_t bytes[4096];
    if (line->len >= sizeof bytes) {
        return;
    }
    const MkSample sample = {(uint8_t *)line->data, line->len};
    const size_t n = mk_mutate(&c->rng, &sample, 1, bytes, sizeof bytes);
    mk_buf_clear(line);
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\0' && bytes[i] != '\n') {
            mk_buf_putc(line, (char)bytes[i]);
        }
    }
}

void mk_chance_line(MkChance *c, MkBuf *out)
{
    size_t n = 0;
    const MkVerb *verbs = mk_verbs(&n);
    const MkVerb *verb = &verbs[below(c, n)];
    const bool is_slow = strcmp(verb->name, "train") == 0 || strcmp(verb->name, "evaluate") == 0 ||
                         strcmp(verb->name, "optimize") == 0 || strcmp(verb->name, "help") == 0;
    if (is_slow && below(c, 4) > 0) {
        verb = &verbs[below(c, n)];
    }
    put_line(c, verb, out);
    if (below(c, 12) == 0) {
        spoil(c, out);
    }
}
