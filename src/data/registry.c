#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/data/registry.h"

#include <string.h>

#include "src/base/file.h"
#include "src/base/text.h"
#include "src/data/tsv.h"

enum { REGISTRY_BYTES = 1 << 22 };

static const char *const COLUMNS[] = {"name",    "version", "date",       "kind",   "file",
                                      "digest",  "schema",  "attributes", "people", "parameters",
                                      "sources", "parent",  "added"};
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS, FIRST_COUNT = 7, LAST_COUNT = 9 };

static MkStatus no_memory(MkError *err)
{
    return mk_fail(err, MK_ENOMEM, "out of memory");
}

/* ---- reading ---- */

static MkStatus check_columns(const MkTsv *tsv, size_t at[N_COLUMNS], MkError *err)
{
    for (size_t c = 0; c < N_COLUMNS; c++) {
        at[c] = mk_tsv_column(tsv, COLUMNS[c]);
        if (at[c] == MK_NO_CELL) {
            return mk_fail(err, MK_EFORMAT, "%s: no column '%s'", tsv->origin, COLUMNS[c]);
        }
    }
    return MK_OK;
}

static MkStatus read_row(const MkTsv *tsv, const size_t at[N_COLUMNS], MkRelease *out, MkError *err)
{
    const char *cells[N_COLUMNS];
    size_t counts[N_COLUMNS] = {0};
    for (size_t c = 0; c < N_COLUMNS; c++) {
        const bool is_count = c >= FIRST_COUNT && c <= LAST_COUNT;
        cells[c] = tsv->cells[at[c]];
        if (is_count && !mk_text_size(cells[c], &counts[c])) {
            char shown[MK_SHOWN];
            return mk_fail(err, MK_EFORMAT, "%s:%zu: %s '%s', expected a count", tsv->origin,
                           tsv->line, COLUMNS[c], mk_shown(cells[c], strlen(cells[c]), shown));
        }
        if (c <= 1 && cells[c][0] == '\0') {
            return mk_fail(err, MK_EFORMAT, "%s:%zu: no %s", tsv->origin, tsv->line, COLUMNS[c]);
        }
    }
    *out = (MkRelease){.name = cells[0],
                       .version = cells[1],
                       .date = cells[2],
                       .kind = cells[3],
                       .file = cells[4],
                       .digest = cells[5],
                       .schema = cells[6],
                       .n_attributes = counts[7],
                       .n_people = counts[8],
                       .n_parameters = counts[9],
                       .sources = cells[10],
                       .parent = cells[11],
                       .added = cells[12]};
    return MK_OK;
}

static MkStatus append(MkRegistry *registry, const MkRelease *release, MkArena *arena, MkError *err)
{
    MkRelease *const more = mk_arena_array(arena, registry->n + 1, sizeof *more);
    if (more == NULL) {
        return no_memory(err);
    }
    if (registry->n > 0) {
        memcpy(more, registry->releases, registry->n * sizeof *more);
    }
    more[registry->n++] = *release;
    registry->releases = more;
    return MK_OK;
}

MkStatus mk_registry_parse(const char *text, size_t len, const char *origin, MkArena *arena,
                           MkRegistry *out, MkError *err)
{
    MkRegistry made = {0};
    MkTsv tsv;
    size_t at[N_COLUMNS];
    bool more = true;
    MK_TRY(mk_tsv_begin(&tsv, arena, text, len, origin, err));
    MK_TRY(check_columns(&tsv, at, err));
    for (;;) {
        MkRelease release = {0};
        MK_TRY(mk_tsv_next(&tsv, &more, err));
        if (!more) {
            break;
        }
        MK_TRY(read_row(&tsv, at, &release, err));
        if (mk_registry_find(&made, release.name, release.version) != NULL) {
            return mk_fail(err, MK_EFORMAT, "%s:%zu: %.40s %.40s is there twice", origin, tsv.line,
                           release.name, release.version);
        }
        MK_TRY(append(&made, &release, arena, err));
    }
    *out = made;
    return MK_OK;
}

MkStatus mk_registry_read(const char *path, MkArena *arena, MkRegistry *out, MkError *err)
{
    MkBuf buf;
    if (!mk_file_exists(path)) {
        *out = (MkRegistry){0};
        return MK_OK;
    }
    mk_buf_init(&buf);
    MkStatus st = mk_file_read(path, REGISTRY_BYTES, &buf, err);
    if (st == MK_OK) {
        st = mk_registry_parse(buf.data, buf.len, path, arena, out, err);
    }
    mk_buf_release(&buf);
    return st;
}

/* ---- rows ---- */

const MkRelease *mk_registry_find(const MkRegistry *registry, const char *name, const char *version)
{
    for (size_t i = 0; i < registry->n; i++) {
        const MkRelease *const r = &registry->releases[i];
        if (strcmp(r->name, name) == 0 && strcmp(r->version, version) == 0) {
            return r;
        }
    }
    return NULL;
}

MkStatus mk_registry_put(MkRegistry *registry, const MkRelease *release, MkArena *arena,
                         MkError *err)
{
    const MkRelease *const found = mk_registry_find(registry, release->name, release->version);
    MkRelease made = *release;
    if (found != NULL) {
        made.date = strcmp(found->digest, release->digest) == 0 ? found->date : release->date;
        made.parent = found->parent;
        registry->releases[found - registry->releases] = made;
        return MK_OK;
    }
    made.parent = "";
    if (registry->n > 0) {
        const MkRelease *const last = &registry->releases[registry->n - 1];
        made.parent = mk_arena_printf(arena, "%s %s", last->name, last->version);
    }
    return made.parent != NULL ? append(registry, &made, arena, err) : no_memory(err);
}

/* ---- writing ---- */

/* A cell has no tabs, line ends and other control characters. */
static void print_cell(MkBuf *out, const char *text)
{
    uint32_t cp = 0;
    for (size_t n; *text != '\0'; text += n) {
        n = mk_utf8_next(text, &cp);
        if (mk_utf8_is_control(cp)) {
            mk_buf_putc(out, ' ');
        } else {
            mk_buf_add(out, text, n);
        }
    }
}

static void print_row(const MkRelease *r, MkBuf *out)
{
    const char *const before[] = {r->name, r->version, r->date,  r->kind,
                                  r->file, r->digest,  r->schema};
    const char *const after[] = {r->sources, r->parent, r->added};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        print_cell(out, before[i]);
        mk_buf_putc(out, '\t');
    }
    mk_buf_printf(out, "%zu\t%zu\t%zu", r->n_attributes, r->n_people, r->n_parameters);
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        mk_buf_putc(out, '\t');
        print_cell(out, after[i]);
    }
    mk_buf_putc(out, '\n');
}

void mk_registry_print(const MkRegistry *registry, MkBuf *out)
{
    mk_buf_puts(out, "# registry.tsv - releases, oldest first; written by 'manikin model register "
                     "FILE' from the files themselves.\n");
    for (size_t c = 0; c < N_COLUMNS; c++) {
        mk_buf_printf(out, "%s%s", c > 0 ? "\t" : "", COLUMNS[c]);
    }
    mk_buf_putc(out, '\n');
    for (size_t i = 0; i < registry->n; i++) {
        print_row(&registry->releases[i], out);
    }
}
