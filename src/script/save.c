/* save.c - the journal: the lines that replay to this session, whatever door they came through.
 *
 * It begins where the settings file and the command line ended (mk_session_settle): what they set
 * is written first. Options are written where they change, also those that a `run` had for its
 * lines. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/script/inner.h"
#include "src/script/report.h"

static void put_text(const char *name, const char *was, const char *is, MkBuf *buf)
{
    if (strcmp(mk_text_or_empty(was), mk_text_or_empty(is)) != 0) {
        mk_buf_printf(buf, " --%s ", name);
        mk_buf_word(buf, mk_text_or_empty(is));
    }
}

/* " --seed 5 --level 0.5": from one to the other; nothing when they are the same. */
static void put_changes(const MkSettings *was, const MkSettings *is, MkBuf *buf)
{
    put_text("model", was->model, is->model, buf);
    put_text("format", was->format, is->format, buf);
    if (is->level < was->level || is->level > was->level) {
        mk_buf_puts(buf, " --level ");
        mk_buf_double(buf, is->level);
    }
    if (is->seed != was->seed) {
        mk_buf_printf(buf, " --seed %llu", (unsigned long long)is->seed);
    }
    if (is->is_raw != was->is_raw) {
        mk_buf_printf(buf, " --calibration %s", is->is_raw ? "off" : "on");
    }
    if (is->theme != NULL) {
        put_text("theme", was->theme, is->theme, buf);
    }
    if (is->images != NULL) {
        put_text("images", was->images, is->images, buf);
    }
}

MkStatus mk_journal_add(MkSession *session, const char *line, MkError *err)
{
    const MkSettings *now = &session->settings;
    MkBuf buf;
    mk_buf_init(&buf);
    put_changes(&session->journaled, now, &buf);
    MkStatus st = mk_buf_status(&buf, err);
    if (st == MK_OK && buf.len > 0) {
        st = mk_lines_add(&session->journal, buf.data + 1, err);
        session->journaled = *now; /* its texts live as long as the session */
    }
    mk_buf_release(&buf);
    MK_TRY(st);
    return mk_lines_add(&session->journal, line, err);
}

MkStatus mk_session_script(const MkSession *session, MkBuf *out, MkError *err)
{
    MkBuf rest;
    mk_buf_init(&rest);
    mk_buf_puts(out, "# A manikin session; 'manikin run FILE' replays it.\n");
    mk_report_print_settings(session, &session->ground.settings, out);
    mk_report_print_state(session->ground.state, out);
    for (size_t i = 0; i < session->journal.n; i++) {
        mk_buf_printf(out, "%s\n", session->journal.items[i]);
    }
    put_changes(&session->journaled, &session->settings, &rest);
    if (rest.len > 0) {
        mk_buf_printf(out, "%s\n", rest.data + 1);
    }
    out->failed = out->failed || rest.failed;
    mk_buf_release(&rest);
    return mk_buf_status(out, err);
}

void mk_session_settle(MkSession *session)
{
    mk_steps_clear(&session->past);
    mk_steps_clear(&session->future);
    mk_result_free(session->instead);
    session->instead = NULL;
    mk_lines_cut(&session->history, 0);
    mk_lines_cut(&session->journal, 0);
    mk_questions_cut(&session->questions, 0);
    session->saved_revision = session->revision;
    mk_state_drop(session->ground.state);
    session->ground.state = mk_state_keep(session->state);
    session->ground.settings = session->settings;
    session->journaled = session->settings;
}

MkStatus mk_verb_save(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    const char *path = mk_call_first(call);
    MkBuf buf;
    mk_buf_init(&buf);
    MkStatus st = mk_session_script(session, &buf, err);
    if (st == MK_OK) {
        st = mk_file_write(path, buf.data, buf.len, err);
    }
    mk_buf_release(&buf);
    MK_TRY(st);
    session->saved_revision = session->revision;
    mk_result_note(result, "%zu line%s saved to %s.", session->journal.n,
                   session->journal.n == 1 ? "" : "s", path);
    return MK_OK;
}
