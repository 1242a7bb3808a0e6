#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/eval/section.h"

#include <math.h>
#include <string.h>

MkStatus mk_section_figure(MkSection *section, const char *name, const char *label, double value,
                           double error, MkError *err)
{
    if (isnan(value)) {
        return MK_OK;
    }
    MkFigureOfMerit *const all =
        mk_arena_array(section->arena, section->n_figures + 1, sizeof *all);
    const char *const own_name = mk_arena_strdup(section->arena, name);
    const char *const own_label = mk_arena_strdup(section->arena, label);
    if (all == NULL || own_name == NULL || own_label == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    if (section->n_figures > 0) {
        memcpy(all, section->figures, section->n_figures * sizeof *all);
    }
    all[section->n_figures++] =
        (MkFigureOfMerit){.name = own_name, .label = own_label, .value = value, .error = error};
    section->figures = all;
    return MK_OK;
}

MkStatus mk_section_drawn(MkSection *section, const char *name, const double *values, size_t n,
                          size_t stride, MkError *err)
{
    for (size_t i = 0; i < section->n_figures; i++) {
        MkFigureOfMerit *const figure = &section->figures[i];
        if (strcmp(figure->name, name) != 0) {
            continue;
        }
        double *const drawn = mk_arena_array(section->arena, n, sizeof *drawn);
        if (drawn == NULL) {
            return mk_fail(err, MK_ENOMEM, "out of memory");
        }
        for (size_t b = 0; b < n; b++) {
            drawn[b] = values[b * stride];
        }
        figure->drawn = drawn;
        figure->n_drawn = n;
    }
    return MK_OK;
}

MkStatus mk_trial_goes_on(const MkTrial *trial, double fraction, MkError *err)
{
    if (trial->progress != NULL) {
        trial->progress(trial->progress_ctx, fraction);
    }
    return mk_cancelled(trial->cancel) ? mk_fail(err, MK_ECANCEL, "interrupted") : MK_OK;
}
