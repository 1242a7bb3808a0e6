/* The one unit test that touches the disk: below $TMPDIR, which the runner makes and removes. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/rng.h"

static char folder[512];

static const char *in_folder(const char *name)
{
    static char path[4][1024];
    static int turn = 0;
    turn = (turn + 1) % 4;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static size_t count_entries(void)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    }
    (void)closedir(dir);
    return n;
}

static int make_folder(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/manikin-file.XXXXXX", tmp != NULL ? tmp : "/tmp");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        (void)unlink(in_folder(e->d_name));
    }
    (void)closedir(dir);
    return rmdir(folder);
}

/* Text of n bytes, half of it random, so that it fills several chunks packed too. */
static char *make_text(size_t n)
{
    char *text = malloc(n + 1);
    MkRng rng = mk_rng(9, MK_RNG_TEST, n);
    for (size_t i = 0; i < n; i++) {
        text[i] = i % 2 == 0 ? (char)mk_rng_u32(&rng) : 'x';
    }
    text[n] = '\0';
    return text;
}

static void test_what_was_written_is_read(void **state)
{
    (void)state;
    static const char *const names[] = {"plain", "packed.gz", "packed.xz"};
    static const size_t sizes[] = {0, 1, 5, 65536, 65537, 400000};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 6; j++) {
#ifndef HAVE_LZMA
            if (i == 2) {
                continue;
            }
#endif
            char *text = make_text(sizes[j]);
            MkBuf buf;
            mk_buf_init(&buf);
            assert_int_equal(mk_file_write(in_folder(names[i]), text, sizes[j], NULL), MK_OK);
            assert_int_equal(mk_file_read(in_folder(names[i]), 0, &buf, NULL), MK_OK);
            assert_int_equal(buf.len, sizes[j]);
            assert_memory_equal(buf.data, text, sizes[j]);
            mk_buf_release(&buf);
            free(text);
        }
    }
}

static void test_damaged_packed_files_are_told(void **state)
{
    (void)state;
    static const char *const names[] = {"packed.gz", "packed.xz"};
    char *text = make_text(100000);
    for (size_t i = 0; i < 2; i++) {
        MkFileMap map;
        MkBuf buf;
        MkError err;
        mk_buf_init(&buf);
        mk_buf_puts(&buf, "before");
        if (mk_file_write(in_folder(names[i]), text, 100000, NULL) != MK_OK) {
            continue; /* a build without xz */
        }
        assert_int_equal(mk_file_map_open(in_folder(names[i]), &map, NULL), MK_OK);
        for (size_t cut = 6; cut < map.len; cut += 9973) {
            assert_int_equal(mk_file_write(in_folder("cut"), map.data, cut, NULL), MK_OK);
            assert_int_equal(mk_file_read(in_folder("cut"), 0, &buf, &err), MK_EFORMAT);
            assert_string_equal(buf.data, "before");
        }
        unsigned char *wrong = malloc(map.len + 4);
        memcpy(wrong, map.data, map.len);
        wrong[map.len / 2] ^= 0x10;
        assert_int_equal(mk_file_write(in_folder("cut"), wrong, map.len, NULL), MK_OK);
        assert_int_equal(mk_file_read(in_folder("cut"), 0, &buf, &err), MK_EFORMAT);
        wrong[map.len / 2] ^= 0x10;
        memcpy(wrong + map.len, "tail", 4);
        assert_int_equal(mk_file_write(in_folder("cut"), wrong, map.len + 4, NULL), MK_OK);
        assert_int_equal(mk_file_read(in_folder("cut"), 0, &buf, &err), MK_EFORMAT);
        assert_int_equal(mk_file_read(in_folder(names[i]), 99999, &buf, &err), MK_EFORMAT);
        assert_int_equal(mk_file_read(in_folder(names[i]), 100000, &buf, &err), MK_OK);
        mk_file_map_close(&map);
        mk_buf_release(&buf);
        free(wrong);
    }
    free(text);
}

static void test_packed_members_one_after_another_are_one_file(void **state)
{
    (void)state;
    MkBuf all;
    MkFileMap map;
    mk_buf_init(&all);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(mk_file_write(in_folder("m.gz"), "abc", 3, NULL), MK_OK);
        assert_int_equal(mk_file_map_open(in_folder("m.gz"), &map, NULL), MK_OK);
        mk_buf_add(&all, map.data, map.len);
        mk_file_map_close(&map);
    }
    mk_buf_add(&all, "\0\0\0", 3);
    assert_int_equal(mk_file_write(in_folder("two"), all.data, all.len, NULL), MK_OK);
    mk_buf_clear(&all);
    assert_int_equal(mk_file_read(in_folder("two"), 0, &all, NULL), MK_OK);
    assert_string_equal(all.data, "abcabc");
    mk_buf_release(&all);
}

