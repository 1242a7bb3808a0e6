/* test_verbs.c - lines of the whole verb table by chance, over models of schemas by chance: each
 * ends in an answer whose numbers are sound or in a documented failure that changes nothing, and
 * what a line changed, undo takes back.
 *
 * MK_VERBS lines (300) with MK_VERBS_SEED (1); every LINES_A_MODEL lines another schema and another
 * kind of model. `make soak-verbs` runs 10,000. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/train.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/cohort.h"
#include "src/render/render.h"
#include "src/result/node.h"
#include "src/script/session.h"
#include "src/script/verb.h"
#include "tests/numeric/chance.h"
#include "tests/watch.h"

enum { LINES = 300, LINES_A_MODEL = 75, PEOPLE = 90, LINE_MS = 1500, LATE_MS = 30000 };

typedef struct World {
    char folder[256], model_dir[300], model[400];
    uint64_t seed;
    MkSchema *schema;
    MkTable *people;
    MkSession *session;
    MkChance chance;
    const char *line; /* that runs */
    size_t n_lines, n_done;
    Watch watch;
} World;

static World g_world; /* its thread and its folder end with the program */

/* ---- stories ---- */

/* Says which line of which seed it was, and fails. */
static void broken(const World *w, const char *what, const char *more)
{
    print_error("seed %llu, line %zu of the model in %s\n  %s\n  %s: %s\n",
                (unsigned long long)w->seed, w->n_lines, w->folder, w->line, what, more);
    fail();
}

static double no_clock(void)
{
    return 0;
}

/* ---- a world ---- */

static void write_file(const World *w, const char *name, const char *text)
{
    char path[400];
    MkError err = {0};
    snprintf(path, sizeof path, "%s/%s", w->folder, name);
    if (mk_file_write(path, text, strlen(text), &err) != MK_OK) {
        broken(w, "a file", err.text);
    }
}

static void write_files(World *w)
{
    MkBuf text;
    mk_buf_init(&text);
    mk_schema_print(w->schema, &text);
    write_file(w, "schema.tsv", text.data);
    mk_buf_clear(&text);
    mk_table_print_header(w->people, &text);
    for (size_t i = 0; i < PEOPLE; i++) {
        mk_table_print_row(w->people, i, &text);
    }
    write_file(w, "people.csv", text.data);
    mk_buf_clear(&text);
    mk_buf_printf(&text, "%s\n0\n1\n", w->schema->attributes[0].name);
    write_file(w, "mask.csv", text.data);
    mk_buf_clear(&text);
    mk_buf_printf(&text, "target %s\nestimate\n", w->schema->attributes[1].name);
    write_file(w, "some.scenario", text.data);
    mk_buf_clear(&text);
    mk_buf_puts(&text, "kind marginal\nname other\ntable people.csv\nschema schema.tsv\n");
    write_file(w, "small.recipe", text.data);
    mk_buf_release(&text);
}

static void train(World *w)
{
    static const char *const settings[][6] = {
        {"copula", "1", "8"}, {"marginal", "1", "8"}, {"mae", "4", "8"}, {"mixture", "1", "8"}};
    const char *const *s = settings[w->seed % 4];
    MkTrainConfig config;
    MkError err = {0};
    MkCohort *cohort = NULL;
    mk_train_config_init(&config);
    config.threads = 1;
    if (mk_train_config_set(&config, "kind", s[0], &err) != MK_OK ||
        mk_train_config_set(&config, "steps", s[1], &err) != MK_OK ||
        mk_train_config_set(&config, "dim", s[2], &err) != MK_OK ||
        mk_train_config_set(&config, "name", "small", &err) != MK_OK ||
        mk_cohort_new(w->schema, &w->people, 1, &cohort, &err) != MK_OK ||
        mk_train(&config, cohort, w->model, &(MkTrainHooks){.clock = no_clock}, &err) != MK_OK) {
        broken(w, "training", err.text);
    }
    w->people = NULL;
    mk_cohort_free(cohort);
}

