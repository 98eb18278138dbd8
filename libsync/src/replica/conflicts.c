/* replica: what a person must look at: values that stand beside each other, and parts that are set aside. */
#include "replica/reading.h"

enum { VALUES_SHOWN = 8 };

struct looking {
    struct replica *r;
    struct store_txn *txn;
    struct arena arena;
    struct write_list writes;
    struct disclosure told;
    linli_conflict_fn fn;
    void *ctx;
    bool stopped;
};

/* Values of one group are handed out: whatever else the record had opened is not. */
static int group_disclose(struct looking *l, const struct linli_conflict *c, unsigned opened, uint32_t group)
{
    enum linli_seal seal = schema_seal_of(c->type, group);

    l->told.opened = seal == LINLI_SEAL_NONE ? 0 : opened & 1u << (seal - 1);
    return disclose(&l->told);
}

static int conflict_tell(struct looking *l, struct linli_conflict *conflict,
                         const struct linli_schema_type *type, const struct group_reading *reading)
{
    int rv = LINLI_OK;

    l->writes.count = 0;
    for (size_t i = 0; i < reading->count && i < VALUES_SHOWN && rv == LINLI_OK; i++) {
        const struct cell_value *value = reading->values[i];
        struct linli_write like = {.dot = {.seq = value->seq}, .stamp = value->stamp};
        l->r->names.get(l->r->names.ctx, value->author, &like.dot.author);
        rv = writes_add(&l->writes, type, &like, reading->group, (span){NULL, 0}, value->bytes);
    }
    if (rv != LINLI_OK)
        return rv;
    conflict->field = group_n(reading->group);
    conflict->count = reading->count;
    conflict->values = l->writes.at;
    conflict->value_count = l->writes.count;
    l->stopped = !l->fn(l->ctx, conflict);
    return LINLI_OK;
}

static int record_look(struct looking *l, const struct scope_at *scope, const linli_id *record)
{
    struct linli_conflict conflict = {.scope = scope->id, .record = *record};
    const struct linli_schema_type *type;
    struct record_state state = {0};
    unsigned opened;
    int rv;

    arena_reset(&l->arena);
    l->told.opened = 0;
    rv = view_open(l->r, &l->told, l->txn, &l->arena, scope->number, record, &state);
    conflict.type = state.type;
    if (l->told.one)
        l->told.entry.type = state.type;
    opened = l->told.opened;
    type = linli_schema_type_by_number(state.type);
    for (size_t i = 0; i < state.count && rv == LINLI_OK && !l->stopped; i++) {
        const struct group_state *g = &state.groups[i];
        struct group_reading reading = {0};
        unsigned rule = group_rule(g->group);
        if (rule != RULE_REGISTER && rule != RULE_LADDER)
            continue;
        rv = reading_group(&l->arena, g, &l->r->names, &reading);
        if (rv != LINLI_OK || reading.conflicts == 0)
            continue;
        rv = group_disclose(l, &conflict, opened, g->group);
        if (rv == LINLI_OK)
            rv = conflict_tell(l, &conflict, type, &reading);
    }
    return rv;
}

static int scope_look(struct looking *l, const struct scope_at *scope)
{
    struct record_list marked = {.scope = scope};
    int rv = conflict_each(l->txn, scope->number, record_list_add, &marked);

    if (rv == LINLI_OK)
        rv = marked.failed;
    for (size_t i = 0; i < marked.count && rv == LINLI_OK && !l->stopped; i++)
        rv = record_look(l, scope, &marked.at[i].record);
    record_list_free(&marked);
    return rv;
}

struct lookup {
    const linli_id *record;
    struct looking *l;
    bool found;
    int rv;
};

static bool record_in(void *ctx, uint32_t scope)
{
    struct lookup *look = ctx;
    struct scope_row row;

    look->found = true;
    look->rv = scope_get(look->l->txn, scope, &row);
    if (look->rv == LINLI_OK && !look->l->told.one)
        disclosure_one(&look->l->told, &row.id, look->record, 0);
    if (look->rv == LINLI_OK)
        look->rv = record_look(look->l, &(struct scope_at){row.id, scope}, look->record);
    return look->rv == LINLI_OK && !look->l->stopped;
}

