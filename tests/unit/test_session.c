#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/check.h"

#include "src/base/file.h"
#include "tests/unit/small_session.h"

static MkResult *run(Small *small, const char *line)
{
    MkResult *result = NULL;
    const MkStatus st =
        mk_session_run(small->session, MK_DOOR_PROMPT, line, "", 0, &result, &small->err);
    if (st != MK_OK) {
        print_error("%s: %s\n", line, small->err.text);
        fail();
    }
    assert_non_null(result);
    return result;
}

static void does(Small *small, const char *line)
{
    mk_result_free(run(small, line));
}

static void refuses(Small *small, const char *line, MkStatus status, const char *part)
{
    MkResult *result = NULL;
    small->err.text[0] = '\0';
    const MkStatus st =
        mk_session_run(small->session, MK_DOOR_SCRIPT, line, "a.scenario", 7, &result, &small->err);
    if (st != status || strstr(small->err.text, part) == NULL) {
        print_error("%s\n  got %d: %s\n  want %d: %s\n", line, (int)st, small->err.text,
                    (int)status, part);
        fail();
    }
    assert_null(result);
}

static double known(const Small *small, size_t i)
{
    return mk_session_evidence(small->session).known[i].value.point;
}

static void test_evidence_is_added_replaced_and_forgotten(void **state)
{
    Small *small = *state;
    does(small, "given age=45 sex=female");
    does(small, "given bmi=31 age=46");
    assert_int_equal(mk_session_evidence(small->session).n, 3);
    assert_close(known(small, 0), 46, 0, 0);
    does(small, "forget sex");
    assert_int_equal(mk_session_evidence(small->session).n, 2);
    does(small, "forget --all");
    assert_int_equal(mk_session_evidence(small->session).n, 0);
}

static void test_a_failing_line_changes_nothing(void **state)
{
    Small *small = *state;
    does(small, "given age=45");
    const uint64_t revision = mk_session_revision(small->session);
    refuses(small, "given bmi=31 hba1c=99", MK_EINVAL, "a.scenario:7:14: hba1c");
    refuses(small, "given agee=3", MK_ENOTFOUND, "a.scenario:7:7: no attribute 'agee'");
    refuses(small, "given age=45 age=46", MK_EINVAL, "given twice");
    refuses(small, "forget bmi", MK_EINVAL, "not given");
    refuses(small, "estimate hba1c given bmi", MK_EINVAL, "nothing after 'given'");
    assert_int_equal(mk_session_evidence(small->session).n, 1);
    assert_int_equal(mk_session_revision(small->session), revision);
}

static void test_undo_and_redo_go_back_and_forth(void **state)
{
    Small *small = *state;
    assert_string_equal(mk_session_undo_text(small->session), "");
    refuses(small, "undo", MK_EINVAL, "nothing to undo");
    does(small, "given age=45");
    does(small, "target hba1c");
    does(small, "scenario lean bmi=22");
    assert_string_equal(mk_session_undo_text(small->session), "scenario lean bmi=22");
    does(small, "undo");
    assert_int_equal(mk_session_n_scenarios(small->session), 0);
    does(small, "undo");
    does(small, "undo");
    assert_int_equal(mk_session_evidence(small->session).n, 0);
    does(small, "redo");
    does(small, "redo");
    const size_t *ids = NULL;
    assert_int_equal(mk_session_targets(small->session, &ids), 1);
    assert_int_equal(mk_session_evidence(small->session).n, 1);
    does(small, "given bmi=30");
    refuses(small, "redo", MK_EINVAL, "nothing to redo");
}

static void types(Small *small, const char *line)
{
    MkResult *result = NULL;
    assert_int_equal(
        mk_session_run(small->session, MK_DOOR_PROMPT, line, "", 0, &result, &small->err), MK_OK);
    mk_result_free(result);
}

/* What one typed line changed goes with one undo; its own lines, run again from a saved script, are
 * taken back one by one. */
