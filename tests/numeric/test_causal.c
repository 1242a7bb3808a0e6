/* Tails: a later token has no say in an earlier answer, gradients of chains, one pass over prefix
 * and tail against the cache that reads it bit by bit, and the base of a chain. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/chain.h"
#include "model/mae/net_cache.h"
#include "model/model.h"
#include "model/nn/blas.h"
#include "tests/numeric/people.h"

enum { PERSONS = 5, TOKENS = 7, LINKS = 3 };

static MkNet *make_net(const People *people, size_t encoder_layers, size_t decoder_layers)
{
    const MkNetConfig config = {.n_attributes = people->data.n_attributes,
                                .dim = 12,
                                .heads = 3,
                                .encoder_layers = encoder_layers,
                                .decoder_layers = decoder_layers,
                                .mlp = 2,
                                .head = MK_HEAD_CELLS,
                                .has_tails = true};
    MkNet *net = NULL;
    MkRng rng = mk_rng(5, MK_RNG_TEST, 0);
    assert_int_equal(mk_net_new(&config, people->marginals, &net, NULL), MK_OK);
    mk_net_init(net, 9);
    for (size_t i = 0; i < net->n_parameters; i++) {
        net->parameters[i] += (float)(0.15 * mk_rng_normal(&rng));
    }
    return net;
}

/* ---- one pass ---- */

/* Persons with the same attributes 0 .. TOKENS - 1 as tokens; every position asks attribute 7. */
typedef struct Case {
    uint32_t token_begin[PERSONS + 1], query_begin[PERSONS + 1], prefix[PERSONS];
    uint32_t token[PERSONS * (TOKENS + 1)], query[PERSONS * (TOKENS + 1)];
    uint32_t position[PERSONS * (TOKENS + 1)];
    uint8_t cell[PERSONS * (TOKENS + 1)];
    float score[PERSONS * (TOKENS + 1)], link[PERSONS * (TOKENS + 1) * LINKS];
    MkNetBatch batch;
} Case;

/* Prefix: the token that is always there and `known` more. Queries from there on. */
static void make_case(Case *c, const People *people, size_t known)
{
    MkRng rng = mk_rng(8, MK_RNG_TEST, 0);
    size_t t = 0, q = 0;
    memset(c, 0, sizeof *c);
    for (size_t b = 0; b < PERSONS; b++) {
        c->prefix[b] = (uint32_t)known + 1;
        for (size_t i = 0; i <= TOKENS; i++, t++) {
            c->token[t] = i == 0 ? MK_TOKEN_ALWAYS : (uint32_t)i - 1;
            c->cell[t] = i == 0 ? MK_CELL_MISSING
                                : (uint8_t)mk_rng_below(&rng, people->marginals[i - 1].n_cells);
            c->score[t] = i == 0 ? 0.0F : (float)mk_rng_normal(&rng);
            if (i >= known) {
                c->query[q] = TOKENS;
                c->position[q] = (uint32_t)i + 1;
                for (size_t k = 0; k < LINKS; k++) {
                    c->link[q * LINKS + k] = (float)(0.5 * mk_rng_normal(&rng));
                }
                q++;
            }
        }
        c->token_begin[b + 1] = (uint32_t)t;
        c->query_begin[b + 1] = (uint32_t)q;
    }
    c->batch = (MkNetBatch){.n_rows = PERSONS,
                            .n_tokens = t,
                            .n_queries = q,
                            .token_begin = c->token_begin,
                            .token = c->token,
                            .token_cell = c->cell,
                            .token_score = c->score,
                            .query_begin = c->query_begin,
                            .query = c->query,
                            .query_link = c->link,
                            .prefix = c->prefix,
                            .position = c->position};
}

