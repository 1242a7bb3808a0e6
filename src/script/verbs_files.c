/* verbs_files.c - export: answers and sessions as files. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <string.h>

#include "src/script/inner.h"
#include "src/script/report.h"

/* ---- export ---- */

/* What was asked last, or all that was asked: same lines, same evidence, same seed, so the same
 * answers. */
static MkStatus ask_again(MkSession *session, bool is_all, const char *path, MkResult *result,
                          MkError *err)
{
    const MkAsked *asked = &session->asked;
    if (is_all) {
        return mk_report_session(session, result, err);
    }
    MK_TRY(mk_report_ask_again(session, asked, result, err));
    if (mk_report_is_path(path)) {
        MK_TRY(mk_report_answer(session, asked->line, asked->state, &asked->settings, result, err));
    }
    return MK_OK;
}

MkStatus mk_verb_export(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    const char *path = mk_call_first(call);
    MK_TRY(mk_output_check(path, err));
    const bool is_all = mk_call_option(call, "session") != NULL;
    if (is_all && !mk_report_is_path(path)) {
        return mk_fail(err, MK_EINVAL, "%.200s: the whole session goes into a report, FILE.html",
                       path);
    }
    if (session->asked.line == NULL) {
        return mk_fail(err, MK_EINVAL, "nothing was asked yet that could be exported");
    }
    MK_TRY(ask_again(session, is_all, path, result, err));
    mk_call_at(call, &call->lists[MK_LIST_WORDS].items[0]);
    return mk_output_to(result, path, err);
}
