/* ctgan_train.c - how kind ctgan learns: a step of the critic, a step of the generator (Xu et al.
 * 2019, section 4.3 and algorithm 1 of its supplement). */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "model/ctgan/ctgan.h"
#include "model/train_priv.h"

enum { MOMENT_BATCHES = 50 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory for ctgan");
}

typedef struct Training {
    const MkTrainRun *run;
    MkCtgan *ctgan;
    MkCoded people;
    MkHolders holders;
    MkCritic critic;
    MkParameters g, c;
    MkGeneratorTape g_tape;
    MkCriticTape c_tape;
    size_t batch, pac, width;    /* width: of a record with its condition */
    float *fake, *real;          /* (batch, width), real behind fake */
    float *record, *gumbel;      /* (batch, records.width) */
    size_t *place, *level, *row; /* (batch) conditions; real people */
    size_t *attribute, *order;   /* (batch) */
    MkDenseAdam adam;
    float decay;
    uint64_t draws; /* so far, each a stream of its own */
} Training;

static MkRng next_stream(Training *t)
{
    return mk_rng(t->run->config->seed, MK_RNG_MASK, t->draws++);
}

/* ---- batches ---- */

/* Draws noise and conditions, and runs the generator. */
static void generate(Training *t)
{
    const MkGenerator *const g = &t->ctgan->generator;
    const MkConditions *const conditions = &t->ctgan->conditions;
    const size_t in = g->noise + g->condition;
    MkRng rng = next_stream(t);
    for (size_t i = 0; i < t->batch; i++) {
        float *const row = t->g_tape.in[0] + i * in;
        for (size_t k = 0; k < g->noise; k++) {
            row[k] = (float)mk_rng_normal(&rng);
        }
        memset(row + g->noise, 0, g->condition * sizeof *row);
        if (conditions->n > 0) {
            mk_holders_condition(&t->holders, &rng, &t->place[i], &t->level[i]);
            t->attribute[i] = conditions->attribute[t->place[i]];
            row[g->noise + conditions->at[t->place[i]] + t->level[i]] = 1.0F;
        }
    }
    mk_generator_pass(&t->ctgan->generator, t->g.value, t->batch, false, &t->g_tape);
    const uint64_t seed = mk_hash64(&t->draws, sizeof t->draws, t->run->config->seed);
    mk_gan_gumbel(t->gumbel, t->batch * t->ctgan->records.width, seed);
    mk_gan_record(&t->ctgan->records, t->g_tape.said, t->gumbel, t->batch, t->record);
}

/* Rows of records, each followed by the condition of row order[i] of the generator's batch (NULL:
 * its own). */
static void join(const Training *t, const float *records, const size_t *order, float *out)
{
    const MkGenerator *const g = &t->ctgan->generator;
    const size_t width = t->ctgan->records.width, in = g->noise + g->condition;
    for (size_t i = 0; i < t->batch; i++) {
        const size_t from = order != NULL ? order[i] : i;
        memcpy(out + i * t->width, records + i * width, width * sizeof *out);
        memcpy(out + i * t->width + width, t->g_tape.in[0] + from * in + g->noise,
               g->condition * sizeof *out);
    }
}

/* Real people who have the levels asked for, in another order than the generated ones. */
static void show_real(Training *t)
{
    MkRng rng = next_stream(t);
    const size_t none = t->ctgan->conditions.n;
    for (size_t i = 0; i < t->batch; i++) {
        t->order[i] = i;
    }
    mk_rng_shuffle(&rng, t->order, t->batch);
    for (size_t i = 0; i < t->batch; i++) {
        const size_t from = t->order[i];
        t->row[i] = mk_holders_person(&t->holders, none > 0 ? t->place[from] : none,
                                      none > 0 ? t->level[from] : 0, &rng);
    }
    mk_records_write(&t->ctgan->records, &t->people, t->row, t->batch, t->gumbel);
    join(t, t->gumbel, t->order, t->real);
}

/* ---- steps ---- */

static void move(const Training *t, MkParameters *p)
{
    for (size_t i = 0; i < p->n; i++) { /* decay is part of the gradient, as in the reference */
        p->gradient[i] += t->decay * p->value[i];
    }
    mk_parameters_step(p, &t->adam);
}

