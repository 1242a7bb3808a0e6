/* report.h - answers with what a report says around them: pages (page.h) of one answer, of all
 * questions of a session, of a whole script. Private to src/script. */
#ifndef MK_SCRIPT_REPORT_H
#define MK_SCRIPT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buf.h"
#include "src/base/status.h"
#include "src/result/page.h"
#include "src/result/result.h"
#include "src/script/inner.h"

bool mk_report_is_path(const char *path); /* FILE.html */
/* The result becomes the report of its one answer: asked by `line`, of the state and settings. */
MK_NODISCARD MkStatus mk_report_answer(MkSession *session, const char *line, MkState *state,
                                       const MkSettings *settings, MkResult *result, MkError *err);
/* Asks every question of the session again, in order, and makes `result` their report. */
MK_NODISCARD MkStatus mk_report_session(MkSession *session, MkResult *result, MkError *err);
/* The same line, evidence and settings again: the same answer. */
MK_NODISCARD MkStatus mk_report_ask_again(MkSession *session, const MkAsked *asked,
                                          MkResult *result, MkError *err);

/* ---- the questions that a session report asks again ---- */
/* Copies; the same question is kept once, of very many the newest. */
MK_NODISCARD MkStatus mk_questions_add(MkQuestions *list, const MkAsked *asked, MkError *err);
void mk_questions_cut(MkQuestions *list, size_t n);
void mk_questions_release(MkQuestions *list);

/* ---- a script that runs into a report ---- */
/* While a script runs, its answers are collected instead of shown. */
typedef struct MkCollector {
    MkResult *report; /* what they go into */
    MkBuf words;      /* comments since the last answer */
    bool has_head;    /* the comments at the top were taken */
} MkCollector;

void mk_collector_init(MkCollector *collector, MkResult *report);
void mk_collector_release(MkCollector *collector);
/* One line of the script before it runs: comments become the words of the answer after them. */
MK_NODISCARD MkStatus mk_collector_read(MkCollector *collector, const char *line, MkError *err);
/* Takes the answer of a line. */
MK_NODISCARD MkStatus mk_collector_take(MkCollector *collector, MkSession *session,
                                        const char *line, MkResult *answer, MkError *err);
/* The script is over: the page gets its end. */
MK_NODISCARD MkStatus mk_collector_close(MkCollector *collector, MkSession *session,
                                         const char *path, const char *script, MkError *err);

/* ---- report_words.c: what a page says ---- */
/* "Glycohemoglobin (HbA1c), Waist": what a result is about, for its heading. In the report's arena.
 */
const char *mk_report_heading(const MkSession *session, MkResult *report, const MkResult *answer,
                              const char *line);
/* The line without its -o. */
const char *mk_report_line(MkArena *arena, const char *line);
/* What was known, from the answer's data. */
void mk_report_known(const MkSession *session, MkResult *report, const MkResult *answer,
                     MkPageFacts *facts);
/* The model's part of the page, and what the numbers hang on. */
void mk_report_model(const MkSession *session, const MkSettings *settings, MkResult *report);
/* Options and state as lines of a script. */
void mk_report_print_settings(const MkSession *session, const MkSettings *settings, MkBuf *buf);
void mk_report_print_state(const MkState *state, MkBuf *buf);

#endif