static void test_a_script_goes_with_one_undo(void **state)
{
    Small *small = *state;
    char path[400], line[420];
    static const char script[] =
        "given bmi=31\nundo\ngiven sex=male\nperson p age=50\n--level 0.5\ntarget hba1c\n";
    const size_t *ids = NULL;
    snprintf(path, sizeof path, "%s/group.scenario", small->folder);
    snprintf(line, sizeof line, "include %s", path);
    assert_int_equal(mk_file_write(path, script, sizeof script - 1, &small->err), MK_OK);
    types(small, "given age=45");
    types(small, line);
    for (int i = 0; i < 2; i++) {
        types(small, "undo");
        assert_int_equal(mk_session_evidence(small->session).n, 1);
        assert_int_equal(mk_session_n_persons(small->session), 0);
        assert_int_equal(mk_session_targets(small->session, &ids), 0);
        assert_close(mk_session_level(small->session), 0.9, 0, 0);
        types(small, "redo");
        assert_int_equal(mk_session_evidence(small->session).n, 2);
        assert_int_equal(mk_session_n_persons(small->session), 1);
        assert_int_equal(mk_session_targets(small->session, &ids), 1);
        assert_close(mk_session_level(small->session), 0.5, 0, 0);
    }
    types(small, "undo");
    MkBuf saved;
    mk_buf_init(&saved);
    assert_int_equal(mk_session_script(small->session, &saved, &small->err), MK_OK);
    assert_int_equal(mk_file_write(path, saved.data, saved.len, &small->err), MK_OK);
    mk_buf_release(&saved);
    mk_session_free(small->session);
    small->session = NULL;
    assert_int_equal(small_open(state), 0);
    snprintf(line, sizeof line, "run %s", path);
    types(small, line);
    assert_int_equal(mk_session_evidence(small->session).n, 1);
    assert_int_equal(mk_session_n_persons(small->session), 0);
    assert_close(mk_session_level(small->session), 0.9, 0, 0);
    (void)unlink(path);
}

/* Every option of the line that runs a script is that line's alone; what the script says stays. */
static void test_options_of_a_script_line_go_with_it(void **state)
{
    Small *small = *state;
    char path[400], line[500];
    static const char script[] = "given bmi=31\n--theme light\n";
    snprintf(path, sizeof path, "%s/looks.scenario", small->folder);
    assert_int_equal(mk_file_write(path, script, sizeof script - 1, &small->err), MK_OK);
    snprintf(line, sizeof line, "include %s --images never --level 0.5 --theme mono", path);
    types(small, line);
    assert_string_equal(mk_session_images(small->session), "");
    assert_string_equal(mk_session_theme(small->session), "light");
    assert_close(mk_session_level(small->session), 0.9, 0, 0);
    MkBuf saved; /* and is nothing that a saved session would repeat */
    mk_buf_init(&saved);
    assert_int_equal(mk_session_script(small->session, &saved, &small->err), MK_OK);
    assert_null(strstr(saved.data, "images"));
    assert_null(strstr(saved.data, "mono"));
    mk_buf_release(&saved);
    (void)unlink(path);
}

static void test_options_at_the_prompt_are_taken_back(void **state)
{
    Small *small = *state;
    types(small, "given age=45");
    types(small, "--level 0.5 --theme light");
    types(small, "--level 0.5"); /* nothing changes, and nothing is taken back */
    assert_string_equal(mk_session_undo_text(small->session), "--level 0.5 --theme light");
    types(small, "given age=50");
    types(small, "undo");
    types(small, "undo");
    assert_close(mk_session_level(small->session), 0.9, 0, 0);
    assert_string_equal(mk_session_theme(small->session), "light");
    assert_close(known(small, 0), 45, 0, 0);
    types(small, "redo");
    assert_close(mk_session_level(small->session), 0.5, 0, 0);
    types(small, "undo");
    types(small, "undo");
    assert_int_equal(mk_session_evidence(small->session).n, 0);
}

