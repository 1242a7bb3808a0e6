/* fuzz_script.c - any text as a script, run on a small model without effects: results that render,
 * a session whose saved lines lead to the same session again, or an error that names its place. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define print_error(...) (void)fprintf(stderr, __VA_ARGS__)
#include "src/base/file.h"
#include "src/render/render.h"
#include "tests/unit/small_session.h"
#include "tests/watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINE_MS = 400 /* then it is cancelled */ };

static void *g_small;
static Watch g_watch;

static void end(void)
{
    watch_end(&g_watch);
    (void)small_tear_down(&g_small);
}

static MkStatus show(void *ctx, MkSession *session, const MkResult *result, MkError *err)
{
    (void)session;
    (void)ctx;
    for (MkFormat format = MK_FORMAT_TEXT; format <= MK_FORMAT_MARKDOWN; format++) {
        MkBuf out;
        mk_buf_init(&out);
        const MkStatus st =
            mk_render(result, &(MkRenderOptions){.format = format, .width = 60}, &out, err);
        mk_buf_release(&out);
        if (st != MK_OK && st != MK_EUNSUPPORTED && st != MK_EINVAL) {
            abort();
        }
    }
    return MK_OK;
}

/* A session that writes nothing. */
static MkSession *open_session(const Small *small)
{
    MkSession *session = NULL;
    MkResult *result = NULL;
    MkError err = {0};
    const MkSessionConfig config = {.paths = {.model_dir = small->model_dir},
                                    .level = 0.9,
                                    .threads = 1,
                                    .cancel = &g_watch.cancel,
                                    .emit = show};
    if (mk_session_new(&config, &session, &err) != MK_OK ||
        mk_session_run(session, MK_DOOR_PROMPT, "--read-only", "", 0, &result, &err) != MK_OK) {
        abort();
    }
    mk_result_free(result);
    const MkModel *model = NULL;
    if (mk_session_model(session, &model, &err) != MK_OK) {
        abort();
    }
    mk_session_settle(session);
    return session;
}

static void saved_lines(const MkSession *session, MkBuf *out)
{
    MkError err = {0};
    mk_buf_init(out);
    if (mk_session_script(session, out, &err) != MK_OK) {
        abort();
    }
}

static MkStatus run_text(MkSession *session, const Small *small, const void *text, size_t len,
                         MkError *err)
{
    char path[400];
    bool quit = false;
    snprintf(path, sizeof path, "%s/fuzz.scenario", small->folder);
    watch_again(&g_watch, LINE_MS);
    if (mk_file_write(path, text, len, err) != MK_OK) {
        abort();
    }
    const MkStatus st = mk_session_run_file(session, path, &quit, err);
    (void)unlink(path);
    if (st != MK_OK && strstr(err->text, "fuzz.scenario") == NULL && st != MK_ECANCEL) {
        print_error("%s\n", err->text);
        abort();
    }
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (g_small == NULL) {
        if (small_set_up(&g_small) != 0 || !watch_start(&g_watch) || atexit(end) != 0) {
            abort();
        }
    }
    Small *small = g_small;
    MkBuf before, after, again;
    MkError err = {0};
    small->session = open_session(small);
    saved_lines(small->session, &before);
    const MkStatus st = run_text(small->session, small, data, size, &err);
    saved_lines(small->session, &after);
    if (st != MK_OK && strcmp(before.data, after.data) != 0) {
        print_error("%s\nbefore:\n%s\nafter:\n%s\n", err.text, before.data, after.data);
        abort(); /* a script that failed left something behind */
    }
    (void)small_close(&g_small);
    if (st == MK_OK) {
        small->session = open_session(small);
        if (run_text(small->session, small, after.data, after.len, &err) == MK_OK) {
            saved_lines(small->session, &again);
            if (strcmp(after.data, again.data) != 0) {
                abort();
            }
            mk_buf_release(&again);
        } else if (!mk_cancelled(&g_watch.cancel)) {
            print_error("%s\n%s\n", err.text, after.data);
            abort();
        }
        (void)small_close(&g_small);
    }
    mk_buf_release(&before);
    mk_buf_release(&after);
    return 0;
}
