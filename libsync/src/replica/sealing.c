/*
 * replica: sealed values on their way in and out. A value is sealed when its place is known: in the commit that writes it.
 * What is stored stays sealed; readers work on a copy of the state with everything open that opens here.
 */
#include <string.h>

#include "replica/internal.h"

/* --- out --- */

int open_value(const struct opening *o, uint32_t group, uint32_t author, uint64_t seq, span *value)
{
    const struct class_key *key = NULL;
    struct sealed_place place = {.network = o->r->self.network, .record = *o->record, .group = group, .seq = seq};
    struct scope_row row;
    linli_id id;
    span map;

    if (seal_rule(group_rule(group)) && sealed_key_id(*value, &id))
        key = ring_find(&o->r->ring, o->keys, &id);
    if (key == NULL)
        return LINLI_OK;
    int rv = scope_get(o->txn, o->scope, &row);
    if (rv != LINLI_OK)
        return rv;
    place.scope = row.id;
    o->r->names.get(o->r->names.ctx, author, &place.author);
    rv = sealed_open(o->a, key, &place, *value, &map);
    if (rv == LINLI_OK)
        *value = map;
    if (rv == LINLI_OK && o->opened != NULL)
        *o->opened |= 1u << (key->cls - 1);
    return rv == LINLI_E_KEY ? LINLI_OK : rv;
}

static bool group_sealed(const struct group_state *g)
{
    if (!seal_rule(group_rule(g->group)))
        return false;
    for (size_t i = 0; i < g->count; i++)
        for (size_t j = 0; j < g->cells[i].count; j++)
            if (sealed_is(g->cells[i].values[j].bytes))
                return true;
    return false;
}

static int open_cell(const struct opening *o, uint32_t group, struct cell *c)
{
    struct cell_value *values = arena_array(o->a, c->count, sizeof(*values));
    int rv = values == NULL ? LINLI_E_NOMEM : LINLI_OK;

    for (size_t i = 0; i < c->count && rv == LINLI_OK; i++) {
        values[i] = c->values[i];
        rv = open_value(o, group, values[i].author, values[i].seq, &values[i].bytes);
    }
    c->values = values;
    return rv;
}

static int open_group(const struct opening *o, struct group_state *g)
{
    struct cell *cells = arena_array(o->a, g->count, sizeof(*cells));
    int rv = cells == NULL ? LINLI_E_NOMEM : LINLI_OK;

    for (size_t i = 0; i < g->count && rv == LINLI_OK; i++) {
        cells[i] = g->cells[i];
        rv = open_cell(o, g->group, &cells[i]);
    }
    g->cells = cells;
    return rv;
}

int open_state(const struct opening *o, const struct record_state *state, struct record_state *out)
{
    struct record_state opened = *state;
    int rv = LINLI_OK;

    for (size_t i = 0; i < state->count && rv == LINLI_OK; i++) {
        if (o->keys == 0 || !group_sealed(&state->groups[i]))
            continue;
        if (opened.groups == state->groups) {
            opened.groups = arena_array(o->a, state->count, sizeof(*opened.groups));
            if (opened.groups == NULL)
                return LINLI_E_NOMEM;
            memcpy(opened.groups, state->groups, state->count * sizeof(*opened.groups));
        }
        rv = open_group(o, &opened.groups[i]);
    }
    if (rv == LINLI_OK)
        *out = opened;
    return rv;
}

/* --- in --- */

int seal_op(struct work *w, const struct log *log, const struct edit_op *edit, struct op *op)
{
    enum linli_seal cls = schema_seal_of(edit->type, op->group);
    struct sealed_place place = {.network = w->r->self.network, .scope = edit->scope, .record = edit->record,
                                 .group = op->group, .author = log->name, .seq = log->head.seq + 1};
    const struct ring_key *key;
    struct buf sealed = {0};
    bool sealing = true;

    if (cls == LINLI_SEAL_NONE)
        return LINLI_OK;
    key = ring_newest(&w->r->ring, &edit->scope, cls);
    int rv = key == NULL ? keys_sealing(w, &sealing) : LINLI_OK;
    if (rv != LINLI_OK || !sealing)
        return rv;
    if (key == NULL)
        return replica_fail(w->r, LINLI_E_SEALED, "no key of class %u", (unsigned)cls);
    rv = sealed_make(&key->key, &place, &w->r->rng, op->value, &sealed);
    if (rv == LINLI_OK) {
        op->value = arena_copy(&w->scratch, buf_span(&sealed));
        rv = op->value.at == NULL ? LINLI_E_NOMEM : LINLI_OK;
    }
    buf_free(&sealed);
    return rv;
}