static MkSession *open_session(World *w)
{
    MkSession *session = NULL;
    const MkModel *model = NULL;
    MkError err = {0};
    const MkSessionConfig config = {.paths = {.model_dir = w->model_dir},
                                    .level = 0.9,
                                    .threads = 1,
                                    .cancel = &w->watch.cancel,
                                    .clock = no_clock};
    if (mk_session_new(&config, &session, &err) != MK_OK ||
        mk_session_model(session, &model, &err) != MK_OK) {
        broken(w, "a session", err.text);
    }
    return session;
}

static void open_world(World *w, uint64_t seed)
{
    MkBuf text;
    MkError err = {0};
    w->seed = seed;
    w->line = "";
    w->chance = (MkChance){.rng = mk_rng(seed, MK_RNG_TEST, 0), .folder = w->folder};
    mk_buf_init(&text);
    mk_chance_schema(&w->chance, &text);
    if (mk_schema_parse(text.data, text.len, "chance.tsv", &w->schema, &err) != MK_OK) {
        broken(w, "a schema", err.text);
    }
    mk_buf_release(&text);
    w->chance.schema = w->schema;
    if (mk_chance_people(&w->chance, PEOPLE, &w->people, &err) != MK_OK) {
        broken(w, "people", err.text);
    }
    write_files(w);
    train(w);
    w->session = open_session(w);
}

static void close_world(World *w)
{
    mk_session_free(w->session);
    mk_schema_free(w->schema);
    w->session = NULL;
    w->schema = NULL;
}

/* ---- what a result must be ---- */

static void check_share(const World *w, const MkNode *node)
{
    static const char *const shares[] = {"probability", "percentile", "observed",
                                         "overlap",     "share",      "without"};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        if (node->key != NULL && strcmp(node->key, shares[i]) == 0 &&
            !(node->number >= -1e-9 && node->number <= 1.0 + 1e-9)) {
            broken(w, "no share", node->key);
        }
    }
}

/* {"never": 0.6, ...}: probabilities of all levels, together 1. */
static void check_levels(const World *w, const MkNode *node)
{
    double sum = 0.0;
    for (const MkNode *level = node->first; level != NULL; level = level->next) {
        if (level->kind != MK_NODE_NUMBER || !(level->number >= 0.0 && level->number <= 1.0)) {
            broken(w, "no probability", level->key);
        }
        sum += level->number;
    }
    if (!(fabs(sum - 1.0) < 1e-4)) {
        char text[64];
        snprintf(text, sizeof text, "%.17g", sum);
        broken(w, "probabilities do not add up to one", text);
    }
}

static void check_interval(const World *w, const MkNode *node)
{
    const double low = mk_node_value(node, "low"), high = mk_node_value(node, "high");
    if (low > high) {
        broken(w, "an interval", "low above high");
    }
}

static void check_node(const World *w, const MkNode *node)
{
    if (node->kind == MK_NODE_NUMBER) {
        if (!isfinite(node->number)) {
            broken(w, "not finite", node->key != NULL ? node->key : "an item");
        }
        check_share(w, node);
    }
    if (node->kind == MK_NODE_OBJECT && node->key != NULL && strcmp(node->key, "levels") == 0) {
        check_levels(w, node);
    }
    if (node->kind == MK_NODE_OBJECT && node->key != NULL && strcmp(node->key, "interval") == 0) {
        check_interval(w, node);
    }
    const bool is_difference = node->kind == MK_NODE_OBJECT && mk_node_member(node, "against");
    for (const MkNode *child = node->first; child != NULL; child = child->next) {
        if (!is_difference || child->kind != MK_NODE_OBJECT) {
            check_node(w, child);
        }
    }
}

static void check_json(const World *w, const MkBuf *text)
{
    json_error_t error;
    json_t *json = json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        broken(w, "JSON", error.text);
    }
    json_decref(json);
}

static void check_result(const World *w, const MkResult *result)
{
    MkError err = {0};
    for (MkFormat format = MK_FORMAT_TEXT; format <= MK_FORMAT_HTML; format++) {
        MkBuf text;
        mk_buf_init(&text);
        const MkRenderOptions options = {.format = format, .width = 72};
        const MkStatus st = mk_render(result, &options, &text, &err);
        if (st != MK_OK && st != MK_EINVAL && st != MK_EUNSUPPORTED) {
            broken(w, "rendering", err.text);
        }
        if (st == MK_OK && !mk_utf8_valid(text.data, text.len)) {
            broken(w, "rendering", "not UTF-8");
        }
        if (st == MK_OK && format == MK_FORMAT_JSON && result->data != NULL) {
            check_json(w, &text);
        }
        mk_buf_release(&text);
    }
    if (result->data != NULL) {
        check_node(w, result->data);
    }
}

