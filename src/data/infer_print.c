/* infer_print.c - a draft as the files that an analyst gets. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <math.h>
#include <string.h>

#include "src/base/text.h"
#include "src/data/infer.h"

/* A cell of a table with tabs: control characters become blanks. */
static void put_cell(MkBuf *buf, const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        mk_buf_putc(buf, c < 0x20 || c == 0x7F ? ' ' : *text);
    }
}

static void put_cells(MkBuf *buf, const char *const *cells, size_t n)
{
    while (n > 0 && cells[n - 1][0] == '\0') {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            mk_buf_putc(buf, '\t');
        }
        put_cell(buf, cells[i]);
    }
    mk_buf_putc(buf, '\n');
}

/* A number as short as it goes; nothing for what is open. */
static const char *number(double x, bool is_there, char out[32])
{
    out[0] = '\0';
    if (is_there && isfinite(x)) {
        (void)mk_text_shortest(x, out);
    }
    return out;
}

static void put_attribute(const MkAttribute *a, MkBuf *buf)
{
    char min[32], max[32], step[32];
    const bool is_number = mk_type_is_number(a->type);
    MkBuf levels;
    mk_buf_init(&levels);
    for (size_t k = 0; k < a->n_levels; k++) {
        mk_buf_printf(&levels, "%s%s=%s", k > 0 ? "|" : "", a->levels[k].code, a->levels[k].name);
    }
    const char *const cells[] = {a->name,
                                 mk_type_name(a->type),
                                 a->label,
                                 a->unit,
                                 levels.data,
                                 a->category,
                                 a->description,
                                 number(a->min, is_number, min),
                                 number(a->max, is_number, max),
                                 number(a->resolution, is_number && a->resolution > 0.0, step),
                                 a->modifiable ? "yes" : "no",
                                 a->eligible,
                                 a->class_name,
                                 a->rule};
    put_cells(buf, cells, sizeof cells / sizeof *cells);
    mk_buf_release(&levels);
}

void mk_draft_schema(const MkDraft *draft, MkBuf *buf)
{
    mk_buf_puts(buf,
                "name\ttype\tlabel\tunit\tlevels\tcategory\tdescription\tmin\tmax\tresolution\t"
                "modifiable\teligible\tclass\trule\n");
    for (size_t i = 0; i < draft->n_columns; i++) {
        put_attribute(&draft->columns[i].attribute, buf);
    }
}

void mk_draft_mapping(const MkDraft *draft, MkBuf *buf)
{
    mk_buf_puts(buf, "attribute\tfile\tvalue\tcodes\tmissing\tskip\teligible\tnote\n");
    for (size_t i = 0; i < draft->n_columns; i++) {
        const MkDraftColumn *const c = &draft->columns[i];
        const char *const cells[] = {c->attribute.name, c->file, c->value, c->codes,
                                     c->missing,        "",      "",       c->note};
        put_cells(buf, cells, sizeof cells / sizeof *cells);
    }
}

void mk_draft_source(const MkDraft *draft, MkBuf *buf)
{
    mk_buf_puts(buf, "# Drafted from");
    for (size_t f = 0; f < draft->n_files; f++) {
        mk_buf_printf(buf, "%s ", f > 0 ? "," : "");
        put_cell(buf, draft->files[f].name);
    }
    mk_buf_puts(buf, "; decisions.md says what was assumed.\nkey\tvalue\n");
    const char *const keys[][2] = {{"name", draft->name},     {"label", draft->label},
                                   {"person", draft->person}, {"base", draft->base},
                                   {"include", ""},           {"weight", draft->weight},
                                   {"licence", ""},           {"url", ""}};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        put_cells(buf, keys[k], 2);
    }
}

void mk_draft_values(const MkDraftColumn *c, MkBuf *buf)
{
    const MkAttribute *const a = &c->attribute;
    char low[24], high[24];
    if (a->n_levels == 0) {
        mk_buf_printf(buf, "%s – %s", mk_text_number(c->low, 6, low),
                      mk_text_number(c->high, 6, high));
        return;
    }
    const char *const between = a->type == MK_ORDINAL ? " < " : ", ";
    for (size_t k = 0; k < a->n_levels; k++) {
        mk_buf_printf(buf, "%s%s", k > 0 ? between : "", a->levels[k].name);
    }
}

