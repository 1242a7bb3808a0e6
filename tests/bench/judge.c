/* judge.c - people, and how alike their distributions are (judge.h). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/bench/judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/data/table.h"

enum { BINS = 10, LEAST = 20, LEVELS = 128 };

/* ---- people ---- */

void judge_die(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void *judge_need(void *p)
{
    if (p == NULL) {
        judge_die("out of memory");
    }
    return p;
}

MkSchema *judge_schema(const char *path)
{
    MkSchema *schema = NULL;
    MkError err = {0};
    if (mk_schema_read(path, &schema, &err) != MK_OK) {
        judge_die("%s", err.text);
    }
    return schema;
}

static People people_of(size_t n, size_t d)
{
    People p = {.n = n, .d = d};
    p.x = judge_need(malloc((n * d + 1) * sizeof *p.x));
    return p;
}

People judge_load(const char *path, const MkSchema *schema)
{
    MkTable *table = NULL;
    MkError err = {0};
    if (mk_table_read(path, schema, MK_OTHER_DROP, &table, &err) != MK_OK) {
        judge_die("%s", err.text);
    }
    const People p = people_of(table->n_rows, schema->n);
    for (size_t i = 0; i < p.n; i++) {
        for (size_t j = 0; j < p.d; j++) {
            p.x[i * p.d + j] = mk_table_get(table, i, j);
        }
    }
    mk_table_free(table);
    return p;
}

People judge_rows(const People *p, const size_t *rows, size_t n)
{
    const People q = people_of(n, p->d);
    for (size_t i = 0; i < n; i++) {
        memcpy(q.x + i * q.d, p->x + rows[i] * p->d, p->d * sizeof *q.x);
    }
    return q;
}

People judge_pick(const People *p, size_t n, uint64_t seed)
{
    size_t *const order = judge_need(malloc((p->n + 1) * sizeof *order));
    MkRng rng = mk_rng(seed, MK_RNG_BENCH, 0);
    for (size_t i = 0; i < p->n; i++) {
        order[i] = i;
    }
    mk_rng_shuffle(&rng, order, p->n);
    const People q = judge_rows(p, order, n < p->n ? n : p->n);
    free(order);
    return q;
}

People judge_part(const People *p, size_t begin, size_t n)
{
    return (People){.n = n, .d = p->d, .x = p->x + begin * p->d};
}

People judge_both(const People *a, const People *b)
{
    const People q = people_of(a->n + b->n, a->d);
    memcpy(q.x, a->x, a->n * a->d * sizeof *q.x);
    memcpy(q.x + a->n * a->d, b->x, b->n * b->d * sizeof *q.x);
    return q;
}

void judge_halves(const People *p, uint64_t seed, People *a, People *b)
{
    const People all = judge_pick(p, p->n, seed);
    const People first = judge_part(&all, 0, p->n / 2);
    const People second = judge_part(&all, p->n / 2, p->n / 2);
    const People none = {.d = p->d, .x = all.x};
    *a = judge_both(&first, &none);
    *b = judge_both(&second, &none);
    free(all.x);
}

void judge_copy_gaps(People *p, const People *real)
{
    MkRng rng = mk_rng(5, MK_RNG_BENCH, 1);
    for (size_t i = 0; i < p->n * p->d; i++) {
        if (isnan(p->x[i])) {
            return;
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        const double *const from = real->x + mk_rng_below(&rng, real->n) * real->d;
        for (size_t j = 0; j < p->d; j++) {
            p->x[i * p->d + j] = isnan(from[j]) ? NAN : p->x[i * p->d + j];
        }
    }
}

/* ---- shapes ---- */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t column(const People *p, size_t j, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double v = p->x[i * p->d + j];
        if (!isnan(v)) {
            out[n++] = v;
        }
    }
    qsort(out, n, sizeof *out, ascending);
    return n;
}

static double shape_number(const double *a, size_t n, const double *b, size_t m)
{
    double most = 0.0;
    for (size_t i = 0, k = 0; i < n || k < m;) {
        const double at = k >= m || (i < n && a[i] <= b[k]) ? a[i] : b[k];
        while (i < n && a[i] <= at) {
            i++;
        }
        while (k < m && b[k] <= at) {
            k++;
        }
        most = fmax(most, fabs((double)i / (double)n - (double)k / (double)m));
    }
    return 1.0 - most;
}

static double shape_levels(size_t n_levels, const double *a, size_t n, const double *b, size_t m)
{
    double share[LEVELS] = {0}, apart = 0.0;
    for (size_t i = 0; i < n; i++) {
        share[(size_t)a[i]] += 1.0 / (double)n;
    }
    for (size_t i = 0; i < m; i++) {
        share[(size_t)b[i]] -= 1.0 / (double)m;
    }
    for (size_t k = 0; k < n_levels; k++) {
        apart += fabs(share[k]);
    }
    return 1.0 - 0.5 * apart;
}

static double shapes(const Judge *judge, const People *real, const People *made,
                     const bool *left_out)
{
    double *const a = judge_need(malloc((real->n + 1) * sizeof *a));
    double *const b = judge_need(malloc((made->n + 1) * sizeof *b));
    double sum = 0.0, counted = 0.0;
    for (size_t j = 0; j < judge->d; j++) {
        if (left_out != NULL && left_out[j]) {
            continue;
        }
        const size_t n = column(real, j, a), m = column(made, j, b);
        if (n < LEAST) {
            continue;
        }
        counted += 1.0;
        if (m > 0) {
            sum += judge->coders[j].is_number ? shape_number(a, n, b, m)
                                              : shape_levels(judge->coders[j].n, a, n, b, m);
        }
    }
    free(a);
    free(b);
    return sum / fmax(counted, 1.0);
}

/* ---- pairs ---- */

static size_t code(const Coder *c, double v)
{
    if (!c->is_number) {
        return (size_t)v;
    }
    const double at = floor((v - c->low) / c->width);
    return at < 0.0 ? 0 : at >= BINS ? BINS - 1 : (size_t)at;
}

/* *count: people who have both. */
static double pearson(const People *p, size_t a, size_t b, double *count)
{
    double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double x = p->x[i * p->d + a], y = p->x[i * p->d + b];
        if (!isnan(x) && !isnan(y)) {
            n++, sa += x, sb += y;
        }
    }
    const double ma = sa / n, mb = sb / n;
    for (size_t i = 0; i < p->n; i++) {
        const double x = p->x[i * p->d + a] - ma, y = p->x[i * p->d + b] - mb;
        if (!isnan(x) && !isnan(y)) {
            saa += x * x, sbb += y * y, sab += x * y;
        }
    }
    const double v = sqrt(saa * sbb);
    *count = n;
    return v > 0.0 ? sab / v : 0.0;
}

