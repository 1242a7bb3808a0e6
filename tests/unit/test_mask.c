/* Masks: what is known and what is asked never overlap, and keep to their limits. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <math.h>
#include <string.h>

#include "model/mae/mask.h"

enum { N = 60, KNOWN = 30, TARGETS = 20 };

static const char *categories[] = {"Blood", "demographics", "Diet"};

static MkSchema *make_schema(void)
{
    MkBuf text;
    MkSchema *schema = NULL;
    mk_buf_init(&text);
    mk_buf_puts(&text, "name\ttype\tlabel\tcategory\n");
    for (int j = 0; j < N; j++) {
        mk_buf_printf(&text, "a%d\treal\tA %d\t%s\n", j, j, categories[j % 3]);
    }
    assert_int_equal(mk_schema_parse(text.data, text.len, "test", &schema, NULL), MK_OK);
    mk_buf_release(&text);
    return schema;
}

/* Neighbours are close by number. */
static double strength(const void *ctx, size_t a, size_t b)
{
    (void)ctx;
    return 1.0 / (1.0 + fabs((double)a - (double)b));
}

typedef struct Drawn {
    uint32_t known[KNOWN], targets[TARGETS];
    float weight[TARGETS];
    size_t n_known, n_targets;
} Drawn;

static uint32_t ids[N];

/* One person of a source that has every attribute. */
static MkGroup all_attributes(const uint8_t *cells)
{
    for (size_t j = 0; j < N; j++) {
        ids[j] = (uint32_t)j;
    }
    return (MkGroup){.n_rows = 1, .n = N, .attributes = ids, .cells = (uint8_t *)(uintptr_t)cells};
}

static void draw(const MkMasker *masker, MkMaskKind kind, const uint8_t *cells, uint64_t index,
                 Drawn *d)
{
    uint32_t scratch[3 * N] = {0};
    MkRng rng = mk_rng(7, MK_RNG_MASK, index);
    const MkGroup group = all_attributes(cells);
    mk_masker_draw(masker, kind, &group, 0, &rng, scratch, d->known, &d->n_known, d->targets,
                   d->weight, &d->n_targets);
    for (size_t j = 0; j < N; j++) {
        assert_int_equal(scratch[2 * N + j], 0);
    }
}

static void test_known_and_targets_are_observed_and_apart(void **state)
{
    (void)state;
    MkSchema *schema = make_schema();
    MkMasker masker;
    uint8_t cells[N];
    assert_int_equal(mk_masker_init(&masker, schema, KNOWN, TARGETS, NULL), MK_OK);
    assert_int_equal(mk_masker_relate(&masker, strength, NULL, NULL), MK_OK);
    for (size_t j = 0; j < N; j++) {
        cells[j] = j % 5 == 0 ? MK_CELL_MISSING : 3;
    }
    for (uint64_t i = 0; i < 2000; i++) {
        unsigned char seen[N] = {0};
        Drawn d;
        draw(&masker, (MkMaskKind)(i % (MK_MASK_KINDS + 1)), cells, i, &d);
        assert_true(d.n_known <= KNOWN && d.n_targets <= TARGETS);
        for (size_t k = 0; k < d.n_known; k++) {
            assert_int_not_equal(cells[d.known[k]], MK_CELL_MISSING);
            assert_int_equal(seen[d.known[k]]++, 0);
        }
        for (size_t k = 0; k < d.n_targets; k++) {
            assert_int_not_equal(cells[d.targets[k]], MK_CELL_MISSING);
            assert_int_equal(seen[d.targets[k]]++, 0);
        }
    }
    mk_masker_release(&masker);
    mk_schema_free(schema);
}

static void test_related_masks_show_neighbours_of_what_is_asked(void **state)
{
    (void)state;
    MkSchema *schema = make_schema();
    MkMasker masker;
    uint8_t cells[N] = {0};
    assert_int_equal(mk_masker_init(&masker, schema, KNOWN, TARGETS, NULL), MK_OK);
    assert_int_equal(mk_masker_relate(&masker, strength, NULL, NULL), MK_OK);
    assert_int_equal(masker.related[0], 1);
    assert_int_equal(masker.related[1], 2);
    for (uint64_t i = 0; i < 500; i++) {
        Drawn d;
        draw(&masker, MK_MASK_RELATED, cells, i, &d);
        assert_true(d.n_known >= 1 && d.n_known <= 24);
        assert_int_equal(d.n_targets, TARGETS);
        const uint32_t span = d.known[d.n_known - 1] - d.known[0];
        assert_true(span <= 2 * MK_MASK_NEIGHBOURS);
    }
    mk_masker_release(&masker);
    mk_schema_free(schema);
}

