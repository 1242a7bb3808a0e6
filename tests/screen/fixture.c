#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "tests/screen/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "ui/view/theme.h"
#include "ui/view/view.h"

static const char schema_text[] =
    "name\tlabel\ttype\tunit\tlevels\tcategory\tdescription\tmin\tmax\tresolution\n"
    "age\tAge\tcount\tyears\t\tDemographics\tAge at the screening interview. People of 80 and over "
    "are recorded as 80.\t20\t80\t1\n"
    "sex\tSex\tcategorical\t\t1=male|2=female\tDemographics\t\t\t\t\n"
    "income_ratio\tFamily income to poverty threshold\tpositive\t\t\tDemographics\t\t0\t5\t0.01\n"
    "education\tEducation\tordinal\t\t1=below_9th|2=below_12th|3=high_school|4=some_college|"
    "5=college\tDemographics\t\t\t\t\n"
    "height\tHeight\tpositive\tcm\t\tBody measures\t\t120\t220\t0.1\n"
    "weight\tWeight\tpositive\tkg\t\tBody measures\t\t25\t320\t0.1\n"
    "bmi\tBody mass index\tpositive\tkg/m²\t\tBody measures\t\t10\t100\t0.1\n"
    "waist\tWaist circumference\tpositive\tcm\t\tBody measures\t\t50\t200\t0.1\n"
    "hba1c\tGlycohemoglobin (HbA1c)\tpositive\t%\t\tBlood chemistry\tShare of hemoglobin to which "
    "glucose is bound; it follows the glucose of the last two or three months.\t2\t20\t0.1\n"
    "glucose_fasting\tGlucose, fasting\tpositive\tmg/dL\t\tBlood chemistry\t\t30\t700\t1\n"
    "insulin\tInsulin\tpositive\tµU/mL\t\tBlood chemistry\t\t0\t600\t0.01\n"
    "hdl_cholesterol\tHDL cholesterol\tpositive\tmg/dL\t\tBlood chemistry\t\t5\t200\t1\n"
    "creatinine\tCreatinine\tpositive\tmg/dL\t\tBlood chemistry\t\t0.1\t20\t0.01\n"
    "energy_kcal\tEnergy from food\tpositive\tkcal\t\tDiet\t\t0\t20000\t1\n"
    "fiber_g\tDietary fiber\tpositive\tg\t\tDiet\t\t0\t200\t0.1\n"
    "vitamin_c_mg\tVitamin C\tpositive\tmg\t\tDiet\t\t0\t5000\t0.1\n"
    "smoking\tSmoking\tcategorical\t\t1=never|2=former|3=current\tHabits\t\t\t\t\n"
    "sleep_hours\tSleep on weekdays\tpositive\th\t\tHabits\t\t2\t14\t0.5\n";

static const MkVerb verbs[] = {
    {.name = "attributes",
     .usage = "attributes [PATTERN]",
     .help = "lists attributes",
     .manual = "Name, label, type, unit, levels and category of the attributes that match.",
     .keys = "",
     .valid = MK_VALID_ALL},
    {.name = "given",
     .usage = "given A=V ...",
     .help = "sets known values",
     .manual = "Adds evidence to the session. A value is a number, a range or a level.\n\n"
               "  given age=45 smoking=never",
     .keys = "Enter",
     .valid = MK_VALID_ALL,
     .undoable = true},
    {.name = "forget",
     .usage = "forget A ...",
     .help = "forgets known values",
     .manual = "The attributes are unknown again.",
     .keys = "f",
     .valid = MK_VALID_ALL,
     .undoable = true},
    {.name = "target",
     .usage = "target A ...",
     .help = "chooses what is asked about",
     .manual = "Targets are listed beside the known values.",
     .keys = "t",
     .valid = MK_VALID_ALL,
     .undoable = true},
    {.name = "estimate",
     .usage = "estimate TARGET...",
     .help = "posterior of each target",
     .manual = "Median, interval and quantiles.",
     .keys = "E",
     .valid = MK_VALID_ALL},
    {.name = "plot",
     .usage = "plot TARGET [vs A]",
     .help = "draws a distribution",
     .manual = "The distribution, with the population behind it.",
     .keys = "p",
     .valid = MK_VALID_ALL},
    {.name = "scenario",
     .usage = "scenario NAME A=V ...",
     .help = "names a what-if",
     .manual = "A named set of values.",
     .keys = "",
     .valid = MK_VALID_ALL,
     .undoable = true},
    {.name = "compare",
     .usage = "compare TARGET...",
     .help = "scenarios side by side",
     .manual = "Differences with their uncertainty.",
     .keys = "s",
     .valid = MK_VALID_ALL},
    {.name = "pairs",
     .usage = "pairs A B C...",
     .help = "attributes against each other",
     .manual = "Joint densities.",
     .keys = "p",
     .valid = MK_VALID_ALL},
    {.name = "explore",
     .usage = "explore TARGET",
     .help = "what is related to it",
     .manual = "Strength, direction and shape.",
     .keys = "x",
     .valid = MK_VALID_ALL},
    {.name = "optimize",
     .usage = "optimize MEASURE min|max|=V over A,...",
     .help = "inputs that give the wanted output",
     .manual = "Several solutions.",
     .keys = "o",
     .valid = MK_VALID_ALL},
    {.name = "model",
     .usage = "model list|show",
     .help = "models and what they are",
     .manual = "The card of a model.",
     .keys = "m",
     .valid = MK_VALID_ALL},
    {.name = "export",
     .usage = "export FILE",
     .help = "writes the last result",
     .manual = "The suffix decides the format.",
     .keys = "e",
     .valid = MK_VALID_ALL},
    {.name = "save",
     .usage = "save FILE",
     .help = "writes the session as a script",
     .manual = "Replays to the same session.",
     .keys = "w",
     .valid = MK_VALID_ALL},
    {.name = "undo",
     .usage = "undo",
     .help = "takes back the last change",
     .manual = "One step.",
     .keys = "u",
     .valid = MK_VALID_ALL},
    {.name = "redo",
     .usage = "redo",
     .help = "does again what was taken back",
     .manual = "One step.",
     .keys = "Ctrl-R",
     .valid = MK_VALID_ALL},
    {.name = "help",
     .usage = "help [VERB]",
     .help = "explains a command",
     .manual = "All commands.",
     .keys = "?",
     .valid = MK_VALID_ALL},
};

