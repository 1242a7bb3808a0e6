#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/membership.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"

enum { REPLICATES = 200, EACH_LEAST = 2 };

typedef struct Scored {
    double score;
    bool is_member;
} Scored;

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for the attacks on membership");
}

/* The highest score first. */
static int by_score(const void *a, const void *b)
{
    const Scored *const x = a, *const y = b;
    return (x->score < y->score) - (x->score > y->score);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- AUC ---- */

typedef struct Moments {
    double n, sum, square;
} Moments;

static void moments_add(Moments *m, double x)
{
    m->n += 1.0;
    m->sum += x;
    m->square += x * x;
}

static double moments_variance(const Moments *m)
{
    return fmax(m->square - m->sum * m->sum / m->n, 0.0) / (m->n - 1.0);
}

/* The structural components of DeLong, DeLong, Clarke-Pearson 1988 (their equations 5 and 6): for a
 * member the share of others below it, for another the share of members above. */
static void measure_auc(const Scored *all, size_t n, MkMembership *out)
{
    const double members = (double)out->n_members, others = (double)out->n_others;
    Moments of_members = {0}, of_others = {0};
    double members_above = 0.0, others_above = 0.0;
    for (size_t i = 0; i < n;) {
        size_t end = i;
        double tied_members = 0.0, tied_others = 0.0;
        for (; end < n && !(all[end].score < all[i].score); end++) {
            *(all[end].is_member ? &tied_members : &tied_others) += 1.0;
        }
        for (; i < end; i++) {
            if (all[i].is_member) {
                moments_add(&of_members, 1.0 - (others_above + 0.5 * tied_others) / others);
            } else {
                moments_add(&of_others, (members_above + 0.5 * tied_members) / members);
            }
        }
        members_above += tied_members;
        others_above += tied_others;
    }
    out->auc = of_members.sum / members;
    out->auc_error =
        sqrt(moments_variance(&of_members) / members + moments_variance(&of_others) / others);
}

/* ---- rates ---- */

/* True positive rate at a rate of false positives, each person counted `times` (NULL: once). */
static double rate_at(const Scored *all, const unsigned *times, size_t n, double members,
                      double others, double rate)
{
    const double allowed = rate * others;
    double right = 0.0, wrong = 0.0;
    for (size_t i = 0; i < n;) {
        size_t end = i;
        double tied_right = 0.0, tied_wrong = 0.0;
        for (; end < n && !(all[end].score < all[i].score); end++) {
            *(all[end].is_member ? &tied_right : &tied_wrong) +=
                times != NULL ? (double)times[end] : 1.0;
        }
        if (wrong + tied_wrong > allowed) {
            return (right + tied_right * (allowed - wrong) / tied_wrong) / members;
        }
        right += tied_right;
        wrong += tied_wrong;
        i = end;
    }
    return right / members;
}

/* As many members and as many others as there are, drawn with repetition. */
static void resample(const size_t *members, size_t n_members, const size_t *others, size_t n_others,
                     size_t n, MkRng *rng, unsigned *times)
{
    memset(times, 0, n * sizeof *times);
    for (size_t i = 0; i < n_members; i++) {
        times[members[mk_rng_below(rng, n_members)]]++;
    }
    for (size_t i = 0; i < n_others; i++) {
        times[others[mk_rng_below(rng, n_others)]]++;
    }
}

static MkStatus measure_rates(const Scored *all, size_t n, uint64_t seed, MkArena *arena,
                              MkMembership *out, MkError *err)
{
    const double members = (double)out->n_members, others = (double)out->n_others;
    size_t *const which = mk_arena_array(arena, n, sizeof *which);
    unsigned *const times = mk_arena_array(arena, n, sizeof *times);
    if (which == NULL || times == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0, m = 0, o = out->n_members; i < n; i++) {
        which[all[i].is_member ? m++ : o++] = i;
    }
    const bool many = out->n_others >= MK_MEMBERSHIP_MANY;
    Moments one = {0}, tenth = {0};
    for (size_t b = 0; b < REPLICATES; b++) {
        MkRng rng = mk_rng(seed, MK_RNG_BOOTSTRAP, b);
        resample(which, out->n_members, which + out->n_members, out->n_others, n, &rng, times);
        moments_add(&one, rate_at(all, times, n, members, others, 0.01));
        if (many) {
            moments_add(&tenth, rate_at(all, times, n, members, others, 0.001));
        }
    }
    out->tpr_1 = rate_at(all, NULL, n, members, others, 0.01);
    out->tpr_1_error = sqrt(moments_variance(&one));
    out->tpr_01 = many ? rate_at(all, NULL, n, members, others, 0.001) : NAN;
    out->tpr_01_error = many ? sqrt(moments_variance(&tenth)) : NAN;
    return MK_OK;
}

MkStatus mk_membership_measure(const double *score, const bool *is_member, size_t n, uint64_t seed,
                               MkArena *arena, MkMembership *out, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    Scored *const all = mk_arena_array(arena, n + 1, sizeof *all);
    MkMembership m = {0, 0, NAN, NAN, NAN, NAN, NAN, NAN};
    size_t kept = 0;
    if (all == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (!isnan(score[i])) {
            all[kept++] = (Scored){score[i], is_member[i]};
            *(is_member[i] ? &m.n_members : &m.n_others) += 1;
        }
    }
    MkStatus st = MK_OK;
    if (m.n_members >= EACH_LEAST && m.n_others >= EACH_LEAST) {
        qsort(all, kept, sizeof *all, by_score);
        measure_auc(all, kept, &m);
        st = measure_rates(all, kept, seed, arena, &m, err);
    }
    mk_arena_rewind(arena, mark);
    if (st == MK_OK) {
        *out = m;
    }
    return st;
}

MkStatus mk_membership_even(double *score, size_t n, MkArena *arena, MkError *err)
{
    const MkMark mark = mk_arena_mark(arena);
    double *const sorted = mk_arena_array(arena, n + 1, sizeof *sorted);
    size_t m = 0;
    if (sorted == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (isfinite(score[i])) {
            sorted[m++] = score[i];
        }
    }
    if (m > 0) {
        qsort(sorted, m, sizeof *sorted, by_value);
        const double middle = sorted[m / 2], wide = sorted[3 * m / 4] - sorted[m / 4];
        for (size_t i = 0; i < n; i++) {
            score[i] = (score[i] - middle) / (wide > 0.0 ? wide : 1.0);
        }
    }
    mk_arena_rewind(arena, mark);
    return MK_OK;
}

/* ---- likelihood ratio ---- */

/* Mean of a person's statistic under the other models of one sort; how many there are. */
static size_t mean_under(const double *statistic, const bool *is_in, size_t n_models,
                         size_t n_people, size_t target, size_t person, bool in, double *mean)
{
    size_t n = 0;
    double sum = 0.0;
    for (size_t m = 0; m < n_models; m++) {
        if (m != target && is_in[m * n_people + person] == in &&
            !isnan(statistic[m * n_people + person])) {
            sum += statistic[m * n_people + person];
            n++;
        }
    }
    *mean = n > 0 ? sum / (double)n : NAN;
    return n;
}

/* Variance of the statistic around a person's own mean, over all people; and what is added to it
 * because the mean itself rests on few models: (1 + 1 / n) of them on the mean. */
static double variance_under(const double *statistic, const bool *is_in, size_t n_models,
                             size_t n_people, size_t target, bool in)
{
    double sum = 0.0, free_ones = 0.0, people = 0.0, models = 0.0;
    for (size_t i = 0; i < n_people; i++) {
        double mean;
        const size_t n = mean_under(statistic, is_in, n_models, n_people, target, i, in, &mean);
        for (size_t m = 0; n > 1 && m < n_models; m++) {
            if (m != target && is_in[m * n_people + i] == in &&
                !isnan(statistic[m * n_people + i])) {
                const double off = statistic[m * n_people + i] - mean;
                sum += off * off;
            }
        }
        free_ones += n > 1 ? (double)n - 1.0 : 0.0;
        people += n > 0 ? 1.0 : 0.0;
        models += (double)n;
    }
    return free_ones > 0.0 ? sum / free_ones * (1.0 + people / models) : NAN;
}

void mk_membership_lira(const double *statistic, const bool *is_in, size_t n_models,
                        size_t n_people, size_t target, double *score)
{
    const double least = 1e-12;
    const double in =
        fmax(variance_under(statistic, is_in, n_models, n_people, target, true), least);
    const double out =
        fmax(variance_under(statistic, is_in, n_models, n_people, target, false), least);
    for (size_t i = 0; i < n_people; i++) {
        const double l = statistic[target * n_people + i];
        double mean_in, mean_out;
        (void)mean_under(statistic, is_in, n_models, n_people, target, i, true, &mean_in);
        (void)mean_under(statistic, is_in, n_models, n_people, target, i, false, &mean_out);
        score[i] = 0.5 * (log(out / in) + (l - mean_out) * (l - mean_out) / out -
                          (l - mean_in) * (l - mean_in) / in);
    }
}