/* Of 60 values 20 are asked at most: the others count through those. */
static void test_targets_stand_for_all_that_is_hidden(void **state)
{
    (void)state;
    MkSchema *schema = make_schema();
    MkMasker masker;
    uint8_t cells[N] = {0};
    MkGroup group = all_attributes(cells);
    const MkDataset people = {.n_rows = 1, .n_attributes = N, .n_groups = 1, .groups = &group};
    size_t limited = 0;
    assert_int_equal(mk_masker_init(&masker, schema, KNOWN, TARGETS, NULL), MK_OK);
    assert_int_equal(mk_masker_relate(&masker, strength, NULL, NULL), MK_OK);
    assert_int_equal(mk_masker_sources(&masker, &people, NULL), MK_OK);
    assert_close(masker.near, (double)N / TARGETS, 1e-9, 0);
    for (uint64_t i = 0; i < 500; i++) {
        Drawn d;
        double sum = 0.0;
        draw(&masker, i % 2 == 0 ? MK_MASK_FEW : MK_MASK_ANCHOR, cells, i, &d);
        for (size_t k = 0; k < d.n_targets; k++) {
            sum += (double)d.weight[k];
        }
        if (d.n_known < KNOWN) { /* what is known beyond that is not told */
            assert_close(sum, (double)(N - d.n_known), 1e-3, 0);
            limited += d.n_targets == TARGETS;
        }
        draw(&masker, MK_MASK_RELATED, cells, i, &d);
        assert_close((double)d.weight[0], masker.near, 1e-6, 0);
    }
    assert_true(limited > 300);
    mk_masker_release(&masker);
    mk_schema_free(schema);
}

static void test_the_anchor_is_demographics_whatever_its_place(void **state)
{
    (void)state;
    MkSchema *schema = make_schema();
    MkMasker masker;
    uint8_t cells[N] = {0};
    size_t only = 0;
    assert_int_equal(mk_masker_init(&masker, schema, N, N, NULL), MK_OK);
    assert_int_equal(masker.group[1], 0);
    for (uint64_t i = 0; i < 300; i++) {
        uint32_t scratch[3 * N] = {0}, known[N], targets[N];
        float weight[N];
        const MkGroup group = all_attributes(cells);
        size_t n_known = 0, n_targets = 0, anchors = 0;
        MkRng rng = mk_rng(9, MK_RNG_MASK, i);
        mk_masker_draw(&masker, MK_MASK_ANCHOR, &group, 0, &rng, scratch, known, &n_known, targets,
                       weight, &n_targets);
        for (size_t k = 0; k < n_known; k++) {
            anchors += masker.group[known[k]] == 0 ? 1 : 0;
        }
        assert_int_equal(anchors, N / 3);
        assert_int_equal(n_known + n_targets, N);
        only += n_known == anchors ? 1 : 0;
    }
    assert_true(only > 100 && only < 200);
    mk_masker_release(&masker);
    mk_schema_free(schema);
}

