/* model: what a person is shown of a record (proto/record.md 4). */
#include "model/reading.h"
#include "codec/reader.h"

#include <linli/error.h>
#include <stdlib.h>

/* Where on a ladder a value stands; the same for all values of any other rule. */
struct step {
    int64_t episode, rung;
};

static int step_compare(struct step x, struct step y)
{
    if (x.episode != y.episode)
        return x.episode < y.episode ? -1 : 1;
    return (x.rung > y.rung) - (x.rung < y.rung);
}

/* A value with what it is ordered by. */
struct ranked {
    const struct cell_value *value;
    struct step step;
    linli_author author;
    bool repeated; /* a greater one has the same bytes */
};

static int ranked_compare(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    int step = step_compare(a->step, b->step);

    if (step != 0)
        return step;
    if (a->value->stamp != b->value->stamp)
        return a->value->stamp < b->value->stamp ? -1 : 1;
    int order = author_compare(&a->author, &b->author);
    return order != 0 ? order : (a->value->seq > b->value->seq) - (a->value->seq < b->value->seq);
}

span reading_field(span value_bytes, linli_field field)
{
    struct reader r;

    reader_start(&r, value_bytes);
    for (size_t left = reader_map(&r, SIZE_MAX); left > 0 && r.failed == LINLI_OK; left--) {
        uint64_t key = reader_uint(&r, UINT64_MAX);
        span item = reader_item(&r);
        if (key == field && r.failed == LINLI_OK)
            return item;
    }
    return (span){NULL, 0};
}

span reading_text(span value_bytes, linli_field field)
{
    struct reader r;

    reader_start(&r, reading_field(value_bytes, field));
    return reader_peek(&r) == ITEM_TEXT ? reader_text(&r, SIZE_MAX) : (span){NULL, 0};
}

/* What cannot be read (a sealed value) is below every step that can. */
static int64_t number_or_least(span value, linli_field field)
{
    int64_t number;

    return value_number(reading_field(value, field), &number) ? number : INT64_MIN;
}

static struct step step_of(uint32_t group, const struct cell_value *v)
{
    if (group_rule(group) != RULE_LADDER)
        return (struct step){0, 0};
    return (struct step){number_or_least(v->bytes, LADDER_EPISODE), number_or_least(v->bytes, group_n(group))};
}

/* The cell's values in the order of the reading, least first. */
static int rank(struct arena *a, const struct group_state *g, const struct author_names *names, struct ranked **out)
{
    const struct cell *c = &g->cells[0];
    struct ranked *ranked = arena_array(a, c->count, sizeof(*ranked));

    if (ranked == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < c->count; i++) {
        ranked[i].value = &c->values[i];
        if (c->count == 1)
            break;
        names->get(names->ctx, c->values[i].author, &ranked[i].author);
        ranked[i].step = step_of(g->group, &c->values[i]);
    }
    qsort(ranked, c->count, sizeof(*ranked), ranked_compare);
    *out = ranked;
    return LINLI_OK;
}

/* By bytes, and of equal bytes the greatest first: they are of one array, in its order. */
static int bytes_compare(const void *x, const void *y)
{
    const struct ranked *const *a = x, *const *b = y;
    int order = span_compare((*a)->value->bytes, (*b)->value->bytes);

    return order != 0 ? order : (*a < *b) - (*a > *b);
}

static int mark_repeated(struct arena *a, struct ranked *ranked, size_t count)
{
    struct ranked **by_bytes = arena_array(a, count, sizeof(*by_bytes));

    if (by_bytes == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        by_bytes[i] = &ranked[i];
    qsort(by_bytes, count, sizeof(*by_bytes), bytes_compare);
    for (size_t i = 1; i < count; i++)
        by_bytes[i]->repeated = span_equal(by_bytes[i - 1]->value->bytes, by_bytes[i]->value->bytes);
    return LINLI_OK;
}

static int read_greatest(struct arena *a, struct ranked *ranked, size_t count, struct group_reading *out)
{
    size_t low = count; /* from here on: the top step; a lower one is no conflict */

    while (low > 0 && step_compare(ranked[low - 1].step, ranked[count - 1].step) == 0)
        low--;
    int rv = mark_repeated(a, ranked + low, count - low);
    for (size_t i = count; i > low && rv == LINLI_OK; i--)
        if (!ranked[i - 1].repeated)
            out->values[out->count++] = ranked[i - 1].value;
    out->conflicts = out->count > 0 ? out->count - 1 : 0;
    return rv;
}

bool reading_in_conflict(const struct group_state *g)
{
    const struct cell *c = &g->cells[0];
    struct step top = {INT64_MIN, INT64_MIN};
    const struct cell_value *shown = NULL;
    bool conflict = false;

    if (group_rule(g->group) != RULE_REGISTER && group_rule(g->group) != RULE_LADDER)
        return false;
    for (size_t i = 0; i < c->count; i++) {
        struct step step = step_of(g->group, &c->values[i]);
        int order = shown == NULL ? 1 : step_compare(step, top);
        if (order > 0) {
            top = step;
            shown = &c->values[i];
            conflict = false;
        } else if (order == 0) {
            conflict = conflict || !span_equal(shown->bytes, c->values[i].bytes);
        }
    }
    return conflict;
}

/* Each element that some value says is in, with the greatest such value. */
static void read_set(const struct group_state *g, const struct author_names *names, span *keys, struct group_reading *out)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct cell_value *shown = NULL;
        for (size_t j = 0; j < g->cells[i].count; j++) {
            const struct cell_value *v = &g->cells[i].values[j];
            struct reader r;
            reader_start(&r, v->bytes);
            if (reader_bool(&r) && (shown == NULL || value_compare(shown, v, names) < 0))
                shown = v;
        }
        if (shown == NULL)
            continue;
        keys[out->count] = g->cells[i].key;
        out->values[out->count++] = shown;
    }
    out->keys = keys;
}