Fixture *fixture_new(size_t columns, size_t rows, bool ascii)
{
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    MkError err = {0};
    assert_int_equal(
        mk_schema_parse(schema_text, strlen(schema_text), "fixture", &fixture->schema, &err),
        MK_OK);
    fixture->observed = calloc(fixture->schema->n, sizeof *fixture->observed);
    assert_non_null(fixture->observed);
    for (size_t j = 0; j < fixture->schema->n; j++) {
        fixture->observed[j] = 6494 - 195 * j;
    }
    const MkAppConfig config = {.schema = fixture->schema,
                                .observed = fixture->observed,
                                .title = "altair 1.0",
                                .verbs = verbs,
                                .n_verbs = sizeof verbs / sizeof *verbs,
                                .ascii = ascii};
    assert_int_equal(mk_app_new(&config, &fixture->app, &err), MK_OK);
    const MkMsg resize = {.kind = MK_MSG_RESIZE, .columns = columns, .rows = rows};
    mk_app_update(fixture->app, &resize, &fixture->effects);
    return fixture;
}

void fixture_free(Fixture *fixture)
{
    mk_app_free(fixture->app);
    mk_schema_free(fixture->schema);
    free(fixture->observed);
    free(fixture);
}

size_t fixture_id(const Fixture *fixture, const char *name)
{
    size_t id = 0;
    assert_true(mk_schema_find(fixture->schema, name, &id));
    return id;
}

void fixture_scenarios(Fixture *fixture, size_t n)
{
    const size_t bmi = fixture_id(fixture, "bmi"), smoking = fixture_id(fixture, "smoking");
    const size_t sleep = fixture_id(fixture, "sleep_hours");
    const MkKnown known[3][2] = {{{bmi, {.point = 23}}, {smoking, {.point = 0}}},
                                 {{bmi, {.point = 34}}, {smoking, {.point = 2}}},
                                 {{bmi, {.point = 23}}, {sleep, {.point = 8}}}};
    static const char *const names[] = {"normal", "unhealthy", "walker"};
    MkScenario scenarios[3];
    for (size_t i = 0; i < 3; i++) {
        scenarios[i] = (MkScenario){names[i], {.n = 2, .known = known[i]}};
    }
    const MkApp *app = fixture->app;
    MkKnown now[16];
    size_t targets[16];
    memcpy(now, app->known, app->n_known * sizeof *now);
    memcpy(targets, app->targets, app->n_targets * sizeof *targets);
    const MkSnapshot snapshot = {.evidence = {.n = app->n_known, .known = now},
                                 .targets = targets,
                                 .n_targets = app->n_targets,
                                 .scenarios = scenarios,
                                 .n_scenarios = n,
                                 .revision = app->revision + 1,
                                 .level = 0.9,
                                 .is_dirty = true,
                                 .undo = "scenario ..."};
    const MkMsg msg = {.kind = MK_MSG_SESSION, .snapshot = &snapshot};
    fixture->effects.n = 0;
    mk_app_update(fixture->app, &msg, &fixture->effects);
}