static double table_of(const People *p, const Coder *c, size_t a, size_t b, double *out)
{
    double n = 0.0;
    memset(out, 0, c[a].n * c[b].n * sizeof *out);
    for (size_t i = 0; i < p->n; i++) {
        const double x = p->x[i * p->d + a], y = p->x[i * p->d + b];
        if (!isnan(x) && !isnan(y)) {
            out[code(&c[a], x) * c[b].n + code(&c[b], y)] += 1.0;
            n += 1.0;
        }
    }
    for (size_t k = 0; k < c[a].n * c[b].n; k++) {
        out[k] /= fmax(n, 1.0);
    }
    return n;
}

static double cramer(const double *t, size_t na, size_t nb)
{
    double pa[LEVELS] = {0}, pb[LEVELS] = {0}, chi = 0.0;
    size_t ka = 0, kb = 0;
    for (size_t i = 0; i < na; i++) {
        for (size_t k = 0; k < nb; k++) {
            pa[i] += t[i * nb + k];
            pb[k] += t[i * nb + k];
        }
    }
    for (size_t i = 0; i < na; i++) {
        ka += pa[i] > 0.0;
        for (size_t k = 0; k < nb; k++) {
            const double e = pa[i] * pb[k];
            chi += e > 0.0 ? (t[i * nb + k] - e) * (t[i * nb + k] - e) / e : 0.0;
        }
    }
    for (size_t k = 0; k < nb; k++) {
        kb += pb[k] > 0.0;
    }
    const size_t least = ka < kb ? ka : kb;
    return least > 1 ? sqrt(chi / (double)(least - 1)) : 0.0;
}