static void test_scenarios_lie_over_what_is_given(void **state)
{
    Small *small = *state;
    does(small, "given age=45 bmi=27");
    does(small, "scenario normal smoking=never");
    does(small, "scenario heavy from normal bmi=34");
    assert_int_equal(mk_session_n_scenarios(small->session), 2);
    const MkScenario *heavy = mk_session_scenario(small->session, 1);
    assert_string_equal(heavy->name, "heavy");
    assert_int_equal(heavy->evidence.n, 3);
    assert_close(heavy->evidence.known[1].value.point, 34, 0, 0);
    MkResult *result = run(small, "compare hba1c across heavy normal");
    assert_true(result->n_tables > 0);
    mk_result_free(result);
    refuses(small, "compare hba1c across heavy heavy", MK_EINVAL, "named twice");
    refuses(small, "compare hba1c across heavy lean", MK_ENOTFOUND, "no scenario 'lean'");
    does(small, "scenario heavy --drop");
    refuses(small, "compare hba1c", MK_EINVAL, "two scenarios");
}

static size_t evidence_size(Small *small, const char *line)
{
    MkResult *result = run(small, line);
    size_t n = 0;
    for (const MkNode *node = result->data->first; node != NULL; node = node->next) {
        if (strcmp(node->key, "given") == 0) {
            for (const MkNode *known = node->first; known != NULL; known = known->next) {
                n++;
            }
        }
    }
    mk_result_free(result);
    return n;
}

static void test_a_person_stands_for_itself(void **state)
{
    Small *small = *state;
    does(small, "given age=45 bmi=27");
    does(small, "person now");
    does(small, "person ann sex=female");
    does(small, "scenario smoker smoking=current");
    assert_int_equal(mk_session_n_persons(small->session), 2);
    assert_string_equal(mk_session_person(small->session, 0)->name, "now");
    assert_int_equal(mk_session_person(small->session, 0)->evidence.n, 2);
    assert_int_equal(mk_session_person(small->session, 1)->evidence.n, 1);
    assert_int_equal(evidence_size(small, "estimate hba1c"), 2);
    assert_int_equal(evidence_size(small, "estimate hba1c from ann"), 1);
    assert_int_equal(evidence_size(small, "estimate hba1c from ann given smoking=never"), 2);
    assert_int_equal(evidence_size(small, "estimate hba1c from smoker"), 3);
    assert_int_equal(evidence_size(small, "support from ann hba1c"), 1);
    does(small, "person bob from now age=50 sex=male");
    assert_int_equal(mk_session_person(small->session, 2)->evidence.n, 3);
    does(small, "scenario both from smoker sex=male");
    assert_int_equal(mk_session_scenario(small->session, 1)->evidence.n, 4);
    mk_result_free(run(small, "compare hba1c across ann smoker bob"));
    does(small, "given from ann age=60");
    assert_int_equal(mk_session_evidence(small->session).n, 2);
    does(small, "given from smoker");
    assert_int_equal(mk_session_evidence(small->session).n, 3);
    does(small, "given --only bmi=30");
    assert_int_equal(mk_session_evidence(small->session).n, 1);
    does(small, "undo");
    does(small, "undo");
    does(small, "undo");
    assert_int_equal(mk_session_evidence(small->session).n, 2);
    does(small, "person ann --drop");
    assert_int_equal(mk_session_n_persons(small->session), 2);
    does(small, "undo");
    assert_int_equal(mk_session_n_persons(small->session), 3);
    refuses(small, "estimate hba1c from nobody", MK_ENOTFOUND,
            "a.scenario:7:21: no person or scenario 'nobody'");
    refuses(small, "estimate hba1c from bobb", MK_ENOTFOUND, "nearest: bob");
    refuses(small, "estimate hba1c from ann from bob", MK_EINVAL,
            "a.scenario:7:25: 'from' is there");
    refuses(small, "estimate hba1c from ann row 2", MK_EINVAL, "has no rows");
    refuses(small, "scenario ann bmi=20", MK_EINVAL, "there is a person ann already");
    refuses(small, "person smoker bmi=20", MK_EINVAL, "there is a scenario smoker already");
    refuses(small, "person a/b bmi=20", MK_EINVAL, "a.scenario:7:8: 'a/b': a person's name");
    does(small, "forget --all");
    refuses(small, "person none", MK_EINVAL, "nothing is given");
    refuses(small, "person smoker --drop", MK_EINVAL, "smoker is a scenario");
}

