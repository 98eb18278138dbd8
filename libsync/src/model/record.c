/* model: a record's state merged with one op or with another state (proto/record.md 3). */
#include "model/record.h"

#include <linli/error.h>
#include <string.h>

/* Where the group stands, or would stand. */
static size_t group_find(const struct record_state *state, uint32_t group)
{
    size_t low = 0, high = state->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (state->groups[middle].group < group)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t cell_find(const struct group_state *g, span key)
{
    size_t low = 0, high = g->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_compare(g->cells[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct group_state *record_group(const struct record_state *state, uint32_t group)
{
    size_t at = group_find(state, group);

    return at < state->count && state->groups[at].group == group ? &state->groups[at] : NULL;
}

/* A copy of the array with room for, or in place of, the item at `at`; NULL when out of memory. */
static void *array_with(struct arena *a, const void *items, size_t count, size_t item_size, size_t at, bool insert)
{
    uint8_t *copy = arena_array(a, count + insert, item_size);
    size_t skipped = insert ? at : at + 1;

    if (copy == NULL)
        return NULL;
    if (at > 0)
        memcpy(copy, items, at * item_size);
    if (count > skipped)
        memcpy(copy + (at + 1) * item_size, (const uint8_t *)items + skipped * item_size, (count - skipped) * item_size);
    return copy;
}

/* The cell that holds the op alone: what merging an op means (proto/record.md 3). */
struct lone {
    struct cell_value value;
    struct context_entry own;
    uint8_t key[COUNTER_KEY_BYTES];
};

static int cell_of_op(struct arena *a, const struct op *op, uint32_t author, uint64_t seq, linli_stamp stamp,
                      struct cell *out)
{
    struct lone *lone = arena_alloc(a, sizeof(*lone));
    struct context ctx = {NULL, 0};

    if (lone == NULL)
        return LINLI_E_NOMEM;
    *out = (struct cell){.values = &lone->value, .count = 1};
    switch ((enum merge_rule)group_rule(op->group)) {
    case RULE_COUNTER:
        be32_put(lone->key, author);
        out->key = span_of(lone->key, sizeof(lone->key));
        lone->own = (struct context_entry){author, seq - 1};
        ctx = (struct context){&lone->own, seq > 1};
        break;
    case RULE_SET:
        out->key = op->key;
        ctx = op->ctx;
        break;
    case RULE_REGISTER:
    case RULE_LADDER:
        ctx = op->ctx;
        break;
    case RULE_LOG:
    case RULE_MAX:
        break;
    }
    out->ctx = ctx;
    lone->value = (struct cell_value){author, seq, stamp, ctx, op->value};
    return LINLI_OK;
}

/* The group merged with one cell. `*same` when that changed nothing (then *out is g). */
static int group_apply(struct arena *a, const struct group_state *g, const struct cell *cell, struct group_state *out,
                       bool *same)
{
    size_t at = cell_find(g, cell->key);
    bool insert = at == g->count || !span_equal(g->cells[at].key, cell->key);
    struct cell merged = *cell;
    int rv = LINLI_OK;

    *out = *g;
    if (!insert) {
        rv = cell_merge(a, group_rule(g->group), &g->cells[at], cell, &merged);
        if (rv != LINLI_OK)
            return rv;
        *same = merged.values == g->cells[at].values && merged.ctx.at == g->cells[at].ctx.at;
        if (*same)
            return LINLI_OK;
    }
    out->cells = array_with(a, g->cells, g->count, sizeof(*g->cells), at, insert);
    if (out->cells == NULL)
        return LINLI_E_NOMEM;
    out->cells[at] = merged;
    out->count = g->count + insert;
    return LINLI_OK;
}

int record_apply(struct arena *a, struct record_state *state, linli_type type, const struct op *op, uint32_t author,
                 uint64_t seq, linli_stamp stamp)
{
    size_t at = group_find(state, op->group);
    bool insert = at == state->count || state->groups[at].group != op->group;
    struct group_state before = insert ? (struct group_state){.group = op->group} : state->groups[at];
    struct group_state after, *groups;
    struct cell cell;
    bool same = false;
    int rv = cell_of_op(a, op, author, seq, stamp, &cell);

    if (rv == LINLI_OK)
        rv = group_apply(a, &before, &cell, &after, &same);
    if (rv != LINLI_OK)
        return rv;
    if (!same) {
        groups = array_with(a, state->groups, state->count, sizeof(*groups), at, insert);
        if (groups == NULL)
            return LINLI_E_NOMEM;
        groups[at] = after;
        state->groups = groups;
        state->count += insert;
    }
    if (type > state->type)
        state->type = type;
    return LINLI_OK;
}

static int group_merge(struct arena *a, const struct group_state *x, const struct group_state *y, struct group_state *out)
{
    struct group_state merged = {.group = x->group};
    size_t i = 0, j = 0;

    merged.cells = arena_array(a, x->count + y->count, sizeof(*merged.cells));
    if (merged.cells == NULL)
        return LINLI_E_NOMEM;
    while (i < x->count || j < y->count) {
        struct cell *next = &merged.cells[merged.count++];
        int order = j == y->count ? -1 : i == x->count ? 1 : span_compare(x->cells[i].key, y->cells[j].key);
        int rv = LINLI_OK;
        if (order == 0)
            rv = cell_merge(a, group_rule(x->group), &x->cells[i], &y->cells[j], next);
        else
            *next = order < 0 ? x->cells[i] : y->cells[j];
        if (rv != LINLI_OK)
            return rv;
        i += order <= 0;
        j += order >= 0;
    }
    *out = merged;
    return LINLI_OK;
}

int record_merge(struct arena *a, const struct record_state *x, const struct record_state *y, struct record_state *out)
{
    struct record_state merged = {.type = x->type > y->type ? x->type : y->type};
    size_t i = 0, j = 0;

    merged.groups = arena_array(a, x->count + y->count, sizeof(*merged.groups));
    if (merged.groups == NULL)
        return LINLI_E_NOMEM;
    while (i < x->count || j < y->count) {
        struct group_state *next = &merged.groups[merged.count++];
        bool take_x = j == y->count || (i < x->count && x->groups[i].group <= y->groups[j].group);
        bool take_y = i == x->count || (j < y->count && y->groups[j].group <= x->groups[i].group);
        int rv = LINLI_OK;
        if (take_x && take_y)
            rv = group_merge(a, &x->groups[i], &y->groups[j], next);
        else
            *next = take_x ? x->groups[i] : y->groups[j];
        if (rv != LINLI_OK)
            return rv;
        i += take_x;
        j += take_y;
    }
    *out = merged;
    return LINLI_OK;
}
