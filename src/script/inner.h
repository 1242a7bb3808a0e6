/* inner.h - the inside of a session, for src/script only. */
#ifndef MK_SCRIPT_INNER_H
#define MK_SCRIPT_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/base/arena.h"
#include "src/script/call.h"
#include "src/script/session.h"
#include "src/script/state.h"

enum { MK_UNDO_MOST = 1000, MK_RUN_DEPTH = 16 };

/* Settings of a session; a line's options make a copy that lasts for the line. Strings live in the
 * session's arena. */
typedef struct MkSettings {
    const char *model;  /* as said; NULL: the newest release */
    const char *format; /* "" when not said */
    double level;
    uint64_t seed;
    bool is_raw;        /* answers without the model's recalibration */
    const char *theme;  /* of the workbench; NULL when not said */
    const char *images; /* the same */
} MkSettings;

typedef struct MkOpened {
    char *path;
    MkModel *model;
    bool is_signed; /* it was asked for, and held */
} MkOpened;

typedef struct MkStep {
    MkState *state; /* past: before the line; future: after it */
    char *line;
    bool was_dropped; /* the line was taken out of the journal by undo */
    bool is_options;  /* a line of options alone, or those of a script: `settings` are taken back */
    MkSettings settings;
    uint64_t group; /* steps of one typed line, a script say, go together */
} MkStep;

typedef struct MkSteps {
    size_t n;
    MkStep *items;
} MkSteps;

typedef struct MkLines {
    size_t n, cap;
    char **items;
} MkLines;

/* A line that gave an answer, and what it was asked of, for `export`. */
typedef struct MkAsked {
    char *line;
    MkState *state;
    MkSettings settings;
} MkAsked;

typedef struct MkQuestions {
    size_t n;
    MkAsked *items;
} MkQuestions;

struct MkCollector; /* report.h */

/* A person or a scenario. */
typedef struct MkNamed {
    bool is_person;
    size_t at;
} MkNamed;

/* A script that runs. */
typedef struct MkRunning {
    const char *path; /* borrowed from who runs it */
    dev_t device;     /* which file it is, whatever its name */
    ino_t file;
} MkRunning;

struct MkSession {
    MkSessionConfig config;
    MkArena *arena; /* strings of config and settings */
    MkSettings settings;
    MkSettings journaled; /* those that the journal has come to */
    struct {
        MkState *state;
        MkSettings settings;
    } ground;        /* where the journal begins */
    MkSettings line; /* in effect for the line that runs */
    size_t n_opened;
    MkOpened **opened;
    const MkOpened *current; /* the model in use; NULL before the first verb that needs one */
    bool current_is_default; /* it was found without a name */
    MkState *state;
    MkSteps past, future;
    MkLines history; /* lines that were run */
    MkLines journal; /* lines that `save` writes: they replay to this session */
    MkAsked asked;
    MkQuestions questions;         /* all of them, for the report of the session */
    struct MkCollector *collector; /* of the script that runs into a report; NULL: none does */
    MkPool *pool;
    bool pool_tried;
    bool is_read_only;               /* once and for all */
    bool is_signed_only;             /* the same: a model that no trusted key signed is refused */
    unsigned depth;                  /* of `run` inside `run` */
    unsigned group_depth;            /* of the verbs run and include */
    uint64_t group;                  /* of the line that was typed */
    MkRunning running[MK_RUN_DEPTH]; /* depth of them */
    size_t n_checks;                 /* since the outermost script began */
    MkLines failures;                /* checks that did not hold, in words */
    /* Set by a verb while its line runs; in the call's arena. */
    const char *note;    /* what its result says besides */
    const char *spelled; /* the line as it is saved, when not as it was typed */
    MkResult *instead;   /* set by a verb whose result is another line's; owned */
    uint64_t revision;
    uint64_t saved_revision;
};

/* ---- session.c ---- */
/* Makes `next` (unpublished, taken) the state; the line can be undone. */
MK_NODISCARD MkStatus mk_session_change(MkSession *session, const MkCall *call, MkState *next,
                                        MkError *err);
