/* Model files: what is written answers the same after reading; whatever is changed in one ends in
 * an error or in a model that answers, never in a crash. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <stdlib.h>
#include <string.h>

#include "model/copula/copula.h"
#include "model/model.h"
#include "model/nn/blas.h"
#include "src/base/file.h"
#include "tests/numeric/people.h"

enum { KINDS = 3 }; /* copula, network with a base, network with published heads */

typedef struct Fixture {
    People people;
    MkNet *nets[KINDS];
    char path[512];
} Fixture;

static int open_fixture(void **state)
{
    static Fixture f;
    const char *const folder = getenv("TMPDIR");
    mk_blas_init();
    people_make(&f.people, people_mixed_schema, 90, 31, people_mixed_draw, NULL);
    people_fit(&f.people, true, 4, NULL);
    for (size_t k = 1; k < KINDS; k++) {
        const PeopleTraining training = {
            .net = {.dim = 4,
                    .heads = 2,
                    .encoder_layers = 1,
                    .decoder_layers = 1,
                    .mlp = 1,
                    .head = k == 1 ? MK_HEAD_CELLS : MK_HEAD_PUBLISHED},
            .steps = 20,
            .batch = 16,
            .rate = 1e-2,
            .seed = 1};
        f.nets[k] = people_train(&f.people, &training);
    }
    snprintf(f.path, sizeof f.path, "%s/model.safetensors", folder != NULL ? folder : "/tmp");
    *state = &f;
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *const f = *state;
    remove(f->path);
    for (size_t k = 1; k < KINDS; k++) {
        mk_net_free(f->nets[k]);
    }
    people_free(&f->people);
    return 0;
}

static MkModel *open_model(const Fixture *f, size_t kind)
{
    MkModel *model = NULL;
    MkError err = {0};
    people_write(&f->people, f->nets[kind], f->path);
    if (mk_model_open(f->path, &model, &err) != MK_OK) {
        fail_msg("%s", err.text);
    }
    return model;
}

static void test_a_model_file_keeps_what_it_is_made_of(void **state)
{
    const Fixture *const f = *state;
    const People *const p = &f->people;
    for (size_t k = 0; k < KINDS; k++) {
        MkModel *const model = open_model(f, k);
        const MkCard *const card = mk_model_card(model);
        assert_string_equal(card->name, "invented");
        assert_string_equal(card->version, "1.0");
        assert_string_equal(card->kind, k == 0 ? "copula" : "mae");
        assert_string_equal(card->text, "# invented\n");
        assert_int_equal(card->n_people, 90);
        assert_true(card->n_parameters > 0);
        assert_int_equal(mk_model_schema(model)->n, p->schema->n);
        for (size_t j = 0; j < p->schema->n; j++) {
            const MkMarginal *const a = &p->marginals[j], *const b = mk_model_marginal(model, j);
            assert_string_equal(mk_model_schema(model)->attributes[j].name,
                                p->schema->attributes[j].name);
            assert_int_equal(a->n_cells, b->n_cells);
            assert_int_equal(a->n_observed, b->n_observed);
            assert_close(mk_model_observed(model, j), (double)a->n_observed / 90.0, 1e-12, 0);
            assert_close(b->mean, a->mean, 1e-6, 1e-6);
            for (size_t c = 0; c < a->n_cells; c++) {
                assert_close(b->share[c], a->share[c], 1e-6, 0);
                assert_close(b->score[c], a->score[c], 1e-5, 1e-5);
                if (a->knots != NULL) {
                    assert_memory_equal(a->knots[c], b->knots[c], sizeof a->knots[c]);
                } else {
                    assert_int_equal(a->level_of[c], b->level_of[c]);
                    assert_int_equal(a->cell_of[c], b->cell_of[c]);
                }
            }
            for (size_t i = 0; i < p->schema->n; i++) {
                const size_t at = i > j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
                assert_int_equal(mk_model_co_observed(model, i, j), p->pairs[at]);
                assert_close(mk_model_correlation(model, i, j),
                             (double)mk_copula_r(&p->copula, i, j), 1e-7, 0);
            }
        }
        mk_model_free(model);
    }
    mk_model_free(NULL);
}

/* A valid value of attribute j. */
static double likely(const MkModel *model, size_t j, double q)
{
    return mk_dist_quantile(mk_model_population(model, j), q);
}