static void test_evidence_comes_from_a_row_of_a_table(void **state)
{
    Small *small = *state;
    char path[400], line[500];
    static const char table[] = "person,age,sex,bmi,town\n"
                                "a,45,male,31,x\n\nb,60,,,y\nc,30,male,900,z\n";
    snprintf(path, sizeof path, "%s/people.csv", small->folder);
    assert_int_equal(mk_file_write(path, table, sizeof table - 1, &small->err), MK_OK);
    snprintf(line, sizeof line, "given from %s row 1 smoking=never", path);
    MkResult *result = run(small, line);
    assert_non_null(strstr(result->notes[0], "not known to small: town"));
    mk_result_free(result);
    assert_int_equal(mk_session_evidence(small->session).n, 4);
    assert_string_equal(mk_session_undo_text(small->session),
                        "given --only age=45 sex=male bmi=31 smoking=never");
    snprintf(line, sizeof line, "estimate hba1c from %s row 2", path);
    assert_int_equal(evidence_size(small, line), 1);
    snprintf(line, sizeof line, "person c from %s row 3", path);
    refuses(small, line, MK_EFORMAT, "people.csv:5: column bmi: found '900'");
    snprintf(line, sizeof line, "person c from %s row 4", path);
    refuses(small, line, MK_EINVAL, "row 4 is asked for, the table has 3 rows");
    snprintf(line, sizeof line, "person c from %s row 0", path);
    refuses(small, line, MK_EINVAL, "expected the number of a row");
    snprintf(line, sizeof line, "person c from %s row", path);
    refuses(small, line, MK_EINVAL, "expected the number of a row");
    snprintf(line, sizeof line, "person c from %s", path);
    refuses(small, line, MK_EINVAL, "one row is needed here");
    refuses(small, "person c from ./none.csv row 1", MK_EIO, "none.csv");
    (void)unlink(path);
}

static const MkNode *member(const MkNode *node, const char *key)
{
    for (const MkNode *child = node->first; child != NULL; child = child->next) {
        if (child->key != NULL && strcmp(child->key, key) == 0) {
            return child;
        }
    }
    print_error("no member %s\n", key);
    fail();
    return NULL;
}

static void test_every_row_of_a_table_is_answered_like_one_person(void **state)
{
    Small *small = *state;
    char path[400], line[500];
    static const char table[] = "person,age,sex,bmi,hba1c\na,45,male,31,\nb,60,,,6.5\n";
    snprintf(path, sizeof path, "%s/people.csv", small->folder);
    assert_int_equal(mk_file_write(path, table, sizeof table - 1, &small->err), MK_OK);
    does(small, "given age=20"); /* is not what the rows know */
    snprintf(line, sizeof line, "estimate hba1c smoking from %s given bmi=25..30", path);
    MkResult *all = run(small, line);
    const MkNode *row = member(all->data, "rows")->first;
    assert_string_equal(member(row, "person")->string, "a");
    snprintf(line, sizeof line, "estimate hba1c smoking from %s row 1 given bmi=25..30", path);
    MkResult *one = run(small, line);
    const MkNode *got = member(row, "estimates")->first;
    const MkNode *want = member(one->data, "estimates")->first;
    assert_close(member(got, "median")->number, member(want, "median")->number, 0, 0);
    assert_close(member(member(got, "interval"), "low")->number,
                 member(member(want, "interval"), "low")->number, 0, 0);
    assert_string_equal(member(got->next, "mode")->string, member(want->next, "mode")->string);
    assert_close(member(row->next, "row")->number, 2, 0, 0);
    assert_close(member(member(row->next, "estimates")->first, "median")->number, 6.5, 1e-9, 0);
    assert_int_equal(all->tables[2].n_columns, 7);
    assert_string_equal(all->tables[2].keys[6], "smoking_share");
    assert_non_null(strstr(all->notes[0], "hba1c is known in 1 of 2 rows"));
    mk_result_free(all);
    mk_result_free(one);
    snprintf(line, sizeof line, "plot hba1c from %s", path);
    refuses(small, line, MK_EINVAL, "one row is needed here");
    (void)unlink(path);
}

