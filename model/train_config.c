#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "model/kind.h"
#include "model/mae/net.h"
#include "model/train.h"
#include "src/base/file.h"
#include "src/base/text.h"

typedef enum SettingKind {
    SET_SIZE,
    SET_REAL,
    SET_BOOL,
    SET_SEED,
    SET_SECRET, /* a seed that is never printed */
    SET_TEXT
} SettingKind;

typedef struct Setting {
    const char *key;
    SettingKind kind;
    size_t offset;
    size_t room;      /* of a text */
    double low, high; /* of a number */
} Setting;

#define AT(field) offsetof(MkTrainConfig, field)
#define TEXT(field) SET_TEXT, AT(field), sizeof((MkTrainConfig *)NULL)->field, 0, 0

static const Setting settings[] = {
    {"name", TEXT(name)},
    {"version", TEXT(version)},
    {"kind", TEXT(kind)},
    {"population", TEXT(population)},
    {"licence", TEXT(licence)},
    {"limits", TEXT(limits)},
    {"changes", TEXT(changes)},
    {"linkage", TEXT(linkage)},
    {"table", TEXT(table)},
    {"schema", TEXT(schema)},
    {"source", TEXT(source)},
    {"seed", SET_SEED, AT(seed), 0, 0, 0},
    {"split_seed", SET_SEED, AT(split_seed), 0, 0, 0},
    {"valid", SET_REAL, AT(valid), 0, 0.0, 0.5},
    {"test", SET_REAL, AT(test), 0, 0.0, 0.5},
    {"survey_weights", SET_BOOL, AT(survey_weights), 0, 0, 0},
    {"source_power", SET_REAL, AT(source_power), 0, 0.0, 1.0},
    {"draw_power", SET_REAL, AT(draw_power), 0, -1.0, 1.0},
    {"cells", SET_SIZE, AT(cells), 0, 2, 48},
    {"people_per_cell", SET_SIZE, AT(people_per_cell), 0, 1, 1000},
    {"smallest_cell", SET_SIZE, AT(smallest_cell), 0, 1, 1000},
    {"iterations", SET_SIZE, AT(iterations), 0, 0, 100},
    {"folds", SET_SIZE, AT(folds), 0, 2, 16},
    {"prior", SET_REAL, AT(prior), 0, 0.1, 1e6},
    {"expand", SET_BOOL, AT(expand), 0, 0, 0},
    {"base", SET_BOOL, AT(base), 0, 0, 0},
    {"dim", SET_SIZE, AT(dim), 0, 4, 1024},
    {"heads", SET_SIZE, AT(heads), 0, 1, 64},
    {"encoder_layers", SET_SIZE, AT(encoder_layers), 0, 0, MK_NET_LAYERS_MAX},
    {"decoder_layers", SET_SIZE, AT(decoder_layers), 0, 1, MK_NET_LAYERS_MAX},
    {"mlp", SET_SIZE, AT(mlp), 0, 1, 8},
    {"calibration", SET_BOOL, AT(calibration), 0, 0, 0},
    {"published", SET_BOOL, AT(published), 0, 0, 0},
    {"steps", SET_SIZE, AT(steps), 0, 0, 1e9},
    {"work", SET_REAL, AT(work), 0, 0.0, 1e9},
    {"minutes", SET_REAL, AT(minutes), 0, 0.01, 1e5},
    {"batch", SET_SIZE, AT(batch), 0, 1, 65536},
    {"block", SET_SIZE, AT(block), 0, 1, 1024},
    {"rate", SET_REAL, AT(rate), 0, 1e-7, 1.0},
    {"warmup", SET_REAL, AT(warmup), 0, 0.0, 0.9},
    {"decay", SET_REAL, AT(decay), 0, 0.0, 10.0},
    {"clip", SET_REAL, AT(clip), 0, 0.0, 1e6},
    {"beta2", SET_REAL, AT(beta2), 0, 0.5, 0.99999},
    {"dropout", SET_REAL, AT(dropout), 0, 0.0, 0.9},
    {"average", SET_REAL, AT(average), 0, 0.0, 0.99999},
    {"max_known", SET_SIZE, AT(max_known), 0, 1, 4096},
    {"max_targets", SET_SIZE, AT(max_targets), 0, 1, 4096},
    {"mask_ratio", SET_REAL, AT(masks[MK_MASK_RATIO]), 0, 0.0, 1e3},
    {"mask_block", SET_REAL, AT(masks[MK_MASK_BLOCK]), 0, 0.0, 1e3},
    {"mask_few", SET_REAL, AT(masks[MK_MASK_FEW]), 0, 0.0, 1e3},
    {"mask_related", SET_REAL, AT(masks[MK_MASK_RELATED]), 0, 0.0, 1e3},
    {"mask_anchor", SET_REAL, AT(masks[MK_MASK_ANCHOR]), 0, 0.0, 1e3},
    {"mask_source", SET_REAL, AT(masks[MK_MASK_SOURCE]), 0, 0.0, 1e3},
    {"ordered", SET_REAL, AT(ordered), 0, 0.0, 1.0},
    {"source_known", SET_REAL, AT(source_known), 0, 0.0, 1.0},
    {"stage_one", SET_REAL, AT(stage_one), 0, 0.0, 0.99},
    {"keep_rate", SET_REAL, AT(keep_rate), 0, 0.0, 1.0},
    {"dp_epsilon", SET_REAL, AT(dp_epsilon), 0, 0.0, 1000.0},
    {"dp_delta", SET_REAL, AT(dp_delta), 0, 1e-15, 0.1},
    {"dp_clip", SET_REAL, AT(dp_clip), 0, 1e-6, 1e6},
    {"dp_marginals", SET_REAL, AT(dp_marginals), 0, 0.01, 0.9},
    {"dp_residuals", SET_REAL, AT(dp_residuals), 0, 0.01, 0.9},
    {"dp_seed", SET_SECRET, AT(dp_seed), 0, 0, 0},
    {"threads", SET_SIZE, AT(threads), 0, 0, 1024},
};