static void check_failure(const World *w, MkStatus st, const MkError *err)
{
    const int code = mk_status_exit_code(st);
    const bool is_known = code == 1 || code == 2 || code == 3 || code == 4 || code == 130;
    if (!is_known || err->status != st || err->text[0] == '\0') {
        broken(w, "a failure without its story", err->text);
    }
    if (st == MK_ENOMEM || st == MK_ENUMERIC) {
        broken(w, "no failure of the line's words or files", err->text);
    }
    if (!mk_utf8_valid(err->text, strlen(err->text)) || strchr(err->text, '\n') != NULL) {
        broken(w, "no line of text", err->text);
    }
}

/* ---- lines ---- */

static void saved(const World *w, MkBuf *out)
{
    MkError err = {0};
    mk_buf_clear(out);
    if (mk_session_script(w->session, out, &err) != MK_OK) {
        broken(w, "saving", err.text);
    }
}

static void put_evidence(const World *w, const char *name, MkEvidence evidence, MkBuf *out)
{
    mk_buf_printf(out, "%s:", name);
    for (size_t i = 0; i < evidence.n; i++) {
        const MkAttribute *a = &w->schema->attributes[evidence.known[i].attribute];
        mk_buf_printf(out, " %s=", a->name);
        mk_value_print(a, &evidence.known[i].value, out);
    }
    mk_buf_putc(out, '\n');
}

/* What the session knows, without the way that led there. */
static void state_of(const World *w, MkBuf *out)
{
    const size_t *targets = NULL;
    const MkSession *s = w->session;
    mk_buf_clear(out);
    put_evidence(w, "given", mk_session_evidence(s), out);
    const size_t n = mk_session_targets(s, &targets);
    for (size_t i = 0; i < n; i++) {
        mk_buf_printf(out, "target %s\n", w->schema->attributes[targets[i]].name);
    }
    for (size_t i = 0; i < mk_session_n_scenarios(s); i++) {
        const MkScenario *scenario = &mk_session_own_scenarios(s)[i];
        put_evidence(w, scenario->name, scenario->evidence, out);
    }
    for (size_t i = 0; i < mk_session_n_persons(s); i++) {
        const MkScenario *person = mk_session_person(s, i);
        put_evidence(w, person->name, person->evidence, out);
    }
    mk_buf_printf(out, "level %.17g theme %s images %s\n", mk_session_level(s), mk_session_theme(s),
                  mk_session_images(s));
}

static MkStatus run(World *w, const char *line, MkError *err)
{
    MkResult *result = NULL;
    w->line = line;
    watch_again(&w->watch, LINE_MS);
    const long long start = watch_now();
    const MkStatus st = mk_session_run(w->session, MK_DOOR_PROMPT, line, "", 0, &result, err);
    if (watch_now() - start > LATE_MS) {
        broken(w, "does not end when cancelled", "");
    }
    if (st == MK_OK) {
        check_result(w, result);
        w->n_done++;
    } else {
        check_failure(w, st, err);
        if (result != NULL) {
            broken(w, "a result beside a failure", err->text);
        }
    }
    mk_result_free(result);
    return st;
}

static void undo_and_redo(World *w, const MkBuf *before, const MkBuf *after)
{
    MkBuf now;
    MkError err = {0};
    const char *line = w->line;
    mk_buf_init(&now);
    if (run(w, "undo", &err) != MK_OK) {
        w->line = line;
        broken(w, "undo", err.text);
    }
    state_of(w, &now);
    if (strcmp(now.data, before->data) != 0) {
        w->line = line;
        print_error("before:\n%s\nundone:\n%s\n", before->data, now.data);
        broken(w, "undo", "another state than before");
    }
    if (run(w, "redo", &err) != MK_OK) {
        w->line = line;
        broken(w, "redo", err.text);
    }
    state_of(w, &now);
    if (strcmp(now.data, after->data) != 0) {
        w->line = line;
        print_error("after:\n%s\nredone:\n%s\n", after->data, now.data);
        broken(w, "redo", "another state than after");
    }
    mk_buf_release(&now);
}

