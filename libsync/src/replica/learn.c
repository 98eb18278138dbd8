/* replica: accepted records that tell the replica itself something: grants, statements, scopes of the tree, and keys. */
#include "codec/reader.h"
#include "replica/reading.h"

bool op_field(const struct op *op, linli_field field, span *item)
{
    if (op->group != group_number(field, RULE_REGISTER, CLASS_PUBLIC))
        return false;
    *item = reading_field(op->value, field);
    return item->at != NULL;
}

static int learn_certificate(struct work *w, span item)
{
    struct reader r;
    bool added;

    reader_start(&r, item);
    span certificate = reader_bin(&r, LIMIT_STATEMENT_BYTES);
    if (reader_end(&r) != LINLI_OK)
        return LINLI_OK; /* a record like any other, but nothing that is signed */
    int rv = authority_enter(w, certificate, &added);
    /* One that lacks its issuer comes again in a session's grants, after it. */
    return authority_fault(rv) ? LINLI_OK : rv;
}

/* A scope that another's log, or a record that logs made, tells of. */
struct parent {
    uint32_t number;
    const linli_id *id;
    struct scope_path path;
};

/* A scope's record lives in its parent, and its id commits to both (proto/authority.md 2). */
static int learn_scope(struct work *w, const struct parent *parent, const linli_id *record, span item)
{
    struct scope_path path = parent->path;
    struct reader r;
    uint8_t nonce[16];
    linli_id id;
    uint32_t scope;

    reader_start(&r, item);
    reader_fixed(&r, nonce, sizeof(nonce));
    if (reader_end(&r) != LINLI_OK || path.depth + 1 >= LIMIT_SCOPE_DEPTH)
        return LINLI_OK;
    scope_child(parent->id, nonce, &id);
    if (!id_equal(&id, record))
        return LINLI_OK;
    for (size_t i = 0; i < sizeof(nonce); i++)
        path.nonce[path.depth][i] = nonce[i];
    path.depth++;
    if (authority_readable(w->r, &path) == 0)
        return LINLI_OK; /* a neighbour: its name is known, but it is not held */
    int rv = tree_add(w, parent->number, nonce, &scope, &id);
    return rv == LINLI_OK ? keys_mark(w, &path, &id) : rv;
}

int learn_part(struct work *w, const struct log *log, const struct part *part, const struct op *ops, size_t count)
{
    span item;
    int rv = part->type == TYPE_SEAL_KEY ? keys_learn(w, log, &part->record) : LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        if (part->type == TYPE_GRANT && op_field(&ops[i], GRANT_CERTIFICATE, &item))
            rv = learn_certificate(w, item);
        else if (part->type == TYPE_STATEMENT && (op_field(&ops[i], STATEMENT_CERTIFICATE, &item) ||
                                                  op_field(&ops[i], STATEMENT_GRANT_ADMITTED, &item)))
            rv = learn_certificate(w, item);
        else if (part->type == TYPE_SCOPE && op_field(&ops[i], SCOPE_NONCE, &item))
            rv = learn_scope(w, &(struct parent){log->scope, &log->scope_id, log->path}, &part->record, item);
    }
    return rv;
}

/* --- what was read of before it might be held --- */

struct rereading {
    struct work *w;
    struct parent parent;
    struct arena arena;
    int rv;
};

static int reread_record(struct rereading *r, const linli_id *record)
{
    struct record_state state = {0};
    int rv = view_load(r->w->txn, &r->arena, r->parent.number, record, &state);
    const struct group_state *g = rv == LINLI_OK ? record_group(&state, group_number(SCOPE_NONCE, RULE_REGISTER, CLASS_PUBLIC)) : NULL;

    for (size_t c = 0; g != NULL && c < g->count && rv == LINLI_OK; c++)
        for (size_t i = 0; i < g->cells[c].count && rv == LINLI_OK; i++) {
            span item = reading_field(g->cells[c].values[i].bytes, SCOPE_NONCE);
            if (item.at != NULL)
                rv = learn_scope(r->w, &r->parent, record, item);
        }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* a record that is nothing but listed */
}

static bool reread_one(void *ctx, const linli_id *record)
{
    struct rereading *r = ctx;

    arena_reset(&r->arena);
    r->rv = reread_record(r, record);
    return r->rv == LINLI_OK;
}

int learn_children(struct work *w)
{
    struct rereading r = {.w = w, .rv = LINLI_OK};
    struct scope_row row;
    int rv = LINLI_OK;

    for (uint32_t number = 1; rv == LINLI_OK; number++) { /* those that are found stand behind, and hold nothing yet */
        rv = scope_get(w->txn, number, &row);
        if (rv == LINLI_OK)
            rv = tree_path(w->txn, number, &r.parent.path);
        r.parent.number = number;
        r.parent.id = &row.id;
        if (rv == LINLI_OK)
            rv = index_each(w->txn, number, TYPE_SCOPE, 0, (span){NULL, 0}, reread_one, &r);
        if (rv == LINLI_OK)
            rv = r.rv;
    }
    arena_free(&r.arena);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}
