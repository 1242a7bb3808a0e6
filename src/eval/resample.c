#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/rng.h"

double mk_resample_spread(const double *values, size_t n, size_t stride)
{
    double mean = 0.0, squares = 0.0;
    for (size_t b = 0; b < n; b++) {
        mean += values[b * stride] / (double)n;
    }
    for (size_t b = 0; b < n; b++) {
        const double off = values[b * stride] - mean;
        squares += off * off;
    }
    return sqrt(squares / (double)(n - 1));
}

static void add_person(const MkResampled *job, size_t person, double *sums)
{
    const double *const own = job->people + person * job->n_sums;
    for (size_t k = 0; k < job->n_sums; k++) {
        sums[k] += own[k];
    }
}

static void draw_all(const MkResampled *job, double *sums, double *figures)
{
    for (size_t b = 0; b < MK_RESAMPLES; b++) {
        MkRng rng = mk_rng(job->seed, MK_RNG_BOOTSTRAP, b);
        memset(sums, 0, job->n_sums * sizeof *sums);
        for (size_t i = 0; i < job->n_people; i++) {
            add_person(job, mk_rng_below(&rng, job->n_people), sums);
        }
        job->make(sums, figures + b * job->n_figures);
    }
}

MkStatus mk_resample(const MkResampled *job, MkMeasured *out, MkError *err)
{
    double *const sums = mk_heap_array(job->n_sums, sizeof *sums);
    double *const figures = mk_heap_array((MK_RESAMPLES + 1) * job->n_figures, sizeof *figures);
    MkStatus st = MK_OK;
    if (sums == NULL || figures == NULL) {
        st = mk_fail(err, MK_ENOMEM, "out of memory");
    } else {
        double *const whole = figures + MK_RESAMPLES * job->n_figures;
        memset(sums, 0, job->n_sums * sizeof *sums);
        for (size_t i = 0; i < job->n_people; i++) {
            add_person(job, i, sums);
        }
        job->make(sums, whole);
        draw_all(job, sums, figures);
        for (size_t f = 0; f < job->n_figures; f++) {
            out[f].value = whole[f];
            out[f].error = mk_resample_spread(figures + f, MK_RESAMPLES, job->n_figures);
        }
    }
    free(sums);
    free(figures);
    return st;
}
