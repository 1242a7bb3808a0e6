/* query.h - what is asked of a model. Each function fills a result; none prints, none knows a model
 * kind.
 *
 *   const size_t targets[] = {hba1c, smoking};
 *   const MkQuery query = {.model = model, .evidence = known, .targets = targets, .n_targets = 2,
 *                          .level = 0.9, .seed = 1};
 *   MkResult *result = mk_result_new("estimate");
 *   MK_TRY(mk_query_estimate(&query, result, err));
 *
 * Evidence may hold ranges and sets; they are answered by mixing over the range under the model
 * (weights from the conditional of the range's attribute), never by its middle: a level a part, 8
 * slices of equal mass a range, the chain rule over several, 64 seeded weighted draws when their
 * product is larger (mix.h; a note says so).
 *
 * JSON of each verb (manikin(1); every root also has "model", and "notes" from the renderer):
 *
 * - estimate: given, support {percentile}, estimates [{attribute, label, type, unit, mean, sd,
 *   median, mode, interval {level, low, high}, quantiles {..}, population {median}, difference,
 *   shift, co_observed, linkage}]; levels: mode, levels {name: share}, population {mode, levels},
 *   ordinal also median; linkage only of what hardly anybody shows with the target (linkage.h):
 *   [{attribute, co_observed, association {value, centre, low, high, shared}, sensitivity {answer,
 *   level, now, low, high}}]; shift is in population sd, for levels the total variation distance
 * - plot: the same, without evidence survey [{attribute, people, cells, overlap}], and figures
 *   [{title, x_label, y_label, caption, series [{kind, role, name, x, x_end, y, low, high,
 *   labels}]}]
 * - plot vs: given, versus, targets [{attribute, type, together {rank_correlation, information
 *   (nats), co_observed, association where hardly anybody shows both, survey {people, cells,
 *   rank_correlation, information; without evidence model {rank_correlation, information} in the
 *   same cells, overlap}}, points [{at, median, .. or levels}]}], figures
 * - pairs: given, pairs [{a, b, and the members of together}] strongest first, figures
 * - compare: scenarios [{name, given, support}], base, method, targets [{attribute, label, type,
 *   unit, set, values [{scenario, median, .. or levels}], differences [{scenario, against,
 *   difference, mean_difference, interval, size, direction, probability}]}] the largest change
 *   first, figures, of all attributes left_out [names]; levels have levels {name: change},
 *   distance, size and, when ordinal, direction and probability. Intervals and probabilities are
 *   those of two independent people, one of each scenario, from 200 x 200 quantiles; size is the
 *   change of the median in population sd (of the mean where only that moved), of levels the shift
 *   of a normal that has their total variation distance
 * - attributes: attributes [{name, label, type, unit, levels or range, category,
 *   modifiable, observed}]
 * - support: given, support, evidence [{attribute, expected {..}, percentile, surprise, without,
 *   pull}] with the strongest pull first (without: support of the others alone; pull: how much this
 *   value takes from it), co_observed [{attribute, with, people}], linkage [{attribute, with,
 *   co_observed, rests (answer, support), association}] where there are such pairs
 * - sample: persons, attributes, groups, seed, not_asked (cells) or, with gaps, empty and missing
 *   (the source), support, given; the table is result->stream
 * - impute: rows, draws, filled, attributes [{attribute, filled}]; the table is result->stream
 * - explore: target, label, type, unit, event, answer (median, mean, probability, level: what
 *   shape and now are of), level, now, sd, effect_unit (sd, share), given, support, asked,
 *   left_out, relations [{attribute, label, category, type, unit, strength (nats), effect,
 *   direction, form (none, rising, falling, peak, dip, mixed, levels), at [value or level], shape
 *   [answer], share [probability of the attribute], co_observed, association where hardly anybody
 *   shows both (of the 40 strongest such), exact, restates}], reverse {low,
 *   high (values of the target), relations [{attribute, label, category, type, unit, answer or
 *   level, low, high (answers), difference, shift, distance, co_observed}]}, figures */
#ifndef MK_QUERY_QUERY_H
#define MK_QUERY_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/pool.h"
#include "src/base/status.h"
#include "src/data/table.h"
#include "src/data/value.h"
#include "src/result/result.h"

typedef struct MkQuery {
    const MkModel *model;
    MkEvidence evidence;
    const size_t *targets;
    size_t n_targets;
    double level; /* of intervals, 0.9 */
    uint64_t seed;
    MkPool *pool; /* may be NULL */
    const MkCancel *cancel;
    /* Long work (explore, optimize, compare of all) tells how far it is in one line, and hands over
     * what it has so far as a result of its own, which is given to the callee. Both may be NULL;
     * both are called from the thread that asked. */
    void (*progress)(void *ctx, const char *line);
    void (*partial)(void *ctx, MkResult *so_far);
    void *ctx;
} MkQuery;

/* The distributions behind every answer: out (n_targets), living in arena and model. */
MK_NODISCARD MkStatus mk_query_posterior(const MkQuery *query, MkArena *arena, MkDistribution *out,
                                         MkError *err);
/* `estimate`: table, JSON, notes (support, co-observation, association). */
MK_NODISCARD MkStatus mk_query_estimate(const MkQuery *query, MkResult *result, MkError *err);
/* `estimate TARGET from TABLE`: the same for every row of a table read with the model's schema,
 * with query->evidence over the row's own. JSON: given, rows [{row, person, estimates [{attribute,
 * median, interval {level, low, high}} or {attribute, mode, share}]}]. Cancelled, it gives the rows
 * that are done (is_cut). */