static void test_answers_do_not_depend_on_company_or_order(void **state)
{
    const Fixture *const f = *state;
    MkArena *const arena = mk_arena_new(0);
    for (size_t k = 0; k < KINDS; k++) {
        MkModel *const model = open_model(f, k);
        const size_t n = mk_model_schema(model)->n;
        const MkPoint known[3] = {{1, 1.0}, {4, likely(model, 4, 0.2)}, {5, likely(model, 5, 0.8)}};
        const MkPoint shuffled[3] = {known[2], known[0], known[1]};
        size_t targets[16];
        MkDistribution all[16], one, other;
        for (size_t j = 0; j < n; j++) {
            targets[j] = j;
        }
        assert_int_equal(mk_model_posterior(model, known, 3, targets, n, arena, all, NULL), MK_OK);
        for (size_t j = 0; j < n; j++) {
            assert_int_equal(mk_model_posterior(model, known, 3, &j, 1, arena, &one, NULL), MK_OK);
            assert_int_equal(mk_model_posterior(model, shuffled, 3, &j, 1, arena, &other, NULL),
                             MK_OK);
            assert_int_equal(one.kind, all[j].kind);
            const bool point = j == 1 || j == 4 || j == 5;
            assert_int_equal(one.kind == MK_DIST_POINT, point);
            double sum = 0.0;
            for (size_t c = 0; c < one.n; c++) {
                assert_close(one.p[c], all[j].p[c], 1e-6, 1e-5);
                assert_close(one.p[c], other.p[c], 1e-6, 1e-4);
                sum += one.p[c];
            }
            assert_close(one.n > 0 ? sum : 1.0, 1.0, 1e-9, 0);
            assert_close(one.a, all[j].a, 1e-5, 1e-5);
            assert_close(one.b, all[j].b, 1e-5, 1e-5);
        }
        mk_model_free(model);
    }
    mk_arena_free(arena);
}

static void test_nothing_known_gives_nearly_the_population(void **state)
{
    const Fixture *const f = *state;
    MkArena *const arena = mk_arena_new(0);
    MkModel *const model = open_model(f, 0);
    double percentile = -1.0;
    for (size_t j = 0; j < mk_model_schema(model)->n; j++) {
        MkDistribution d;
        assert_int_equal(mk_model_posterior(model, NULL, 0, &j, 1, arena, &d, NULL), MK_OK);
        const MkDistribution *const population = mk_model_population(model, j);
        assert_int_equal(d.n, population->n);
        for (size_t c = 0; c < d.n; c++) {
            assert_close(d.p[c], population->p[c], 1e-6, 0);
        }
    }
    assert_int_equal(mk_model_support(model, NULL, 0, arena, &percentile, NULL), MK_OK);
    assert_close(percentile, 1.0, 0, 0);
    mk_model_free(model);
    mk_arena_free(arena);
}

static void test_bad_questions_are_errors(void **state)
{
    const Fixture *const f = *state;
    MkArena *const arena = mk_arena_new(0);
    const MkPoint twice[2] = {{1, 0.0}, {1, 1.0}}, far = {1, 2.0}, low = {1, -1.0};
    const MkPoint nan = {0, NAN}, infinite = {0, INFINITY}, away = {99, 0.0};
    const size_t target = 3, beyond = 99;
    MkError err;
    for (size_t k = 0; k < KINDS; k++) {
        MkModel *const model = open_model(f, k);
        MkDistribution d;
        const MkPoint *const bad[] = {twice, &far, &low, &nan, &infinite, &away};
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            assert_int_equal(
                mk_model_posterior(model, bad[i], i == 0 ? 2 : 1, &target, 1, arena, &d, &err),
                MK_EINVAL);
        }
        assert_int_equal(mk_model_posterior(model, NULL, 0, &beyond, 1, arena, &d, &err),
                         MK_EINVAL);
        assert_int_equal(mk_model_posterior(model, twice, 1, NULL, 0, arena, &d, &err), MK_OK);
        mk_model_free(model);
    }
    mk_arena_free(arena);
}

/* ---- hostile bytes ---- */

/* Opens and asks; whatever comes, it comes back. Gives whether it opened. */
static bool survives(const char *path, MkArena *arena)
{
    MkModel *model = NULL;
    MkError err = {0};
    const MkStatus st = mk_model_open(path, &model, &err);
    if (st != MK_OK) {
        assert_null(model);
        assert_int_equal(err.status, st);
        assert_true(err.text[0] != '\0');
        return false;
    }
    const size_t n = mk_model_schema(model)->n;
    MkPoint known[2];
    size_t targets[16];
    MkDistribution out[16];
    double percentile;
    const MkMark top = mk_arena_mark(arena);
    assert_in_range(n, 1, 16);
    for (size_t j = 0; j < n; j++) {
        targets[j] = j;
        if (j < 2) {
            known[j] = (MkPoint){j, likely(model, j, 0.4)};
        }
    }
    if (mk_model_posterior(model, known, 2, targets, n, arena, out, &err) == MK_OK) {
        for (size_t j = 0; j < n; j++) {
            MkRng rng = mk_rng(1, MK_RNG_TEST, j);
            (void)mk_dist_mode(&out[j]);
            (void)mk_dist_sd(&out[j]);
            (void)mk_dist_draw(&out[j], &rng);
        }
    }
    const MkStatus support = mk_model_support(model, known, 2, arena, &percentile, &err);
    assert_true(support == MK_OK || support == MK_ENUMERIC);
    mk_arena_rewind(arena, top);
    mk_model_free(model);
    return true;
}