/* Two sources: one has all attributes, the other every third; attribute 5 is `source`. */
static void test_masks_like_another_source_hide_what_it_has_not(void **state)
{
    (void)state;
    MkSchema *schema = make_schema();
    MkMasker masker;
    const uint8_t cells[N] = {0};
    uint32_t some[N / 3];
    size_t all_shared = 0;
    for (size_t j = 0; j < N / 3; j++) {
        some[j] = (uint32_t)(3 * j);
    }
    MkGroup groups[] = {all_attributes(cells),
                        {.first = 1,
                         .n_rows = 1,
                         .n = N / 3,
                         .attributes = some,
                         .cells = (uint8_t *)(uintptr_t)cells,
                         .table = 1}};
    const MkDataset people = {.n_rows = 2, .n_attributes = N, .n_groups = 2, .groups = groups};
    assert_int_equal(mk_masker_init(&masker, schema, N, N, NULL), MK_OK);
    assert_int_equal(mk_masker_sources(&masker, &people, NULL), MK_OK);
    for (uint64_t i = 0; i < 400; i++) {
        uint32_t scratch[3 * N] = {0}, known[N], targets[N];
        float weight[N];
        size_t n_known = 0, n_targets = 0, own = 0;
        MkRng rng = mk_rng(3, MK_RNG_MASK, i);
        mk_masker_draw(&masker, MK_MASK_SOURCE, &groups[0], 0, &rng, scratch, known, &n_known,
                       targets, weight, &n_targets);
        for (size_t k = 0; k < n_known; k++) {
            assert_int_equal(known[k] % 3, 0);
        }
        for (size_t k = 0; k < n_targets; k++) {
            own += targets[k] % 3 != 0;
        }
        assert_int_equal(own, 2 * N / 3);
        assert_int_equal(n_known + n_targets, N);
        all_shared += n_known == N / 3;
        mk_masker_draw(&masker, MK_MASK_SOURCE, &groups[1], 0, &rng, scratch, known, &n_known,
                       targets, weight, &n_targets);
        assert_int_equal(n_known + n_targets, N / 3); /* columns of its own */
    }
    assert_true(all_shared > 150);
    mk_masker_release(&masker);
    mk_schema_free(schema);
}

/* How often of 1000 times the source is told of a person whose source stands apart or does not. */
static size_t times_told(bool apart)
{
    const char text[] = "name\ttype\tlabel\tlevels\n"
                        "a\treal\tA\t\n"
                        "b\treal\tB\t\n"
                        "source\tcategorical\tSource\t1=x|2=y\n"
                        "c\treal\tC\t\n";
    const uint8_t cells[4] = {0};
    MkGroup group = {.n_rows = 1,
                     .n = 4,
                     .attributes = (uint32_t[]){0, 1, 2, 3},
                     .cells = (uint8_t *)(uintptr_t)cells};
    const MkDataset people = {.n_rows = 1, .n_attributes = 4, .n_groups = 1, .groups = &group};
    MkSchema *schema = NULL;
    MkMasker masker;
    size_t told = 0;
    assert_int_equal(mk_schema_parse(text, sizeof text - 1, "test", &schema, NULL), MK_OK);
    assert_int_equal(mk_masker_init(&masker, schema, 2, 4, NULL), MK_OK);
    assert_int_equal(mk_masker_sources(&masker, &people, NULL), MK_OK);
    masker.apart[0] = apart;
    for (uint64_t i = 0; i < 1000; i++) {
        uint32_t scratch[12] = {0}, known[2], targets[4];
        float weight[4];
        size_t n_known = 0, n_targets = 0;
        MkRng rng = mk_rng(3, MK_RNG_MASK, i);
        mk_masker_draw(&masker, MK_MASK_RATIO, &group, 0, &rng, scratch, known, &n_known, targets,
                       weight, &n_targets);
        assert_true(n_known <= 2);
        for (size_t k = 0; k < n_known; k++) {
            told += known[k] == 2;
            assert_true(k == 0 || known[k] > known[k - 1]);
        }
        for (size_t k = 0; k < n_targets; k++) {
            assert_int_not_equal(targets[k], 2);
        }
    }
    mk_masker_release(&masker);
    mk_schema_free(schema);
    return told;
}

static void test_the_source_is_known_half_of_the_time_and_never_asked(void **state)
{
    (void)state;
    assert_in_range(times_told(false), 440, 560);
}

static void test_a_source_apart_is_always_told(void **state)
{
    (void)state;
    assert_int_equal(times_told(true), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_and_targets_are_observed_and_apart),
        cmocka_unit_test(test_related_masks_show_neighbours_of_what_is_asked),
        cmocka_unit_test(test_targets_stand_for_all_that_is_hidden),
        cmocka_unit_test(test_the_anchor_is_demographics_whatever_its_place),
        cmocka_unit_test(test_masks_like_another_source_hide_what_it_has_not),
        cmocka_unit_test(test_the_source_is_known_half_of_the_time_and_never_asked),
        cmocka_unit_test(test_a_source_apart_is_always_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
