/*
 * replica: the ring of class keys. What was unwrapped once is kept in the store, sealed, and not unwrapped again: so what the
 * index holds because of a key and what the ring holds change in one transaction.
 */
#include <string.h>

#include "base/secret.h"
#include "replica/internal.h"

/* The note of one epoch: its scope, its number, a mask, all keys (zero where the mask has none), sealed under the note key. */
struct epoch_note {
    uint8_t scope[ID_BYTES], epoch[8], mask;
    seal_keys keys;
};
enum { NOTE_BYTES = sizeof(struct epoch_note) + XNONCE_BYTES + AEAD_TAG_BYTES, ROOM_FIRST = 64 };
_Static_assert(sizeof(struct epoch_note) == ID_BYTES + 8 + 1 + sizeof(seal_keys), "bytes alone: kept as they lie");

static int ring_grow(struct key_ring *ring)
{
    size_t room = ring->room == 0 ? ROOM_FIRST : 2 * ring->room;

    if (ring->at != NULL && ring->count < ring->room)
        return LINLI_OK;
    struct ring_key *larger = secret_alloc(room * sizeof(*larger));
    if (larger == NULL)
        return LINLI_E_NOMEM;
    if (ring->at != NULL)
        memcpy(larger, ring->at, ring->count * sizeof(*larger));
    secret_free(ring->at);
    ring->at = larger;
    ring->room = room;
    return LINLI_OK;
}

const struct class_key *ring_find(const struct key_ring *ring, size_t count, const linli_id *id)
{
    for (size_t i = count; i > 0; i--) /* mostly one of the last epochs */
        if (id_equal(&ring->at[i - 1].key.id, id))
            return &ring->at[i - 1].key;
    return NULL;
}

static int take(struct key_ring *ring, const struct seal_epoch *epoch, const linli_id *record, unsigned mask,
                const seal_keys keys, bool *added)
{
    int rv = LINLI_OK;

    for (unsigned cls = 1; cls <= SEAL_CLASSES && rv == LINLI_OK; cls++) {
        struct ring_key next = {.scope = epoch->scope, .record = *record, .epoch = epoch->epoch, .key.cls = cls};
        seal_key_id(epoch, cls, &next.key.id);
        if ((mask >> (cls - 1) & 1) == 0 || ring_find(ring, ring->count, &next.key.id) != NULL)
            continue;
        memcpy(next.key.key, keys[cls - 1], AEAD_KEY_BYTES);
        rv = ring_grow(ring);
        if (rv == LINLI_OK)
            ring->at[ring->count++] = next;
        crypto_wipe(&next, sizeof(next));
        *added = *added || rv == LINLI_OK;
    }
    return rv;
}

unsigned ring_epoch(const struct key_ring *ring, const linli_id *record, seal_keys keys)
{
    unsigned mask = 0;

    for (size_t i = 0; i < ring->count; i++) {
        const struct ring_key *k = &ring->at[i];
        if (!id_equal(&k->record, record))
            continue;
        memcpy(keys[k->key.cls - 1], k->key.key, AEAD_KEY_BYTES);
        mask |= 1u << (k->key.cls - 1);
    }
    return mask;
}

static int note_keep(struct work *w, const struct seal_epoch *epoch, const linli_id *record)
{
    struct epoch_note note = {.mask = 0};
    uint8_t sealed[NOTE_BYTES];

    memcpy(note.scope, epoch->scope.b, ID_BYTES);
    be64_put(note.epoch, epoch->epoch);
    note.mask = (uint8_t)ring_epoch(&w->r->ring, record, note.keys);
    box_seal(w->r->note_key, &w->r->rng, span_of(record->b, ID_BYTES), span_of(&note, sizeof(note)), sealed);
    crypto_wipe(&note, sizeof(note));
    return note_put(w->txn, NOTE_KEYS, span_of(record->b, ID_BYTES), span_of(sealed, sizeof(sealed)));
}

int ring_add(struct work *w, const struct seal_epoch *epoch, unsigned mask, const seal_keys keys, bool *added)
{
    linli_id record;

    *added = false;
    seal_epoch_record(epoch, &record);
    int rv = take(&w->r->ring, epoch, &record, mask, keys, added);
    return rv == LINLI_OK && *added ? note_keep(w, epoch, &record) : rv;
}

struct loading {
    struct replica *r;
    int failed;
};

static bool load_one(void *ctx, span key, span sealed)
{
    struct loading *l = ctx;
    struct seal_epoch epoch = {.network = l->r->self.network};
    struct epoch_note note;
    linli_id record;
    bool added = false;

    l->failed = LINLI_E_CORRUPT;
    if (key.size != ID_BYTES || sealed.size != NOTE_BYTES ||
        box_open(l->r->note_key, key, sealed, (uint8_t *)&note) != LINLI_OK)
        return false;
    memcpy(record.b, key.at, ID_BYTES);
    memcpy(epoch.scope.b, note.scope, ID_BYTES);
    epoch.epoch = be64_get(note.epoch);
    seal_epoch_commit(&epoch, (const uint8_t(*)[AEAD_KEY_BYTES])note.keys); /* good for the classes in the mask */
    l->failed = take(&l->r->ring, &epoch, &record, note.mask, (const uint8_t(*)[AEAD_KEY_BYTES])note.keys, &added);
    crypto_wipe(&note, sizeof(note));
    return l->failed == LINLI_OK;
}

int ring_load(struct replica *r, struct store_txn *txn)
{
    struct loading l = {r, LINLI_OK};
    int rv = note_each(txn, NOTE_KEYS, load_one, &l);

    return rv == LINLI_OK ? l.failed : rv;
}

void ring_cut(struct key_ring *ring, size_t count)
{
    if (ring->count > count)
        crypto_wipe(ring->at + count, (ring->count - count) * sizeof(*ring->at));
    ring->count = count;
}

void ring_free(struct key_ring *ring)
{
    secret_free(ring->at);
    *ring = (struct key_ring){NULL, 0, 0};
}

const struct ring_key *ring_newest(const struct key_ring *ring, const linli_id *scope, unsigned cls)
{
    const struct ring_key *newest = NULL;

    for (size_t i = 0; i < ring->count; i++) {
        const struct ring_key *k = &ring->at[i];
        if (k->key.cls != cls || !id_equal(&k->scope, scope))
            continue;
        if (newest == NULL || k->epoch > newest->epoch ||
            (k->epoch == newest->epoch && id_compare(&k->record, &newest->record) > 0))
            newest = k;
    }
    return newest;
}
