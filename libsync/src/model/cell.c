/* model: the multi-value cell that every merge rule is built on, and its one merge (proto/record.md 3). */
#include "model/cell.h"
#include "codec/reader.h"

#include <linli/error.h>
#include <string.h>

static int dot_compare(const struct cell_value *x, const struct cell_value *y)
{
    if (x->author != y->author)
        return x->author < y->author ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static bool holds(const struct cell *c, const struct cell_value *v)
{
    size_t low = 0, high = c->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dot_compare(&c->values[middle], v) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->count && dot_compare(&c->values[low], v) == 0;
}

/* Whether x merged with y is x, given that the join of their contexts is x's own. */
static bool knows(const struct cell *x, const struct cell *y)
{
    for (size_t i = 0; i < y->count; i++)
        if (!context_covers(&x->ctx, y->values[i].author, y->values[i].seq) && !holds(x, &y->values[i]))
            return false;
    return true;
}

/* Append the value unless the context covers it. Values come in the order of dots, so *at only moves forward. */
static void keep_uncovered(struct cell *c, const struct cell_value *v, size_t *at)
{
    const struct context *ctx = &c->ctx;

    while (*at < ctx->count && ctx->at[*at].author < v->author)
        (*at)++;
    if (*at < ctx->count && ctx->at[*at].author == v->author && ctx->at[*at].seq >= v->seq)
        return;
    c->values[c->count++] = *v;
}

bool value_number(span bytes, int64_t *out)
{
    struct reader r;

    reader_start(&r, bytes);
    *out = reader_int(&r);
    return reader_end(&r) == LINLI_OK;
}

/* Bytes that are no integer count as the smallest: they got past no check of ours, and must not win. */
static int64_t number_or_least(const struct cell_value *v)
{
    int64_t number;

    return value_number(v->bytes, &number) ? number : INT64_MIN;
}

/* Of all values those equal to the greatest, one (the lowest seq) for each author. */
static void keep_greatest(struct cell *c)
{
    int64_t greatest = INT64_MIN;
    size_t kept = 0;

    for (size_t i = 0; i < c->count; i++)
        if (number_or_least(&c->values[i]) > greatest)
            greatest = number_or_least(&c->values[i]);
    for (size_t i = 0; i < c->count; i++) {
        if (number_or_least(&c->values[i]) != greatest)
            continue;
        if (kept == 0 || c->values[kept - 1].author != c->values[i].author)
            c->values[kept++] = c->values[i];
    }
    c->count = kept;
}

int cell_merge(struct arena *a, unsigned rule, const struct cell *x, const struct cell *y, struct cell *out)
{
    struct cell merged = {.key = x->key};
    size_t i = 0, j = 0, at = 0;
    int rv = context_join(a, &x->ctx, &y->ctx, &merged.ctx);

    if (rv != LINLI_OK)
        return rv;
    if (context_is(&merged.ctx, &x->ctx) && knows(x, y)) {
        *out = *x;
        return LINLI_OK;
    }
    merged.values = arena_array(a, x->count + y->count, sizeof(*merged.values));
    if (merged.values == NULL)
        return LINLI_E_NOMEM;
    while (i < x->count || j < y->count) {
        int order = j == y->count ? -1 : i == x->count ? 1 : dot_compare(&x->values[i], &y->values[j]);
        keep_uncovered(&merged, order <= 0 ? &x->values[i] : &y->values[j], &at);
        i += order <= 0;
        j += order >= 0;
    }
    if (rule == RULE_MAX)
        keep_greatest(&merged);
    *out = merged;
    return LINLI_OK;
}

size_t cell_entries(const struct cell *c, struct context_entry *out)
{
    const struct context *last = NULL;
    size_t count = 0;

    for (size_t i = 0; i < c->count; i++) {
        const struct cell_value *v = &c->values[i];
        if (i + 1 == c->count || c->values[i + 1].author != v->author) { /* an author's last dot says its others too */
            if (out != NULL)
                out[count] = (struct context_entry){v->author, v->seq};
            count++;
        }
        if (v->ctx.count == 0 || (last != NULL && context_is(last, &v->ctx)))
            continue;
        last = &v->ctx;
        if (out != NULL)
            memcpy(out + count, v->ctx.at, v->ctx.count * sizeof(*out));
        count += v->ctx.count;
    }
    return count;
}

int cell_shown(struct arena *a, const struct cell *c, struct context *out)
{
    size_t count = cell_entries(c, NULL);
    struct context_entry *entries = arena_array(a, count, sizeof(*entries));

    if (entries == NULL)
        return LINLI_E_NOMEM;
    cell_entries(c, entries);
    *out = context_from(entries, count);
    return LINLI_OK;
}

int value_compare(const struct cell_value *x, const struct cell_value *y, const struct author_names *names)
{
    linli_author one, other;

    if (x->stamp != y->stamp)
        return x->stamp < y->stamp ? -1 : 1;
    if (x->author != y->author) {
        names->get(names->ctx, x->author, &one);
        names->get(names->ctx, y->author, &other);
        return author_compare(&one, &other); /* no author has two numbers */
    }
    return (x->seq > y->seq) - (x->seq < y->seq);
}