/*
 * A sum that does not depend on the order of the authors, and so is cut once, at the end. Numbers are shifted by 2^63
 * to be positive and summed as two halves, each with room for 2^32 authors.
 */
struct sum {
    uint64_t high, low, count;
};

static void sum_add(struct sum *s, int64_t number)
{
    uint64_t shifted = (uint64_t)number + (UINT64_C(1) << 63);

    s->high += shifted >> 32;
    s->low += shifted & UINT32_MAX;
    s->count++;
}

static int64_t sum_value(const struct sum *s)
{
    int64_t high = (int64_t)(s->high + (s->low >> 32)) - (int64_t)s->count * (INT64_C(1) << 31);

    if (high > INT32_MAX)
        return INT64_MAX;
    if (high < INT32_MIN)
        return INT64_MIN;
    return high * (INT64_C(1) << 32) + (int64_t)(s->low & UINT32_MAX);
}

static void read_counter(const struct group_state *g, struct group_reading *out)
{
    struct sum sum = {0};
    int64_t number;

    for (size_t i = 0; i < g->count; i++) {
        const struct cell *c = &g->cells[i];
        if (c->count == 0)
            continue;
        const struct cell_value *newest = &c->values[c->count - 1];
        if (value_number(newest->bytes, &number))
            sum_add(&sum, number);
        out->values[out->count++] = newest;
    }
    out->number = sum_value(&sum);
}

static size_t values_at_most(const struct group_state *g)
{
    return group_keyed(g->group) ? g->count : g->cells[0].count;
}

int reading_group(struct arena *a, const struct group_state *g, const struct author_names *names, struct group_reading *out)
{
    size_t most = values_at_most(g);
    struct group_reading reading = {.group = g->group};
    struct ranked *ranked = NULL;
    span *keys = NULL;
    int rv = LINLI_OK;

    reading.values = arena_array(a, most, sizeof(*reading.values));
    if (reading.values == NULL)
        return LINLI_E_NOMEM;
    switch ((enum merge_rule)group_rule(g->group)) { /* out of reach: no state holds another rule */
    case RULE_REGISTER:
    case RULE_LADDER:
        rv = rank(a, g, names, &ranked);
        if (rv == LINLI_OK)
            rv = read_greatest(a, ranked, most, &reading);
        break;
    case RULE_LOG:
    case RULE_MAX:
        rv = rank(a, g, names, &ranked);
        for (size_t i = 0; i < most && rv == LINLI_OK; i++)
            reading.values[reading.count++] = ranked[i].value;
        if (rv == LINLI_OK && most > 0 && group_rule(g->group) == RULE_MAX)
            (void)value_number(ranked[0].value->bytes, &reading.number); /* what is no number reads as 0 */
        break;
    case RULE_SET:
        keys = arena_array(a, most, sizeof(*keys));
        if (keys == NULL)
            return LINLI_E_NOMEM;
        read_set(g, names, keys, &reading);
        break;
    case RULE_COUNTER:
        read_counter(g, &reading);
        break;
    }
    if (rv == LINLI_OK)
        *out = reading;
    return rv;
}

static bool says_deleted(const struct group_state *g, const struct cell_value *v)
{
    int64_t life;

    return g->group == GROUP_LIFE && value_number(reading_field(v->bytes, FIELD_LIFE), &life) &&
           life == LIFE_VALUE_DELETED;
}

/* Had whoever wrote `delete` seen every value of the record that is no delete itself? */
static bool saw_all(const struct record_state *state, const struct cell_value *delete)
{
    for (size_t i = 0; i < state->count; i++) {
        const struct group_state *g = &state->groups[i];
        for (size_t j = 0; j < g->count; j++)
            for (size_t k = 0; k < g->cells[j].count; k++) {
                const struct cell_value *v = &g->cells[j].values[k];
                if (!context_covers(&delete->ctx, v->author, v->seq) && !says_deleted(g, v))
                    return false;
            }
    }
    return true;
}

static bool has_values(const struct record_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        for (size_t j = 0; j < state->groups[i].count; j++)
            if (state->groups[i].cells[j].count > 0)
                return true;
    return false;
}

enum record_life reading_life(const struct record_state *state)
{
    const struct group_state *life = record_group(state, GROUP_LIFE);
    const struct cell *c = life == NULL ? NULL : &life->cells[0];
    bool deleted = false;

    if (!has_values(state))
        return LIFE_ABSENT;
    for (size_t i = 0; c != NULL && i < c->count; i++) {
        if (!says_deleted(life, &c->values[i]))
            continue;
        if (saw_all(state, &c->values[i]))
            return LIFE_DELETED;
        deleted = true;
    }
    return deleted ? LIFE_REVIVED : LIFE_ALIVE;
}

/* The entries of all cells, loose: how many, and into `out` unless it is NULL. */
static size_t state_entries(const struct record_state *state, struct context_entry *out)
{
    size_t count = 0;

    for (size_t i = 0; i < state->count; i++)
        for (size_t j = 0; j < state->groups[i].count; j++)
            count += cell_entries(&state->groups[i].cells[j], out == NULL ? NULL : out + count);
    return count;
}

int reading_shown_all(struct arena *a, const struct record_state *state, struct context *out)
{
    size_t count = state_entries(state, NULL);
    struct context_entry *entries = arena_array(a, count, sizeof(*entries));

    if (entries == NULL)
        return LINLI_E_NOMEM;
    state_entries(state, entries);
    *out = context_from(entries, count);
    return LINLI_OK;
}
