/*
 * replica: which receipts of a node are kept (proto/receipts.md 4). Room is bounded, and whoever is accused by them writes them himself: so
 * what was heard first stays, whatever a receipt says of its own time, and what is put out is covered by what stays.
 */
#include <string.h>

#include "replica/internal.h"

enum {
    NUMBERS_MIN = 4,                     /* of one incarnation: so many stay in any case */
    NUMBERS_MAX = 2 * LIMIT_SCOPE_DEPTH, /* each scope of a path, alone and with what is below it, may need one of its own */
    INCARNATIONS_MAX = 16,
    RECEIPTS_MAX = 4096                  /* in all */
};

static int drop(struct store_txn *txn, const struct receipt *r)
{
    uint8_t key[RECEIPT_KEY_BYTES];

    receipt_key(r, key);
    int rv = note_delete(txn, NOTE_RECEIPT, span_of(key, sizeof(key)));
    if (rv == LINLI_OK)
        rv = note_delete(txn, NOTE_LISTED, span_of(key, sizeof(key)));
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

/* --- incarnations --- */

int heard_incarnations(struct store_txn *txn, const uint8_t node[KEY_BYTES], span *heard)
{
    int rv = note_get(txn, NOTE_HEARD, span_of(node, KEY_BYTES), heard);

    if (rv == LINLI_E_NOT_FOUND)
        *heard = (span){NULL, 0};
    if (rv == LINLI_OK && heard->size % 8 != 0)
        return LINLI_E_CORRUPT;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

size_t heard_place(span heard, uint64_t incarnation)
{
    for (size_t at = 0; at < heard.size; at += 8)
        if (be64_get(heard.at + at) == incarnation)
            return at / 8 + 1;
    return 0;
}

/* All of one incarnation. */
static int incarnation_drop(struct store_txn *txn, const uint8_t node[KEY_BYTES], uint64_t incarnation)
{
    struct receipt_list list;
    int rv = receipts_load(txn, node, &list);

    for (size_t i = 0; i < list.count && rv == LINLI_OK; i++)
        if (list.at[i].incarnation == incarnation)
            rv = drop(txn, &list.at[i]);
    receipts_free(&list);
    return rv;
}

/* One more, at the end. When there is no place, it takes that of the last: those heard of first stay. */
static int incarnation_add(struct store_txn *txn, const struct receipt *r)
{
    uint8_t places[INCARNATIONS_MAX * 8];
    span heard;
    int rv = heard_incarnations(txn, r->node, &heard);

    if (rv != LINLI_OK || heard_place(heard, r->incarnation) != 0)
        return rv;
    if (heard.size > sizeof(places))
        return LINLI_E_CORRUPT;
    size_t size = heard.size;
    if (size > 0)
        memcpy(places, heard.at, size);
    if (size == sizeof(places)) {
        size -= 8;
        rv = incarnation_drop(txn, r->node, be64_get(places + size));
    }
    be64_put(places + size, r->incarnation);
    return rv == LINLI_OK ? note_put(txn, NOTE_HEARD, span_of(r->node, KEY_BYTES), span_of(places, size + 8)) : rv;
}

/* --- numbers --- */

/* The receipts of one incarnation, by number, and what makes one of them needless. */
struct numbers {
    const struct receipt *at;
    size_t count;
    uint64_t ours;           /* the number of the last that was given to us; UINT64_MAX: none of these */
    const linli_id *scopes;  /* those on the paths of our own grants: of these it is noticed here what is withheld */
    size_t scope_count;
};

static bool covered(const struct numbers *n, size_t i)
{
    for (size_t k = i + 1; k < n->count; k++)
        if (receipt_covers(&n->at[k], &n->at[i], n->scopes, n->scope_count))
            return true;
    return false;
}

/*
 * Which goes, never the highest, nor ours: what a higher one covers. Where there is none, and no place, what came last; and where that
 * must stay, what was the highest before. `count`: none.
 */
static size_t needless(const struct numbers *n, uint64_t came)
{
    size_t before = n->count - 2; /* there are more than two */

    for (size_t i = 0; i + 1 < n->count; i++)
        if (n->at[i].mark.number != n->ours && covered(n, i))
            return i;
    if (n->count <= NUMBERS_MAX)
        return n->count;
    for (size_t i = 0; i + 1 < n->count; i++)
        if (n->at[i].mark.number == came && came != n->ours)
            return i;
    return n->at[before].mark.number == n->ours ? before - 1 : before;
}

static int own_scopes(struct work *w, const linli_id **out, size_t *out_count)
{
    size_t count = 0;
    linli_id *ids = arena_array(&w->arena, w->r->own_count * LIMIT_SCOPE_DEPTH, sizeof(*ids));

    if (ids == NULL && w->r->own_count > 0)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < w->r->own_count; i++) {
        const struct scope_path *path = &w->r->own[i].grant.path;
        path_ids(&w->r->self.network, path, ids + count);
        count += path->depth + 1;
    }
    *out = ids;
    *out_count = count;
    return LINLI_OK;
}

static int numbers_of(struct work *w, const struct receipt *r, const struct receipt_list *list, struct numbers *out)
{
    struct confirmed ours;
    size_t from = 0;

    while (from < list->count && list->at[from].incarnation != r->incarnation)
        from++;
    *out = (struct numbers){.at = list->at + from, .ours = UINT64_MAX};
    while (from + out->count < list->count && list->at[from + out->count].incarnation == r->incarnation)
        out->count++;
    int rv = confirmed_get(w->txn, r->node, &ours);
    if (rv == LINLI_OK && ours.incarnation == r->incarnation)
        out->ours = ours.number;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int numbers_trim(struct work *w, const struct receipt *r)
{
    struct receipt_list list;
    struct numbers n;
    int rv = receipts_load(w->txn, r->node, &list);

    if (rv == LINLI_OK)
        rv = numbers_of(w, r, &list, &n);
    if (rv == LINLI_OK && n.count > NUMBERS_MIN) {
        rv = own_scopes(w, &n.scopes, &n.scope_count);
        size_t gone = rv == LINLI_OK ? needless(&n, r->mark.number) : n.count;
        if (gone < n.count)
            rv = drop(w->txn, &n.at[gone]);
    }
    receipts_free(&list);
    return rv;
}

/* --- all --- */

/* The node of which most are kept gives one: of the incarnation heard of last, the lowest. */
static int crowd_trim(struct store_txn *txn)
{
    struct note_crowd crowd;
    struct receipt_list list = {.at = NULL};
    span heard;
    size_t last = 0;
    int rv = notes_crowd(txn, NOTE_RECEIPT, &crowd);

    if (rv != LINLI_OK || crowd.count <= RECEIPTS_MAX)
        return rv;
    rv = heard_incarnations(txn, crowd.node, &heard);
    if (rv == LINLI_OK)
        rv = receipts_load(txn, crowd.node, &list);
    for (size_t i = 1; i < list.count; i++)
        if (heard_place(heard, list.at[i].incarnation) > heard_place(heard, list.at[last].incarnation))
            last = i;
    if (rv == LINLI_OK)
        rv = drop(txn, &list.at[last]);
    receipts_free(&list);
    return rv;
}

/* --- entries --- */

/* Those of the paths of our own grants first: of these it is noticed here what is withheld, whoever told of how many others. */
static size_t entries_take(struct list_entry *out, size_t count, const struct receipt *from, const linli_id *own, size_t own_count,
                           bool of_own)
{
    struct list_entry told[RECEIPT_ENTRIES_MAX];
    size_t told_count = receipt_entries(from, told);

    for (size_t i = 0; i < told_count && count < RECEIPT_ENTRIES_MAX; i++) {
        bool ours = false, known = false;
        for (size_t k = 0; k < own_count; k++)
            ours = ours || id_equal(&own[k], &told[i].element.scope);
        for (size_t k = 0; k < count; k++)
            known = known || element_order(&out[k].element, &told[i].element) == 0;
        if (ours == of_own && !known)
            out[count++] = told[i];
    }
    return count;
}

static int entries_join(struct work *w, const struct receipt *held, const struct receipt *r, struct buf *out)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    const struct receipt *from[] = {held, r};
    const linli_id *own = NULL;
    size_t own_count = 0, count = 0;
    int rv = own_scopes(w, &own, &own_count);

    for (size_t i = 0; i < 4 && rv == LINLI_OK; i++)
        count = entries_take(entries, count, from[i % 2], own, own_count, i < 2);
    return rv == LINLI_OK ? receipt_entries_write(entries, count, out) : rv;
}

static int row_put(struct work *w, const struct receipt *r, span entries)
{
    uint8_t key[RECEIPT_KEY_BYTES];
    struct receipt kept = *r;
    struct buf told = {0};

    receipt_key(r, key);
    kept.entries = entries;
    int rv = receipt_told_write(&kept, &told);
    if (rv == LINLI_OK)
        rv = note_put(w->txn, NOTE_RECEIPT, span_of(key, sizeof(key)), buf_span(&told));
    buf_free(&told);
    return rv;
}

/* Of two of one number the first stays. Is it the same, it may come with more entries. */
static int held_add(struct work *w, span row, const struct receipt *r)
{
    struct buf entries = {0};
    struct receipt held;
    int rv = receipt_told_decode(row, &held);

    if (rv != LINLI_OK)
        return LINLI_E_CORRUPT;
    if (!hash_equal(&held.id, &r->id) || r->entries.size == 0)
        return LINLI_OK;
    rv = entries_join(w, &held, r, &entries);
    if (rv == LINLI_OK)
        rv = row_put(w, r, buf_span(&entries));
    buf_free(&entries);
    return rv;
}

int receipt_put(struct work *w, const struct receipt *r)
{
    uint8_t key[RECEIPT_KEY_BYTES];
    span held;

    receipt_key(r, key);
    int rv = note_get(w->txn, NOTE_RECEIPT, span_of(key, sizeof(key)), &held);
    if (rv != LINLI_E_NOT_FOUND)
        return rv == LINLI_OK ? held_add(w, held, r) : rv;
    rv = incarnation_add(w->txn, r);
    if (rv == LINLI_OK)
        rv = row_put(w, r, r->entries);
    if (rv == LINLI_OK)
        rv = numbers_trim(w, r);
    return rv == LINLI_OK ? crowd_trim(w->txn) : rv;
}