static float *run_case(const MkNet *net, const Case *c)
{
    MkArena *const arena = mk_arena_new(0);
    MkTape *const tape = mk_tape_new(&net->config, PERSONS, TOKENS + 1, TOKENS + 1, false, arena);
    const size_t n = c->batch.n_queries * net->config.dim;
    float *const hidden = mk_heap_array(n, sizeof *hidden);
    assert_non_null(tape);
    assert_non_null(hidden);
    mk_net_forward(net, net->parameters, &c->batch, 0.0F, 0, tape);
    memcpy(hidden, mk_tape_hidden(tape), n * sizeof *hidden);
    mk_arena_free(arena);
    return hidden;
}

static void test_a_later_token_has_no_say_in_an_earlier_answer(void **state)
{
    MkNet *const net = make_net(*state, 2, 2);
    const size_t known = 2, asked = TOKENS + 1 - known, d = net->config.dim;
    static Case c;
    make_case(&c, *state, known);
    float *const before = run_case(net, &c);
    for (size_t i = 1; i <= TOKENS; i++) { /* token i of person 1 */
        make_case(&c, *state, known);
        c.score[c.token_begin[1] + i] += 3.0F;
        float *const after = run_case(net, &c);
        for (size_t q = 0; q < PERSONS * asked; q++) {
            const bool sees = q / asked == 1 && c.position[q] > i;
            const int differs = memcmp(before + q * d, after + q * d, d * sizeof *before);
            assert_int_equal(differs != 0, sees); /* the same bits, or it has a say */
        }
        free(after);
    }
    free(before);
    mk_net_free(net);
}

static void test_a_row_that_is_all_prefix_is_a_plain_one(void **state)
{
    MkNet *const net = make_net(*state, 2, 1);
    static Case c;
    make_case(&c, *state, TOKENS);
    float *const marked = run_case(net, &c);
    c.batch.prefix = c.batch.position = NULL;
    float *const plain = run_case(net, &c);
    assert_memory_equal(marked, plain, PERSONS * net->config.dim * sizeof *plain);
    free(marked);
    free(plain);
    mk_net_free(net);
}

/* ---- the cache ---- */

/* Tokens begin .. end of every person, as a cache takes them. */
static MkNetTokens tokens_of(const Case *c, size_t begin, size_t end, uint32_t *attributes,
                             uint8_t *cells, float *scores)
{
    const size_t n = end - begin;
    for (size_t b = 0; b < PERSONS; b++) {
        for (size_t i = 0; i < n; i++) {
            const size_t at = c->token_begin[b] + begin + i;
            attributes[i] = c->token[at];
            cells[b * n + i] = c->cell[at];
            scores[b * n + i] = c->score[at];
        }
    }
    return (MkNetTokens){.count = n, .attributes = attributes, .cells = cells, .scores = scores};
}

/* Reads a prefix of `known`, then `step` tokens at a time; asks where it stands. */
static void check_cache(const People *people, const MkNet *net, MkNetCache *cache, size_t known,
                        size_t step)
{
    static Case c;
    const size_t d = net->config.dim, asked = TOKENS + 1 - known;
    uint32_t attributes[TOKENS], target[2] = {TOKENS, TOKENS};
    uint8_t cells[PERSONS * TOKENS];
    float scores[PERSONS * TOKENS], links[PERSONS * 2 * LINKS], hidden[PERSONS * 2 * 64];
    make_case(&c, people, known);
    float *const want = run_case(net, &c);
    for (size_t end = known + 1, begin = 1; end <= TOKENS + 1; begin = end, end += step) {
        const MkNetTokens tokens = tokens_of(&c, begin, end, attributes, cells, scores);
        if (end == known + 1) {
            mk_net_cache_prefix(cache, &tokens);
        } else {
            mk_net_cache_append(cache, &tokens);
        }
        for (size_t b = 0; b < 2 * PERSONS; b++) { /* the same query twice */
            memcpy(links + b * LINKS, c.link + (b / 2 * asked + end - 1 - known) * LINKS,
                   LINKS * sizeof *links);
        }
        mk_net_cache_ask(cache, target, 2, links, hidden);
        for (size_t b = 0; b < 2 * PERSONS; b++) {
            for (size_t i = 0; i < d; i++) {
                assert_close(hidden[b * d + i], want[(b / 2 * asked + end - 1 - known) * d + i],
                             1e-5, 1e-5);
            }
        }
    }
    free(want);
}

