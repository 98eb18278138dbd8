/*
 * replica: what the orders to erase that are held say of a part (proto/authority.md 8). They are found by notes: that there is
 * any for a scope, those about a record, and those that name a part of a changeset.
 */
#include <string.h>

#include "replica/erasing.h"

enum { RECORD_KEY_BYTES = ID_BYTES + ID_BYTES, NAMED_KEY_BYTES = ID_BYTES + AUTHOR_BYTES + 8 };

/* --- keys --- */

static span record_key(const linli_id *scope, const linli_id *record, uint8_t out[RECORD_KEY_BYTES])
{
    memcpy(out, scope->b, ID_BYTES);
    memcpy(out + ID_BYTES, record->b, ID_BYTES);
    return span_of(out, RECORD_KEY_BYTES);
}

static span named_key(const linli_id *scope, const linli_author *author, uint64_t seq, uint8_t out[NAMED_KEY_BYTES])
{
    memcpy(out, scope->b, ID_BYTES);
    author_encode(author, out + ID_BYTES);
    be64_put(out + ID_BYTES + AUTHOR_BYTES, seq);
    return span_of(out, NAMED_KEY_BYTES);
}

/* --- keeping --- */

struct noting {
    const struct erasure *e;
    linli_author author; /* of the changeset noted last */
    uint64_t seq;
    int (*fn)(void *ctx, span key, const linli_hash *id);
    void *ctx;
    int rv;
};

static bool note_changeset(void *ctx, const struct erasure_part *part)
{
    struct noting *n = ctx;
    uint8_t key[NAMED_KEY_BYTES];

    if (part->seq == n->seq && author_equal(&part->author, &n->author))
        return true;
    n->author = part->author;
    n->seq = part->seq;
    n->rv = n->fn(n->ctx, named_key(&n->e->head.scope, &part->author, part->seq, key), &n->e->head.id);
    return n->rv == LINLI_OK;
}

int erased_keys(const struct erasure *e, int (*fn)(void *ctx, span key, const linli_hash *id), void *ctx)
{
    struct noting n = {.e = e, .fn = fn, .ctx = ctx};
    uint8_t key[RECORD_KEY_BYTES];

    n.rv = fn(ctx, record_key(&e->head.scope, &e->record, key), &e->head.id);
    if (n.rv == LINLI_OK)
        erasure_each(e, note_changeset, &n);
    return n.rv;
}

static int key_put(void *ctx, span key, const linli_hash *id)
{
    return ids_to_note(ctx, NOTE_ERASURE, key, id);
}

int erased_keep(struct store_txn *txn, const struct erasure *e)
{
    int rv = note_put(txn, NOTE_ERASURE, span_of(e->head.scope.b, ID_BYTES), (span){NULL, 0});

    if (rv == LINLI_OK)
        rv = erased_keys(e, key_put, txn);
    return rv;
}

static int key_drop(void *ctx, span key, const linli_hash *id)
{
    return ids_from_note(ctx, NOTE_ERASURE, key, id);
}

int erased_forget(struct store_txn *txn, const struct erasure *e)
{
    return erased_keys(e, key_drop, txn);
}

int erased_of_record(struct store_txn *txn, const linli_id *scope, const linli_id *record, span *ids)
{
    uint8_t key[RECORD_KEY_BYTES];

    return ids_of_note(txn, NOTE_ERASURE, record_key(scope, record, key), ids);
}

/* --- looking --- */

int erased_order(struct store_txn *txn, span ids, size_t i, struct erasure *out)
{
    linli_hash id;
    span certificate;

    memcpy(id.b, ids.at + i * HASH_BYTES, HASH_BYTES);
    int rv = grant_row_get(txn, &id, &certificate);
    if (rv == LINLI_OK)
        rv = erasure_decode(certificate, out);
    return rv == LINLI_E_NOT_FOUND || rv == LINLI_E_FORMAT ? LINLI_E_CORRUPT : rv;
}

static int order_counts(struct store_txn *txn, struct arena *a, const struct erasure *e, unsigned *classes)
{
    struct standing_source source = standing_of(txn);
    struct arena_mark mark = arena_mark(a);
    int rv = standing_erasure(&source, a, e, classes);

    arena_rewind(a, mark);
    return rv;
}