enum { N_SETTINGS = sizeof settings / sizeof *settings };

void mk_train_config_init(MkTrainConfig *config)
{
    *config = (MkTrainConfig){
        .name = "unnamed",
        .version = "1.0",
        .kind = "mae",
        .seed = 1,
        .split_seed = 1,
        .valid = 0.05,
        .source_power = 0.5,
        .draw_power = -1.0,
        .cells = 32,
        .people_per_cell = 12,
        .smallest_cell = 10,
        .iterations = 10,
        .folds = 4,
        .prior = 20.0,
        .expand = true,
        .base = true,
        .calibration = true,
        .dim = 64,
        .heads = 2,
        .encoder_layers = 3,
        .decoder_layers = 2,
        .mlp = 4,
        .minutes = 10.0,
        .batch = 64,
        .block = 8,
        .rate = 1e-3,
        .warmup = 0.03,
        .decay = 0.01,
        .clip = 1.0,
        .beta2 = 0.98,
        .dropout = 0.1,
        .average = 0.999,
        .max_known = 256,
        .max_targets = 128,
        .masks = {0.35, 0.20, 0.10, 0.25, 0.10, 0.15},
        .ordered = 0.5,
        .source_known = 0.5,
        .stage_one = 0.8,
        .keep_rate = 0.1,
        .dp_delta = 1e-5,
        .dp_clip = 1.0,
        .dp_marginals = 0.3,
        .dp_residuals = 0.1,
    };
    for (size_t i = 0; i < MK_TRAIN_OF_KINDS; i++) {
        config->of_kinds[i] = NAN;
    }
}

static bool to_bool(const char *value, bool *out)
{
    *out = strcmp(value, "yes") == 0 || strcmp(value, "on") == 0;
    return *out || strcmp(value, "no") == 0 || strcmp(value, "off") == 0;
}

