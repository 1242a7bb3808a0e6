#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <string.h>

#include "src/data/registry.h"

static MkRelease release(const char *name, const char *version, const char *digest)
{
    return (MkRelease){.name = name,
                       .version = version,
                       .date = "2026-01-02",
                       .kind = "mae",
                       .file = "x.safetensors",
                       .digest = digest,
                       .schema = "00",
                       .n_attributes = 7,
                       .n_people = 1000,
                       .n_parameters = 12,
                       .sources = "a survey",
                       .parent = "",
                       .added = "more\tof\nall"};
}

static void test_rows_print_and_read_back_with_their_parents(void **state)
{
    (void)state;
    MkArena *const arena = mk_arena_new(0);
    MkRegistry registry = {0}, again;
    MkBuf text, twice;
    const MkRelease rows[] = {release("altair", "1.0", "aa"), release("altair", "1.1", "bb"),
                              release("bellatrix", "1.0", "cc")};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mk_registry_put(&registry, &rows[i], arena, NULL), MK_OK);
    }
    mk_buf_init(&text);
    mk_buf_init(&twice);
    mk_registry_print(&registry, &text);
    assert_int_equal(mk_registry_parse(text.data, text.len, "r", arena, &again, NULL), MK_OK);
    mk_registry_print(&again, &twice);
    assert_string_equal(text.data, twice.data);
    assert_int_equal(again.n, 3);
    assert_string_equal(again.releases[0].parent, "");
    assert_string_equal(again.releases[2].parent, "altair 1.1");
    assert_string_equal(again.releases[2].added, "more of all");
    assert_int_equal(again.releases[2].n_people, 1000);
    assert_null(mk_registry_find(&again, "bellatrix", "1.1"));
    mk_buf_release(&text);
    mk_buf_release(&twice);
    mk_arena_free(arena);
}

static void test_a_release_again_takes_its_row(void **state)
{
    (void)state;
    MkArena *const arena = mk_arena_new(0);
    MkRegistry registry = {0};
    MkRelease rows[] = {release("altair", "1.0", "aa"), release("altair", "1.1", "bb")};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(mk_registry_put(&registry, &rows[i], arena, NULL), MK_OK);
    }
    rows[1].date = "2026-03-04";
    assert_int_equal(mk_registry_put(&registry, &rows[1], arena, NULL), MK_OK);
    assert_int_equal(registry.n, 2);
    assert_string_equal(registry.releases[1].date, "2026-01-02"); /* the same file */
    rows[1].digest = "dd";
    assert_int_equal(mk_registry_put(&registry, &rows[1], arena, NULL), MK_OK);
    assert_string_equal(registry.releases[1].date, "2026-03-04");
    assert_string_equal(registry.releases[1].digest, "dd");
    assert_string_equal(registry.releases[1].parent, "altair 1.0");
    mk_arena_free(arena);
}

static void test_what_is_no_registry_is_told_with_its_line(void **state)
{
    (void)state;
#define HEADER                                                                                     \
    "name\tversion\tdate\tkind\tfile\tdigest\tschema\tattributes\tpeople\tparameters\tsources\t"   \
    "parent\tadded\n"
    static const char *const texts[][2] = {
        {"name\tversion\na\t1\n", "no column 'date'"},
        {HEADER "a\t1\t\t\t\t\t\tmany\t1\t1\t\t\t\n", "r:2: attributes 'many'"},
        {HEADER "\t1\t\t\t\t\t\t1\t1\t1\t\t\t\n", "r:2: no name"},
        {HEADER "a\t1\t\t\t\t\t\t1\t1\t1\t\t\t\na\t1\t\t\t\t\t\t1\t1\t1\t\t\t\n",
         "r:3: a 1 is there"},
    };
    MkArena *const arena = mk_arena_new(0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        MkRegistry registry;
        MkError err = {0};
        assert_int_equal(
            mk_registry_parse(texts[i][0], strlen(texts[i][0]), "r", arena, &registry, &err),
            MK_EFORMAT);
        assert_non_null(strstr(err.text, texts[i][1]));
    }
    mk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_print_and_read_back_with_their_parents),
        cmocka_unit_test(test_a_release_again_takes_its_row),
        cmocka_unit_test(test_what_is_no_registry_is_told_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