/* An unpublished copy of the state, for a change. Gives *out. */
MK_NODISCARD MkStatus mk_session_draft(MkSession *session, MkState **out, MkError *err);
/* The model of the line; opens it when needed and brings the state into its ids. */
MK_NODISCARD MkStatus mk_session_need_model(MkSession *session, const MkModel **model,
                                            MkError *err);
void mk_session_progress(MkSession *session, const char *line);

/* ---- ask.c ---- */
/* The question of a line without its targets: model, evidence (what is given or what `from` says,
 * with the line's `given` over it), level, seed, pool, cancel, progress and partial results.
 * Evidence lives in the call's arena. */
MK_NODISCARD MkStatus mk_call_query(MkSession *session, const MkCall *call, MkQuery *out,
                                    MkError *err);
/* The same for a verb that can answer for every row of a table: *table is the path after `from`
 * when no row is said (then the evidence is the line's `given` alone), else NULL. */
MK_NODISCARD MkStatus mk_call_query_rows(MkSession *session, const MkCall *call, MkQuery *out,
                                         const char **table, MkError *err);
/* The evidence of a scenario (over that of the question) or of a person (with the line's `given`
 * over it), with its name. */
MK_NODISCARD MkStatus mk_call_named(MkSession *session, const MkCall *call, const MkQuery *query,
                                    MkNamed who, MkScenario *out, MkError *err);
/* Targets of the line's words, or the session's; n_targets may stay 0. */
MK_NODISCARD MkStatus mk_call_targets(MkSession *session, const MkCall *call, MkQuery *query,
                                      MkError *err);
/* The same, and none is an error. */
MK_NODISCARD MkStatus mk_call_need_targets(MkSession *session, const MkCall *call, MkQuery *query,
                                           MkError *err);

/* ---- models.c ---- */
/* File of a model said as NAME or FILE; NULL: the newest release. In arena. */
MK_NODISCARD MkStatus mk_models_find(const MkSession *session, const char *said, MkArena *arena,
                                     const char **path, MkError *err);
typedef struct MkModelFile {
    const char *name; /* without folder and suffix */
    const char *path;
    bool is_users;
} MkModelFile;
/* Models of the shipped and the user's folder, by name. In arena. */
MK_NODISCARD MkStatus mk_models_list(const MkSession *session, MkArena *arena, size_t *n,
                                     MkModelFile **out, MkError *err);
/* Opens a file, or finds it opened; it stays open as long as the session. */
MK_NODISCARD MkStatus mk_models_open(MkSession *session, const char *path, const MkOpened **out,
                                     MkError *err);
/* "altair" of "model/altair.safetensors", in arena. */
const char *mk_model_base_name(MkArena *arena, const char *path);

/* ---- save.c ---- */
/* A line that the session is replayed by, after the options that have changed since the one before.
 */
MK_NODISCARD MkStatus mk_journal_add(MkSession *session, const char *line, MkError *err);

/* ---- history.c ---- */
MK_NODISCARD MkStatus mk_lines_add(MkLines *lines, const char *text, MkError *err);
void mk_lines_cut(MkLines *lines, size_t n); /* keeps the first n */
void mk_lines_release(MkLines *lines);
/* A copy of the step, with a line of its own and a reference of the state. */
MK_NODISCARD MkStatus mk_steps_push(MkSteps *steps, const MkStep *step, const char *line,
                                    MkError *err);
void mk_steps_pop(MkSteps *steps); /* drops the newest */
void mk_steps_clear(MkSteps *steps);
MK_NODISCARD MkStatus mk_steps_copy(const MkSteps *steps, MkSteps *out, MkError *err);
/* Settings that were `before`, when they are others now and the line was typed at the prompt, are a
 * step of their own. The journal writes options where they count, so that undo is no line of it. */
MK_NODISCARD MkStatus mk_history_settings(MkSession *session, const MkCall *call,
                                          const MkSettings *before, MkError *err);

/* ---- names.c ---- */
/* An attribute by name, unique prefix or label. */
MK_NODISCARD MkStatus mk_name_attribute(const MkCall *call, const MkSchema *schema,
                                        const MkWord *word, size_t *id, MkError *err);
