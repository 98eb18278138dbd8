/* session: a detail's lists in order; pages of it. */
#include "session/sides.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

#include "session/fields.h"

int order_hashes(const void *a, const void *b)
{
    return hash_compare((const linli_hash *)a, (const linli_hash *)b);
}

static int order_heads(const void *a, const void *b)
{
    return author_compare(&((const struct detail_head *)a)->author, &((const struct detail_head *)b)->author);
}

int order_children(const void *a, const void *b)
{
    return memcmp(((const struct detail_child *)a)->nonce, ((const struct detail_child *)b)->nonce, 16);
}

int sides_open(struct arena *a, span body, struct sides *out)
{
    int rv = detail_decode(body, &out->detail);
    if (rv != LINLI_OK)
        return rv;
    struct list heads = out->detail.heads, grants = out->detail.grants, children = out->detail.children;
    out->heads = arena_array(a, heads.count, sizeof(*out->heads));
    out->grants = arena_array(a, grants.count, sizeof(*out->grants));
    out->children = arena_array(a, children.count, sizeof(*out->children));
    if (out->heads == NULL || out->grants == NULL || out->children == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < heads.count; i++)
        detail_head_next(&heads, &out->heads[i]);
    for (size_t i = 0; i < grants.count; i++)
        detail_grant_next(&grants, &out->grants[i]);
    for (size_t i = 0; i < children.count; i++)
        detail_child_next(&children, &out->children[i]);
    qsort(out->heads, heads.count, sizeof(*out->heads), order_heads);
    qsort(out->children, children.count, sizeof(*out->children), order_children);
    return LINLI_OK;
}

void sides_sort_grants(struct sides *side)
{
    if (side->detail.grants.count > 0)
        qsort(side->grants, side->detail.grants.count, sizeof(*side->grants), order_hashes);
}

/* --- a list, whatever it is of --- */

struct rows {
    uint8_t *at;
    size_t *count, size;
    int (*order)(const void *a, const void *b);
};

static struct rows rows_of(struct sides *side, enum section section)
{
    struct detail *d = &side->detail;

    switch (section) {
    case SECTION_GRANTS: return (struct rows){(uint8_t *)side->grants, &d->grants.count, sizeof(*side->grants), order_hashes};
    case SECTION_HEADS: return (struct rows){(uint8_t *)side->heads, &d->heads.count, sizeof(*side->heads), order_heads};
    case SECTION_CHILDREN:
    case SECTION_COUNT: break;
    }
    return (struct rows){(uint8_t *)side->children, &d->children.count, sizeof(*side->children), order_children};
}

static void *mark_of(struct marks *m, enum section section)
{
    switch (section) {
    case SECTION_GRANTS: return &m->grant;
    case SECTION_HEADS: return &m->head;
    case SECTION_CHILDREN:
    case SECTION_COUNT: break;
    }
    return &m->child;
}

/* Was this row told by then? */
static bool told(const struct marks *marks, enum section section, const void *row, int (*order)(const void *, const void *))
{
    struct marks at = *marks;

    return at.ended[section] || (at.begun[section] && order(row, mark_of(&at, section)) <= 0);
}

bool marks_cover(const struct marks *before, const struct marks *after, enum section section, const void *row)
{
    struct sides none = {0};
    struct rows rows = rows_of(&none, section);

    return !told(before, section, row, rows.order) && told(after, section, row, rows.order);
}

int marks_pass(struct marks *marks, struct sides *page)
{
    bool more = page->detail.more, later = !more;

    for (int i = SECTION_COUNT - 1; i >= 0; i--) {
        enum section section = (enum section)i;
        struct rows rows = rows_of(page, section);
        size_t count = *rows.count;
        if (count > 0 && told(marks, section, rows.at, rows.order))
            return LINLI_E_PROTOCOL;
        if (count > 0) {
            memcpy(mark_of(marks, section), rows.at + (count - 1) * rows.size, rows.size);
            marks->begun[section] = true;
        }
        marks->ended[section] = marks->ended[section] || later;
        later = later || count > 0;
    }
    return later ? LINLI_OK : LINLI_E_PROTOCOL; /* one page of many that tells nothing */
}