static bool is_history(const char *line)
{
    const char *const words[] = {"undo", "redo", "u", "red"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(line, words[i], strlen(words[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void step(World *w)
{
    MkBuf line, before, after, old, fresh;
    MkError err = {0};
    mk_buf_init(&line);
    mk_buf_init(&before);
    mk_buf_init(&after);
    mk_buf_init(&old);
    mk_buf_init(&fresh);
    mk_chance_line(&w->chance, &line);
    saved(w, &old);
    state_of(w, &before);
    const MkStatus st = run(w, line.data, &err);
    saved(w, &fresh);
    state_of(w, &after);
    const bool has_changed = strcmp(before.data, after.data) != 0;
    if (st != MK_OK && (has_changed || strcmp(old.data, fresh.data) != 0)) {
        print_error("before:\n%s\nafter:\n%s\n", old.data, fresh.data);
        broken(w, "a line that failed changed the session", err.text);
    }
    if (has_changed && !is_history(line.data)) {
        undo_and_redo(w, &before, &after);
    }
    w->n_lines++;
    mk_buf_release(&line);
    mk_buf_release(&before);
    mk_buf_release(&after);
    mk_buf_release(&old);
    mk_buf_release(&fresh);
}

/* What was saved leads to the same session. */
static void replay(World *w)
{
    MkBuf first, second, script;
    MkError err = {0};
    bool quit = false;
    char path[400];
    mk_buf_init(&first);
    mk_buf_init(&second);
    mk_buf_init(&script);
    state_of(w, &first);
    saved(w, &script);
    write_file(w, "saved.scenario", script.data);
    snprintf(path, sizeof path, "%s/saved.scenario", w->folder);
    mk_session_free(w->session);
    w->session = open_session(w);
    w->line = "run saved.scenario";
    watch_again(&w->watch, LATE_MS);
    if (mk_session_run_file(w->session, path, &quit, &err) != MK_OK) {
        print_error("%s\n", script.data);
        broken(w, "a saved session", err.text);
    }
    state_of(w, &second);
    if (strcmp(first.data, second.data) != 0) {
        print_error("%s\n%s\n%s\n", script.data, first.data, second.data);
        broken(w, "a saved session", "leads elsewhere");
    }
    mk_buf_release(&first);
    mk_buf_release(&second);
    mk_buf_release(&script);
}

static size_t setting(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

static void test_no_line_breaks_a_session(void **state)
{
    World *w = *state;
    const size_t n = setting("MK_VERBS", LINES);
    const uint64_t seed = setting("MK_VERBS_SEED", 1);
    size_t n_done = 0;
    for (size_t i = 0; i * LINES_A_MODEL < n; i++) {
        open_world(w, seed + i);
        w->n_lines = 0;
        w->n_done = 0;
        while (w->n_lines < LINES_A_MODEL && i * LINES_A_MODEL + w->n_lines < n) {
            step(w);
        }
        replay(w);
        n_done += w->n_done;
        close_world(w);
    }
    assert_true(n_done > n / 3); /* lines that were answered */
    print_message("# %zu lines, %zu answers\n", n, n_done);
}

static int set_up(void **state)
{
    World *w = &g_world;
    const char *tmp = getenv("TMPDIR");
    snprintf(w->folder, sizeof w->folder, "%.200s/verbs.%ld", tmp != NULL ? tmp : "/tmp",
             (long)getpid());
    snprintf(w->model_dir, sizeof w->model_dir, "%.250s/model", w->folder);
    snprintf(w->model, sizeof w->model, "%.290s/small.safetensors", w->model_dir);
    *state = w;
    return mkdir(w->folder, 0700) != 0 || mkdir(w->model_dir, 0700) != 0 || !watch_start(&w->watch);
}

static int tear_down(void **state)
{
    watch_end(&((World *)*state)->watch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_line_breaks_a_session)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
