/* rescue.c - unsaved work of a session that is cut off is kept, and offered at the next start. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/workbench_priv.h"

#include <stdio.h>
#include <unistd.h>

#include "ui/term/folders.h"

/* Killed or cut off with unsaved work: it goes into the rescue file. */
void mk_bench_rescue(MkBench *bench)
{
    if (bench->code < 128 || bench->config->rescue_file == NULL || bench->app == NULL) {
        return;
    }
    if (mk_job_is_running(bench->job)) {
        if (bench->config->cancel != NULL) {
            atomic_store(&bench->config->cancel->stop, true);
        }
        MkJobDone done;
        if (!mk_job_wait(bench->job, 2000) || !mk_job_take(bench->job, &done)) {
            return;
        }
        mk_bench_release_done(&done);
    }
    if (!mk_session_dirty(bench->session)) {
        return;
    }
    MkResult *result = NULL;
    MkError err = {0};
    MkBuf notice;
    mk_buf_init(&notice);
    const char *words[] = {"save", bench->config->rescue_file};
    mk_folders_make(bench->config->rescue_file);
    if (mk_session_run_words(bench->session, MK_DOOR_PROMPT, words, 2, &result, &err) == MK_OK &&
        result != NULL && mk_job_write(result, &notice, &err) == MK_OK) {
        fprintf(stderr, "manikin: unsaved work is in %s\n", bench->config->rescue_file);
    } else {
        fprintf(stderr, "manikin: unsaved work could not be kept: %s\n", err.text);
    }
    mk_buf_release(&notice);
    mk_result_free(result);
}

void mk_bench_tell_rescued(MkBench *bench)
{
    const char *path = bench->config->rescue_file;
    bench->has_rescued = path != NULL && access(path, R_OK) == 0;
    if (bench->has_rescued) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_RESCUED, .text = path});
    } else {
        mk_bench_say(
            bench, MK_MOOD_ECHO,
            "Enter sets what is known, / finds it: all estimates follow.  ? shows all keys");
    }
}

void mk_bench_set_aside_rescued(MkBench *bench)
{
    char old[4096];
    const int n =
        snprintf(old, sizeof old, "%s.old", bench->has_rescued ? bench->config->rescue_file : "");
    if (bench->has_rescued && bench->code == 0 && n > 0 && (size_t)n < sizeof old) {
        (void)rename(bench->config->rescue_file, old);
    }
}
