/*
 * replica: our own changesets that no receipt covers yet. One row for each log of ours that was written to since: from where on. Who
 * is a node itself needs none: what it writes is where it belongs.
 */
#include <string.h>

#include "replica/internal.h"

enum { ROW_KEY_BYTES = 4 + 4 }; /* scope, author; value: the first seq that is not covered */

static bool is_node(const struct replica *r)
{
    for (size_t i = 0; i < r->own_count; i++)
        if (r->own[i].grant.role == ROLE_NODE)
            return true;
    return false;
}

int unconfirmed_mark(struct work *w, const struct log *log)
{
    uint8_t key[ROW_KEY_BYTES], seq[8];
    span held;

    if (is_node(w->r))
        return LINLI_OK;
    be32_put(key, log->scope);
    be32_put(key + 4, log->author);
    be64_put(seq, log->head.seq);
    int rv = note_get(w->txn, NOTE_UNCONFIRMED, span_of(key, sizeof(key)), &held);
    return rv == LINLI_E_NOT_FOUND ? note_put(w->txn, NOTE_UNCONFIRMED, span_of(key, sizeof(key)), span_of(seq, sizeof(seq)))
                                   : rv;
}

/* --- a receipt came --- */

struct settling {
    struct store_txn *txn;
    const struct receipt_element *elements;
    size_t count;
    int failed;
};

/* Held now as it was signed, so with every changeset of ours that is in it. */
static bool unchanged(struct settling *s, const struct receipt_element *signed_as)
{
    struct receipt_element now;

    s->failed = digest_element(s->txn, &signed_as->scope, signed_as->subtree, &now);
    return s->failed == LINLI_OK && hash_equal(&now.digest, &signed_as->digest);
}

static bool covers(struct settling *s, uint32_t scope)
{
    struct scope_row row = {.parent = 0};

    for (bool below = false; scope != 0 && s->failed == LINLI_OK; below = true) {
        s->failed = scope_get(s->txn, scope, &row);
        for (size_t i = 0; i < s->count && s->failed == LINLI_OK; i++)
            if (id_equal(&s->elements[i].scope, &row.id) && (s->elements[i].subtree || !below))
                return unchanged(s, &s->elements[i]);
        scope = row.parent;
    }
    return false;
}

static bool settle_one(void *ctx, span key, span value)
{
    struct settling *s = ctx;
    uint8_t row[ROW_KEY_BYTES];

    (void)value;
    if (key.size != ROW_KEY_BYTES) {
        s->failed = LINLI_E_CORRUPT;
        return false;
    }
    memcpy(row, key.at, sizeof(row));
    if (covers(s, be32_get(row)))
        s->failed = note_delete(s->txn, NOTE_UNCONFIRMED, span_of(row, sizeof(row)));
    return s->failed == LINLI_OK;
}

int unconfirmed_settle(struct work *w, const struct receipt_element *elements, size_t count)
{
    struct settling s = {.txn = w->txn, .elements = elements, .count = count};
    int rv = note_each(w->txn, NOTE_UNCONFIRMED, settle_one, &s);

    return rv == LINLI_OK ? s.failed : rv;
}

/* --- counting --- */

struct counting {
    struct store_txn *txn;
    uint64_t changesets;
    int failed;
};

static bool count_one(void *ctx, span key, span value)
{
    struct counting *c = ctx;
    struct head_row head = {.seq = 0};

    if (key.size != ROW_KEY_BYTES || value.size != 8) {
        c->failed = LINLI_E_CORRUPT;
        return false;
    }
    c->failed = head_get(c->txn, be32_get(key.at), be32_get(key.at + 4), &head);
    if (c->failed == LINLI_OK && head.seq >= be64_get(value.at))
        c->changesets += head.seq - be64_get(value.at) + 1;
    if (c->failed == LINLI_E_NOT_FOUND) /* taken back with a fork */
        c->failed = LINLI_OK;
    return c->failed == LINLI_OK;
}

int replica_unconfirmed(struct replica *r, uint64_t *out)
{
    struct counting c = {.changesets = 0};
    int rv = is_node(r) ? LINLI_OK : store_begin(r->store, false, &c.txn);

    *out = 0;
    if (c.txn == NULL)
        return rv;
    rv = note_each(c.txn, NOTE_UNCONFIRMED, count_one, &c);
    rv = store_end(c.txn, rv);
    *out = c.changesets;
    return rv == LINLI_OK ? c.failed : rv;
}