static void test_the_cache_gives_what_one_pass_gives(void **state)
{
    const size_t layers[][2] = {{2, 2}, {0, 1}, {1, 3}};
    for (size_t l = 0; l < 3; l++) {
        MkNet *const net = make_net(*state, layers[l][0], layers[l][1]);
        MkArena *const arena = mk_arena_new(0);
        MkNetCache *const cache = mk_net_cache_new(net, PERSONS, TOKENS, arena);
        assert_non_null(cache);
        for (size_t known = 0; known <= TOKENS; known++) { /* one cache, begun anew */
            for (size_t step = 1; step <= 6; step++) {
                check_cache(*state, net, cache, known, step);
            }
        }
        mk_arena_free(arena);
        mk_net_free(net);
    }
}

/* Many persons and queries go through in rounds. */
static void test_rounds_of_the_cache_do_not_show(void **state)
{
    enum { MANY = 700 };
    MkNet *const net = make_net(*state, 1, 1);
    const size_t d = net->config.dim;
    MkArena *const arena = mk_arena_new(0);
    MkNetCache *const all = mk_net_cache_new(net, MANY, 2, arena);
    MkNetCache *const one = mk_net_cache_new(net, 1, 2, arena);
    uint32_t *const asked = mk_arena_array(arena, MANY, sizeof *asked);
    uint8_t *const cells = mk_arena_zeros(arena, 2 * MANY, 1);
    float *const scores = mk_arena_array(arena, 2 * MANY, sizeof *scores);
    float *const links = mk_arena_zeros(arena, 3 * MANY * LINKS, sizeof *links);
    float *const hidden = mk_arena_array(arena, 3 * MANY * d, sizeof *hidden);
    float *const many = mk_arena_array(arena, MANY * d, sizeof *many);
    const uint32_t known[2] = {0, 1};
    assert_true(all != NULL && one != NULL && many != NULL && hidden != NULL);
    for (size_t i = 0; i < 2 * MANY; i++) {
        scores[i] = (float)sin((double)i);
    }
    for (size_t i = 0; i < MANY; i++) {
        asked[i] = (uint32_t)(i % 3 + 2);
    }
    mk_net_cache_prefix(all, &(MkNetTokens){2, known, cells, scores});
    mk_net_cache_ask(all, asked, 3, links, hidden);
    for (size_t b = 0; b < MANY; b += 233) { /* alone, asked 700 things at once */
        mk_net_cache_prefix(one, &(MkNetTokens){2, known, cells + 2 * b, scores + 2 * b});
        mk_net_cache_ask(one, asked, MANY, links, many);
        for (size_t i = 0; i < MANY * d; i++) {
            assert_close(many[i], hidden[(3 * b + i / d % 3) * d + i % d], 1e-5, 1e-5);
        }
    }
    mk_arena_free(arena);
    mk_net_free(net);
}

/* ---- the base of a chain ---- */

static void test_the_base_of_a_chain_is_that_of_every_step(void **state)
{
    const People *const people = *state;
    const MkCopula *const c = &people->copula;
    const size_t n = people->data.n_attributes;
    uint32_t ids[256], at[16];
    float values[256], m[16], s[16], scratch[256 * 258];
    size_t features = 0;
    assert_true(c->n_features <= 256 && n <= 16);
    for (size_t j = 0; j < n; j++) {
        at[j] = (uint32_t)features;
        features +=
            mk_copula_encode_score(c, j, j % people->marginals[j].n_cells, 0.3 * (double)j - 1.0,
                                   ids + features, values + features);
    }
    assert_int_equal(mk_copula_chain_dense(people->fold_r[0], c->n_features, c->rho, ids, values,
                                           features, at, n, scratch, m, s, NULL),
                     MK_OK);
    for (size_t j = 0; j < n; j++) {
        const uint32_t target = (uint32_t)j;
        float mean = 0.0F, spread = 0.0F;
        assert_int_equal(mk_copula_condition_dense(people->fold_r[0], c->n_features, c->rho, ids,
                                                   values, at[j], &target, 1, scratch, &mean,
                                                   &spread, NULL),
                         MK_OK);
        assert_close(m[j], mean, 1e-4, 1e-4);
        assert_close(s[j], spread, 1e-4, 1e-4);
    }
}