static MkStatus set_number(const Setting *s, void *field, const char *value, MkError *err)
{
    double x = 0.0;
    const bool number = mk_text_double(value, strlen(value), '.', &x);
    const bool fits =
        number && x >= s->low && x <= s->high && (s->kind == SET_REAL || x == floor(x));
    if (!fits) {
        return mk_fail(err, MK_EINVAL, "%s is %s, expected a %s from %g to %g", s->key, value,
                       s->kind == SET_REAL ? "number" : "whole number", s->low, s->high);
    }
    if (s->kind == SET_REAL) {
        *(double *)field = x;
    } else {
        *(size_t *)field = (size_t)x;
    }
    return MK_OK;
}

static MkStatus set_one(const Setting *s, MkTrainConfig *config, const char *value, MkError *err)
{
    void *const field = (char *)config + s->offset;
    switch (s->kind) {
    case SET_SIZE:
    case SET_REAL:
        return set_number(s, field, value, err);
    case SET_SEED:
    case SET_SECRET:
        return mk_text_u64(value, field)
                   ? MK_OK
                   : mk_fail(err, MK_EINVAL, "%s is %s, expected a whole number", s->key, value);
    case SET_BOOL:
        return to_bool(value, field)
                   ? MK_OK
                   : mk_fail(err, MK_EINVAL, "%s is %s, expected yes or no", s->key, value);
    case SET_TEXT:
        break;
    }
    if (strlen(value) >= s->room) {
        return mk_fail(err, MK_EINVAL, "%s is longer than %zu bytes", s->key, s->room - 1);
    }
    snprintf(field, s->room, "%s", value);
    return MK_OK;
}

/* ---- settings of kinds ---- */

/* Where a kind's settings begin in of_kinds. */
static size_t begin_of(const MkKind *kind)
{
    size_t at = 0;
    for (size_t k = 0; k < mk_kind_count() && mk_kind_at(k) != kind; k++) {
        at += mk_kind_at(k)->n_settings;
    }
    return at;
}

double mk_train_config_kind(const MkTrainConfig *config, const MkKind *kind, size_t i)
{
    const double x = config->of_kinds[begin_of(kind) + i];
    return isnan(x) ? kind->settings[i].standard : x;
}

void mk_train_config_set_kind(MkTrainConfig *config, const MkKind *kind, size_t i, double value)
{
    double *const x = &config->of_kinds[begin_of(kind) + i];
    *x = isnan(*x) ? value : *x;
}

static MkStatus set_words(const MkKindSetting *s, const char *value, double *out, MkError *err)
{
    char all[256] = "";
    for (size_t k = 0; s->words[k] != NULL; k++) {
        if (strcmp(s->words[k], value) == 0) {
            *out = (double)k;
            return MK_OK;
        }
        const size_t len = strlen(all);
        snprintf(all + len, sizeof all - len, "%s%s", k > 0 ? ", " : "", s->words[k]);
    }
    return mk_fail(err, MK_EINVAL, "%s is %s, expected one of %s", s->key, value, all);
}

static MkStatus set_of_kind(const MkKindSetting *s, const char *value, double *out, MkError *err)
{
    double x = 0.0;
    if (s->words != NULL) {
        return set_words(s, value, out, err);
    }
    if (!mk_text_double(value, strlen(value), '.', &x) || !(x >= s->low) || x > s->high ||
        (s->is_whole && x != floor(x))) {
        return mk_fail(err, MK_EINVAL, "%s is %s, expected a %s from %g to %g", s->key, value,
                       s->is_whole ? "whole number" : "number", s->low, s->high);
    }
    *out = x;
    return MK_OK;
}

/* Place of a key in of_kinds; MK_TRAIN_OF_KINDS: it is none of a kind's. */
static size_t find_of_kind(const char *key, const MkKindSetting **setting)
{
    for (size_t k = 0, at = 0; k < mk_kind_count(); k++) {
        const MkKind *const kind = mk_kind_at(k);
        for (size_t i = 0; i < kind->n_settings; i++, at++) {
            if (strcmp(kind->settings[i].key, key) == 0) {
                *setting = &kind->settings[i];
                return at;
            }
        }
    }
    return MK_TRAIN_OF_KINDS;
}