void fixture_result(Fixture *fixture, MkResult *result, const char *line)
{
    MkError err = {0};
    assert_int_equal(mk_result_status(result, &err), MK_OK);
    const MkMsg msg = {.kind = MK_MSG_RESULT, .line = line, .text = "text\n", .result = result};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    mk_result_free(result);
}

void fixture_line(Fixture *fixture, const char *line, const char *wrong)
{
    const MkMsg msg = {.kind = MK_MSG_LINE,
                       .line = line,
                       .text = wrong,
                       .mood = wrong[0] != '\0' ? MK_MOOD_BAD : MK_MOOD_ECHO};
    mk_app_update(fixture->app, &msg, &fixture->effects);
}

void fixture_given(Fixture *fixture, const char *const *pairs, const char *const *targets)
{
    MkKnown known[16];
    size_t ids[16];
    MkSnapshot snapshot = {.targets = ids,
                           .revision = fixture->app->revision + 1,
                           .level = 0.9,
                           .is_dirty = true,
                           .undo = "given ..."};
    for (size_t i = 0; pairs[2 * i] != NULL; i++) {
        MkError err = {0};
        known[i].attribute = fixture_id(fixture, pairs[2 * i]);
        assert_int_equal(mk_value_parse(&fixture->schema->attributes[known[i].attribute],
                                        pairs[2 * i + 1], &known[i].value, &err),
                         MK_OK);
        snapshot.evidence.n = i + 1;
    }
    snapshot.evidence.known = known;
    for (size_t i = 0; targets[i] != NULL; i++) {
        ids[i] = fixture_id(fixture, targets[i]);
        snapshot.n_targets = i + 1;
    }
    const MkMsg msg = {.kind = MK_MSG_SESSION, .snapshot = &snapshot};
    mk_app_update(fixture->app, &msg, &fixture->effects);
}

typedef struct Answer {
    const char *name;
    double median, low, high, share, shift;
    float spark[MK_SPARK_CELLS];
} Answer;

static const Answer answers[] = {
    {"age", 48, 22, 78, 0, 0.0, {0.9F, 1, 0.9F, 0.8F, 0.7F}},
    {"sex", 0, 0, 0, 0.51, 0.01, {1, 0.96F, 0, 0, 0}},
    {"income_ratio", 2.31, 0.42, 5, 0, -0.21, {0.7F, 1, 0.6F, 0.4F, 0.9F}},
    {"education", 3, 0, 0, 0.33, 0.08, {0.2F, 0.3F, 0.7F, 1, 0.8F}},
    {"height", 174.2, 162.3, 186.9, 0, 0.81, {0, 0.2F, 0.8F, 1, 0.4F}},
    {"weight", 94.1, 78.2, 115.8, 0, 0.74, {0, 0.4F, 1, 0.5F, 0.1F}},
    {"bmi", 31, 31, 31, 0, 0.35, {0, 0, 1, 0, 0}},
    {"waist", 106.4, 94.2, 119.1, 0, 0.52, {0, 0.3F, 1, 0.6F, 0.1F}},
    {"hba1c", 5.6, 5.1, 6.8, 0, 0.11, {0.1F, 0.3F, 1, 0.5F, 0.2F}},
    {"glucose_fasting", 103, 88, 131, 0, 0.03, {0.1F, 0.2F, 1, 0.3F, 0.1F}},
    {"insulin", 14.03, 5.21, 33.72, 0, 0.44, {0.3F, 1, 0.6F, 0.3F, 0.1F}},
    {"hdl_cholesterol", 44, 30, 66, 0, -0.63, {0.6F, 1, 0.5F, 0.2F, 0}},
    {"creatinine", 0.94, 0.71, 1.22, 0, 0.18, {0.1F, 0.7F, 1, 0.4F, 0.1F}},
    {"energy_kcal", 2284, 1043, 4391, 0, 0.31, {0.4F, 1, 0.7F, 0.3F, 0.1F}},
    {"fiber_g", 13.1, 4.2, 31.3, 0, -0.35, {0.8F, 1, 0.4F, 0.2F, 0.1F}},
    {"vitamin_c_mg", 41.3, 4.1, 192.6, 0, -0.42, {1, 0.5F, 0.2F, 0.1F, 0}},
    {"smoking", 2, 0, 0, 0.62, 0.43, {0.4F, 0.2F, 1, 0, 0}},
    {"sleep_hours", 6.5, 5, 9, 0, -0.62, {0.2F, 0.8F, 1, 0.3F, 0.1F}},
};

