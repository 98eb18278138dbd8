/*
 * model: a record's state as stored: one canonical encoding for a given author numbering.
 *
 *     state = [type, [group number, cells, group number, cells, ...]]
 *     cells = cell, or, for the rules with keys (set, counter), [key bin, cell, key bin, cell, ...]
 *     cell  = [context, write, context, value, write, context, value, ...]    the cell's own context first
 *     write = its author, seq and stamp: [author, seq, stamp], or its place among the recent writes
 *     context = [author, seq, author, seq, ...], or its place among the recent contexts + 1, or 0 when empty
 *
 * A changeset writes many groups at once, so most values repeat the write and the context of the one before. The last
 * RECENT different ones keep a place each, taken in turn; one that has a place is always written as that place.
 */
#include "base/check.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"
#include "model/record.h"

#include <linli/error.h>

enum { RECENT = 16, STATE_DEPTH = 6, WRITE_ITEMS = 3, VALUE_ITEMS = 3 };

struct recent {
    struct cell_value writes[RECENT]; /* author, seq and stamp alone */
    struct context contexts[RECENT];
    size_t write_count, context_count; /* ever */
};

static bool same_write(const struct cell_value *x, const struct cell_value *y)
{
    return x->author == y->author && x->seq == y->seq && x->stamp == y->stamp;
}

/* The write's place; RECENT when it has none, and then it gets one. */
static unsigned write_place(struct recent *recent, const struct cell_value *v)
{
    for (unsigned i = 0; i < RECENT && i < recent->write_count; i++)
        if (same_write(&recent->writes[i], v))
            return i;
    recent->writes[recent->write_count++ % RECENT] = (struct cell_value){v->author, v->seq, v->stamp, {NULL, 0}, {NULL, 0}};
    return RECENT;
}

static unsigned context_place(struct recent *recent, const struct context *c)
{
    for (unsigned i = 0; i < RECENT && i < recent->context_count; i++)
        if (context_equal(&recent->contexts[i], c))
            return i;
    recent->contexts[recent->context_count++ % RECENT] = *c;
    return RECENT;
}

static void context_put(struct buf *out, struct recent *recent, const struct context *c)
{
    unsigned place = c->count == 0 ? 0 : context_place(recent, c);

    if (c->count == 0 || place < RECENT) {
        write_uint(out, c->count == 0 ? 0 : place + 1);
        return;
    }
    write_array(out, 2 * c->count);
    for (size_t i = 0; i < c->count; i++) {
        write_uint(out, c->at[i].author);
        write_uint(out, c->at[i].seq);
    }
}

static void cell_put(struct buf *out, struct recent *recent, const struct cell *c)
{
    write_array(out, 1 + VALUE_ITEMS * c->count);
    context_put(out, recent, &c->ctx);
    for (size_t i = 0; i < c->count; i++) {
        const struct cell_value *v = &c->values[i];
        unsigned place = write_place(recent, v);
        if (place < RECENT) {
            write_uint(out, place);
        } else {
            write_array(out, WRITE_ITEMS);
            write_uint(out, v->author);
            write_uint(out, v->seq);
            write_uint(out, v->stamp);
        }
        context_put(out, recent, &v->ctx);
        write_raw(out, v->bytes);
    }
}

int record_encode(const struct record_state *state, struct buf *out)
{
    struct recent recent = {.write_count = 0};

    write_array(out, 2);
    write_uint(out, state->type);
    write_array(out, 2 * state->count);
    for (size_t i = 0; i < state->count; i++) {
        const struct group_state *g = &state->groups[i];
        write_uint(out, g->group);
        if (!group_keyed(g->group)) {
            ALWAYS(g->count == 1);
            cell_put(out, &recent, &g->cells[0]);
            continue;
        }
        write_array(out, 2 * g->count);
        for (size_t j = 0; j < g->count; j++) {
            write_bin(out, g->cells[j].key.at, g->cells[j].key.size);
            cell_put(out, &recent, &g->cells[j]);
        }
    }
    return out->failed;
}

static int context_take(struct arena *a, struct reader *r, struct recent *recent, struct context *out)
{
    *out = (struct context){NULL, 0};
    if (reader_peek(r) == ITEM_UINT) {
        uint64_t place = reader_uint(r, RECENT);
        if (place > recent->context_count)
            return LINLI_E_CORRUPT;
        if (place > 0)
            *out = recent->contexts[place - 1];
        return LINLI_OK;
    }
    size_t items = reader_array(r, SIZE_MAX);
    if (r->failed != LINLI_OK || items == 0 || items % 2 != 0)
        return LINLI_E_CORRUPT;
    out->at = arena_array(a, items / 2, sizeof(*out->at));
    if (out->at == NULL)
        return LINLI_E_NOMEM;
    for (; out->count < items / 2; out->count++) {
        struct context_entry *e = &out->at[out->count];
        e->author = (uint32_t)reader_uint(r, UINT32_MAX);
        e->seq = reader_uint(r, UINT64_MAX);
        if (e->seq == 0 || (out->count > 0 && e[-1].author >= e->author))
            return LINLI_E_CORRUPT;
    }
    return context_place(recent, out) == RECENT ? LINLI_OK : LINLI_E_CORRUPT;
}