MK_NODISCARD MkStatus mk_query_estimate_rows(const MkQuery *query, const MkTable *table,
                                             MkResult *result, MkError *err);
/* `plot TARGET`: posterior, population behind it, median, 50 and level bands; bars for levels. */
MK_NODISCARD MkStatus mk_query_plot(const MkQuery *query, MkResult *result, MkError *err);
/* `plot TARGET vs A`: how the target moves with A, other evidence held. */
MK_NODISCARD MkStatus mk_query_plot_versus(const MkQuery *query, size_t versus, MkResult *result,
                                           MkError *err);

typedef struct MkScenario {
    const char *name;
    MkEvidence evidence; /* on its own: the session's evidence already merged in */
} MkScenario;
/* `compare`: scenarios as columns, targets as rows; differences against scenarios[base] with
 * interval and probability of direction; figures: grouped distributions of each target, and the
 * changes. query->evidence is not used. */
MK_NODISCARD MkStatus mk_query_compare(const MkQuery *query, const MkScenario *scenarios, size_t n,
                                       size_t base, MkResult *result, MkError *err);
/* The same of all attributes but those that a scenario sets; query->targets are not used. The
 * `most` that differ most (0: MK_COMPARE_MOST) are shown and drawn, all are in the data, the
 * largest change first. Cancelled after a while, it gives what there is (is_cut). */
enum { MK_COMPARE_MOST = 25 };
MK_NODISCARD MkStatus mk_query_compare_all(const MkQuery *query, const MkScenario *scenarios,
                                           size_t n, size_t base, size_t most, MkResult *result,
                                           MkError *err);
/* `explore TARGET`: query->targets[0]; how strongly every other attribute is related to it given
 * the evidence, strongest first: information in nats, expected change in sd, direction, shape; and
 * the reverse, what else moves when the target is set low and high (explore.h). */
MK_NODISCARD MkStatus mk_query_explore(const MkQuery *query, MkResult *result, MkError *err);
/* `pairs A B C...`: every two of query->targets against each other: joint density of the model's
 * draws, the training people's summary behind it, and a table of associations. */
MK_NODISCARD MkStatus mk_query_pairs(const MkQuery *query, MkResult *result, MkError *err);
/* `attributes [PATTERN]`: by name, label or category. */
MK_NODISCARD MkStatus mk_query_attributes(const MkModel *model, const char *pattern,
                                          MkResult *result, MkError *err);
/* `support` of the evidence. */
MK_NODISCARD MkStatus mk_query_support(const MkQuery *query, MkResult *result, MkError *err);
/* Its number alone, for a line that is always in sight: the share of people who are as typical. */
MK_NODISCARD MkStatus mk_query_percentile(const MkQuery *query, MkArena *arena, double *percentile,
                                          MkError *err);
/* `impute`: fills gaps of the table's own columns; draws 0 = median or mode, else that many stacked
 * tables with first columns row, draw. Gives CSV text in result->stream. Rows, order and columns
 * stay. */
MK_NODISCARD MkStatus mk_query_impute(const MkQuery *query, const MkTable *table, size_t draws,
                                      void (*progress)(void *ctx, size_t done, size_t total),
                                      void *progress_ctx, MkResult *result, MkError *err);

/* `sample N`: persons from the joint distribution under query->evidence (points, ranges and sets
 * are met exactly), as CSV in pieces to `write`, at constant memory. What a person would not have
 * been asked (eligible.h) is empty. Person i is the same whatever n and the number of threads.
 * Fails: MK_EUNSUPPORTED for a model whose file does not tell of gaps, MK_ENOTFOUND for another
 * source than it tells of, MK_ECANCEL, what write gives. */
typedef struct MkSample {
    size_t n;
    const size_t *columns; /* (n_columns) attributes */
    size_t n_columns;
    size_t n_groups; /* passes of the network a person (model/draw.h) */
    /* Persons lack what people of this source lack (model/gaps.h), apart from what is known of
     * them; NULL or "none": they are complete. */
    const char *missing;
    MkStatus (*write)(void *ctx, const char *text, size_t len, MkError *err);
    void *write_ctx;
    void (*progress)(void *ctx, size_t done, size_t total); /* may be NULL */
    void *progress_ctx;
} MkSample;
MK_NODISCARD MkStatus mk_query_sample(const MkQuery *query, const MkSample *sample,
                                      MkResult *result, MkError *err);

/* One row of the live attribute list: small, fast, no result. */
enum { MK_SPARK_CELLS = 5 };
typedef struct MkSummary {
    double median;     /* number, or index of the likeliest level */
    double low, high;  /* interval at query->level (numbers) */
    double mode_share; /* levels: probability of the likeliest level */
    double shift; /* against the population: numbers (median - population median) / population sd;
                     levels: total variation distance */
    float spark[MK_SPARK_CELLS]; /* 0 .. 1 heights over the population's 1 - 99 % range (levels:
                                    first levels) */
} MkSummary;
/* out (n_targets) */
MK_NODISCARD MkStatus mk_query_summaries(const MkQuery *query, MkArena *arena, MkSummary *out,
                                         MkError *err);

#endif