static int one_look(struct looking *l, const linli_id *record)
{
    struct lookup look = {.record = record, .l = l, .rv = LINLI_OK};
    int rv = where_each(l->txn, record, record_in, &look);

    if (rv != LINLI_OK)
        return rv;
    return look.found ? look.rv : LINLI_E_NOT_FOUND;
}

int replica_conflict_each(struct replica *r, const linli_id *scope, const linli_id *record,
                          linli_conflict_fn fn, void *ctx)
{
    struct looking l = {.r = r, .fn = fn, .ctx = ctx};
    struct audit_entry entry = {.act = LINLI_AUDIT_CONFLICTS, .format = ""};
    struct scope_list scopes = {0};
    int rv;

    if (scope != NULL)
        entry.scope = *scope;
    rv = disclosure_start(r, &entry, &l.told);
    if (rv == LINLI_OK)
        rv = store_begin(r->store, false, &l.txn);
    if (rv == LINLI_OK)
        rv = record != NULL ? one_look(&l, record) : scope_list_make(l.txn, scope, true, &scopes);
    for (size_t i = 0; i < scopes.count && rv == LINLI_OK && !l.stopped; i++)
        rv = scope_look(&l, &scopes.at[i]);
    scope_list_free(&scopes);
    mem_free(l.writes.at);
    arena_free(&l.arena);
    return disclosure_end(&l.told, store_end(l.txn, rv));
}

/* ---- set aside ---- */

const char *verdict_reason(unsigned reason)
{
    if (reason > VERDICT_COVERED)
        return "";
    switch ((enum verdict)reason) {
    case VERDICT_ACCEPTED:
    case VERDICT_PARTLY:
    case VERDICT_ERASED: break;
    case VERDICT_SUBJECT: return "subject";
    case VERDICT_SCOPE: return "scope";
    case VERDICT_TERM: return "term";
    case VERDICT_RIGHT: return "right";
    case VERDICT_CONTENT: return "content";
    case VERDICT_FORK: return "fork";
    case VERDICT_REVOKED: return "revoked";
    case VERDICT_REJECTED: return "rejected";
    case VERDICT_COVERED: return "erased";
    }
    return "";
}

struct leaving {
    struct replica *r;
    struct store_txn *txn;
    const struct scope_at *scope;
    linli_aside_fn fn;
    void *ctx;
    bool stopped;
    int rv;
};

static bool aside_tell(void *ctx, const struct aside_row *row)
{
    struct leaving *l = ctx;
    struct linli_aside aside = {.scope = l->scope->id,
                                .record = row->record,
                                .dot.seq = row->seq,
                                .reason = verdict_reason(row->reason)};
    struct log_row held;

    l->r->names.get(l->r->names.ctx, row->author, &aside.dot.author);
    l->rv = log_get(l->txn, l->scope->number, row->author, row->seq, &held);
    if (l->rv == LINLI_OK)
        aside.stamp = held.stamp;
    else if (l->rv == LINLI_E_NOT_FOUND)
        l->rv = LINLI_OK; /* past a fork: only the evidence is kept */
    l->stopped = l->rv != LINLI_OK || !l->fn(l->ctx, &aside);
    return !l->stopped;
}

int replica_aside_each(struct replica *r, const linli_id *scope, linli_aside_fn fn, void *ctx)
{
    struct leaving l = {.r = r, .fn = fn, .ctx = ctx, .rv = LINLI_OK};
    struct scope_list scopes = {0};
    int rv = store_begin(r->store, false, &l.txn);

    if (rv == LINLI_OK)
        rv = scope_list_make(l.txn, scope, true, &scopes);
    for (size_t i = 0; i < scopes.count && rv == LINLI_OK && !l.stopped; i++) {
        l.scope = &scopes.at[i];
        rv = aside_each(l.txn, l.scope->number, aside_tell, &l);
        if (rv == LINLI_OK)
            rv = l.rv;
    }
    scope_list_free(&scopes);
    return store_end(l.txn, rv);
}
