#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "model/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "model/weights.h"
#include "src/base/buf.h"
#include "src/base/text.h"

static void add_number(MkWeightsOut *out, const char *key, double x)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_buf_double(&text, x);
    mk_weights_out_meta(out, key, text.failed ? "nan" : text.data);
    mk_buf_release(&text);
}

MkStatus mk_checkpoint_write(const MkCheckpoint *s, const char *path, MkError *err)
{
    MkWeightsOut *const out = mk_weights_out_new();
    char step[24];
    if (out == NULL) {
        return mk_fail(err, MK_ENOMEM, "out of memory");
    }
    snprintf(step, sizeof step, "%llu", (unsigned long long)s->step);
    mk_weights_out_meta(out, "format", "manikin-checkpoint-1");
    mk_weights_out_meta(out, "digest", s->digest);
    mk_weights_out_meta(out, "step", step);
    add_number(out, "spent", s->spent);
    add_number(out, "flops", s->flops);
    add_number(out, "busy", s->busy);
    mk_weights_out_tensor(out, "parameters", MK_F32, 1, &s->n, s->parameters);
    mk_weights_out_tensor(out, "m", MK_F32, 1, &s->n, s->m);
    mk_weights_out_tensor(out, "v", MK_F32, 1, &s->n, s->v);
    mk_weights_out_tensor(out, "average", MK_F32, 1, &s->n, s->average);
    const MkStatus st = mk_weights_out_write(out, path, err);
    mk_weights_out_free(out);
    return st;
}

static bool number(const MkWeights *w, const char *key, double *out)
{
    const char *const text = mk_weights_meta(w, key);
    return text != NULL && mk_text_double(text, strlen(text), '.', out);
}

static MkStatus read_state(MkCheckpoint *s, const MkWeights *w, MkError *err)
{
    const char *const digest = mk_weights_meta(w, "digest");
    const char *const step = mk_weights_meta(w, "step");
    float *const into[] = {s->parameters, s->m, s->v, s->average};
    static const char *const names[] = {"parameters", "m", "v", "average"};
    uint64_t done = 0;
    if (digest == NULL || step == NULL || !mk_text_u64(step, &done) ||
        !number(w, "spent", &s->spent) || !number(w, "flops", &s->flops) ||
        !number(w, "busy", &s->busy)) {
        return mk_fail(err, MK_EFORMAT, "%s: not a checkpoint", mk_weights_path(w));
    }
    if (strcmp(digest, s->digest) != 0) {
        return mk_fail(err, MK_EFORMAT,
                       "%s: checkpoint of another training (settings or data differ)",
                       mk_weights_path(w));
    }
    const MkTensor *tensors[4];
    for (size_t i = 0; i < 4; i++) {
        MK_TRY(mk_weights_need(w, names[i], MK_F32, 1, &s->n, &tensors[i], err));
    }
    for (size_t i = 0; i < 4; i++) {
        memcpy(into[i], tensors[i]->data, s->n * sizeof **into);
    }
    s->step = done;
    return MK_OK;
}

MkStatus mk_checkpoint_read(MkCheckpoint *s, const char *path, MkError *err)
{
    MkWeights *w = NULL;
    MK_TRY(mk_weights_open(path, &w, err));
    const MkStatus st = read_state(s, w, err);
    mk_weights_close(w);
    return st;
}
