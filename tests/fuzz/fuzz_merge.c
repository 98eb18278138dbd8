/* tests: random programs of writes, merged forwards and backwards and in halves, against a plain reference. */
#include "fuzz.h"

#include "history.h"

#include <linli/error.h>
#include <string.h>

enum { WRITES_MAX = 16, VALUES = 8, AUTHORS = 5, ELEMENTS = 3, BYTES_A_WRITE = 5 };

/*
 * The reference: proto/record.md 3 taken literally. A write of a cell is there unless some write of the cell covers it;
 * of a max, unless a greater one is there, or an equal one that its author wrote before.
 */
static bool one_cell(const struct write *x, const struct write *y)
{
    if (x->op.group != y->op.group || !span_equal(x->op.key, y->op.key))
        return false;
    return group_rule(x->op.group) != RULE_COUNTER || x->author == y->author;
}

static bool replaces(const struct write *x, const struct write *y)
{
    int64_t one, other;

    if (!one_cell(x, y))
        return false;
    switch ((enum merge_rule)group_rule(x->op.group)) {
    case RULE_REGISTER:
    case RULE_SET:
    case RULE_LADDER:
        return context_covers(&x->op.ctx, y->author, y->seq);
    case RULE_COUNTER:
        return x->seq > y->seq;
    case RULE_LOG:
        return false;
    case RULE_MAX:
        CLAIM(value_number(x->op.value, &one) && value_number(y->op.value, &other));
        return one > other || (one == other && x->author == y->author && x->seq < y->seq);
    }
    return false;
}

static bool stands(const struct write *writes, size_t count, const struct write *w)
{
    for (size_t i = 0; i < count; i++)
        if (replaces(&writes[i], w))
            return false;
    return true;
}

/* The write's value in the state: its group and cell first, of which there is one each. */
static const struct cell_value *find(const struct record_state *state, const struct write *w)
{
    for (size_t i = 0; i < state->count; i++)
        for (size_t j = 0; state->groups[i].group == w->op.group && j < state->groups[i].count; j++) {
            const struct cell *cell = &state->groups[i].cells[j];
            for (size_t k = 0; k < cell->count; k++)
                if (cell->values[k].author == w->author && cell->values[k].seq == w->seq)
                    return &cell->values[k];
        }
    return NULL;
}

static size_t values_in(const struct record_state *state)
{
    size_t total = 0;

    for (size_t i = 0; i < state->count; i++)
        for (size_t j = 0; j < state->groups[i].count; j++)
            total += state->groups[i].cells[j].count;
    return total;
}

static void compare(const struct record_state *state, const struct write *writes, size_t count)
{
    size_t standing = 0;

    for (size_t i = 0; i < count; i++) {
        const struct cell_value *v = find(state, &writes[i]);
        bool there = stands(writes, count, &writes[i]);
        CLAIM((v != NULL) == there);
        CLAIM(v == NULL || (v->stamp == writes[i].stamp && span_equal(v->bytes, writes[i].op.value)));
        standing += there;
    }
    CLAIM(values_in(state) == standing);
}

/* All values and elements that a program can say, made once. */
static span values[RULE_COUNT][VALUES], keys[RULE_COUNT][ELEMENTS];

static void words_make(void)
{
    static struct arena words; /* for as long as the fuzzer runs */

    if (words.last != NULL)
        return;
    for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
        for (unsigned i = 0; i < VALUES; i++)
            values[rule][i] = value_of(&words, test_group((enum merge_rule)rule), i);
        for (unsigned i = 0; i < ELEMENTS; i++)
            keys[rule][i] = key_of(&words, test_group((enum merge_rule)rule), i);
    }
}

/* Five bytes a write: author, group and element, value, and which of the authors it saw, up to where they stand now. */
static size_t program(struct arena *a, const uint8_t *data, size_t size, struct write *out)
{
    uint64_t seqs[AUTHORS] = {0};
    size_t count = size / BYTES_A_WRITE < WRITES_MAX ? size / BYTES_A_WRITE : WRITES_MAX;

    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = data + i * BYTES_A_WRITE;
        uint32_t author = at[0] % AUTHORS;
        unsigned rule = at[1] % RULE_COUNT;
        struct context_entry *entries = arena_array(a, AUTHORS, sizeof(*entries));
        struct context ctx = {entries, 0};
        CLAIM(entries != NULL);
        for (uint32_t other = 0; other < AUTHORS; other++) {
            uint64_t back = (uint64_t)at[4] >> other & 3;
            if ((at[3] >> other & 1) != 0 && seqs[other] > back)
                entries[ctx.count++] = (struct context_entry){other, seqs[other] - back};
        }
        out[i] = (struct write){author, ++seqs[author], at[2] % 4,
                                {test_group((enum merge_rule)rule), keys[rule][at[1] / RULE_COUNT % ELEMENTS], ctx,
                                 values[rule][at[2] % VALUES]}};
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena a; /* its first block is kept from run to run */
    struct write writes[WRITES_MAX];
    struct record_state forwards = {0}, backwards = {0}, even = {0}, odd = {0};
    size_t count;

    words_make();
    count = program(&a, data, size, writes);
    for (size_t i = 0; i < count; i++) {
        apply(&a, &forwards, &writes[i]);
        apply(&a, &backwards, &writes[count - 1 - i]);
        apply(&a, i % 2 == 0 ? &even : &odd, &writes[i]);
    }
    struct record_state halves = merged(&a, &even, &odd), turned = merged(&a, &odd, &even);
    compare(&forwards, writes, count);
    span said = encoded(&a, &forwards);
    CLAIM(span_equal(said, encoded(&a, &backwards)));
    CLAIM(span_equal(said, encoded(&a, &halves)));
    CLAIM(span_equal(said, encoded(&a, &turned)));
    arena_reset(&a);
    return 0;
}