static void drop(Training *t, size_t n)
{
    const uint64_t seed = mk_hash64(&t->draws, sizeof t->draws, t->run->config->seed);
    mk_critic_drop(&t->critic, n, mk_train_setting(t->run, MK_CTGAN_DROPOUT), seed, &t->c_tape);
    t->draws++;
}

/* What the critic says of the first `plus` rows of x less what it says of the next `minus` ones,
 * means, with fresh dropout. */
static double judge(Training *t, const float *x, size_t plus, size_t minus, float *gradient,
                    float *dx)
{
    double sum = 0.0;
    drop(t, plus + minus);
    mk_critic_pass(&t->critic, t->c.value, x, plus + minus, &t->c_tape);
    for (size_t i = 0; i < plus + minus; i++) {
        const double share = i < plus ? 1.0 / (double)plus : -1.0 / (double)minus;
        sum += share * (double)t->c_tape.said[i];
        t->c_tape.d_said[i] = (float)share;
    }
    mk_critic_back(&t->critic, t->c.value, x, plus + minus, &t->c_tape, gradient, dx);
    return sum;
}

/* Between real and fake, one place a row of the critic; into c_tape.input. */
static void mix(Training *t)
{
    MkRng rng = next_stream(t);
    const size_t wide = t->critic.width;
    for (size_t i = 0; i < t->batch / t->pac; i++) {
        const float a = (float)mk_rng_uniform(&rng);
        for (size_t k = i * wide; k < (i + 1) * wide; k++) {
            t->c_tape.input[k] = a * t->real[k] + (1.0F - a) * t->fake[k];
        }
    }
}

static double critic_step(Training *t)
{
    const size_t n = t->batch / t->pac;
    generate(t);
    join(t, t->record, NULL, t->fake);
    show_real(t);
    mk_parameters_zero_gradient(&t->c);
    double loss = judge(t, t->fake, n, n, t->c.gradient, NULL);
    mix(t);
    drop(t, n);
    mk_critic_pass(&t->critic, t->c.value, t->c_tape.input, n, &t->c_tape);
    loss += mk_critic_penalty(&t->critic, t->c.value, n, mk_train_setting(t->run, MK_CTGAN_PENALTY),
                              &t->c_tape, t->c.gradient);
    move(t, &t->c);
    return loss;
}

static double generator_step(Training *t)
{
    const MkRecords *const records = &t->ctgan->records;
    generate(t);
    join(t, t->record, NULL, t->fake);
    mk_parameters_zero_gradient(&t->g);
    double loss = judge(t, t->fake, 0, t->batch / t->pac, NULL, t->c_tape.d_input);
    for (size_t i = 0; i < t->batch; i++) {
        memcpy(t->g_tape.d_said + i * records->width, t->c_tape.d_input + i * t->width,
               records->width * sizeof(float));
    }
    mk_gan_record_back(records, t->record, t->batch, t->g_tape.d_said);
    if (t->ctgan->conditions.n > 0) {
        loss += mk_gan_condition_loss(records, t->attribute, t->level, t->g_tape.said, t->batch,
                                      t->g_tape.d_said);
    }
    mk_generator_back(&t->ctgan->generator, t->g.value, t->batch, &t->g_tape, t->g.gradient);
    move(t, &t->g);
    return loss;
}

/* Running moments of the generator as it is now: the mean over some batches. */
static void settle(Training *t)
{
    for (size_t i = 0; i < MOMENT_BATCHES; i++) {
        for (size_t l = 0; l < 2; l++) {
            t->ctgan->generator.norm[l].momentum = (float)i / (float)(i + 1);
        }
        generate(t);
    }
}

/* ---- training ---- */

