/* replica: reading one record, and authors by number. */
#include "model/reading.h"
#include "replica/disclose.h"

const struct author_names *replica_names(struct replica *r)
{
    return &r->names;
}

int replica_author_number(struct replica *r, const linli_author *author, uint32_t *number)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = author_number(txn, author, false, number);
    return store_end(txn, rv);
}

struct choosing {
    struct store_txn *txn;
    uint32_t scope;
    unsigned depth;
    linli_id id;
    int failed;
};

/*
 * A record lives in one scope. Where somebody has used its id in another as well, everybody reads the same one: that
 * nearest the root, so that who may write below takes nothing from what is read above; then that of the smaller id.
 */
static bool choose_scope(void *ctx, uint32_t scope)
{
    struct choosing *c = ctx;
    struct scope_row row;

    c->failed = scope_get(c->txn, scope, &row);
    if (c->failed != LINLI_OK)
        return false;
    if (c->scope == 0 || row.depth < c->depth || (row.depth == c->depth && id_compare(&row.id, &c->id) < 0)) {
        c->scope = scope;
        c->depth = row.depth;
        c->id = row.id;
    }
    return true;
}

struct looking {
    uint32_t scope;
    bool found;
};

static bool look(void *ctx, uint32_t scope)
{
    struct looking *l = ctx;

    l->found = l->found || scope == l->scope;
    return !l->found;
}

int replica_holds(struct replica *r, const linli_id *scope, const linli_id *record, bool *out)
{
    struct store_txn *txn = NULL;
    struct looking l = {.found = false};
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = scope_number(txn, scope, &l.scope);
    if (rv == LINLI_OK)
        rv = where_each(txn, record, look, &l);
    rv = store_end(txn, rv);
    *out = l.found;
    return rv;
}

/* `opening` says who is shown it, and with how many keys; its place is filled in here. */
static int load(struct opening *opening, const linli_id *record, linli_id *scope, struct record_state *out)
{
    struct choosing c = {.txn = opening->txn};
    struct record_state stored;
    span bytes;
    int rv = where_each(opening->txn, record, choose_scope, &c);

    if (rv == LINLI_OK)
        rv = c.failed;
    if (rv == LINLI_OK && c.scope == 0)
        rv = LINLI_E_NOT_FOUND;
    if (rv == LINLI_OK)
        rv = view_get(opening->txn, c.scope, record, &bytes);
    if (rv != LINLI_OK)
        return rv;
    bytes = arena_copy(opening->a, bytes);
    if (bytes.at == NULL)
        return LINLI_E_NOMEM;
    if (scope != NULL)
        *scope = c.id;
    rv = record_decode(opening->a, bytes, &stored);
    opening->scope = c.scope;
    opening->record = record;
    return rv == LINLI_OK ? open_state(opening, &stored, out) : rv;
}

static int load_once(struct replica *r, struct opening *opening, const linli_id *record, linli_id *scope,
                     struct record_state *out)
{
    int rv = store_begin(r->store, false, &opening->txn);

    if (rv == LINLI_OK)
        rv = load(opening, record, scope, out);
    return store_end(opening->txn, rv);
}

int replica_load(struct replica *r, struct arena *a, const linli_id *record, linli_id *scope, struct record_state *out)
{
    struct opening opening = {.r = r, .a = a, .keys = r->ring.count};

    return load_once(r, &opening, record, scope, out);
}

/* Sets, logs, counters and maxima are left out: what is written to them replaces nothing that was shown. */
static int groups_seen(struct disclosure *told, struct arena *a, const linli_id *scope, const linli_id *record, span token,
                       struct record_state *state)
{
    struct group_state *seen = arena_array(a, state->count, sizeof(*seen));
    size_t kept = 0;
    int rv = seen != NULL || state->count == 0 ? LINLI_OK : LINLI_E_NOMEM;

    for (size_t i = 0; i < state->count && rv == LINLI_OK; i++) {
        uint32_t group = state->groups[i].group;
        struct context shown = {NULL, 0};
        enum merge_rule rule = (enum merge_rule)group_rule(group);
        if (rule != RULE_REGISTER && rule != RULE_LADDER)
            continue;
        rv = token_context(a, token, &told->r->self.store_epoch, record, group, (span){NULL, 0}, &shown);
        if (rv == LINLI_OK && shown.count > 0) {
            rv = replica_shown_group(told->r, a, scope, record, state, group, &shown, told, &seen[kept]);
            kept += rv == LINLI_OK && seen[kept].count > 0; /* erased since: nothing is left to be shown */
        }
    }
    state->groups = seen;
    state->count = rv == LINLI_OK ? kept : 0;
    return rv;
}

static int show(struct replica *r, struct arena *a, const linli_id *record, const span *token, linli_id *scope,
                struct record_state *out)
{
    struct disclosure told;
    int rv = disclosure_start(r, &(struct audit_entry){.act = LINLI_AUDIT_READ, .format = ""}, &told);
    struct opening opening = {.r = r, .a = a, .keys = told.keys, .opened = &told.opened};

    if (rv == LINLI_OK)
        rv = load_once(r, &opening, record, scope, out);
    if (rv == LINLI_OK && token != NULL)
        rv = groups_seen(&told, a, scope, record, *token, out);
    if (rv != LINLI_OK)
        return rv;
    disclosure_one(&told, scope, record, out->type);
    return disclosure_end(&told, disclose(&told));
}

int replica_show(struct replica *r, struct arena *a, const linli_id *record, linli_id *scope, struct record_state *out)
{
    return show(r, a, record, NULL, scope, out);
}

int replica_show_seen(struct replica *r, struct arena *a, const linli_id *record, span token, linli_id *scope,
                      struct record_state *out)
{
    return show(r, a, record, &token, scope, out);
}

int replica_show_closed(struct replica *r, struct arena *a, const linli_id *record, linli_id *scope, struct record_state *out)
{
    struct opening opening = {.r = r, .a = a};

    return load_once(r, &opening, record, scope, out);
}