/* ---- persons ---- */

static MkModel *write_and_open(const People *people, const MkNet *net)
{
    const char *const at = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    MkModel *model = NULL;
    char path[512];
    snprintf(path, sizeof path, "%s/causal.%d.safetensors", at, (int)getpid());
    people_write(people, net, path);
    assert_int_equal(mk_model_open(path, &model, NULL), MK_OK);
    remove(path);
    return model;
}

/* n persons by `order`, `together` at a time: out (n, n_targets). Gives the mean log density. */
static double draw(const MkModel *model, const MkDrawOrder *order, const double *known, size_t n,
                   size_t together, const double *given, double *out)
{
    MkDrawer *drawer = NULL;
    double sum = 0.0;
    assert_int_equal(mk_drawer_new(model, order, &drawer, NULL), MK_OK);
    for (size_t first = 0; first < n; first += together) {
        const size_t count = n - first < together ? n - first : together;
        MkArena *const arena = mk_arena_new(0);
        MkRng streams[MK_DRAW_PERSONS];
        double log_p[MK_DRAW_PERSONS];
        for (size_t b = 0; b < count; b++) {
            streams[b] = mk_rng(3, MK_RNG_TEST, first + b);
        }
        assert_int_equal(
            mk_drawer_run(drawer, known != NULL ? known + first * order->n_known : NULL, count,
                          streams, given != NULL ? given + first * order->n_targets : NULL, arena,
                          out + first * order->n_targets, log_p, NULL, NULL),
            MK_OK);
        for (size_t b = 0; b < count; b++) {
            assert_true(isfinite(log_p[b]));
            sum += log_p[b] / (double)n;
        }
        mk_arena_free(arena);
    }
    mk_drawer_free(drawer);
    return sum;
}

/* z = a b is nothing to the base: what the network learned of it shows in a chain only. */
static void test_a_chain_is_nearer_to_people_than_one_group(void **state)
{
    enum { SOME = 256, N = 8 };
    const People *const people = *state;
    const PeopleTraining training = {.net = {.dim = 16,
                                             .heads = 2,
                                             .encoder_layers = 2,
                                             .decoder_layers = 1,
                                             .mlp = 2,
                                             .head = MK_HEAD_CELLS,
                                             .has_tails = true},
                                     .steps = 300,
                                     .batch = 32,
                                     .rate = 5e-3,
                                     .seed = 1};
    MkNet *const net = people_train(people, &training);
    MkModel *const model = write_and_open(people, net);
    assert_true(model->net->config.has_tails);
    const size_t all[N] = {0, 1, 2, 3, 4, 5, 6, 7};
    static double given[SOME * N], out[SOME * N];
    for (size_t i = 0; i < SOME; i++) {
        MkRng rng = mk_rng(77, MK_RNG_TEST, i);
        people_mixed_draw(NULL, i, &rng, given + i * N);
    }
    MkDrawOrder order = {.targets = all, .n_targets = N, .n_groups = 1, .seed = 4};
    const double one = draw(model, &order, NULL, SOME, 64, given, out);
    order.n_groups = N;
    const double chain = draw(model, &order, NULL, SOME, 64, given, out);
    assert_true(chain > one + 0.05);
    mk_model_free(model);
    mk_net_free(net);
}

enum { WIDE = 300 };

static void draw_wide(void *ctx, size_t row, MkRng *rng, double *values)
{
    double common[3];
    (void)ctx;
    (void)row;
    for (size_t k = 0; k < 3; k++) {
        common[k] = mk_rng_normal(rng);
    }
    for (size_t j = 0; j < WIDE; j++) {
        values[j] = round(10.0 * (common[j % 3] + 2.0 * mk_rng_normal(rng)));
    }
}