static void stop_at_progress(void *ctx, const char *line)
{
    MkCancel *cancel = ctx;
    assert_non_null(strstr(line, "rows"));
    atomic_store(&cancel->stop, true);
}

static void test_an_interrupt_leaves_the_rows_that_are_done(void **state)
{
    Small *small = *state;
    MkCancel cancel = {false};
    MkSession *session = NULL;
    MkResult *result = NULL;
    char path[400], line[500];
    MkBuf buf;
    mk_buf_init(&buf);
    mk_buf_puts(&buf, "age\n");
    for (int i = 0; i < 1000; i++) {
        mk_buf_printf(&buf, "%d\n", 20 + i % 50);
    }
    snprintf(path, sizeof path, "%s/people.csv", small->folder);
    snprintf(line, sizeof line, "estimate hba1c from %s", path);
    assert_int_equal(mk_file_write(path, buf.data, buf.len, &small->err), MK_OK);
    mk_buf_release(&buf);
    const MkSessionConfig config = {.paths = {.model_dir = small->model_dir},
                                    .threads = 1,
                                    .cancel = &cancel,
                                    .progress = stop_at_progress,
                                    .progress_ctx = &cancel};
    assert_int_equal(mk_session_new(&config, &session, &small->err), MK_OK);
    assert_int_equal(mk_session_run(session, MK_DOOR_PROMPT, line, "", 0, &result, &small->err),
                     MK_OK);
    assert_true(result->is_cut);
    assert_true(result->tables[1].n_rows > 0 && result->tables[1].n_rows < 1000);
    mk_result_free(result);
    mk_session_free(session);
    (void)unlink(path);
}

static void test_estimate_uses_the_targets_when_it_names_none(void **state)
{
    Small *small = *state;
    refuses(small, "estimate", MK_EINVAL, "a.scenario:7:1: no target");
    does(small, "target hba1c smoking");
    MkResult *result = run(small, "estimate given age=45..60 smoking={never,former} --level 0.5");
    assert_true(result->n_tables >= 2);
    mk_result_free(result);
    assert_close(mk_session_level(small->session), 0.9, 0, 0);
    does(small, "target --drop hba1c");
    const size_t *ids = NULL;
    assert_int_equal(mk_session_targets(small->session, &ids), 1);
}

static void test_a_line_of_options_holds_from_then_on(void **state)
{
    Small *small = *state;
    does(small, "--level 0.5 --format json");
    assert_close(mk_session_level(small->session), 0.5, 0, 0);
    assert_string_equal(mk_session_format(small->session), "json");
    does(small, "estimate hba1c --csv");
    assert_string_equal(mk_session_format(small->session), "csv");
    does(small, "given age=40");
    assert_string_equal(mk_session_format(small->session), "json");
    refuses(small, "--level 7", MK_EINVAL, "--level");
    refuses(small, "--format xml", MK_EINVAL, "expected text, json, csv or markdown");
}

static void test_names_are_found_by_prefix_and_label(void **state)
{
    Small *small = *state;
    does(small, "target hba");
    does(small, "target 'body mass index'");
    does(small, "target Glycated");
    const size_t *ids = NULL;
    assert_int_equal(mk_session_targets(small->session, &ids), 2);
    refuses(small, "target s", MK_ENOTFOUND, "can mean");
    refuses(small, "target hba1x", MK_ENOTFOUND, "nearest: hba1c");
}