/* Likeness of a pair; negative when too few of the real people have both. t and u are scratch. */
static double pair_score(const Coder *c, const People *real, const People *made, size_t a, size_t b,
                         double *t, double *u)
{
    if (c[a].is_number && c[b].is_number) {
        double n = 0.0, m = 0.0;
        const double r = pearson(real, a, b, &n), s = pearson(made, a, b, &m);
        return n < LEAST ? -1.0 : m > 0.0 ? 1.0 - 0.5 * fabs(r - s) : 0.0;
    }
    if (table_of(real, c, a, b, t) < LEAST) {
        return -1.0;
    }
    if (!(table_of(made, c, a, b, u) > 0.0)) {
        return 0.0;
    }
    double apart = 0.0;
    for (size_t k = 0; k < c[a].n * c[b].n; k++) {
        apart += fabs(t[k] - u[k]);
    }
    return 1.0 - 0.5 * apart;
}

static void trends(const Judge *judge, const People *real, const People *made, const bool *left_out,
                   Fidelity *out)
{
    double *const room = judge_need(malloc((size_t)2 * LEVELS * LEVELS * sizeof *room));
    double sum = 0.0, related = 0.0, n = 0.0, m = 0.0;
    for (size_t a = 0; a < judge->d; a++) {
        for (size_t b = 0; b < a; b++) {
            if (left_out != NULL && (left_out[a] || left_out[b])) {
                continue;
            }
            const double score =
                pair_score(judge->coders, real, made, a, b, room, room + (size_t)LEVELS * LEVELS);
            if (score < 0.0) {
                continue;
            }
            sum += score;
            n += 1.0;
            if (judge->is_related[a * judge->d + b]) {
                related += score;
                m += 1.0;
            }
        }
    }
    out->trends = sum / fmax(n, 1.0);
    out->related = related / fmax(m, 1.0);
    free(room);
}

Fidelity judge_fidelity(const Judge *judge, const People *real, const People *made,
                        const bool *left_out)
{
    Fidelity f = {.shapes = shapes(judge, real, made, left_out)};
    trends(judge, real, made, left_out, &f);
    return f;
}

static bool is_related(const Judge *judge, const People *real, size_t a, size_t b, double *t)
{
    const Coder *const c = judge->coders;
    double n = 0.0;
    if (c[a].is_number && c[b].is_number) {
        return fabs(pearson(real, a, b, &n)) > 0.2;
    }
    n = table_of(real, c, a, b, t);
    return n >= LEAST && cramer(t, c[a].n, c[b].n) > 0.1;
}

Judge judge_new(const MkSchema *schema, const People *real)
{
    const size_t d = schema->n;
    Judge judge = {.schema = schema, .d = d};
    double *const a = judge_need(malloc((real->n + 1) * sizeof *a));
    double *const t = judge_need(malloc((size_t)LEVELS * LEVELS * sizeof *t));
    judge.coders = judge_need(calloc(d + 1, sizeof *judge.coders));
    judge.is_related = judge_need(calloc(d * d + 1, sizeof *judge.is_related));
    for (size_t j = 0; j < d; j++) {
        const MkAttribute *const attribute = &schema->attributes[j];
        Coder *const c = &judge.coders[j];
        *c = (Coder){.is_number = mk_type_is_number(attribute->type),
                     .n = mk_type_is_number(attribute->type) ? BINS : attribute->n_levels,
                     .width = 1.0};
        if (c->is_number) {
            const size_t n = column(real, j, a);
            c->low = n > 0 ? a[0] : 0.0;
            c->width = n > 0 ? fmax((a[n - 1] - a[0]) / BINS, 1e-12) : 1.0;
        }
    }
    for (size_t i = 0; i < d; i++) {
        for (size_t k = 0; k < i; k++) {
            judge.is_related[i * d + k] = is_related(&judge, real, i, k, t);
        }
    }
    free(a);
    free(t);
    return judge;
}