static int write_take(struct reader *r, struct recent *recent, struct cell_value *v)
{
    if (reader_peek(r) == ITEM_UINT) {
        uint64_t place = reader_uint(r, RECENT - 1);
        if (place >= recent->write_count || r->failed != LINLI_OK)
            return LINLI_E_CORRUPT;
        *v = recent->writes[place];
        return LINLI_OK;
    }
    if (reader_array(r, WRITE_ITEMS) != WRITE_ITEMS)
        return LINLI_E_CORRUPT;
    v->author = (uint32_t)reader_uint(r, UINT32_MAX);
    v->seq = reader_uint(r, UINT64_MAX);
    v->stamp = reader_uint(r, UINT64_MAX);
    if (v->seq == 0 || r->failed != LINLI_OK)
        return LINLI_E_CORRUPT;
    return write_place(recent, v) == RECENT ? LINLI_OK : LINLI_E_CORRUPT;
}

/* What every cell that the merge makes keeps to: values in the order of their dots, none covered. */
static bool value_fits(const struct cell *c, const struct cell_value *v)
{
    const struct cell_value *before = c->count > 0 ? v - 1 : NULL;

    if (before != NULL && (before->author > v->author || (before->author == v->author && before->seq >= v->seq)))
        return false;
    return !context_covers(&c->ctx, v->author, v->seq);
}

/* Room for one cell with one value, as most groups have: reserved for all groups of a state at once. */
struct seat {
    struct cell cell;
    struct cell_value value;
};

/* `lone`: the place of a value that is the cell's only one. */
static int cell_take(struct arena *a, struct reader *r, struct recent *recent, struct cell *out, struct cell_value *lone)
{
    size_t items = reader_array(r, SIZE_MAX);
    size_t count = items / VALUE_ITEMS;
    int rv;

    if (items % VALUE_ITEMS != 1)
        return LINLI_E_CORRUPT;
    rv = context_take(a, r, recent, &out->ctx);
    if (rv != LINLI_OK)
        return rv;
    if (count == 0 && out->ctx.count == 0)
        return LINLI_E_CORRUPT;
    out->values = count == 1 && lone != NULL ? lone : arena_array(a, count, sizeof(*out->values));
    if (out->values == NULL)
        return LINLI_E_NOMEM;
    for (; out->count < count; out->count++) {
        struct cell_value *v = &out->values[out->count];
        rv = write_take(r, recent, v);
        if (rv == LINLI_OK)
            rv = context_take(a, r, recent, &v->ctx);
        if (rv != LINLI_OK)
            return rv;
        v->bytes = reader_item(r);
        if (!value_fits(out, v))
            return LINLI_E_CORRUPT;
    }
    return r->failed == LINLI_OK ? LINLI_OK : LINLI_E_CORRUPT;
}

static int cell_key_take(struct reader *r, uint32_t group, const struct cell *before, struct cell *c)
{
    c->key = reader_bin(r, SIZE_MAX);
    if (c->key.size == 0 || (before != NULL && span_compare(before->key, c->key) >= 0))
        return LINLI_E_CORRUPT;
    return group_rule(group) == RULE_COUNTER && c->key.size != COUNTER_KEY_BYTES ? LINLI_E_CORRUPT : LINLI_OK;
}

static int keyed_take(struct arena *a, struct reader *r, struct recent *recent, struct group_state *g)
{
    size_t items = reader_array(r, SIZE_MAX), count = items / 2;

    if (r->failed != LINLI_OK || count == 0 || items % 2 != 0)
        return LINLI_E_CORRUPT;
    g->cells = arena_array(a, count, sizeof(*g->cells));
    if (g->cells == NULL)
        return LINLI_E_NOMEM;
    for (; g->count < count; g->count++) {
        struct cell *c = &g->cells[g->count];
        int rv = cell_key_take(r, g->group, g->count > 0 ? c - 1 : NULL, c);
        if (rv == LINLI_OK)
            rv = cell_take(a, r, recent, c, NULL);
        if (rv != LINLI_OK)
            return rv;
    }
    return LINLI_OK;
}

static int group_take(struct arena *a, struct reader *r, struct recent *recent, struct group_state *g, struct seat *seat)
{
    if (group_keyed(g->group))
        return keyed_take(a, r, recent, g);
    g->cells = &seat->cell;
    g->count = 1;
    return r->failed != LINLI_OK ? LINLI_E_CORRUPT : cell_take(a, r, recent, &seat->cell, &seat->value);
}

int record_decode(struct arena *a, span bytes, struct record_state *out)
{
    struct record_state state = {0};
    struct recent recent = {.write_count = 0};
    struct reader r;

    if (scan_item(bytes, STATE_DEPTH, SIZE_MAX) != LINLI_OK)
        return LINLI_E_CORRUPT;
    reader_start(&r, bytes);
    if (reader_array(&r, 2) != 2)
        return LINLI_E_CORRUPT;
    state.type = (linli_type)reader_uint(&r, UINT32_MAX);
    size_t items = reader_array(&r, SIZE_MAX);
    if (r.failed != LINLI_OK || items % 2 != 0)
        return LINLI_E_CORRUPT;
    state.groups = arena_array(a, items / 2, sizeof(*state.groups));
    struct seat *seats = arena_array(a, items / 2, sizeof(*seats));
    if (state.groups == NULL || seats == NULL)
        return LINLI_E_NOMEM;
    for (; state.count < items / 2; state.count++) {
        struct group_state *g = &state.groups[state.count];
        g->group = (uint32_t)reader_uint(&r, UINT32_MAX);
        if (group_rule(g->group) >= RULE_COUNT || (state.count > 0 && g[-1].group >= g->group))
            return LINLI_E_CORRUPT;
        int rv = group_take(a, &r, &recent, g, &seats[state.count]);
        if (rv != LINLI_OK)
            return rv;
    }
    if (reader_end(&r) != LINLI_OK) /* out of reach: the scan saw one item, and all of it was read */
        return LINLI_E_CORRUPT;
    *out = state;
    return LINLI_OK;
}
