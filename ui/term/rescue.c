/* rescue.c - unsaved work is kept beside, every few seconds and when a signal ends the program, so
 * that nothing cuts it off; what an earlier session left is offered once at the next start.
 *
 * Workbenches side by side have a file each: rescued.scenario, rescued-1.scenario, ... Whoever has
 * the lock beside a file owns it; a file without an owner is what a dead session left. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ui/term/workbench_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "ui/term/folders.h"

enum { SLOTS = 64 };

static const double QUIET = 1.0;   /* seconds without a change before work is kept */
static const double LONGEST = 3.0; /* though not later than this after the first change */

/* ---- files and their owners ---- */

/* "/state/rescued.scenario" -> "/state/rescued-3.scenario" + end; false when it is too long. */
static bool slot_path(const char *base, size_t slot, const char *end, char out[MK_RESCUE_BYTES])
{
    const char *dot = strrchr(base, '.');
    const int stem =
        dot != NULL && strchr(dot, '/') == NULL ? (int)(dot - base) : (int)strlen(base);
    char number[24] = "";
    if (slot > 0) {
        (void)snprintf(number, sizeof number, "-%zu", slot);
    }
    const int n =
        snprintf(out, MK_RESCUE_BYTES, "%.*s%s%s%s", stem, base, number, base + stem, end);
    return n > 0 && n < MK_RESCUE_BYTES;
}

/* The lock of a file, or -1 while another has it. It goes with the process, however that ends. */
static int take_lock(const char *base, size_t slot)
{
    char path[MK_RESCUE_BYTES];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!slot_path(base, slot, ".lock", path)) {
        return -1;
    }
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && fcntl(fd, F_SETLK, &whole) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* The first free file becomes ours; the first that a dead session left is the one to offer. */
void mk_bench_open_rescue(MkBench *bench)
{
    const char *base = bench->config->rescue_file;
    MkRescue *rescue = &bench->rescue;
    rescue->own_lock = -1;
    rescue->old_lock = -1;
    if (base == NULL) {
        return;
    }
    mk_folders_make(base);
    for (size_t slot = 0; slot < SLOTS && rescue->own_lock < 0; slot++) {
        char path[MK_RESCUE_BYTES];
        const int lock = take_lock(base, slot);
        if (lock < 0 || !slot_path(base, slot, "", path)) {
            continue;
        }
        if (access(path, R_OK) != 0) {
            rescue->own_lock = lock;
            memcpy(rescue->own, path, sizeof path);
        } else if (rescue->old_lock < 0) {
            rescue->old_lock = lock;
            memcpy(rescue->old, path, sizeof path);
        } else {
            (void)close(lock); /* for the start after this one */
        }
    }
}

static void close_lock(int *lock)
{
    if (*lock >= 0) {
        (void)close(*lock);
        *lock = -1;
    }
}

void mk_bench_close_rescue(MkBench *bench)
{
    MkRescue *rescue = &bench->rescue;
    if (bench->code < 128 && rescue->is_kept) {
        (void)unlink(rescue->own); /* left in order: saved, or not wanted */
    }
    if (bench->code < 128) {
        mk_bench_set_aside_rescued(bench);
    }
    close_lock(&rescue->own_lock);
    close_lock(&rescue->old_lock);
}

/* ---- keeping ---- */

static MkStatus keep(MkBench *bench, MkError *err)
{
    MkBuf script;
    mk_buf_init(&script);
    MkStatus st = mk_session_script(bench->session, &script, err);
    if (st == MK_OK) {
        mk_folders_make(bench->rescue.own);
        st = mk_file_write(bench->rescue.own, script.data, script.len, err);
    }
    mk_buf_release(&script);
    if (st == MK_OK) {
        bench->rescue.is_kept = true;
        (void)chmod(bench->rescue.own, 0600); /* it may name values of a person */
        if (bench->rescue.was_taken) {
            mk_bench_set_aside_rescued(bench); /* it is in the new file now */
        }
    }
    return st;
}