static void send_answers(Fixture *fixture, double factor, bool with_population)
{
    MkSummary summaries[sizeof answers / sizeof *answers];
    size_t ids[sizeof answers / sizeof *answers];
    const size_t n = fixture->schema->n;
    assert_int_equal(n, sizeof answers / sizeof *answers);
    for (size_t i = 0; i < n; i++) {
        ids[i] = fixture_id(fixture, answers[i].name);
        const double by = answers[i].share > 0 ? 1 : factor; /* levels stay */
        summaries[i] = (MkSummary){.median = by * answers[i].median,
                                   .low = answers[i].low,
                                   .high = by * answers[i].high,
                                   .mode_share = factor * answers[i].share,
                                   .shift = answers[i].shift + (by - 1) * (double)(i + 1)};
        memcpy(summaries[i].spark, answers[i].spark, sizeof answers[i].spark);
    }
    const MkMsg all = {.kind = MK_MSG_POPULATION, .n = n, .summaries = summaries};
    if (with_population) {
        mk_app_update(fixture->app, &all, &fixture->effects);
    }
    const MkMsg msg = {.kind = MK_MSG_SUMMARIES,
                       .revision = fixture->app->revision,
                       .ids = ids,
                       .n = n,
                       .summaries = summaries};
    mk_app_update(fixture->app, &msg, &fixture->effects);
    const MkMsg support = {
        .kind = MK_MSG_SUPPORT, .revision = fixture->app->revision, .number = 0.41};
    mk_app_update(fixture->app, &support, &fixture->effects);
}

void fixture_answers(Fixture *fixture)
{
    send_answers(fixture, 1, true);
}

void fixture_other_answers(Fixture *fixture)
{
    send_answers(fixture, 1.1, false);
}

/* A triangle of stars in the size that is wanted, its upper half coloured. */
static char *picture(const MkPlotWish *wish)
{
    MkBuf text;
    mk_buf_init(&text);
    for (size_t y = 0; y < wish->rows; y++) {
        const size_t half = (y + 1) * wish->columns / (2 * wish->rows + 2);
        for (size_t x = 0; x < wish->columns; x++) {
            const size_t middle = wish->columns / 2;
            const bool is_on = x + half == middle || x == middle + half;
            mk_buf_puts(&text, is_on ? "\033[38;5;33m*\033[0m" : (y + 1 == wish->rows ? "-" : " "));
        }
        mk_buf_putc(&text, '\n');
    }
    return mk_buf_take(&text);
}

static void send_plot(Fixture *fixture, bool is_linked)
{
    const MkPlotWish wish = mk_app_plot_wish(fixture->app);
    char *text = wish.cell_width > 0 ? strdup("") : picture(&wish); /* an image lies elsewhere */
    const MkMsg plot = {.kind = MK_MSG_PLOT, .wish = &wish, .text = text};
    mk_app_update(fixture->app, &plot, &fixture->effects);
    free(text);
    if (wish.target == MK_NO_ATTRIBUTE) {
        return;
    }
    const MkSummary *summary = &fixture->app->summary[wish.target];
    MkDetail detail = {.attribute = wish.target,
                       .revision = fixture->app->revision,
                       .median = summary->median,
                       .q25 = summary->low + 0.3 * (summary->high - summary->low),
                       .q75 = summary->low + 0.6 * (summary->high - summary->low),
                       .low = summary->low,
                       .high = summary->high,
                       .mean = summary->median * 1.02,
                       .sd = (summary->high - summary->low) / 3.3,
                       .population_median = summary->median * 0.98,
                       .population_low = summary->low * 0.97,
                       .population_high = summary->high * 1.05,
                       .above = 0.61,
                       .has_co_observed = fixture->app->n_known > 0,
                       .co_observed = 5120};
    for (size_t i = 0; i < MK_DETAIL_QUANTILES; i++) {
        const double at = (mk_detail_quantiles[i] - 0.05) / 0.9;
        detail.quantile[i] = summary->low + at * (summary->high - summary->low);
    }
    for (size_t k = 0; k < fixture->schema->attributes[wish.target].n_levels; k++) {
        detail.share[k] = k == (size_t)summary->median ? summary->mode_share : 0.19;
        detail.population_share[k] = 0.33;
    }
    if (is_linked) {
        detail.co_observed = 0;
        detail.n_never = 2;
        detail.never = fixture_id(fixture, "sleep_hours");
        detail.has_range = detail.has_moves = true;
        detail.r_low = -0.1;
        detail.r_high = 0.45;
        detail.move_low = detail.sd > 0 ? -0.2 * detail.sd : -0.04;
        detail.move_high = detail.sd > 0 ? 0.9 * detail.sd : 0.18;
    }
    const MkMsg msg = {.kind = MK_MSG_DETAIL, .detail = &detail};
    mk_app_update(fixture->app, &msg, &fixture->effects);
}