static void test_export_asks_the_last_question_again(void **state)
{
    Small *small = *state;
    refuses(small, "export x.json", MK_EINVAL, "nothing was asked");
    does(small, "given age=45");
    does(small, "estimate hba1c --level 0.5");
    does(small, "given age=70");
    MkResult *result = run(small, "export x.json");
    assert_string_equal(result->verb, "export");
    assert_int_equal(result->n_effects, 1);
    assert_int_equal(result->effects[0].kind, MK_EFFECT_WRITE);
    const MkNode *given = result->data->first->next;
    assert_string_equal(given->key, "given");
    assert_close(given->first->number, 45, 0, 0);
    mk_result_free(result);
    assert_close(known(small, 0), 70, 0, 0);
    refuses(small, "export x.svg", MK_EINVAL, "no figure");
    refuses(small, "export x.doc", MK_EINVAL, "suffix");
}

static char *save(Small *small, MkBuf *buf)
{
    char path[400], line[420];
    snprintf(path, sizeof path, "%s/saved.scenario", small->folder);
    snprintf(line, sizeof line, "save %s", path);
    does(small, line);
    mk_buf_init(buf);
    assert_int_equal(mk_file_read(path, 0, buf, &small->err), MK_OK);
    (void)unlink(path);
    return buf->data;
}

static void test_a_saved_session_replays_to_the_same_state(void **state)
{
    Small *small = *state;
    MkBuf buf;
    static const char *const lines[] = {"given age=45 smoking={never,former}",
                                        "given sex=male",
                                        "undo",
                                        "target hba1c",
                                        "scenario lean bmi=22",
                                        "estimate hba1c",
                                        "scenario heavy from lean bmi=35",
                                        "undo",
                                        "redo",
                                        "given bmi=20",
                                        "estimate hba1c given sex=male",
                                        "undo",
                                        "--seed 5"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        does(small, lines[i]);
    }
    assert_true(mk_session_dirty(small->session));
    char *text = save(small, &buf);
    assert_false(mk_session_dirty(small->session));
    assert_null(strstr(text, "\ngiven sex=male\n"));
    mk_session_free(small->session);
    assert_int_equal(small_open(state), 0);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        does(small, line);
    }
    mk_buf_release(&buf);
    const size_t *ids = NULL;
    assert_int_equal(mk_session_evidence(small->session).n, 2);
    assert_close(known(small, 0), 45, 0, 0);
    assert_int_equal(mk_session_evidence(small->session).known[1].value.levels, 3);
    assert_int_equal(mk_session_targets(small->session, &ids), 1);
    assert_int_equal(mk_session_n_scenarios(small->session), 2);
    assert_close(mk_session_scenario(small->session, 1)->evidence.known[2].value.point, 35, 0, 0);
}

static void test_a_failing_script_leaves_the_session_as_it_was(void **state)
{
    Small *small = *state;
    char path[400], line[420];
    static const char script[] = "\xEF\xBB\xBFgiven age=60\r\n--level 0.5\n undo\ngiven bmi=1000\n";
    snprintf(path, sizeof path, "%s/bad.scenario", small->folder);
    snprintf(line, sizeof line, "run %s", path);
    assert_int_equal(mk_file_write(path, script, sizeof script - 1, &small->err), MK_OK);
    does(small, "given sex=male");
    does(small, "given age=45");
    MkResult *result = NULL;
    assert_int_equal(
        mk_session_run(small->session, MK_DOOR_PROMPT, line, "", 0, &result, &small->err),
        MK_EINVAL);
    assert_non_null(strstr(small->err.text, "bad.scenario:4:7: bmi"));
    assert_int_equal(mk_session_evidence(small->session).n, 2);
    assert_close(known(small, 1), 45, 0, 0);
    assert_close(mk_session_level(small->session), 0.9, 0, 0);
    assert_string_equal(mk_session_undo_text(small->session), "given age=45");
    (void)unlink(path);
}