/* Settings of the kind that the configuration names. */
static void print_of_kind(const MkTrainConfig *config, MkBuf *out)
{
    const MkKind *const kind = mk_kind_find(config->kind);
    for (size_t i = 0; kind != NULL && i < kind->n_settings; i++) {
        const MkKindSetting *const s = &kind->settings[i];
        const double x = mk_train_config_kind(config, kind, i);
        mk_buf_printf(out, "%s ", s->key);
        if (s->words != NULL) {
            mk_buf_puts(out, s->words[(size_t)x]);
        } else {
            mk_buf_double(out, x);
        }
        mk_buf_putc(out, '\n');
    }
}

static MkStatus check_kind(const char *value, MkError *err)
{
    char all[256] = "";
    for (size_t k = 0; k < mk_kind_count(); k++) {
        const size_t len = strlen(all), last = mk_kind_count() - 1;
        snprintf(all + len, sizeof all - len, "%s%s",
                 k == 0      ? ""
                 : k == last ? " or "
                             : ", ",
                 mk_kind_at(k)->name);
    }
    return mk_kind_find(value) != NULL
               ? MK_OK
               : mk_fail(err, MK_EINVAL, "kind is %s, expected %s", value, all);
}

/* ---- studies ---- */

/* A path without trailing slashes; its last part with - as _ is the name of the source. */
static bool set_folder(MkTrainStudy *s, const char *path, size_t len)
{
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    if (len == 0 || len >= sizeof s->folder) {
        return false;
    }
    memcpy(s->folder, path, len);
    s->folder[len] = '\0';
    const char *const name = mk_file_base_name(s->folder);
    if (name[0] == '\0' || strlen(name) >= sizeof s->name) {
        return false;
    }
    for (size_t i = 0; i <= strlen(name); i++) {
        s->name[i] = (char)(name[i] == '-' ? '_' : name[i]);
    }
    return true;
}

/* The next word of *at; its length, 0 at the end. */
static size_t next_word(const char **at, const char **word)
{
    *at += strspn(*at, " \t");
    *word = *at;
    *at += strcspn(*at, " \t");
    return (size_t)(*at - *word);
}

/* One end of a threshold: a number, or - for none. */
static bool read_end(const char *word, size_t len, double open, double *out)
{
    *out = open;
    return (len == 1 && word[0] == '-') || mk_text_double(word, len, '.', out);
}

/* NAME LOW HIGH */
static MkStatus add_threshold(MkTrainConfig *config, const char *value, MkError *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const char *at = value, *name = NULL, *low = NULL, *high = NULL, *rest = NULL;
    const size_t n_name = next_word(&at, &name), n_low = next_word(&at, &low);
    const size_t n_high = next_word(&at, &high);
    const size_t used = strlen(config->thresholds), room = sizeof config->thresholds - used;
    double from = 0.0, to = 0.0;
    if (next_word(&at, &rest) > 0 || n_name == 0 || strspn(name, letters) != n_name ||
        !read_end(low, n_low, -INFINITY, &from) || !read_end(high, n_high, INFINITY, &to) ||
        !(from <= to)) {
        return mk_fail(err, MK_EINVAL,
                       "threshold is %.80s, expected NAME LOW HIGH with - for an open end", value);
    }
    const int n = snprintf(config->thresholds + used, room, "%.*s\t%.*s\t%.*s\n", (int)n_name, name,
                           (int)n_low, low, (int)n_high, high);
    if (n < 0 || (size_t)n >= room) {
        config->thresholds[used] = '\0';
        return mk_fail(err, MK_EINVAL, "threshold: more than %zu bytes of them",
                       sizeof config->thresholds);
    }
    return MK_OK;
}