void fixture_plot(Fixture *fixture)
{
    send_plot(fixture, false);
}

void fixture_linked_plot(Fixture *fixture)
{
    send_plot(fixture, true);
}

void fixture_key(Fixture *fixture, uint32_t key)
{
    const MkMsg msg = {.kind = MK_MSG_KEY, .key = key};
    fixture->effects.n = 0;
    mk_app_update(fixture->app, &msg, &fixture->effects);
}

void fixture_keys(Fixture *fixture, const char *keys)
{
    for (; *keys != '\0'; keys++) {
        fixture_key(fixture, (unsigned char)*keys);
    }
}

static void show_difference(const char *got, const char *want)
{
    size_t line = 1;
    while (*got != '\0' && *want != '\0') {
        const size_t a = strcspn(got, "\n"), b = strcspn(want, "\n");
        if (a != b || strncmp(got, want, a) != 0) {
            print_error("line %zu\n got:  %.*s\n want: %.*s\n", line, (int)a, got, (int)b, want);
        }
        got += got[a] != '\0' ? a + 1 : a;
        want += want[b] != '\0' ? b + 1 : b;
        line++;
    }
}

static void compare_with_file(const MkBuf *got, const char *name)
{
    char path[1024];
    const char *top = getenv("MK_SRCDIR");
    snprintf(path, sizeof path, "%s/tests/screen/%s.txt", top != NULL ? top : ".", name);
    MkError err = {0};
    if (getenv("MK_UPDATE_SCREENS") != NULL) {
        assert_int_equal(mk_file_write(path, got->data, got->len, &err), MK_OK);
    }
    MkBuf want;
    mk_buf_init(&want);
    if (mk_file_read(path, 1 << 20, &want, &err) != MK_OK) {
        print_error("%s\n", err.text);
    }
    const bool same = want.len == got->len && memcmp(want.data, got->data, got->len) == 0;
    if (!same) {
        print_error("%s is not the screen (make update-screens rewrites it)\n", path);
        show_difference(got->data, want.data);
    }
    mk_buf_release(&want);
    assert_true(same);
}

static MkGrid *draw(const MkApp *app)
{
    MkGrid *grid = mk_grid_new(app->columns, app->rows, app->config.ascii);
    assert_non_null(grid);
    mk_app_view(app, grid);
    return grid;
}

void assert_screen(const Fixture *fixture, const char *name)
{
    MkGrid *grid = draw(fixture->app);
    MkBuf got;
    mk_buf_init(&got);
    mk_grid_print(grid, fixture->app->config.ascii ? "ascii" : "utf8", &got);
    mk_grid_free(grid);
    compare_with_file(&got, name);
    mk_buf_release(&got);
}

/* bold, dim, reverse, underlined; capitals are bold as well */
static char letter_of(unsigned attributes)
{
    const bool is_bold = (attributes & MK_STYLE_BOLD) != 0;
    if ((attributes & MK_STYLE_REVERSE) != 0) {
        return is_bold ? 'R' : 'r';
    }
    if ((attributes & MK_STYLE_UNDERLINE) != 0) {
        return is_bold ? 'U' : 'u';
    }
    if ((attributes & MK_STYLE_DIM) != 0) {
        return 'd';
    }
    return is_bold ? 'b' : ' ';
}

void assert_mono_screen(const Fixture *fixture, const char *name)
{
    MkGrid *grid = draw(fixture->app);
    MkBuf got;
    mk_buf_init(&got);
    mk_grid_print(grid, mk_theme_name(MK_COLORS_MONO), &got);
    char *roles = strstr(got.data, "\nroles\n");
    assert_non_null(roles);
    got.len = (size_t)(roles - got.data);
    mk_buf_puts(&got, "\nattributes\n");
    for (size_t y = 0; y < grid->rows; y++) {
        mk_buf_putc(&got, '|');
        for (size_t x = 0; x < grid->columns; x++) {
            const MkCellRole role = (MkCellRole)grid->cells[y * grid->columns + x].role;
            mk_buf_putc(&got,
                        letter_of(mk_theme_style(MK_THEME_MONO, role, MK_COLORS_MONO).attributes));
        }
        mk_buf_puts(&got, "|\n");
    }
    mk_grid_free(grid);
    compare_with_file(&got, name);
    mk_buf_release(&got);
}
