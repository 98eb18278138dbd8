/*
 * sim: a scope's readable state as text that is the same on every replica, authors by name and not by number; and a store's
 * logs, grants, verdicts and values as lines of JSON for the reference model.
 */
#include "replica/internal.h"
#include "sim.h"

static void text(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void text(struct buf *out, const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    (void)buf_append(out, line, n < 0 ? 0 : (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

static void hex(struct buf *out, const void *at, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = at;

    for (size_t i = 0; i < size; i++) {
        (void)buf_byte(out, (uint8_t)digits[b[i] >> 4]);
        (void)buf_byte(out, (uint8_t)digits[b[i] & 15]);
    }
}

static void author_hex(struct buf *out, const struct replica *r, uint32_t number)
{
    uint8_t bytes[AUTHOR_BYTES];
    linli_author name;

    r->names.get(r->names.ctx, number, &name);
    author_encode(&name, bytes);
    hex(out, bytes, sizeof(bytes));
}

/* --- cells --- */

struct dumping {
    struct replica *r;
    struct store_txn *txn;
    unsigned classes;
    struct buf *out;
    linli_id scope;
    bool json;
    int failed;
};

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines made one by one, in the order of their bytes. */
struct lines {
    char *at[1024];
    size_t count;
};

static void line_keep(struct lines *l, struct buf *line)
{
    (void)buf_byte(line, 0);
    ALWAYS(l->count < COUNT_OF(l->at) && line->failed == LINLI_OK);
    l->at[l->count++] = (char *)line->at;
    *line = (struct buf){0};
}

static void lines_out(struct lines *l, struct buf *out)
{
    qsort(l->at, l->count, sizeof(l->at[0]), line_compare);
    for (size_t i = 0; i < l->count; i++) {
        (void)buf_append(out, l->at[i], strlen(l->at[i]));
        mem_free(l->at[i]);
    }
}

static void context_text(struct dumping *d, const struct context *ctx, struct buf *out)
{
    struct lines lines = {.count = 0};
    struct buf line = {0};

    for (size_t i = 0; i < ctx->count; i++) {
        text(&line, " ");
        author_hex(&line, d->r, ctx->at[i].author);
        text(&line, ":%llu", (unsigned long long)ctx->at[i].seq);
        line_keep(&lines, &line);
    }
    lines_out(&lines, out);
}

static void key_hex(struct dumping *d, uint32_t group, span key, struct buf *out)
{
    if (group_rule(group) == RULE_COUNTER && key.size == COUNTER_KEY_BYTES)
        author_hex(out, d->r, be32_get(key.at)); /* the store's own number for its author */
    else
        hex(out, key.at, key.size);
}

static void cell_text(struct dumping *d, uint32_t group, const struct cell *cell, struct buf *out)
{
    struct lines values = {.count = 0};
    struct buf line = {0};

    text(out, "  group %u key ", group);
    key_hex(d, group, cell->key, out);
    text(out, " context");
    context_text(d, &cell->ctx, out);
    text(out, "\n");
    for (size_t i = 0; i < cell->count; i++) {
        const struct cell_value *v = &cell->values[i];
        text(&line, "    ");
        author_hex(&line, d->r, v->author);
        text(&line, ":%llu stamp %llu ", (unsigned long long)v->seq, (unsigned long long)v->stamp);
        hex(&line, v->bytes.at, v->bytes.size);
        text(&line, " over");
        context_text(d, &v->ctx, &line);
        text(&line, "\n");
        line_keep(&values, &line);
    }
    lines_out(&values, out);
}

static void cell_json(struct dumping *d, const linli_id *record, uint32_t group, const struct cell *cell, struct buf *out)
{
    text(out, "{\"cell\": [\"");
    hex(out, d->scope.b, ID_BYTES);
    text(out, "\", \"");
    hex(out, record->b, ID_BYTES);
    text(out, "\", %u, \"", group);
    key_hex(d, group, cell->key, out);
    text(out, "\", [");
    for (size_t i = 0; i < cell->count; i++) {
        text(out, "%s[\"", i == 0 ? "" : ", ");
        author_hex(out, d->r, cell->values[i].author);
        text(out, "\", %llu, \"", (unsigned long long)cell->values[i].seq);
        hex(out, cell->values[i].bytes.at, cell->values[i].bytes.size);
        text(out, "\"]");
    }
    text(out, "]]}\n");
}

static bool record_dump(void *ctx, const linli_id *record, span bytes)
{
    struct dumping *d = ctx;
    struct record_state state;
    struct lines cells = {.count = 0};
    struct buf line = {0};
    struct arena a = {0};

    d->failed = record_decode(&a, bytes, &state);
    for (size_t g = 0; g < state.count && d->failed == LINLI_OK; g++)
        for (size_t c = 0; c < state.groups[g].count; c++) {
            uint32_t group = state.groups[g].group;
            if ((d->classes >> group_class(group) & 1) == 0)
                continue;
            if (d->json)
                cell_json(d, record, group, &state.groups[g].cells[c], d->out);
            else
                cell_text(d, group, &state.groups[g].cells[c], &line);
            if (!d->json)
                line_keep(&cells, &line);
        }
    if (cells.count > 0) {
        hex(d->out, record->b, ID_BYTES);
        text(d->out, " type %u\n", d->classes == 7 ? state.type : 0);
        lines_out(&cells, d->out);
    }
    arena_free(&a);
    return d->failed == LINLI_OK;
}

static int scope_dump(struct dumping *d)
{
    uint32_t number;
    int rv = store_begin(d->r->store, false, &d->txn);

    if (rv == LINLI_OK)
        rv = scope_number(d->txn, &d->scope, &number);
    if (rv == LINLI_OK)
        rv = view_each(d->txn, number, record_dump, d);
    store_abort(d->txn);
    return rv == LINLI_OK ? d->failed : rv;
}

int dump_scope(struct replica *r, const linli_id *scope, unsigned classes, struct buf *out)
{
    struct dumping d = {.r = r, .classes = classes, .out = out, .scope = *scope};

    return scope_dump(&d);
}

/* --- for the reference model --- */

static bool grant_dump(void *ctx, const linli_hash *id, span certificate)
{
    struct buf *out = ctx;

    (void)id;
    text(out, "{\"grant\": \"");
    hex(out, certificate.at, certificate.size);
    text(out, "\"}\n");
    return true;
}

static bool aside_dump(void *ctx, const struct aside_row *row)
{
    struct dumping *d = ctx;

    text(d->out, "{\"aside\": [\"");
    hex(d->out, d->scope.b, ID_BYTES);
    text(d->out, "\", \"");
    author_hex(d->out, d->r, row->author);
    text(d->out, "\", %llu, %u, %u]}\n", (unsigned long long)row->seq, (unsigned)row->part, (unsigned)row->reason);
    return true;
}

static bool entry_dump(void *ctx, uint64_t seq, const struct log_row *row)
{
    struct dumping *d = ctx;

    text(d->out, "%s[%llu, \"", seq == 1 ? "" : ", ", (unsigned long long)seq);
    hex(d->out, row->entry.at, row->entry.size);
    text(d->out, "\"]");
    return true;
}

static bool log_dump(void *ctx, uint32_t author, const struct head_row *head)
{
    struct dumping *d = ctx;
    uint32_t scope;

    if (head->seq == 0)
        return true;
    text(d->out, "{\"log\": [\"");
    hex(d->out, d->scope.b, ID_BYTES);
    text(d->out, "\", \"");
    author_hex(d->out, d->r, author);
    text(d->out, "\", [");
    d->failed = scope_number(d->txn, &d->scope, &scope);
    if (d->failed == LINLI_OK)
        d->failed = log_each(d->txn, scope, author, 1, entry_dump, d);
    text(d->out, "]]}\n");
    return d->failed == LINLI_OK;
}

static int rows_dump(struct dumping *d, struct world *w)
{
    uint32_t number;
    int rv = store_begin(d->r->store, false, &d->txn);

    if (rv == LINLI_OK)
        rv = grant_row_each(d->txn, NULL, grant_dump, d->out);
    for (unsigned i = 0; i < w->scope_count && rv == LINLI_OK; i++) {
        d->scope = w->scopes[i].id;
        if (scope_number(d->txn, &d->scope, &number) != LINLI_OK)
            continue;
        rv = head_each(d->txn, number, log_dump, d);
        if (rv == LINLI_OK)
            rv = aside_each(d->txn, number, aside_dump, d);
    }
    store_abort(d->txn);
    return rv == LINLI_OK ? d->failed : rv;
}

/* Where scopes hang, as the nonces from below the root: their ids commit to it. */
static void paths_dump(struct dumping *d, struct world *w)
{
    struct scope_path path;

    for (unsigned i = 0; i < w->scope_count; i++) {
        if (replica_scope_path(d->r, &w->scopes[i].id, &path) != LINLI_OK)
            continue;
        text(d->out, "{\"path\": \"");
        hex(d->out, path.nonce, path.depth * sizeof(path.nonce[0]));
        text(d->out, "\"}\n");
    }
}

/* What the root holds. */
int dump_changesets(struct world *w, const char *path)
{
    struct buf out = {0};
    struct dumping d = {.r = w->places[0].store->replica, .classes = 7, .out = &out, .json = true};
    const struct identity *self = replica_identity(d.r);

    text(&out, "{\"network\": \"");
    hex(&out, self->network.b, HASH_BYTES);
    text(&out, "\", \"keys\": \"");
    hex(&out, self->root.first.keys[0], KEY_BYTES);
    text(&out, "\"}\n");
    paths_dump(&d, w);
    int rv = rows_dump(&d, w);
    for (unsigned i = 0; i < w->scope_count && rv == LINLI_OK; i++) {
        d.scope = w->scopes[i].id;
        rv = scope_dump(&d);
        rv = rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* an attacker made it and told nobody */
    }
    FILE *f = rv == LINLI_OK ? fopen(path, "w") : NULL;
    if (rv == LINLI_OK && (f == NULL || fwrite(out.at, 1, out.size, f) != out.size))
        rv = LINLI_E_DISK;
    if (f != NULL && fclose(f) != 0)
        rv = LINLI_E_DISK;
    buf_free(&out);
    return rv;
}