static MkStatus add_gate(MkTrainConfig *config, const char *key, const char *value, MkError *err)
{
    const size_t used = strlen(config->gate), room = sizeof config->gate - used;
    const int n = snprintf(config->gate + used, room, "%s\t%s\n", key, value);
    if (n < 0 || (size_t)n >= room || strpbrk(value, " \t") == NULL) {
        config->gate[used] = '\0';
        return mk_fail(err, MK_EINVAL, "%s is %.80s, expected the name of a figure and %s", key,
                       value, strcmp(key, "tolerance") == 0 ? "an amount" : "why it is worse");
    }
    return MK_OK;
}

static void print_thresholds(const MkTrainConfig *config, MkBuf *out)
{
    for (const char *at = config->thresholds; *at != '\0';) {
        const size_t len = strcspn(at, "\n");
        mk_buf_puts(out, "threshold ");
        for (size_t i = 0; i < len; i++) {
            mk_buf_putc(out, at[i] == '\t' ? ' ' : at[i]);
        }
        mk_buf_putc(out, '\n');
        at += len + (at[len] == '\n');
    }
}

static MkStatus add_study(MkTrainConfig *config, const char *value, MkError *err)
{
    MkTrainStudy s = {.weight = 1.0};
    const char *at = value, *word = NULL;
    if (config->n_studies == MK_TRAIN_STUDIES) {
        return mk_fail(err, MK_EINVAL, "study: more than %d studies", (int)MK_TRAIN_STUDIES);
    }
    size_t len = next_word(&at, &word);
    bool good = set_folder(&s, word, len);
    len = next_word(&at, &word);
    good = good && len > 0 && len < sizeof s.data;
    if (good) {
        memcpy(s.data, word, len);
        len = next_word(&at, &word);
    }
    if (good && len == 6 && strncmp(word, "weight", 6) == 0) {
        len = next_word(&at, &word);
        good = mk_text_double(word, len, '.', &s.weight) && s.weight > 0.0 && s.weight <= 1e6;
        len = next_word(&at, &word);
    }
    if (good && len == 5 && strncmp(word, "apart", 5) == 0) {
        s.apart = true;
        len = next_word(&at, &word);
    }
    if (!good || len > 0) {
        return mk_fail(err, MK_EINVAL,
                       "study is %.80s, expected a folder of source.tsv, a folder of data and "
                       "perhaps `weight` with a number above 0, perhaps `apart`",
                       value);
    }
    for (size_t i = 0; i < config->n_studies; i++) {
        if (strcmp(config->studies[i].name, s.name) == 0) {
            return mk_fail(err, MK_EINVAL, "study %s: named twice", s.name);
        }
    }
    config->studies[config->n_studies++] = s;
    return MK_OK;
}

MkStatus mk_train_config_set(MkTrainConfig *config, const char *key, const char *value,
                             MkError *err)
{
    const char *nearest = settings[0].key;
    size_t best = 99;
    if (strcmp(key, "tolerance") == 0 || strcmp(key, "regression_reason") == 0) {
        return add_gate(config, key, value, err);
    }
    if (strcmp(key, "threshold") == 0) {
        return add_threshold(config, value, err);
    }
    if (strcmp(key, "study") == 0) {
        return add_study(config, value, err);
    }
    const MkKindSetting *of_kind = NULL;
    const size_t at = find_of_kind(key, &of_kind);
    if (of_kind != NULL) {
        return set_of_kind(of_kind, value, &config->of_kinds[at], err);
    }
    for (size_t i = 0; i < N_SETTINGS; i++) {
        if (strcmp(settings[i].key, key) == 0) {
            if (strcmp(key, "kind") == 0) {
                MK_TRY(check_kind(value, err));
            }
            return set_one(&settings[i], config, value, err);
        }
        const size_t distance = mk_text_distance(key, settings[i].key, 20);
        if (distance < best) {
            best = distance;
            nearest = settings[i].key;
        }
    }
    return mk_fail(err, MK_EINVAL, "%s is not a training setting; the nearest is %s", key, nearest);
}