int erased_any(struct store_txn *txn, const linli_id *scope, bool *any)
{
    span none;
    int rv = note_get(txn, NOTE_ERASURE, span_of(scope->b, ID_BYTES), &none);

    *any = rv == LINLI_OK;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int erased_covers(struct store_txn *txn, struct arena *a, const linli_id *scope, const linli_id *record,
                  struct erased_cover *out)
{
    span ids;
    int rv = erased_of_record(txn, scope, record, &ids);

    *out = (struct erased_cover){.classes = 0};
    for (size_t i = 0; i < ids.size / HASH_BYTES && rv == LINLI_OK; i++) {
        struct erasure e;
        unsigned classes = 0;
        rv = erased_order(txn, ids, i, &e);
        if (rv == LINLI_OK)
            rv = order_counts(txn, a, &e, &classes);
        if (classes != 0 && out->classes == 0)
            out->reason = e.reason;
        out->classes |= classes;
    }
    return rv;
}

struct marking {
    const struct log *log;
    uint64_t seq;
    const struct changeset *cs;
    const struct erasure *e;
    unsigned counts;
    uint8_t *marks;
};

static bool mark_part(void *ctx, const struct erasure_part *part)
{
    struct marking *m = ctx;

    if (part->seq != m->seq || part->part >= m->cs->part_count || !author_equal(&part->author, &m->log->name) ||
        erase_exempt(m->cs, &m->cs->parts[part->part]))
        return true;
    unsigned cls = m->cs->parts[part->part].cls;
    if ((m->counts >> cls & 1) != 0)
        m->marks[part->part] = ERASED_NOW;
    else if ((m->e->classes >> cls & 1) != 0 && m->marks[part->part] == ERASED_NOT)
        m->marks[part->part] = ERASED_LAPSED;
    return true;
}

/* One that no order names; or one that stands before it, of those still here. */
static bool another_has(const struct changeset *cs, const uint8_t *marks, size_t i)
{
    for (size_t k = 0; k < cs->part_count; k++) {
        bool before = k < i;
        if (k != i && (marks[k] == ERASED_NOT || (before && marks[k] == ERASED_LAPSED)) && cs->parts[k].carried == PART_HELD &&
            cs->parts[k].cls == cs->parts[i].cls && id_equal(&cs->parts[k].record, &cs->parts[i].record))
            return true;
    }
    return false;
}

/*
 * The order of records within a class is that of the parts which no order names: those are held everywhere or nowhere. One
 * that is named and still here only must not be of a record that has a part already: which of several is taken follows from
 * which of them are here, and from nothing else.
 */
static void order_again(const struct changeset *cs, const uint8_t *marks)
{
    const struct part *last[4] = {NULL};

    for (size_t i = 0; i < cs->part_count; i++) {
        struct part *part = &cs->parts[i];
        if (part->carried != PART_HELD)
            continue;
        if (marks[i] != ERASED_NOT) {
            part->in_order = !another_has(cs, marks, i);
            continue;
        }
        const struct part **before = &last[part->cls % COUNT_OF(last)];
        part->in_order = *before == NULL || id_compare(&(*before)->record, &part->record) < 0;
        *before = part;
    }
}

int erased_look(struct store_txn *txn, struct arena *a, const struct log *log, const struct changeset *cs,
                struct erased *out)
{
    uint8_t key[NAMED_KEY_BYTES], *marks;
    span ids = {NULL, 0};
    int rv = erased_any(txn, &log->scope_id, &out->any);

    out->marks = NULL;
    if (rv == LINLI_OK && out->any)
        rv = ids_of_note(txn, NOTE_ERASURE, named_key(&log->scope_id, &log->name, cs->at.seq, key), &ids);
    if (rv != LINLI_OK || ids.size == 0)
        return rv;
    marks = arena_alloc(a, cs->part_count + 1);
    if (marks == NULL)
        return LINLI_E_NOMEM;
    memset(marks, ERASED_NOT, cs->part_count + 1);
    for (size_t i = 0; i < ids.size / HASH_BYTES && rv == LINLI_OK; i++) {
        struct erasure e;
        struct marking m = {log, cs->at.seq, cs, &e, 0, marks};
        rv = erased_order(txn, ids, i, &e);
        if (rv == LINLI_OK)
            rv = order_counts(txn, a, &e, &m.counts);
        if (rv == LINLI_OK)
            erasure_each(&e, mark_part, &m);
    }
    order_again(cs, marks);
    out->marks = marks;
    return rv;
}

/* --- what follows for an entry --- */

enum part_carried erased_carried(const struct part *part, uint8_t mark, unsigned readable)
{
    if (mark == ERASED_NOW)
        return PART_ERASED;
    return part->carried == PART_HELD && (readable >> part->cls & 1) != 0 ? PART_HELD : PART_ABSENT;
}
