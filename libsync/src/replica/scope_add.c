/* replica: scopes are added: each gets an id made of its parent and a nonce, and a record in its parent's scope. */
#include <stdlib.h>
#include <string.h>

#include "codec/writer.h"
#include "replica/internal.h"

enum { SCOPES_PER_EDIT = 128 }; /* well under a changeset's limits of parts and bytes */

struct scope_adding {
    const linli_id *parents;
    const struct linli_scope_spec *specs;
    size_t count;
    linli_id *ids;
};

/* --- no two siblings of one name --- */

struct sibling {
    struct work *w;
    uint32_t scope;
    bool found;
    int failed;
};

static bool sibling_alive(void *ctx, const linli_id *record)
{
    struct sibling *s = ctx;
    struct record_state state;
    span bytes;

    s->failed = view_get(s->w->txn, s->scope, record, &bytes);
    if (s->failed == LINLI_OK)
        s->failed = record_decode(&s->w->scratch, bytes, &state);
    s->found = s->failed == LINLI_OK && reading_life(&state) != LIFE_DELETED;
    return s->failed == LINLI_OK && !s->found;
}

static int sibling_held(struct work *w, uint32_t parent, const char *name)
{
    struct sibling s = {.w = w, .scope = parent};
    struct buf item = {0};

    write_text(&item, name, strlen(name));
    int rv = item.failed;
    arena_reset(&w->scratch);
    if (rv == LINLI_OK)
        rv = index_each(w->txn, parent, TYPE_SCOPE, SCOPE_NAME, buf_span(&item), sibling_alive, &s);
    buf_free(&item);
    if (rv == LINLI_OK)
        rv = s.failed;
    return rv == LINLI_OK && s.found ? LINLI_E_EXISTS : rv;
}

struct named {
    const linli_id *parent;
    const char *name;
};

static int named_compare(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = id_compare(x->parent, y->parent);

    return order != 0 ? order : strcmp(x->name, y->name);
}

/* Two of one name in this very call. */
static int siblings_distinct(struct work *w, const struct scope_adding *add)
{
    struct named *names = arena_array(&w->arena, add->count, sizeof(*names));

    if (names == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < add->count; i++)
        names[i] = (struct named){&add->parents[i], add->specs[i].name};
    if (add->count > 1)
        qsort(names, add->count, sizeof(*names), named_compare);
    for (size_t i = 1; i < add->count; i++)
        if (named_compare(&names[i - 1], &names[i]) == 0)
            return LINLI_E_EXISTS;
    return LINLI_OK;
}

/* --- records --- */

static int scope_record(struct edit *e, const linli_id *parent, const linli_id *id, const uint8_t nonce[16],
                        const struct linli_scope_spec *spec)
{
    int rv = edit_life(e, parent, id, TYPE_SCOPE);

    if (rv == LINLI_OK)
        rv = edit_text(e, parent, id, TYPE_SCOPE, SCOPE_NAME, spec->name);
    if (rv == LINLI_OK)
        rv = edit_uint(e, parent, id, TYPE_SCOPE, SCOPE_KIND, spec->kind);
    if (rv == LINLI_OK)
        rv = edit_bin(e, parent, id, TYPE_SCOPE, SCOPE_PARENT, span_of(parent->b, ID_BYTES));
    if (rv == LINLI_OK)
        rv = edit_bin(e, parent, id, TYPE_SCOPE, SCOPE_NONCE, span_of(nonce, 16));
    if (rv == LINLI_OK && spec->division != NULL)
        rv = edit_text(e, parent, id, TYPE_SCOPE, SCOPE_DIVISION, spec->division);
    if (rv == LINLI_OK && spec->style != 0)
        rv = edit_uint(e, parent, id, TYPE_SCOPE, SCOPE_STYLE, spec->style);
    if (rv == LINLI_OK && spec->urban_rural != NULL)
        rv = edit_text(e, parent, id, TYPE_SCOPE, SCOPE_URBAN_RURAL, spec->urban_rural);
    return rv;
}

static int scope_one(struct work *w, const struct scope_adding *add, size_t i, struct edit *e)
{
    const struct linli_scope_spec *spec = &add->specs[i];
    uint8_t nonce[16];
    uint32_t parent, scope;
    struct scope_path path;
    int rv = scope_number(w->txn, &add->parents[i], &parent);

    if (rv == LINLI_OK)
        rv = sibling_held(w, parent, spec->name);
    if (rv != LINLI_OK)
        return rv;
    rng_fill(&w->r->rng, nonce, sizeof(nonce));
    rv = tree_add(w, parent, nonce, &scope, &add->ids[i]);
    if (rv == LINLI_OK)
        rv = scope_record(e, &add->parents[i], &add->ids[i], nonce, spec);
    if (rv == LINLI_OK)
        rv = tree_path(w->txn, scope, &path);
    return rv == LINLI_OK ? keys_mark(w, &path, &add->ids[i]) : rv;
}

static int edits_push(struct edit **edits, size_t *count, size_t *room)
{
    int rv = LINLI_OK;

    if (*count > 0 && (*edits)[*count - 1].count < (size_t)SCOPES_PER_EDIT * 8)
        return LINLI_OK;
    rv = mem_grow(edits, room, *count + 1, sizeof(**edits));
    if (rv == LINLI_OK)
        (*edits)[(*count)++] = (struct edit){.count = 0};
    return rv;
}

static int add_step(struct work *w, void *ctx)
{
    const struct scope_adding *add = ctx;
    struct edit *edits = NULL, **list = NULL;
    size_t count = 0, room = 0;
    int rv = siblings_distinct(w, add);

    for (size_t i = 0; i < add->count && rv == LINLI_OK; i++) {
        rv = edits_push(&edits, &count, &room);
        if (rv == LINLI_OK)
            rv = scope_one(w, add, i, &edits[count - 1]);
    }
    if (rv == LINLI_OK)
        rv = (list = arena_array(&w->arena, count, sizeof(struct edit *))) == NULL ? LINLI_E_NOMEM : LINLI_OK;
    for (size_t i = 0; i < count && list != NULL; i++)
        list[i] = &edits[i];
    if (rv == LINLI_OK)
        rv = commit_edits(w, list, count, NULL);
    if (rv == LINLI_OK)
        rv = keys_tend(w, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        edit_free(&edits[i]);
    mem_free(edits);
    return rv;
}

int replica_scope_add(struct replica *r, const linli_id *parents, const struct linli_scope_spec *specs, size_t count,
                      linli_id *ids)
{
    struct scope_adding add = {parents, specs, count, ids};

    for (size_t i = 0; i < count; i++)
        if (specs[i].name == NULL || specs[i].name[0] == '\0')
            return LINLI_E_ARG;
    return count > 0 ? work_run(r, add_step, &add) : LINLI_OK;
}