/* Attributes of a list; the same twice counts once. In the call's arena. */
MK_NODISCARD MkStatus mk_name_attributes(const MkCall *call, const MkSchema *schema, MkList list,
                                         size_t *n, size_t **ids, MkError *err);
/* Words A=V of a list as evidence; the same attribute with two values is an error. In the call's
 * arena. */
MK_NODISCARD MkStatus mk_name_evidence(const MkCall *call, const MkSchema *schema, MkList list,
                                       MkEvidence *out, MkError *err);
/* By its whole name, persons first. */
bool mk_named_find(const MkState *state, const char *name, MkNamed *out);
/* By name or unique prefix; else an error with the nearest names. `or_table` says in it that a
 * table could stand there too. */
MK_NODISCARD MkStatus mk_named_read(const MkCall *call, const MkState *state, const MkWord *word,
                                    bool or_table, MkNamed *out, MkError *err);
/* Whether a word can be the name of a new person or scenario (`what`). */
MK_NODISCARD MkStatus mk_name_check(const MkCall *call, const MkWord *word, const char *what,
                                    MkError *err);
/* Fails unless a list has between `least` and `most` words; the text is the verb's usage. */
MK_NODISCARD MkStatus mk_call_count(const MkCall *call, MkList list, size_t least, size_t most,
                                    MkError *err);
/* Value of an option as a number of its kind; *out stays when the option is not there. */
MK_NODISCARD MkStatus mk_call_size(const MkCall *call, const char *name, size_t least, size_t most,
                                   size_t *out, MkError *err);
MK_NODISCARD MkStatus mk_call_u64(const MkCall *call, const char *name, uint64_t *out,
                                  MkError *err);
MK_NODISCARD MkStatus mk_call_double(const MkCall *call, const char *name, double low, double high,
                                     double *out, MkError *err);

/* The words that an option can have; returns how many, 0 when any will do. */
size_t mk_option_words(const char *option, const char *const **words);
/* Value of such an option; *out, which stays when the option is not there, lives for ever. */
MK_NODISCARD MkStatus mk_call_choice(const MkCall *call, const char *name, const char **out,
                                     MkError *err);

/* ---- verbs_train.c ---- */
/* The `tolerance` and `regression_reason` lines of a recipe (eval/gate.h), in arena. */
MK_NODISCARD MkStatus mk_recipe_gate(const char *path, MkArena *arena, const char **out,
                                     MkError *err);

/* ---- output.c ---- */
/* Fails for a suffix that nothing can be written as, before long work. */
MK_NODISCARD MkStatus mk_output_check(const char *path, MkError *err);
/* The result goes to path: effects that write it in the suffix's format or draw its figures. */
MK_NODISCARD MkStatus mk_output_to(MkResult *result, const char *path, MkError *err);
/* The folder that -o names, made when it is not there. */
MK_NODISCARD MkStatus mk_call_make_folder(const MkCall *call, const char *folder, MkError *err);

/* ---- the verbs ---- */
typedef MkStatus MkVerbRun(MkSession *session, const MkCall *call, MkResult *result, MkError *err);
MkVerbRun mk_verb_attributes, mk_verb_expect, mk_verb_estimate, mk_verb_plot, mk_verb_compare,
    mk_verb_impute, mk_verb_sample, mk_verb_support, mk_verb_explore, mk_verb_pairs;
MkVerbRun mk_verb_optimize;
MkVerbRun mk_verb_given, mk_verb_forget, mk_verb_target, mk_verb_scenario, mk_verb_person,
    mk_verb_undo, mk_verb_redo;
MkVerbRun mk_verb_export, mk_verb_save, mk_verb_run, mk_verb_include, mk_verb_import;
MkVerbRun mk_verb_schema;
MkVerbRun mk_verb_train, mk_verb_evaluate, mk_verb_model;
MkVerbRun mk_verb_help, mk_verb_version, mk_verb_quit;
/* Verbs that ask and change nothing: `export` can ask them again. */
bool mk_verb_asks(const MkVerb *verb);
/* Verbs whose --output is their own business (a model file, a folder, a script). */
bool mk_verb_owns_output(const MkVerb *verb);

#endif