static void test_a_file_is_complete_or_absent(void **state)
{
    (void)state;
    const size_t before = count_entries();
    MkFileOut *out = NULL;
    MkBuf buf;
    mk_buf_init(&buf);
    assert_int_equal(mk_file_out_open(in_folder("atomic"), &out, NULL), MK_OK);
    assert_int_equal(mk_file_out_write(out, "new", 3, NULL), MK_OK);
    assert_false(mk_file_exists(in_folder("atomic")));
    mk_file_out_abort(out);
    assert_int_equal(count_entries(), before);
    mk_file_out_abort(NULL);

    assert_int_equal(mk_file_write(in_folder("atomic"), "old", 3, NULL), MK_OK);
    assert_int_equal(chmod(in_folder("atomic"), 0640), 0);
    assert_int_equal(mk_file_out_open(in_folder("atomic"), &out, NULL), MK_OK);
    assert_int_equal(mk_file_out_write(out, "newer", 5, NULL), MK_OK);
    assert_int_equal(mk_file_read(in_folder("atomic"), 0, &buf, NULL), MK_OK);
    assert_string_equal(buf.data, "old");
    assert_int_equal(mk_file_out_commit(out, NULL), MK_OK);
    mk_buf_clear(&buf);
    assert_int_equal(mk_file_read(in_folder("atomic"), 0, &buf, NULL), MK_OK);
    assert_string_equal(buf.data, "newer");
    struct stat info;
    assert_int_equal(stat(in_folder("atomic"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(count_entries(), before + 1);
    mk_buf_release(&buf);
}

static void test_a_link_keeps_pointing_to_its_file(void **state)
{
    (void)state;
    assert_int_equal(mk_file_write(in_folder("real"), "1", 1, NULL), MK_OK);
    assert_int_equal(symlink(in_folder("real"), in_folder("link")), 0);
    assert_int_equal(mk_file_write(in_folder("link"), "22", 2, NULL), MK_OK);
    struct stat info;
    assert_int_equal(lstat(in_folder("link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(in_folder("real"), &info), 0);
    assert_int_equal(info.st_size, 2);
}

static void test_wrong_paths_are_told(void **state)
{
    (void)state;
    MkError err;
    MkBuf buf;
    MkFileMap map;
    MkFileOut *out = NULL;
    char digest[17];
    mk_buf_init(&buf);
    assert_int_equal(mk_file_read(in_folder("absent"), 0, &buf, &err), MK_EIO);
    assert_non_null(strstr(err.text, "absent: No such file"));
    assert_int_equal(mk_file_read(folder, 0, &buf, &err), MK_EIO);
    assert_non_null(strstr(err.text, "a folder"));
    assert_int_equal(mk_file_map_open(folder, &map, &err), MK_EIO);
    assert_int_equal(mk_file_map_open("/dev/null", &map, &err), MK_EIO);
    assert_int_equal(mk_file_digest(in_folder("absent"), digest, &err), MK_EIO);
    assert_int_equal(mk_file_out_open(folder, &out, &err), MK_EIO);
    assert_int_equal(mk_file_out_open(in_folder("no/such"), &out, &err), MK_EIO);
    assert_int_equal(mk_file_out_open("", &out, &err), MK_EINVAL);
    assert_null(out);
    assert_true(mk_file_is_folder(folder));
    assert_string_equal(mk_file_base_name("a/b.csv"), "b.csv");
    assert_string_equal(mk_file_base_name("b.csv"), "b.csv");
    mk_buf_release(&buf);
}

static void test_a_full_disk_is_an_error(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0) {
        skip();
    }
    MkError err;
    assert_int_equal(mk_file_write("/dev/full", "x", 1, &err), MK_EIO);
    assert_non_null(strstr(err.text, "No space left"));
    assert_int_equal(mk_file_write("/dev/null", "x", 1, &err), MK_OK);
}

static void test_map_and_digest_see_the_bytes(void **state)
{
    (void)state;
    MkFileMap map;
    char digest[17];
    assert_int_equal(mk_file_write(in_folder("d"), "", 0, NULL), MK_OK);
    assert_int_equal(mk_file_map_open(in_folder("d"), &map, NULL), MK_OK);
    assert_int_equal(map.len, 0);
    mk_file_map_close(&map);
    assert_int_equal(mk_file_digest(in_folder("d"), digest, NULL), MK_OK);
    assert_string_equal(digest, "cbf29ce484222325");
    assert_int_equal(mk_file_write(in_folder("d"), "foobar", 6, NULL), MK_OK);
    assert_int_equal(mk_file_digest(in_folder("d"), digest, NULL), MK_OK);
    assert_string_equal(digest, "85944171f73967e8"); /* FNV-1a's published vector */
    assert_int_equal(mk_file_map_open(in_folder("d"), &map, NULL), MK_OK);
    assert_memory_equal(map.data, "foobar", 6);
    mk_file_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_damaged_packed_files_are_told),
        cmocka_unit_test(test_packed_members_one_after_another_are_one_file),
        cmocka_unit_test(test_a_file_is_complete_or_absent),
        cmocka_unit_test(test_a_link_keeps_pointing_to_its_file),
        cmocka_unit_test(test_wrong_paths_are_told),
        cmocka_unit_test(test_a_full_disk_is_an_error),
        cmocka_unit_test(test_map_and_digest_see_the_bytes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
