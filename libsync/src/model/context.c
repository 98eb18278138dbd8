/* model: causal contexts: how much of each author a write had seen and replaced (proto/record.md 3). */
#include "model/cell.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

uint64_t context_get(const struct context *c, uint32_t author)
{
    size_t low = 0, high = c->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->at[middle].author < author)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->count && c->at[low].author == author ? c->at[low].seq : 0;
}

/* Does y cover all of x? */
static bool within(const struct context *x, const struct context *y)
{
    size_t j = 0;

    if (x->count > y->count)
        return false;
    for (size_t i = 0; i < x->count; i++) {
        while (j < y->count && y->at[j].author < x->at[i].author)
            j++;
        if (j == y->count || y->at[j].author != x->at[i].author || y->at[j].seq < x->at[i].seq)
            return false;
    }
    return true;
}

int context_join(struct arena *a, const struct context *x, const struct context *y, struct context *out)
{
    struct context joined = {NULL, 0};
    size_t i = 0, j = 0;

    if (within(y, x) || within(x, y)) {
        *out = within(y, x) ? *x : *y;
        return LINLI_OK;
    }
    joined.at = arena_array(a, x->count + y->count, sizeof(*joined.at));
    if (joined.at == NULL)
        return LINLI_E_NOMEM;
    while (i < x->count || j < y->count) {
        struct context_entry *next = &joined.at[joined.count++];
        if (j == y->count || (i < x->count && x->at[i].author < y->at[j].author)) {
            *next = x->at[i++];
        } else if (i == x->count || y->at[j].author < x->at[i].author) {
            *next = y->at[j++];
        } else {
            *next = x->at[i].seq > y->at[j].seq ? x->at[i] : y->at[j];
            i++;
            j++;
        }
    }
    *out = joined;
    return LINLI_OK;
}

int context_add(struct arena *a, const struct context *x, uint32_t author, uint64_t seq, struct context *out)
{
    struct context_entry *one = NULL;

    if (context_covers(x, author, seq)) {
        *out = *x;
        return LINLI_OK;
    }
    one = arena_alloc(a, sizeof(*one)); /* the join may lend it */
    if (one == NULL)
        return LINLI_E_NOMEM;
    *one = (struct context_entry){author, seq};
    return context_join(a, x, &(struct context){one, 1}, out);
}

bool context_equal(const struct context *x, const struct context *y)
{
    return context_compare(x, y) == 0;
}

static int entry_compare(const void *x, const void *y)
{
    const struct context_entry *a = x, *b = y;

    if (a->author != b->author)
        return a->author < b->author ? -1 : 1;
    return (a->seq > b->seq) - (a->seq < b->seq);
}

int context_compare(const struct context *x, const struct context *y)
{
    size_t shared = x->count < y->count ? x->count : y->count;

    if (context_is(x, y))
        return 0;
    for (size_t i = 0; i < shared; i++) {
        int order = entry_compare(&x->at[i], &y->at[i]);
        if (order != 0)
            return order;
    }
    return (x->count > y->count) - (x->count < y->count);
}

struct context context_from(struct context_entry *at, size_t count)
{
    struct context c = {at, 0};
    bool sorted = true;

    for (size_t i = 1; i < count && sorted; i++)
        sorted = at[i - 1].author < at[i].author;
    if (sorted)
        return (struct context){at, count};
    qsort(at, count, sizeof(*at), entry_compare);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || at[i + 1].author != at[i].author) /* the last of an author has its greatest seq */
            at[c.count++] = at[i];
    return c;
}