/* What is kept is what the session has; nothing when all is saved. */
static MkStatus renew(MkBench *bench, MkError *err)
{
    MkRescue *rescue = &bench->rescue;
    rescue->is_due = false;
    rescue->kept_revision = mk_session_revision(bench->session);
    if (mk_session_dirty(bench->session)) {
        return keep(bench, err);
    }
    if (rescue->is_kept) {
        (void)unlink(rescue->own);
        rescue->is_kept = false;
    }
    return MK_OK;
}

int mk_bench_autosave(MkBench *bench)
{
    MkRescue *rescue = &bench->rescue;
    if (rescue->own_lock < 0 || mk_job_is_running(bench->job)) {
        return -1; /* the session is the job's */
    }
    const double now = mk_bench_now();
    const uint64_t revision = mk_session_revision(bench->session);
    const bool is_dirty = mk_session_dirty(bench->session);
    if (revision == rescue->kept_revision && is_dirty == rescue->is_kept) {
        return -1;
    }
    if (!rescue->is_due || rescue->due_revision != revision) {
        rescue->first = rescue->is_due ? rescue->first : now;
        rescue->last = now;
        rescue->is_due = true;
        rescue->due_revision = revision;
    }
    const double quiet = rescue->last + QUIET, longest = rescue->first + LONGEST;
    const double left = (quiet < longest ? quiet : longest) - now;
    if (left > 0) {
        return (int)(1e3 * left) + 1;
    }
    MkError err = {0};
    if (renew(bench, &err) != MK_OK && !rescue->has_failed) {
        rescue->has_failed = true; /* said once */
        mk_bench_say(bench, MK_MOOD_WARN, err.text);
    }
    return -1;
}

/* Killed or cut off with unsaved work: at once. */
void mk_bench_rescue(MkBench *bench)
{
    if (bench->code < 128 || bench->rescue.own_lock < 0 || bench->app == NULL) {
        return;
    }
    if (mk_job_is_running(bench->job)) {
        if (bench->config->cancel != NULL) {
            atomic_store(&bench->config->cancel->stop, true);
        }
        MkJobDone done;
        if (!mk_job_wait(bench->job, 2000) || !mk_job_take(bench->job, &done)) {
            return; /* what was kept last stays */
        }
        mk_bench_release_done(&done);
    }
    MkError err = {0};
    if (renew(bench, &err) != MK_OK) {
        fprintf(stderr, "manikin: unsaved work could not be kept: %s\n", err.text);
    } else if (bench->rescue.is_kept) {
        fprintf(stderr, "manikin: unsaved work is in %s\n", bench->rescue.own);
    }
}

/* ---- what an earlier session left ---- */

void mk_bench_tell_rescued(MkBench *bench)
{
    if (bench->rescue.old_lock >= 0) {
        mk_bench_update(bench, &(MkMsg){.kind = MK_MSG_RESCUED, .text = bench->rescue.old});
    } else {
        mk_bench_say(
            bench, MK_MOOD_ECHO,
            "Enter sets what is known, / finds it: all estimates follow.  ? shows all keys");
    }
}

void mk_bench_note_taken(MkBench *bench, const char *line)
{
    MkRescue *rescue = &bench->rescue;
    const char *at = rescue->old_lock >= 0 ? strstr(line, rescue->old) : NULL;
    rescue->was_taken = rescue->was_taken || (at != NULL && strncmp(line, "run ", 4) == 0);
}

void mk_bench_set_aside_rescued(MkBench *bench)
{
    char path[MK_RESCUE_BYTES];
    MkRescue *rescue = &bench->rescue;
    if (rescue->old_lock >= 0 && slot_path(bench->config->rescue_file, 0, ".old", path)) {
        (void)rename(rescue->old, path);
        close_lock(&rescue->old_lock);
    }
}
