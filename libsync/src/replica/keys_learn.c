/*
 * replica: what a record of keys says, and what of it is for this device (proto/sealing.md 3). Our own keys come in by this
 * way too: who makes an epoch wraps it for itself.
 */
#include <string.h>

#include "codec/reader.h"
#include "replica/internal.h"

/* One entry of the log that says what the epoch is. */
static bool entry_read(span entry, struct seal_epoch *out)
{
    span epoch = reading_field(entry, SEAL_KEY_EPOCH), commitments = reading_field(entry, SEAL_KEY_COMMITMENTS);
    struct reader number, bytes;

    if (epoch.at == NULL || commitments.at == NULL)
        return false;
    reader_start(&number, epoch);
    out->epoch = reader_uint(&number, SEAL_EPOCH_MAX);
    reader_start(&bytes, commitments);
    reader_fixed(&bytes, out->commitments, COMMITMENTS_BYTES);
    return reader_end(&number) == LINLI_OK && reader_end(&bytes) == LINLI_OK;
}

bool epoch_read(const linli_hash *network, const linli_id *scope, const linli_id *record, const struct record_state *state,
                struct seal_epoch *out)
{
    const struct group_state *g = record_group(state, group_number(SEAL_KEY_EPOCH, RULE_LOG, CLASS_PUBLIC));
    linli_id made;

    *out = (struct seal_epoch){.network = *network, .scope = *scope};
    for (size_t i = 0; g != NULL && g->count > 0 && i < g->cells[0].count; i++) {
        if (!entry_read(g->cells[0].values[i].bytes, out))
            continue;
        seal_epoch_record(out, &made);
        if (id_equal(&made, record))
            return true;
    }
    return false;
}

static bool lacks(const struct replica *r, const struct seal_epoch *epoch, unsigned mask)
{
    for (unsigned cls = 1; cls <= SEAL_CLASSES; cls++) {
        linli_id id;
        seal_key_id(epoch, cls, &id);
        if ((mask >> (cls - 1) & 1) != 0 && ring_find(&r->ring, r->ring.count, &id) == NULL)
            return true;
    }
    return false;
}

/* A wrap of this epoch, if it is for us and brings what we lack. */
static int wrap_take(struct work *w, const struct seal_epoch *epoch, span element, bool *news)
{
    const struct identity *self = &w->r->self;
    const uint8_t *device;
    seal_keys keys;
    unsigned mask;
    struct reader r;
    bool added;

    reader_start(&r, element);
    span wrap = reader_peek(&r) == ITEM_BIN ? reader_bin(&r, WRAP_BYTES_MAX) : (span){NULL, 0};
    if (reader_end(&r) != LINLI_OK || !wrap_read(wrap, &device, &mask) || memcmp(device, self->sign_public, KEY_BYTES) != 0)
        return LINLI_OK;
    if (!lacks(w->r, epoch, mask) || wrap_open(wrap, epoch, self->seal_public, self->seal_secret, keys, &mask) != LINLI_OK)
        return LINLI_OK; /* anybody with the right to manage may write what does not open */
    int rv = ring_add(w, epoch, mask, (const uint8_t(*)[AEAD_KEY_BYTES])keys, &added);
    crypto_wipe(keys, sizeof(keys));
    *news = *news || (rv == LINLI_OK && added);
    return rv;
}

static int wraps_take(struct work *w, const struct seal_epoch *epoch, const struct record_state *state, bool *news)
{
    const struct group_state *g = record_group(state, group_number(SEAL_KEY_WRAPS, RULE_SET, CLASS_PUBLIC));
    int rv = LINLI_OK;

    for (size_t i = 0; g != NULL && i < g->count && rv == LINLI_OK; i++)
        rv = wrap_take(w, epoch, g->cells[i].key, news);
    return rv;
}

int keys_learn(struct work *w, const struct log *log, const linli_id *record)
{
    struct arena a = {0};
    struct record_state state = {0};
    struct seal_epoch epoch;
    size_t before = w->r->ring.count;
    bool news = false;
    span bytes;
    int rv = view_get(w->txn, log->scope, record, &bytes);

    if (rv == LINLI_OK) {
        bytes = arena_copy(&a, bytes); /* what the ring keeps is written while this is read */
        rv = bytes.at == NULL ? LINLI_E_NOMEM : record_decode(&a, bytes, &state);
    }
    if (rv == LINLI_OK && epoch_read(&w->r->self.network, &log->scope_id, record, &state, &epoch))
        rv = wraps_take(w, &epoch, &state, &news);
    arena_free(&a);
    if (rv == LINLI_OK && news)
        rv = view_reopen(w, log->scope, before);
    if (rv == LINLI_OK && news)
        rv = keys_mark(w, &log->path, &log->scope_id);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int keys_mark_device(struct work *w, const uint8_t device[KEY_BYTES], const struct scope_path *path)
{
    struct arena a = {0};
    span ids;
    int rv = authority_of_device(w->txn, device, &ids);

    if (rv == LINLI_OK)
        ids = arena_copy(&a, ids); /* a mark is a write, and ends what is lent */
    if (rv == LINLI_OK && ids.at == NULL)
        rv = LINLI_E_NOMEM;
    for (size_t at = 0; rv == LINLI_OK && at < ids.size; at += HASH_BYTES) {
        struct held_grant held;
        linli_hash id;
        memcpy(id.b, ids.at + at, HASH_BYTES);
        rv = authority_get(w->txn, &id, &held);
        if (rv == LINLI_OK && path_contains(path, &held.grant.path))
            rv = keys_mark(w, &held.grant.path, &held.grant.scope);
    }
    arena_free(&a);
    return rv;
}

int keys_mark_all(struct work *w)
{
    int rv = LINLI_OK;

    for (uint32_t scope = 1; rv == LINLI_OK; scope++) {
        struct scope_path path;
        struct scope_row row;
        rv = scope_get(w->txn, scope, &row);
        if (rv == LINLI_OK)
            rv = tree_path(w->txn, scope, &path);
        if (rv == LINLI_OK)
            rv = keys_mark(w, &path, &row.id);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
}

/* A scope is our business when we may manage it, and hold keys or are to: others have nothing to hand on. */
int keys_mark(struct work *w, const struct scope_path *path, const linli_id *scope)
{
    const struct replica *r = w->r;
    bool manage = false, near = r->ring.count > 0;

    for (size_t i = 0; i < r->own_count; i++) {
        const struct grant *g = &r->own[i].grant;
        if (!path_contains(&g->path, path))
            continue;
        manage = manage || (g->rights & RIGHT_MANAGE) != 0;
        near = near || (seal_mask_of(g) != 0 && path->depth - g->path.depth <= 1);
    }
    if (!manage || !near)
        return LINLI_OK;
    w->r->tend_due = true;
    return note_put(w->txn, NOTE_TEND, span_of(scope->b, ID_BYTES), (span){NULL, 0});
}