/* ---- decisions.md ---- */

/* A text in a cell of a Markdown table. */
static void put_markdown(MkBuf *buf, const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '|' || c == '*' || c == '_' || c == '<') {
            mk_buf_putc(buf, '\\');
        }
        mk_buf_putc(buf, c < 0x20 || c == 0x7F ? ' ' : *text);
    }
}

static void put_code(MkBuf *buf, const char *text)
{
    mk_buf_putc(buf, '`');
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        mk_buf_putc(buf, c < 0x20 || c == 0x7F || c == '`' || c == '|' ? ' ' : *text);
    }
    mk_buf_putc(buf, '`');
}

static void put_decision(const MkDecision *d, MkBuf *buf)
{
    mk_buf_puts(buf, "| ");
    if (d->variable[0] == '\0') {
        mk_buf_puts(buf, "the study");
    } else {
        put_code(buf, d->variable);
    }
    if (strcmp(d->variable, d->attribute) != 0 && d->attribute[0] != '\0') {
        mk_buf_puts(buf, " → ");
        put_code(buf, d->attribute);
    }
    const char *const cells[] = {d->assumed, d->why, d->otherwise};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        mk_buf_puts(buf, " | ");
        put_markdown(buf, cells[i]);
    }
    mk_buf_puts(buf, " |\n");
}

static void put_part(const MkDraft *draft, const char *title, int least, int most, MkBuf *buf)
{
    size_t n = 0;
    for (size_t i = 0; i < draft->n_decisions; i++) {
        const MkDecision *const d = &draft->decisions[i];
        if (d->doubt < least || d->doubt >= most) {
            continue;
        }
        if (n++ == 0) {
            mk_buf_printf(buf,
                          "\n## %s\n\n| variable | assumed | why | if that is wrong |\n"
                          "| --- | --- | --- | --- |\n",
                          title);
        }
        put_decision(d, buf);
    }
}

void mk_draft_decisions(const MkDraft *draft, MkBuf *buf)
{
    mk_buf_printf(buf, "# %s: what was assumed\n\n%zu people, %zu attributes from %zu file%s. ",
                  draft->label, draft->n_people, draft->n_columns, draft->n_files,
                  draft->n_files == 1 ? "" : "s");
    mk_buf_puts(buf, "The draft imports as it is. Read the first part, correct schema.tsv and "
                     "mapping.tsv where they are wrong, then\n\n"
                     "    manikin schema check FOLDER\n    manikin import FOLDER");
    for (size_t f = 0; f < draft->n_files && draft->n_files <= 4; f++) {
        mk_buf_putc(buf, ' ');
        mk_buf_puts(buf, draft->files[f].path);
    }
    mk_buf_puts(buf, draft->n_files <= 4 ? "" : " FILES");
    mk_buf_puts(buf, " -o people.csv.gz\n"
                     "    manikin train --table people.csv.gz --schema FOLDER/schema.tsv -o "
                     "mine.safetensors\n");
    put_part(draft, "Look at these first", MK_DOUBT_LOOK, 101, buf);
    put_part(draft, "Worth a look", MK_DOUBT_SOME, MK_DOUBT_LOOK, buf);
    put_part(draft, "Told for completeness", 0, MK_DOUBT_SOME, buf);
    if (draft->n_left > 0) {
        mk_buf_puts(buf, "\n## Left out\n\n| variable | file | why |\n| --- | --- | --- |\n");
    }
    for (size_t i = 0; i < draft->n_left; i++) {
        mk_buf_puts(buf, "| ");
        put_code(buf, draft->left[i].variable);
        mk_buf_puts(buf, " | ");
        put_markdown(buf, draft->left[i].file);
        mk_buf_puts(buf, " | ");
        put_markdown(buf, draft->left[i].why);
        mk_buf_puts(buf, " |\n");
    }
}
