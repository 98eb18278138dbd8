/* replica: records that are past the term for which their type may be kept. */
#include "model/reading.h"
#include "replica/erasing.h"
#include "replica/reading.h"

enum { GRACE_DAYS = 30 }; /* proto/record.md 6 */
static const uint64_t DAY_MS = UINT64_C(24) * 3600 * 1000;

struct looking {
    struct replica *r;
    const struct scope_at *scope;
    linli_due_fn fn;
    void *ctx;
    struct arena arena;
    bool stopped;
    int rv;
};

/* When something that can be erased was last written of it; 0: nothing is left of that. */
static uint64_t last_written(const struct record_state *state)
{
    linli_stamp last = 0;

    for (size_t i = 0; i < state->count; i++) {
        const struct group_state *g = &state->groups[i];
        if ((ERASABLE >> group_class(g->group) & 1) == 0)
            continue;
        for (size_t k = 0; k < g->count; k++)
            for (size_t v = 0; v < g->cells[k].count; v++)
                last = g->cells[k].values[v].stamp > last ? g->cells[k].values[v].stamp : last;
    }
    return hlc_ms(last);
}

/* The first moment of a date, 0 where there is none, none that is a date, or one before 1970. */
static uint64_t date_ms(span item)
{
    int64_t days;

    return !date_days(item, &days) || days <= 0 ? 0 : (uint64_t)days * DAY_MS;
}

/* The date that the term runs from. Of several that stand beside each other the latest; where one is none, it does not run. */
static uint64_t term_start(const struct record_state *state, const struct linli_schema_type *type)
{
    const struct linli_schema_field *from = linli_schema_field_by_number(type, type->keep_from);
    uint64_t latest = 0;

    for (size_t i = 0; i < state->count; i++) {
        const struct group_state *g = &state->groups[i];
        if (from == NULL || g->group != schema_group_of(from) || g->count == 0)
            continue;
        for (size_t v = 0; v < g->cells[0].count; v++) {
            uint64_t at = date_ms(reading_field(g->cells[0].values[v].bytes, from->number));
            if (at == 0)
                return 0;
            latest = at > latest ? at : latest;
        }
    }
    return latest;
}

/* When the term is over of a type whose term runs from a date. A date of long ago, written by mistake or with intent, leaves days to put it right. */
static uint64_t dated_end(const struct record_state *state, const struct linli_schema_type *type, uint64_t last_ms)
{
    uint64_t start = term_start(state, type), term_ms = type->keep_days * DAY_MS, grace_ms = last_ms + GRACE_DAYS * DAY_MS;

    if (start == 0)
        return linli_schema_field_by_number(type, type->keep_from)->required ? last_ms + term_ms : 0;
    return start + term_ms > grace_ms ? start + term_ms : grace_ms;
}

/* When its term is over; 0: it has none, or nothing is left that could be erased. */
static uint64_t term_end(const struct record_state *state, const struct linli_schema_type *type, uint64_t last_ms)
{
    if (type == NULL || type->keep_days == 0 || last_ms == 0)
        return 0;
    return type->keep_from == 0 ? last_ms + type->keep_days * DAY_MS : dated_end(state, type, last_ms);
}

static bool record_look(void *ctx, const linli_id *record, span bytes)
{
    struct looking *l = ctx;
    struct record_state state;

    arena_reset(&l->arena);
    l->rv = record_decode(&l->arena, bytes, &state);
    if (l->rv != LINLI_OK)
        return false;
    const struct linli_schema_type *type = linli_schema_type_by_number(state.type);
    uint64_t last_ms = last_written(&state), end_ms = term_end(&state, type, last_ms);
    if (end_ms == 0 || clock_now_ms(&l->r->clock) < end_ms)
        return true;
    struct linli_due due = {l->scope->id, *record, state.type, last_ms};
    l->stopped = !l->fn(l->ctx, &due);
    return !l->stopped;
}

int replica_due_each(struct replica *r, const linli_id *scope, linli_due_fn fn, void *ctx)
{
    struct looking l = {.r = r, .fn = fn, .ctx = ctx};
    struct scope_list scopes = {0};
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = scope_list_make(txn, scope, true, &scopes);
    for (size_t i = 0; i < scopes.count && rv == LINLI_OK && !l.stopped; i++) {
        l.scope = &scopes.at[i];
        rv = view_each(txn, scopes.at[i].number, record_look, &l);
        rv = rv == LINLI_OK ? l.rv : rv;
    }
    scope_list_free(&scopes);
    rv = store_end(txn, rv);
    arena_free(&l.arena);
    return rv == LINLI_E_FORMAT ? LINLI_E_CORRUPT : rv;
}
