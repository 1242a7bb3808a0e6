/* fuzz_model.c - model files: any bytes end in an error or in a model that answers or says why not.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/model.h"
#include "model/summary.h"
#include "model/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every number of the summaries of attribute j and of its pairs. */
static void look(const MkModel *model, size_t j, MkArena *arena)
{
    MkCells cells;
    MkPairCells pair;
    double sum = 0.0;
    if (mk_model_cells(model, j, arena, &cells)) {
        for (size_t k = 0; k < cells.n; k++) {
            sum += cells.share[k] + (cells.edges != NULL ? cells.edges[k + 1] : 0.0);
        }
    }
    for (size_t a = 0; a < mk_model_schema(model)->n && mk_model_n_pairs(model) > 0; a++) {
        if (mk_model_pair_cells(model, a, j, arena, &pair)) {
            for (size_t k = 0; k < pair.n_a * pair.n_b; k++) {
                sum += pair.share[k];
            }
            sum += pair.edges_a != NULL ? pair.edges_a[pair.n_a] : 0.0;
            sum += pair.edges_b != NULL ? pair.edges_b[pair.n_b] : 0.0;
        }
    }
    if (isinf(sum)) {
        abort();
    }
}

/* Asks for everything, with the first attributes known at a likely value. */
static void ask(const MkModel *model, size_t n_known, MkArena *arena)
{
    enum { MOST = 32 };
    const size_t n = mk_model_schema(model)->n < MOST ? mk_model_schema(model)->n : MOST;
    MkPoint known[MOST];
    size_t targets[MOST];
    MkDistribution out[MOST];
    MkError err = {0};
    double percentile = 0.0;
    for (size_t j = 0; j < n; j++) {
        targets[j] = j;
        known[j] = (MkPoint){j, mk_dist_quantile(mk_model_population(model, j), 0.3)};
        (void)mk_model_observed(model, j);
        (void)mk_model_co_observed(model, j, 0);
        (void)mk_model_correlation(model, 0, j);
        look(model, j, arena);
    }
    n_known = n_known < n ? n_known : n;
    if (mk_model_posterior(model, known, n_known, targets, n, arena, out, &err) != MK_OK) {
        if (err.text[0] == '\0') {
            abort();
        }
        return;
    }
    for (size_t j = 0; j < n; j++) {
        MkRng rng = mk_rng(1, MK_RNG_TEST, j);
        double bins[8];
        (void)mk_dist_mean(&out[j]);
        (void)mk_dist_sd(&out[j]);
        (void)mk_dist_mode(&out[j]);
        (void)mk_dist_draw(&out[j], &rng);
        (void)mk_dist_log_prob(&out[j], known[j].value);
        (void)mk_dist_crps(&out[j], known[j].value);
        mk_dist_bins(&out[j], 0.0, 1.0, 8, bins);
    }
    if (mk_model_support(model, known, n_known, arena, &percentile, &err) != MK_OK &&
        err.text[0] == '\0') {
        abort();
    }
}

static void try_file(const char *path)
{
    MkWeights *weights = NULL;
    MkModel *model = NULL;
    MkError err = {0};
    MkStatus st = mk_weights_open(path, &weights, &err);
    if (st != MK_OK && (err.status != st || err.text[0] == '\0' || weights != NULL)) {
        abort();
    }
    mk_weights_close(weights);
    st = mk_model_open(path, &model, &err);
    if (st != MK_OK && (err.status != st || err.text[0] == '\0' || model != NULL)) {
        abort();
    }
    MkArena *const arena = st == MK_OK ? mk_arena_new(0) : NULL;
    if (arena != NULL) {
        ask(model, 0, arena);
        ask(model, 2, arena);
    }
    mk_arena_free(arena);
    mk_model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *file = tmpfile();
    if (file == NULL) {
        return 0;
    }
    if (fwrite(data, 1, size, file) == size && fflush(file) == 0) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
        try_file(path);
    }
    (void)fclose(file);
    return 0;
}