static void make_wide(People *people)
{
    static char schema[WIDE * 24 + 64];
    size_t at = (size_t)snprintf(schema, sizeof schema, "name\ttype\tlabel\n");
    for (size_t j = 0; j < WIDE; j++) {
        at += (size_t)snprintf(schema + at, sizeof schema - at, "a%zu\treal\tA%zu\n", j, j);
    }
    people_make(people, schema, 200, 3, draw_wide, NULL);
    people_fit(people, false, 1, NULL);
}

/* What a group adds to what was read, and that nothing is read beyond the room there is. */
static void check_readings(const MkModel *model, const MkDrawOrder *order)
{
    void *state = NULL;
    size_t read = 0, begun = 0;
    assert_int_equal(mk_joint_chain.open(model, order, &state, NULL), MK_OK);
    const MkChain *const d = state;
    for (size_t g = 0; g < d->n_groups; g++) {
        const MkChainGroup *const group = &d->groups[g];
        begun += group->begins;
        read = group->begins ? group->n_tokens : read + group->n_tokens;
        assert_true(read <= d->max_tokens && d->max_tokens <= 256);
        assert_true(read == group->first || read >= 128); /* all before it, or many */
        for (size_t i = 0; i < group->n_tokens; i++) {
            assert_true(group->tokens[i] < group->first);
            assert_true(group->begins || group->tokens[i] >= d->groups[g - 1].first);
        }
    }
    assert_true(d->groups[0].begins);
    assert_int_equal(begun, order->n_groups > 7 ? 2 : 1); /* few: the last is not read */
    mk_joint_chain.close(state);
}

static void test_more_values_than_the_network_takes_begin_anew(void **state)
{
    enum { SOME = 12, KNOWN = 9 };
    (void)state;
    static People people;
    make_wide(&people);
    MkNet *const net = make_net(&people, 1, 1);
    MkModel *const model = write_and_open(&people, net);
    static size_t ids[WIDE];
    static double known[SOME * KNOWN], all[SOME * WIDE], one[SOME * WIDE];
    for (size_t j = 0; j < WIDE; j++) {
        ids[j] = j;
    }
    for (size_t i = 0; i < SOME * KNOWN; i++) {
        known[i] = (double)(i % 40) - 20.0;
    }
    for (size_t groups = 1; groups <= WIDE; groups = groups * 6 + 1) { /* 1, 7, 43, 259 */
        const MkDrawOrder order = {.known = ids,
                                   .n_known = KNOWN,
                                   .targets = ids + KNOWN,
                                   .n_targets = WIDE - KNOWN,
                                   .n_groups = groups,
                                   .seed = 4};
        check_readings(model, &order);
        (void)draw(model, &order, known, SOME, SOME, NULL, all);
        (void)draw(model, &order, known, SOME, 1, NULL, one);
        for (size_t i = 0; i < SOME * (WIDE - KNOWN); i++) { /* alone or with others */
            assert_close(one[i], all[i], 0.0, 0.0);
        }
    }
    mk_model_free(model);
    mk_net_free(net);
    people_free(&people);
}

static int open_people(void **state)
{
    static People people;
    mk_blas_init();
    people_make(&people, people_mixed_schema, 600, 21, people_mixed_draw, NULL);
    people_fit(&people, true, 6, NULL);
    *state = &people;
    return 0;
}

static int close_people(void **state)
{
    people_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_later_token_has_no_say_in_an_earlier_answer),
        cmocka_unit_test(test_a_row_that_is_all_prefix_is_a_plain_one),
        cmocka_unit_test(test_the_cache_gives_what_one_pass_gives),
        cmocka_unit_test(test_rounds_of_the_cache_do_not_show),
        cmocka_unit_test(test_the_base_of_a_chain_is_that_of_every_step),
        cmocka_unit_test(test_a_chain_is_nearer_to_people_than_one_group),
        cmocka_unit_test(test_more_values_than_the_network_takes_begin_anew),
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
