/* replica: the scope tree as people see it: names, paths, and how much each holds. */
#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"
#include "replica/reading.h"

enum { TYPE_HOUSEHOLD = 4 << 1, TYPE_RESIDENT = 5 << 1 };

struct entry {
    linli_id id;
    uint32_t number, parent;
    unsigned depth;
    enum linli_scope_kind kind;
    const char *name, *division; /* "" when not held */
    unsigned style;
    uint64_t households, residents;
};

struct tree {
    struct replica *r;
    struct store_txn *txn;
    struct arena arena, scratch;
    struct entry *at; /* by number at first; then by parent, division, name, id */
    size_t count, room;
};

/* A field of the scope's own record as shown; kind NIL when it is not there. */
static int scope_field(struct tree *t, const struct record_state *state, linli_field number,
                       struct linli_value *out)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(TYPE_SCOPE);
    const struct linli_schema_field *field = linli_schema_field_by_number(type, number);
    const struct group_state *g = record_group(state, schema_group_of(field));
    struct group_reading reading = {0};
    int rv = g == NULL ? LINLI_OK : reading_group(&t->scratch, g, &t->r->names, &reading);
    span item = {NULL, 0};

    *out = (struct linli_value){.kind = LINLI_KIND_NIL};
    if (rv == LINLI_OK && reading.count > 0)
        item = reading_field(reading.values[0]->bytes, number);
    if (item.at != NULL && value_read(item, field, out) != LINLI_OK)
        out->kind = LINLI_KIND_NIL;
    return rv;
}

static int text_field(struct tree *t, const struct record_state *state, linli_field number, const char **out)
{
    struct linli_value value;
    char *text;
    int rv = scope_field(t, state, number, &value);

    *out = "";
    if (rv != LINLI_OK || value.kind != LINLI_KIND_TEXT)
        return rv;
    text = arena_alloc(&t->arena, value.bytes.size + 1);
    if (text == NULL)
        return LINLI_E_NOMEM;
    if (value.bytes.size > 0)
        memcpy(text, value.bytes.at, value.bytes.size);
    *out = text;
    return LINLI_OK;
}

/* The scope's record stands in its parent; the root's in itself (proto/authority.md 2). */
static int entry_read(struct tree *t, struct entry *e)
{
    struct record_state state = {0};
    struct linli_value value;
    int rv;

    arena_reset(&t->scratch);
    rv = view_load(t->txn, &t->scratch, e->parent == 0 ? e->number : e->parent, &e->id, &state);
    if (rv == LINLI_E_NOT_FOUND)
        rv = LINLI_OK;
    if (rv == LINLI_OK)
        rv = text_field(t, &state, SCOPE_NAME, &e->name);
    if (rv == LINLI_OK)
        rv = text_field(t, &state, SCOPE_DIVISION, &e->division);
    if (rv == LINLI_OK)
        rv = scope_field(t, &state, SCOPE_KIND, &value);
    if (rv != LINLI_OK)
        return rv;
    if (value.kind == LINLI_KIND_INT && value.number >= 0 && value.number <= INT32_MAX)
        e->kind = (enum linli_scope_kind)value.number;
    rv = scope_field(t, &state, SCOPE_STYLE, &value);
    if (value.kind == LINLI_KIND_INT && value.number >= 0 && value.number <= INT32_MAX)
        e->style = (unsigned)value.number;
    return rv;
}

int scope_read(struct replica *r, struct store_txn *txn, struct arena *a, struct arena *scratch, uint32_t number,
               struct linli_scope *out)
{
    struct tree t = {.r = r, .txn = txn, .arena = *a, .scratch = *scratch};
    struct scope_row row;
    int rv = scope_get(txn, number, &row);

    if (rv != LINLI_OK)
        return rv;
    struct entry e = {.id = row.id, .number = number, .parent = row.parent, .depth = row.depth};
    rv = entry_read(&t, &e);
    *a = t.arena;
    *scratch = t.scratch;
    *out = (struct linli_scope){.id = e.id, .kind = e.kind, .name = e.name, .path = e.name, .division = e.division,
                                .style = e.style, .depth = e.depth};
    return rv;
}