void mk_train_config_print(const MkTrainConfig *config, MkBuf *out)
{
    for (size_t i = 0; i < N_SETTINGS; i++) {
        const Setting *const s = &settings[i];
        const void *const field = (const char *)config + s->offset;
        if (s->kind == SET_SECRET) {
            continue;
        }
        mk_buf_printf(out, "%s ", s->key);
        switch (s->kind) {
        case SET_SIZE:
            mk_buf_printf(out, "%zu", *(const size_t *)field);
            break;
        case SET_REAL:
            mk_buf_double(out, *(const double *)field);
            break;
        case SET_SEED:
            mk_buf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)field);
            break;
        case SET_BOOL:
            mk_buf_puts(out, *(const bool *)field ? "yes" : "no");
            break;
        case SET_TEXT:
            mk_buf_puts(out, field);
            break;
        case SET_SECRET:
            break;
        }
        mk_buf_putc(out, '\n');
    }
    print_of_kind(config, out);
    print_thresholds(config, out);
    for (size_t i = 0; i < config->n_studies; i++) {
        const MkTrainStudy *const s = &config->studies[i];
        mk_buf_printf(out, "study %s %s weight ", s->folder, s->data);
        mk_buf_double(out, s->weight);
        mk_buf_puts(out, s->apart ? " apart\n" : "\n");
    }
}

/* Makes a path of a recipe relative to the recipe's folder. */
static MkStatus from_folder(const char *recipe, char *path, size_t room, MkError *err)
{
    const char *const slash = strrchr(recipe, '/');
    char text[MK_TRAIN_TEXT];
    if (path[0] == '\0' || path[0] == '/' || slash == NULL) {
        return MK_OK;
    }
    const int n = snprintf(text, sizeof text, "%.*s/%s", (int)(slash - recipe), recipe, path);
    if (n < 0 || (size_t)n >= sizeof text || (size_t)n >= room) {
        return mk_fail(err, MK_EINVAL, "%s: the path of %s is too long", recipe, path);
    }
    memcpy(path, text, (size_t)n + 1);
    return MK_OK;
}

static MkStatus read_line(MkTrainConfig *config, char *line, MkError *err)
{
    line += strspn(line, " \t");
    char *const comment = line[0] == '#' ? line : strstr(line, " #");
    if (comment != NULL) {
        *comment = '\0';
    }
    size_t len = strlen(line);
    while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL) {
        line[--len] = '\0';
    }
    if (len == 0) {
        return MK_OK;
    }
    const size_t key = strcspn(line, " \t");
    char *const value = line + key + strspn(line + key, " \t");
    if (*value == '\0') {
        return mk_fail(err, MK_EINVAL, "%s has no value", line);
    }
    line[key] = '\0';
    return mk_train_config_set(config, line, value, err);
}

MkStatus mk_train_recipe_read(const char *path, MkTrainConfig *config, MkError *err)
{
    MkStatus st = MK_OK;
    MkBuf text;
    MkTrainConfig read = *config;
    MkError why = {0};
    mk_buf_init(&text);
    MK_TRY_GOTO(mk_file_read(path, 1 << 20, &text, err));
    if (memchr(text.data, '\0', text.len) != NULL) {
        MK_TRY_GOTO(mk_fail(err, MK_EFORMAT, "%s: found a byte 0, expected text", path));
    }
    size_t number = 1;
    for (char *line = text.data; line != NULL && *line != '\0'; number++) {
        char *const end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        st = read_line(&read, line, &why);
        if (st != MK_OK) {
            st = mk_fail(err, MK_EFORMAT, "%s:%zu: %s", path, number, why.text);
            goto done;
        }
        line = end != NULL ? end + 1 : NULL;
    }
    MK_TRY_GOTO(from_folder(path, read.table, sizeof read.table, err));
    MK_TRY_GOTO(from_folder(path, read.schema, sizeof read.schema, err));
    for (size_t i = config->n_studies; i < read.n_studies; i++) {
        MkTrainStudy *const study = &read.studies[i];
        MK_TRY_GOTO(from_folder(path, study->folder, sizeof study->folder, err));
    }
    *config = read;
done:
    mk_buf_release(&text);
    return st;
}