static MkStatus make_room(Training *t, MkArena *scratch, MkError *err)
{
    const size_t n = t->batch, width = t->ctgan->records.width;
    t->fake = mk_arena_array(scratch, 2 * n * t->width, sizeof *t->fake);
    t->record = mk_arena_array(scratch, n * width, sizeof *t->record);
    t->gumbel = mk_arena_array(scratch, n * width, sizeof *t->gumbel);
    t->place = mk_arena_zeros(scratch, n, sizeof *t->place);
    t->level = mk_arena_zeros(scratch, n, sizeof *t->level);
    t->attribute = mk_arena_zeros(scratch, n, sizeof *t->attribute);
    t->row = mk_arena_array(scratch, n, sizeof *t->row);
    t->order = mk_arena_array(scratch, n, sizeof *t->order);
    if (t->fake == NULL || t->record == NULL || t->gumbel == NULL || t->place == NULL ||
        t->level == NULL || t->attribute == NULL || t->row == NULL || t->order == NULL ||
        !mk_generator_tape(&t->ctgan->generator, n, scratch, &t->g_tape) ||
        !mk_critic_tape(&t->critic, 2 * n / t->pac, scratch, &t->c_tape) ||
        !mk_parameters_init(&t->g, t->ctgan->generator.n, t->run->arena) ||
        !mk_parameters_init(&t->c, t->critic.n, scratch)) {
        return no_memory(err);
    }
    t->real = t->fake + n * t->width;
    return MK_OK;
}

static MkStatus begin(MkTrainRun *run, MkArena *scratch, Training *t, MkError *err)
{
    MkCtgan *const c = mk_arena_zeros(run->arena, 1, sizeof *c);
    if (c == NULL) {
        return no_memory(err);
    }
    *t = (Training){.run = run, .ctgan = c, .pac = (size_t)mk_train_setting(run, MK_CTGAN_PAC)};
    MK_TRY(mk_records_fit(&run->people, run->cohort->schema,
                          mk_train_setting(run, MK_CTGAN_MISSING) > 0.5, run->arena, &c->records,
                          err));
    MK_TRY(mk_records_code(&c->records, &run->people, run->config->seed, scratch, &t->people, err));
    MK_TRY(mk_conditions_new(&c->records, run->arena, &c->conditions, err));
    MK_TRY(mk_holders_new(&c->conditions, &t->people, scratch, &t->holders, err));
    if (!mk_generator(&c->records, (size_t)mk_train_setting(run, MK_CTGAN_NOISE),
                      c->conditions.width, (size_t)mk_train_setting(run, MK_CTGAN_HIDDEN),
                      run->arena, &c->generator)) {
        return no_memory(err);
    }
    t->batch = (size_t)mk_train_setting(run, MK_CTGAN_BATCH) / t->pac * t->pac;
    t->batch = t->batch > 0 ? t->batch : t->pac;
    t->width = c->records.width + c->conditions.width;
    t->critic = mk_critic(t->pac * t->width, c->generator.hidden);
    t->adam = (MkDenseAdam){mk_train_setting(run, MK_CTGAN_RATE), 0.5, 0.9, 1e-8, 0.0, 0.0};
    t->decay = (float)mk_train_setting(run, MK_CTGAN_DECAY);
    MK_TRY(make_room(t, scratch, err));
    mk_generator_init(&c->generator, run->config->seed, &t->g);
    mk_critic_init(&t->critic, run->config->seed, &t->c);
    c->value = t->g.value;
    return MK_OK;
}

static MkStatus learn(MkTrainRun *run, Training *t, MkError *err)
{
    const size_t batches = run->people.n_rows > t->batch ? run->people.n_rows / t->batch : 1;
    const size_t steps = batches * (size_t)mk_train_setting(run, MK_CTGAN_EPOCHS);
    const size_t critic_steps = (size_t)mk_train_setting(run, MK_CTGAN_CRITIC_STEPS);
    double fraction = 0.0, loss = 0.0;
    for (size_t s = 0; s < steps && fraction < 1.0; s++) {
        for (size_t k = 0; k < critic_steps; k++) {
            loss = critic_step(t);
        }
        const double other = generator_step(t);
        if (!isfinite(loss) || !isfinite(other)) {
            return mk_fail(err, MK_ENUMERIC, "the loss of ctgan is not finite at step %zu", s);
        }
        run->progress.loss = loss;
        MK_TRY(mk_train_goes_on(run, s + 1, steps, &fraction, err));
    }
    settle(t);
    return MK_OK;
}

MkStatus mk_train_ctgan(MkTrainRun *run, MkError *err)
{
    MkArena *const scratch = mk_arena_new(0);
    Training t = {0};
    MkStatus st = scratch != NULL ? begin(run, scratch, &t, err) : no_memory(err);
    if (st == MK_OK) {
        st = learn(run, &t, err);
    }
    mk_arena_free(scratch);
    run->learned = st == MK_OK ? t.ctgan : NULL;
    return st;
}