static int entry_add(struct tree *t, uint32_t number)
{
    struct scope_row row;
    struct entry *e;
    int rv = scope_get(t->txn, number, &row);

    if (rv == LINLI_OK)
        rv = mem_grow(&t->at, &t->room, t->count + 1, sizeof(*t->at));
    if (rv != LINLI_OK)
        return rv;
    e = &t->at[t->count];
    *e = (struct entry){.id = row.id, .number = number, .parent = row.parent, .depth = row.depth};
    rv = entry_read(t, e);
    if (rv == LINLI_OK)
        rv = count_get(t->txn, number, COUNT_TYPE + TYPE_HOUSEHOLD, &e->households);
    if (rv == LINLI_OK)
        rv = count_get(t->txn, number, COUNT_TYPE + TYPE_RESIDENT, &e->residents);
    if (rv == LINLI_OK)
        t->count++;
    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

static int entry_compare(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    int order;

    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    order = strcmp(a->division, b->division);
    if (order == 0)
        order = strcmp(a->name, b->name);
    return order != 0 ? order : id_compare(&a->id, &b->id);
}

static int tree_load(struct tree *t)
{
    struct scope_row row;
    int rv = LINLI_OK;

    for (uint32_t number = 1; rv == LINLI_OK; number++) {
        rv = scope_get(t->txn, number, &row);
        if (rv == LINLI_OK)
            rv = entry_add(t, number);
    }
    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    /* A scope has a higher number than the one it stands below, which was there first: sums go up in one pass. */
    for (size_t i = t->count; i > 1; i--) {
        struct entry *e = &t->at[i - 1];
        if (e->parent == 0 || e->parent >= e->number)
            return LINLI_E_CORRUPT;
        t->at[e->parent - 1].households += e->households;
        t->at[e->parent - 1].residents += e->residents;
    }
    if (t->count > 1)
        qsort(t->at, t->count, sizeof(*t->at), entry_compare);
    return LINLI_OK;
}

/* The first entry below `parent`. */
static size_t first_below(const struct tree *t, uint32_t parent)
{
    size_t low = 0, high = t->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->at[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct telling {
    struct tree tree;
    struct buf path;
    linli_scope_fn fn;
    void *ctx;
};

static bool entry_tell(struct telling *t, const struct entry *e, const linli_id *parent)
{
    struct linli_scope scope = {.id = e->id,
                                .kind = e->kind,
                                .name = e->name,
                                .path = (const char *)t->path.at,
                                .division = e->division,
                                .style = e->style,
                                .depth = e->depth,
                                .households = e->households,
                                .residents = e->residents};

    if (parent != NULL)
        scope.parent = *parent;
    return t->fn(t->ctx, &scope);
}

/* Recursion as deep as scopes go: LIMIT_SCOPE_DEPTH. LINLI_E_CANCELLED: the callback wants no more. */
static int tell_below(struct telling *t, uint32_t parent, const linli_id *parent_id)
{
    size_t before = t->path.size;
    int rv = LINLI_OK;

    for (size_t i = first_below(&t->tree, parent);
         i < t->tree.count && t->tree.at[i].parent == parent && rv == LINLI_OK; i++) {
        const struct entry *e = &t->tree.at[i];
        t->path.size = before;
        if (before > 0)
            t->path.at[before - 1] = '/'; /* in the place of the NUL */
        rv = buf_append(&t->path, e->name, strlen(e->name) + 1);
        if (rv == LINLI_OK && !entry_tell(t, e, parent_id))
            rv = LINLI_E_CANCELLED;
        if (rv == LINLI_OK)
            rv = tell_below(t, e->number, &e->id);
    }
    return rv;
}

int replica_scope_each(struct replica *r, linli_scope_fn fn, void *ctx)
{
    struct telling t = {.tree = {.r = r}, .fn = fn, .ctx = ctx};
    int rv = store_begin(r->store, false, &t.tree.txn);

    if (rv == LINLI_OK)
        rv = tree_load(&t.tree);
    if (rv == LINLI_OK)
        rv = tell_below(&t, 0, NULL);
    rv = store_end(t.tree.txn, rv);
    mem_free(t.tree.at);
    arena_free(&t.tree.arena);
    arena_free(&t.tree.scratch);
    buf_free(&t.path);
    return rv == LINLI_E_CANCELLED ? LINLI_OK : rv;
}

/* ---- finding one ---- */

struct finding {
    struct tree tree; /* its list is not used */
    const char *rest; /* of the path, from the names of these children on */
    uint32_t parent;
    linli_id id;
    size_t count;
    int rv;
};

static bool child_match(void *ctx, uint32_t child, const linli_id *id);

static int scope_match(struct finding *f, uint32_t parent, uint32_t number, const linli_id *id)
{
    struct entry e = {.id = *id, .number = number, .parent = parent};
    const char *rest = f->rest;
    uint32_t above = f->parent;
    size_t size;
    int rv = entry_read(&f->tree, &e);

    if (rv != LINLI_OK)
        return rv;
    size = strlen(e.name);
    if (size == 0 || strncmp(rest, e.name, size) != 0)
        return LINLI_OK;
    if (rest[size] == '\0') {
        f->id = *id;
        f->count++;
    } else if (rest[size] == '/') {
        f->rest = rest + size + 1;
        f->parent = number;
        rv = scope_children(f->tree.txn, number, child_match, f);
        if (rv == LINLI_OK)
            rv = f->rv;
        f->rest = rest;
        f->parent = above;
    }
    return rv;
}

static bool child_match(void *ctx, uint32_t child, const linli_id *id)
{
    struct finding *f = ctx;

    f->rv = scope_match(f, f->parent, child, id);
    return f->rv == LINLI_OK;
}

static bool all_digits(const char *text)
{
    size_t size = strlen(text);

    return size >= 4 && size <= ID_HEX && strspn(text, "0123456789abcdefABCDEF") == size;
}

static bool id_starts(const linli_id *id, const char *text)
{
    char hex[ID_HEX + 1];
    size_t i = 0;

    hex_encode(id->b, ID_BYTES, hex);
    while (text[i] != '\0' &&
           (text[i] == hex[i] || (text[i] >= 'A' && text[i] <= 'F' && text[i] - 'A' + 'a' == hex[i])))
        i++;
    return text[i] == '\0';
}

static int find_by_digits(struct finding *f, const char *text)
{
    struct scope_row row;
    int rv = LINLI_OK;

    for (uint32_t number = 1; rv == LINLI_OK; number++) {
        rv = scope_get(f->tree.txn, number, &row);
        if (rv == LINLI_OK && id_starts(&row.id, text)) {
            f->id = row.id;
            f->count++;
        }
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int replica_scope_find(struct replica *r, const char *text, linli_id *id)
{
    struct finding f = {.tree = {.r = r}, .rest = text, .rv = LINLI_OK};
    uint32_t root;
    int rv = store_begin(r->store, false, &f.tree.txn);

    if (rv == LINLI_OK && all_digits(text))
        rv = find_by_digits(&f, text);
    if (rv == LINLI_OK && f.count == 0) {
        rv = scope_number(f.tree.txn, &r->self.root_scope, &root);
        if (rv == LINLI_OK)
            rv = scope_match(&f, 0, root, &r->self.root_scope);
    }
    rv = store_end(f.tree.txn, rv);
    arena_free(&f.tree.arena);
    arena_free(&f.tree.scratch);
    if (rv == LINLI_OK && f.count != 1)
        rv = f.count == 0 ? LINLI_E_NOT_FOUND : LINLI_E_EXISTS;
    if (rv == LINLI_OK)
        *id = f.id;
    return rv;
}
