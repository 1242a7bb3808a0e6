/* verbs_sample.c - sample: persons from the joint distribution, as they come. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/query/query.h"
#include "src/query/show.h"
#include "src/script/inner.h"

enum { GROUPS = 16, GROUPS_MOST = 8192 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* Where the persons go: a file, standard output, or the result. */
typedef struct Sink {
    MkSession *session;
    MkFileOut *file;
    bool is_streamed;
    MkBuf text;
} Sink;

/* CSV for the shell goes out as it comes; other formats, reports and screens need the whole. */
static bool may_stream(const MkSession *session)
{
    const char *const format = mk_session_format(session);
    return session->config.stream != NULL && session->collector == NULL &&
           (format[0] == '\0' || strcmp(format, "csv") == 0);
}

static MkStatus write_text(void *ctx, const char *text, size_t len, MkError *err)
{
    Sink *const sink = ctx;
    if (sink->file != NULL) {
        return mk_file_out_write(sink->file, text, len, err);
    }
    if (sink->is_streamed) {
        const MkSessionConfig *const config = &sink->session->config;
        return config->stream(config->emit_ctx, text, len, err);
    }
    mk_buf_add(&sink->text, text, len);
    return mk_buf_status(&sink->text, err);
}

static void show_progress(void *ctx, size_t done, size_t total)
{
    char line[96];
    snprintf(line, sizeof line, "sample: %zu of %zu persons", done, total);
    mk_session_progress(ctx, line);
}

/* What `of` names, else every attribute but `source`, which persons of no study do not have. */
static MkStatus read_columns(const MkCall *call, const MkQuery *query, MkSample *out, MkError *err)
{
    const MkSchema *const schema = mk_model_schema(query->model);
    size_t *ids = NULL, source = schema->n;
    MK_TRY(mk_name_attributes(call, schema, MK_LIST_OF, &out->n_columns, &ids, err));
    if (out->n_columns == 0) {
        ids = mk_arena_array(call->arena, schema->n + 1, sizeof *ids);
        if (ids == NULL) {
            return no_memory(err);
        }
        const bool has_source = mk_schema_find(schema, "source", &source) &&
                                mk_evidence_find(query->evidence, source) == NULL;
        for (size_t j = 0; j < schema->n; j++) {
            if (!has_source || j != source) {
                ids[out->n_columns++] = j;
            }
        }
    }
    out->columns = ids;
    return MK_OK;
}

/* People of a source answer as people of it do: the attribute `source` is told, unless something
 * else is given. */
static MkStatus read_missing(const MkCall *call, MkQuery *query, MkSample *out, MkResult *result,
                             MkError *err)
{
    const MkSchema *const schema = mk_model_schema(query->model);
    const char *const name = mk_call_option(call, "missing");
    const size_t n = query->evidence.n;
    size_t id = 0, level = 0;
    mk_call_at_option(call, "missing");
    out->missing = name;
    if (name == NULL || strcmp(name, "none") == 0 || !mk_schema_find(schema, "source", &id) ||
        !mk_attribute_level(&schema->attributes[id], name, strlen(name), &level) ||
        mk_evidence_find(query->evidence, id) != NULL) {
        return MK_OK;
    }
    MkKnown *const known = mk_arena_array(call->arena, n + 1, sizeof *known);
    if (known == NULL) {
        return no_memory(err);
    }
    if (n > 0) {
        memcpy(known, query->evidence.known, n * sizeof *known);
    }
    known[n] = (MkKnown){id, {.kind = MK_VALUE_POINT, .point = (double)level}};
    query->evidence = (MkEvidence){.n = n + 1, .known = known};
    mk_result_note(result, "The model is told source=%s.", name);
    return MK_OK;
}

static MkStatus read_count(const MkCall *call, MkSample *out, MkError *err)
{
    double n = 0.0;
    MK_TRY(mk_call_count(call, MK_LIST_WORDS, 1, 1, err));
    const MkWord *const word = &call->lists[MK_LIST_WORDS].items[0];
    mk_call_at(call, word);
    if (!mk_text_double(word->text, strlen(word->text), '.', &n) || !(n >= 1.0) || n > 1e9 ||
        n != (double)(size_t)n) {
        return mk_fail(err, MK_EINVAL, "%.60s: how many persons? 1 to 1000000000", word->text);
    }
    out->n = (size_t)n;
    return MK_OK;
}