void sides_cut(struct sides *side, const struct marks *before, const struct marks *after)
{
    for (int i = SECTION_HEADS; i < SECTION_COUNT; i++) {
        struct rows rows = rows_of(side, (enum section)i);
        size_t kept = 0;
        for (size_t k = 0; k < *rows.count; k++) {
            const uint8_t *row = rows.at + k * rows.size;
            if (marks_cover(before, after, (enum section)i, row))
                memmove(rows.at + kept++ * rows.size, row, rows.size);
        }
        *rows.count = kept;
    }
}

/* --- our own pages --- */

static const size_t ROW_BYTES[SECTION_COUNT] = {[SECTION_GRANTS] = 2 + HASH_BYTES,
                                                [SECTION_HEADS] = 1 + 2 + AUTHOR_BYTES + 9 + 2 + HASH_BYTES + 1,
                                                [SECTION_CHILDREN] = 1 + 2 + 16 + 2 + HASH_BYTES};

/* What is left after the marks, as much of it as a page holds: then `more` is set. */
static void page_fill(struct sides *side, const struct marks *marks)
{
    size_t bytes = 0;

    for (int i = 0; i < SECTION_COUNT; i++) {
        struct rows rows = rows_of(side, (enum section)i);
        size_t first = 0, room = (PAGE_BYTES - bytes) / ROW_BYTES[i];
        while (first < *rows.count && told(marks, (enum section)i, rows.at + first * rows.size, rows.order))
            first++;
        size_t left = *rows.count - first;
        side->detail.more = side->detail.more || left > room;
        left = left > room ? room : left;
        memmove(rows.at, rows.at + first * rows.size, left * rows.size);
        *rows.count = left;
        bytes = side->detail.more ? PAGE_BYTES : bytes + left * ROW_BYTES[i];
    }
}

static void heads_write(struct buf *out, const struct sides *side)
{
    write_uint(out, 4);
    write_array(out, side->detail.heads.count);
    for (size_t i = 0; i < side->detail.heads.count; i++) {
        write_array(out, 4);
        write_author(out, &side->heads[i].author);
        write_uint(out, side->heads[i].seq);
        write_bin(out, side->heads[i].id.b, HASH_BYTES);
        write_bool(out, side->heads[i].frozen);
    }
}

static void page_write(struct buf *out, const struct sides *side)
{
    const struct detail *d = &side->detail;

    write_array(out, 2);
    write_uint(out, MESSAGE_DETAIL);
    write_map(out, 7);
    write_uint(out, 1);
    path_write(out, &d->path);
    write_uint(out, 2);
    write_bool(out, d->subtree);
    write_uint(out, 3);
    write_bin(out, d->digest.b, HASH_BYTES);
    heads_write(out, side);
    write_uint(out, 5);
    write_array(out, d->grants.count);
    for (size_t i = 0; i < d->grants.count; i++)
        write_bin(out, side->grants[i].b, HASH_BYTES);
    write_uint(out, 7);
    write_array(out, d->children.count);
    for (size_t i = 0; i < d->children.count; i++) {
        write_array(out, 2);
        write_bin(out, side->children[i].nonce, sizeof(side->children[i].nonce));
        write_bin(out, side->children[i].digest.b, HASH_BYTES);
    }
    write_uint(out, 8);
    write_bool(out, d->more);
}

int sides_page(span own, struct marks *marks, struct buf *out, bool *more)
{
    struct arena arena = {0};
    struct sides side = {0};
    int rv = sides_open(&arena, own, &side);

    if (rv == LINLI_OK) {
        sides_sort_grants(&side);
        page_fill(&side, marks);
        *more = side.detail.more;
        page_write(out, &side);
        rv = out->failed != LINLI_OK ? out->failed : marks_pass(marks, &side);
    }
    arena_free(&arena);
    return rv;
}
