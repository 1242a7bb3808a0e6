/* Tails: a later token has no say in an earlier answer, gradients of chains, one pass over prefix
 * and tail against the cache that reads it bit by bit, and the base of a chain. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/mae/net_cache.h"
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
            c->cell[t] =
                i == 0 ? MK_CELL_MISSING
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
                assert_close(hidden[b * d + i],
                             want[(b / 2 * asked + end - 1 - known) * d + i], 1e-5, 1e-5);
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
        features += mk_copula_encode_score(c, j, j % people->marginals[j].n_cells,
                                           0.3 * (double)j - 1.0, ids + features,
                                           values + features);
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
    };
    return cmocka_run_group_tests(tests, open_people, close_people);
}