static void test_a_script_tells_of_all_checks_that_do_not_hold(void **state)
{
    Small *small = *state;
    char path[400], line[420];
    static const char script[] = "scenario lean bmi=20\nexpect hba1c lean < 4\nexpect hba1c > 4\n"
                                 "expect P(hba1c>=6.5) > 90%\nestimate hba1c\n";
    snprintf(path, sizeof path, "%s/checks.scenario", small->folder);
    snprintf(line, sizeof line, "run %s", path);
    assert_int_equal(mk_file_write(path, script, sizeof script - 1, &small->err), MK_OK);
    MkResult *result = run(small, line);
    assert_non_null(
        strstr(result->failed_check, "checks.scenario:2:8: expected median of hba1c in"));
    assert_non_null(strstr(result->failed_check, "checks.scenario:4:8: expected P(hba1c"));
    assert_non_null(strstr(result->failed_check, "2 of 3 checks did not hold"));
    assert_string_equal(result->notes[result->n_notes - 1], "2 of 3 checks did not hold.");
    assert_true(result->n_tables > 0); /* the script went on to its last line */
    mk_result_free(result);
    assert_int_equal(mk_session_n_scenarios(small->session), 1);
    (void)unlink(path);
}

static void test_a_script_that_runs_itself_ends(void **state)
{
    Small *small = *state;
    char path[400], line[420];
    snprintf(path, sizeof path, "%s/loop.scenario", small->folder);
    snprintf(line, sizeof line, "run %s", path);
    assert_int_equal(mk_file_write(path, line, strlen(line), &small->err), MK_OK);
    refuses(small, line, MK_EINVAL, "loop.scenario:1:");
    (void)unlink(path);
}

static void test_undo_remembers_a_thousand_changes(void **state)
{
    Small *small = *state;
    char line[64];
    for (int i = 0; i < 1010; i++) {
        snprintf(line, sizeof line, "given age=%d", 20 + i % 50);
        does(small, line);
    }
    size_t n = 0;
    while (mk_session_undo_text(small->session)[0] != '\0') {
        does(small, "undo");
        n++;
    }
    assert_int_equal(n, 1000);
    assert_close(known(small, 0), 29, 0, 0);
}

static void test_a_model_that_is_not_there_is_named(void **state)
{
    Small *small = *state;
    refuses(small, "estimate hba1c -m smal", MK_ENOTFOUND, "nearest: small");
    refuses(small, "estimate hba1c -m ./none.safetensors", MK_EIO, "none.safetensors");
    does(small, "estimate hba1c -m small");
    MkResult *result = run(small, "model list");
    assert_int_equal(result->tables[0].n_rows, 1);
    mk_result_free(result);
    does(small, "model verify small");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, small_open, small_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_evidence_is_added_replaced_and_forgotten),
        TEST(test_a_failing_line_changes_nothing),
        TEST(test_undo_and_redo_go_back_and_forth),
        TEST(test_a_script_goes_with_one_undo),
        TEST(test_options_of_a_script_line_go_with_it),
        TEST(test_options_at_the_prompt_are_taken_back),
        TEST(test_scenarios_lie_over_what_is_given),
        TEST(test_a_person_stands_for_itself),
        TEST(test_evidence_comes_from_a_row_of_a_table),
        TEST(test_every_row_of_a_table_is_answered_like_one_person),
        TEST(test_an_interrupt_leaves_the_rows_that_are_done),
        TEST(test_estimate_uses_the_targets_when_it_names_none),
        TEST(test_a_line_of_options_holds_from_then_on),
        TEST(test_names_are_found_by_prefix_and_label),
        TEST(test_export_asks_the_last_question_again),
        TEST(test_a_saved_session_replays_to_the_same_state),
        TEST(test_a_failing_script_leaves_the_session_as_it_was),
        TEST(test_a_script_tells_of_all_checks_that_do_not_hold),
        TEST(test_a_script_that_runs_itself_ends),
        TEST(test_undo_remembers_a_thousand_changes),
        TEST(test_a_model_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, small_set_up, small_tear_down);
}
