/* model: a record's state merged with ops or with another state (proto/record.md 3). */
#include "model/record.h"
#include "base/check.h"

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

/* Where the cell stands, or would stand, from `low` on. */
static size_t cell_find(const struct group_state *g, size_t low, span key)
{
    size_t high = g->count;

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

/* The cell that holds an op alone: what merging an op means (proto/record.md 3). */
struct lone {
    struct cell_value value;
    struct context_entry own;
    uint8_t key[COUNTER_KEY_BYTES];
};

static struct cell cell_of_op(struct lone *lone, const struct op *op, uint32_t author, uint64_t seq,
                              linli_stamp stamp)
{
    struct cell cell = {.values = &lone->value, .count = 1};

    switch ((enum merge_rule)group_rule(op->group)) { /* out of reach: ops_decode lets no other rule through */
    case RULE_COUNTER:
        be32_put(lone->key, author);
        cell.key = span_of(lone->key, sizeof(lone->key));
        lone->own = (struct context_entry){author, seq - 1};
        cell.ctx = (struct context){&lone->own, seq > 1};
        break;
    case RULE_SET:
        cell.key = op->key;
        cell.ctx = op->ctx;
        break;
    case RULE_REGISTER:
    case RULE_LADDER:
        cell.ctx = op->ctx;
        break;
    case RULE_LOG:
    case RULE_MAX:
        break;
    }
    lone->value = (struct cell_value){author, seq, stamp, cell.ctx, op->value};
    return cell;
}

static size_t groups_of(const struct op *ops, size_t count)
{
    size_t groups = 0;

    for (size_t i = 0; i < count; i++)
        groups += i == 0 || ops[i - 1].group != ops[i].group;
    return groups;
}

/* The state that holds the ops of one part alone. */
static int state_of_ops(struct arena *a, const struct op *ops, size_t count, uint32_t author, uint64_t seq,
                        linli_stamp stamp, struct record_state *out)
{
    struct lone *lone = arena_array(a, count, sizeof(*lone));
    struct cell *cells = arena_array(a, count, sizeof(*cells));
    struct group_state *groups = arena_array(a, groups_of(ops, count), sizeof(*groups)), *last = NULL;

    if (lone == NULL || cells == NULL || groups == NULL)
        return LINLI_E_NOMEM;
    *out = (struct record_state){.groups = groups};
    for (size_t i = 0; i < count; i++) {
        cells[i] = cell_of_op(&lone[i], &ops[i], author, seq, stamp);
        if (last == NULL || last->group != ops[i].group) {
            ALWAYS(last == NULL || last->group < ops[i].group);
            last = &groups[out->count++];
            *last = (struct group_state){.group = ops[i].group, .cells = &cells[i]};
        }
        ALWAYS(last->count == 0 || span_compare(cells[i - 1].key, cells[i].key) < 0);
        last->count++;
    }
    return LINLI_OK;
}

int record_apply_all(struct arena *a, struct record_state *state, linli_type type, const struct op *ops, size_t count,
                     uint32_t author, uint64_t seq, linli_stamp stamp)
{
    struct record_state alone;

    if (count == 0)
        return LINLI_OK;
    int rv = state_of_ops(a, ops, count, author, seq, stamp, &alone);
    alone.type = type;
    return rv == LINLI_OK ? record_merge(a, state, &alone, state) : rv;
}

int record_apply(struct arena *a, struct record_state *state, linli_type type, const struct op *op, uint32_t author,
                 uint64_t seq, linli_stamp stamp)
{
    return record_apply_all(a, state, type, op, 1, author, seq, stamp);
}

static void cells_append(struct group_state *g, const struct cell *cells, size_t count)
{
    if (count > 0)
        memcpy(g->cells + g->count, cells, count * sizeof(*cells));
    g->count += count;
}

/* cell_merge gives x itself, or arrays of its own. */
static bool same_cell(const struct cell *x, const struct cell *y)
{
    return memcmp(x, y, sizeof(*x)) == 0;
}

/*
 * Most often x has many cells and y few: those of x go over in stretches, between one that y changes and the
 * next. When y changes none, *out is x itself.
 */
static int group_merge(struct arena *a, const struct group_state *x, const struct group_state *y,
                       struct group_state *out)
{
    struct group_state merged = {.group = x->group};
    size_t i = 0, at = 0;

    for (size_t j = 0; j < y->count; j++) {
        struct cell next = y->cells[j];
        at = cell_find(x, at, next.key);
        bool both = at < x->count && span_equal(x->cells[at].key, next.key);
        int rv = both ? cell_merge(a, group_rule(x->group), &x->cells[at], &y->cells[j], &next) : LINLI_OK;
        if (rv != LINLI_OK)
            return rv;
        if (both && same_cell(&x->cells[at], &next))
            continue;
        if (merged.cells == NULL)
            merged.cells = arena_array(a, x->count + y->count, sizeof(*merged.cells));
        if (merged.cells == NULL)
            return LINLI_E_NOMEM;
        cells_append(&merged, x->cells + i, at - i);
        cells_append(&merged, &next, 1);
        i = at + both;
    }
    if (merged.cells != NULL)
        cells_append(&merged, x->cells + i, x->count - i);
    *out = merged.cells != NULL ? merged : *x;
    return LINLI_OK;
}

int record_merge(struct arena *a, const struct record_state *x, const struct record_state *y, struct record_state *out)
{
    struct record_state merged = {.type = x->type > y->type ? x->type : y->type};
    size_t i = 0, j = 0;
    bool same = true;

    if (x->count == 0) { /* a new record */
        merged.groups = y->groups;
        merged.count = y->count;
        *out = merged;
        return LINLI_OK;
    }
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
        same = same && take_x && next->cells == x->groups[i].cells;
        i += take_x;
        j += take_y;
    }
    if (same)
        merged.groups = x->groups;
    *out = merged;
    return LINLI_OK;
}