/* Abstains when fewer than `least` of the people are as typical as what is given. */
static MkStatus check_support(const MkCall *call, const MkQuery *query, MkError *err)
{
    double least = 0.0, support = 1.0;
    MkBuf given;
    MK_TRY(mk_call_double(call, "least-support", 0, 1, &least, err));
    if (!(least > 0.0) || query->evidence.n == 0) {
        return MK_OK;
    }
    MK_TRY(mk_query_percentile(query, call->arena, &support, err));
    if (support >= least) {
        return MK_OK;
    }
    mk_buf_init(&given);
    mk_evidence_print(mk_model_schema(query->model), query->evidence, &given);
    MkStatus st = mk_buf_status(&given, err);
    if (st == MK_OK) {
        mk_call_at_option(call, "least-support");
        st = mk_fail(err, MK_ECHECK,
                     "support of %.200s is %s, less than %s: no persons are drawn; "
                     "--least-support 0 draws them all the same",
                     given.data, mk_text_or_empty(mk_show_share(call->arena, support)),
                     mk_text_or_empty(mk_show_share(call->arena, least)));
    }
    mk_buf_release(&given);
    return st;
}

static MkStatus check_path(const MkCall *call, const char *path, MkError *err)
{
    size_t len = strlen(path);
    mk_call_at_option(call, "output");
    if (mk_text_has_suffix(path, len, ".gz") || mk_text_has_suffix(path, len, ".xz")) {
        len -= 3;
    }
    return mk_text_has_suffix(path, len, ".csv")
               ? MK_OK
               : mk_fail(err, MK_EINVAL,
                         "%.200s: persons are CSV; expected .csv, .csv.gz or .csv.xz", path);
}

/* The text as the stream of the result: empty when it went elsewhere. */
static MkStatus give_stream(const Sink *sink, const MkQuery *query, const MkSample *sample,
                            MkResult *result, MkError *err)
{
    const bool is_there = sink->text.len > 0;
    char *const kinds = mk_arena_zeros(result->arena, sample->n_columns + 1, 1);
    result->stream = mk_arena_strndup(result->arena, is_there ? sink->text.data : "",
                                      is_there ? sink->text.len : 0);
    if (kinds == NULL || result->stream == NULL) {
        return no_memory(err);
    }
    for (size_t c = 0; c < sample->n_columns; c++) {
        kinds[c] = mk_show_is_number(query->model, sample->columns[c]) ? 'n' : 't';
    }
    result->n_stream = sink->text.len;
    result->table_is_data = true;
    result->stream_kinds = kinds;
    return MK_OK;
}

MkStatus mk_verb_sample(MkSession *session, const MkCall *call, MkResult *result, MkError *err)
{
    MkQuery query;
    MkSample sample = {.n_groups = GROUPS,
                       .write = write_text,
                       .progress = show_progress,
                       .progress_ctx = session};
    Sink sink = {.session = session, .is_streamed = may_stream(session)};
    const char *const path = mk_call_option(call, "output");
    MK_TRY(mk_call_query(session, call, &query, err));
    MK_TRY(read_count(call, &sample, err));
    MK_TRY(check_support(call, &query, err));
    MK_TRY(read_missing(call, &query, &sample, result, err));
    MK_TRY(read_columns(call, &query, &sample, err));
    MK_TRY(mk_call_size(call, "groups", 1, GROUPS_MOST, &sample.n_groups, err));
    if (path != NULL) {
        MK_TRY(check_path(call, path, err));
        MK_TRY(mk_file_out_open(path, &sink.file, err));
    }
    mk_buf_init(&sink.text);
    sample.write_ctx = &sink;
    MkStatus st = mk_query_sample(&query, &sample, result, err);
    if (st == MK_OK && path != NULL) {
        st = mk_file_out_commit(sink.file, err);
        mk_result_note(result, "%zu persons in %.300s.", sample.n, path);
    } else {
        mk_file_out_abort(sink.file);
    }
    if (st == MK_OK && path == NULL) {
        st = give_stream(&sink, &query, &sample, result, err);
    }
    mk_buf_release(&sink.text);
    return st;
}