static void test_any_changed_byte_ends_in_an_error_or_an_answer(void **state)
{
    const Fixture *const f = *state;
    MkArena *const arena = mk_arena_new(0);
    const unsigned char flips[] = {0x01, 0x80, 0x40, 0xFF, 0x20};
    const size_t stride = getenv("MK_SANITIZED") != NULL ? 3 : 1;
    for (size_t k = 0; k < KINDS; k++) {
        MkBuf buf;
        size_t refused = 0, opened = 0;
        mk_buf_init(&buf);
        people_write(&f->people, f->nets[k], f->path);
        assert_int_equal(mk_file_read(f->path, 0, &buf, NULL), MK_OK);
        assert_true(survives(f->path, arena));
        FILE *const file = fopen(f->path, "r+b");
        assert_non_null(file);
        setvbuf(file, NULL, _IONBF, 0);
        for (size_t i = k % stride; i < buf.len; i += stride) {
            const unsigned char was = (unsigned char)buf.data[i];
            fseek(file, (long)i, SEEK_SET);
            fputc(was ^ flips[(i + i / 5) % sizeof flips], file);
            const bool fine = survives(f->path, arena);
            opened += fine;
            refused += !fine;
            fseek(file, (long)i, SEEK_SET);
            fputc(was, file);
        }
        fclose(file);
        assert_true(survives(f->path, arena)); /* as it was */
        assert_true(opened > 100 && refused > 100);
        mk_buf_release(&buf);
    }
    mk_arena_free(arena);
}

static void test_truncated_models_are_errors(void **state)
{
    const Fixture *const f = *state;
    MkArena *const arena = mk_arena_new(0);
    MkBuf buf;
    mk_buf_init(&buf);
    people_write(&f->people, f->nets[1], f->path);
    assert_int_equal(mk_file_read(f->path, 0, &buf, NULL), MK_OK);
    for (size_t n = 0; n < buf.len; n += n < 100 ? 1 : 101) {
        remove(f->path);
        FILE *const file = fopen(f->path, "wb");
        assert_non_null(file);
        fwrite(buf.data, 1, n, file);
        fclose(file);
        assert_false(survives(f->path, arena));
    }
    mk_buf_release(&buf);
    mk_arena_free(arena);
}

/* Replaces the first occurrence of a text in the file by one of the same length. */
static bool swap_text(const Fixture *f, size_t kind, const char *from, const char *to)
{
    MkBuf buf;
    bool found = false;
    assert_int_equal(strlen(from), strlen(to));
    mk_buf_init(&buf);
    people_write(&f->people, f->nets[kind], f->path);
    assert_int_equal(mk_file_read(f->path, 0, &buf, NULL), MK_OK);
    for (size_t i = 0; i + strlen(from) <= buf.len && !found; i++) {
        found = memcmp(buf.data + i, from, strlen(from)) == 0;
        if (found) {
            memcpy(buf.data + i, to, strlen(to));
        }
    }
    remove(f->path);
    assert_int_equal(mk_file_write(f->path, buf.data, buf.len, NULL), MK_OK);
    mk_buf_release(&buf);
    return found;
}

static void test_models_of_another_make_are_refused_in_words(void **state)
{
    static const struct {
        size_t kind;
        const char *from, *to, *says;
        MkStatus status;
    } rows[] = {
        {0, "\"copula\"", "\"cobalt\"", "kind cobalt", MK_EUNSUPPORTED},
        {0, "\"people\"", "\"person\"", "people", MK_EFORMAT},
        {0, "\"90\"", "\"9x\"", "people is 9x", MK_EFORMAT},
        {0, "\"schema\"", "\"schemb\"", "schema", MK_EFORMAT},
        {0, "ordinal", "ordinel", "ordinel", MK_EFORMAT},
        {0, "marginal.knots", "marginal.knits", "marginal.knots", MK_EFORMAT},
        {0, "copula.r\"", "copula.q\"", "copula.r", MK_EFORMAT},
        {1, "net.config", "net.confix", "net.config", MK_EFORMAT},
        {1, "dim\\\": 4", "dim\\\": 0", "net.config", MK_EFORMAT},
        {1, "dim\\\": 4", "dim\\\": 8", "net", MK_EFORMAT},
        {1, "heads\\\": 2", "heads\\\": 3", "net.config", MK_EFORMAT},
        {1, "encoder_layers\\\": 1", "encoder_layers\\\": 9", "net", MK_EFORMAT},
        {1, "net.gate", "net.gape", "net.gate", MK_EFORMAT},
        {2, "published", "cellsxxxx", "net.config", MK_EFORMAT},
    };
    const Fixture *const f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        MkModel *model = NULL;
        MkError err = {0};
        assert_true(swap_text(f, rows[i].kind, rows[i].from, rows[i].to));
        const MkStatus st = mk_model_open(f->path, &model, &err);
        if (st != rows[i].status || strstr(err.text, rows[i].says) == NULL) {
            fail_msg("%s: status %d: %s", rows[i].to, (int)st, err.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_model_file_keeps_what_it_is_made_of),
        cmocka_unit_test(test_answers_do_not_depend_on_company_or_order),
        cmocka_unit_test(test_nothing_known_gives_nearly_the_population),
        cmocka_unit_test(test_bad_questions_are_errors),
        cmocka_unit_test(test_any_changed_byte_ends_in_an_error_or_an_answer),
        cmocka_unit_test(test_truncated_models_are_errors),
        cmocka_unit_test(test_models_of_another_make_are_refused_in_words),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
