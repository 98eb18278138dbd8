/* replica: invitations: made, kept sealed, found by a stranger's hint (proto/authority.md 5). */
#include "replica/invite.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "codec/writer.h"

enum {
    INVITE_TERM_MS = 24 * 60 * 60 * 1000, INVITES_MAX = 1024, HINT_NONCE_BYTES = 8,
    ADDRESSES_MAX = 8, ADDRESS_BYTES = 64, INVITE_FIELDS = 11, INVITE_FIELDS_FIRST = 8, INVITE_FIELDS_BLIND = 11,
    NOTE_BYTES = 2048, /* more than the longest */
    SEALED_MORE_BYTES = XNONCE_BYTES + AEAD_TAG_BYTES
};

void invite_key(const uint8_t secret[32], linli_id *key)
{
    span of = span_of(secret, 32);

    crypto_hash16("linli/invitation/1", &of, 1, key);
}

/* --- the note, sealed: it holds the secret and a person's name --- */

static void invite_write(const struct invited *v, struct buf *out)
{
    write_array(out, INVITE_FIELDS);
    write_bin(out, v->secret, sizeof(v->secret));
    write_bin(out, v->scope.b, ID_BYTES);
    write_uint(out, v->role);
    write_uint(out, v->expires_ms);
    write_text(out, (const char *)v->name.at, v->name.size);
    write_raw(out, v->addresses);
    write_bin(out, v->device, v->bound ? KEY_BYTES : 0);
    write_bin(out, v->grant.b, v->bound ? HASH_BYTES : 0);
    write_uint(out, v->confirm);
    write_uint(out, v->asked);
    write_bool(out, v->blind);
}

int invite_keep(struct work *w, const struct invited *v)
{
    struct buf plain = {0}, sealed = {0};
    linli_id key;
    uint8_t *at;
    int rv;

    invite_key(v->secret, &key);
    /* All of it at once: a buffer that grows leaves copies of the secret behind. */
    if (buf_extend(&plain, NOTE_BYTES) == NULL)
        return plain.failed;
    buf_clear(&plain);
    invite_write(v, &plain);
    ALWAYS(plain.size <= NOTE_BYTES);
    rv = plain.failed;
    at = rv == LINLI_OK ? buf_extend(&sealed, plain.size + SEALED_MORE_BYTES) : NULL;
    if (rv == LINLI_OK && at == NULL)
        rv = LINLI_E_NOMEM;
    if (rv == LINLI_OK) {
        box_seal(w->r->note_key, &w->r->rng, span_of(key.b, ID_BYTES), buf_span(&plain), at);
        rv = note_put(w->txn, NOTE_INVITE, span_of(key.b, ID_BYTES), buf_span(&sealed));
    }
    crypto_wipe(plain.at, plain.size);
    buf_free(&plain);
    buf_free(&sealed);
    return rv;
}

static int invite_read(const struct replica *r, struct arena *a, span key, span sealed, struct invited *out)
{
    struct reader reader;
    span device, grant;

    if (sealed.size < SEALED_MORE_BYTES)
        return LINLI_E_CORRUPT;
    size_t size = sealed.size - SEALED_MORE_BYTES;
    uint8_t *plain = arena_alloc(a, size + 1);
    if (plain == NULL)
        return LINLI_E_NOMEM;
    if (box_open(r->note_key, key, sealed, plain) != LINLI_OK)
        return LINLI_E_CORRUPT;
    reader_start(&reader, span_of(plain, size));
    size_t fields = reader_array(&reader, INVITE_FIELDS);
    reader_fixed(&reader, out->secret, sizeof(out->secret));
    if (reader.failed == LINLI_OK) /* what else is in there is lent, and stays in the arena */
        crypto_wipe(plain + (reader.at - plain) - sizeof(out->secret), sizeof(out->secret));
    reader_fixed(&reader, out->scope.b, ID_BYTES);
    out->role = (unsigned)reader_uint(&reader, UINT32_MAX);
    out->expires_ms = reader_uint(&reader, UINT64_MAX);
    out->name = reader_text(&reader, INVITE_NAME_BYTES_MAX);
    out->addresses = reader_item(&reader);
    device = reader_bin(&reader, KEY_BYTES);
    grant = reader_bin(&reader, HASH_BYTES);
    out->bound = device.size == KEY_BYTES && grant.size == HASH_BYTES;
    if (out->bound) {
        memcpy(out->device, device.at, KEY_BYTES);
        memcpy(out->grant.b, grant.at, HASH_BYTES);
    }
    if (fields != INVITE_FIELDS_FIRST) { /* one that an earlier version made asks for no confirming */
        out->confirm = reader_uint(&reader, 1) == 1;
        out->asked = (unsigned)reader_uint(&reader, UINT32_MAX);
    }
    out->blind = fields == INVITE_FIELDS_BLIND && reader_bool(&reader);
    return reader_end(&reader) == LINLI_OK ? LINLI_OK : LINLI_E_CORRUPT;
}

int invite_get(struct work *w, const linli_id *key, struct invited *out)
{
    span sealed;
    int rv = note_get(w->txn, NOTE_INVITE, span_of(key->b, ID_BYTES), &sealed);

    if (rv == LINLI_OK)
        rv = invite_read(w->r, &w->arena, span_of(key->b, ID_BYTES), sealed, out);
    return rv == LINLI_OK && clock_now_ms(&w->r->clock) >= out->expires_ms ? LINLI_E_EXPIRED : rv;
}

int invite_drop(struct work *w, const linli_id *key)
{
    return note_delete(w->txn, NOTE_INVITE, span_of(key->b, ID_BYTES));
}

/* --- inviting --- */

int invite_rights(struct work *w, const struct invited *v, unsigned *rights)
{
    bool sealing;
    int rv = keys_sealing(w, &sealing);

    *rights = grant_rights_of_role((enum grant_role)v->role);
    if (v->blind || !sealing)
        *rights &= ~(unsigned)RIGHT_OPEN;
    return rv;
}

/* Going over all notes: those that are over, and how many are open. */
struct sweep {
    struct work *w;
    uint64_t now_ms;
    size_t open, over_count;
    linli_id *over;
    size_t over_room;
    int failed;
};

static bool sweep_one(void *ctx, span key, span sealed)
{
    struct sweep *s = ctx;
    struct invited v = {.role = 0};
    int rv = key.size == ID_BYTES ? invite_read(s->w->r, &s->w->scratch, key, sealed, &v) : LINLI_E_CORRUPT;
    bool over = s->now_ms >= v.expires_ms;

    crypto_wipe(&v, sizeof(v));
    if (rv == LINLI_OK && over)
        rv = mem_grow(&s->over, &s->over_room, s->over_count + 1, sizeof(*s->over));
    if (rv == LINLI_OK && over)
        memcpy(s->over[s->over_count++].b, key.at, ID_BYTES);
    s->open += !over;
    arena_reset(&s->w->scratch);
    s->failed = rv;
    return rv == LINLI_OK;
}

/* Room for one more: what is over goes, used or not. LINLI_E_LIMIT when too many are open. */
static int invites_sweep(struct work *w)
{
    struct sweep s = {.w = w, .now_ms = clock_now_ms(&w->r->clock)};
    int rv = note_each(w->txn, NOTE_INVITE, sweep_one, &s);

    rv = rv == LINLI_OK ? s.failed : rv;
    for (size_t i = 0; i < s.over_count && rv == LINLI_OK; i++)
        rv = note_delete(w->txn, NOTE_INVITE, span_of(s.over[i].b, ID_BYTES));
    mem_free(s.over);
    if (rv == LINLI_OK && s.open >= INVITES_MAX)
        rv = replica_fail(w->r, LINLI_E_LIMIT, "%d invitations are open", INVITES_MAX);
    return rv;
}

static int invite_step(struct work *w, void *ctx)
{
    const struct invited *in = ctx;
    const struct held_grant *issuer;
    uint32_t scope;
    unsigned rights;
    struct scope_path path;
    int rv = scope_number(w->txn, &in->scope, &scope);

    if (rv == LINLI_OK)
        rv = tree_path(w->txn, scope, &path);
    if (rv == LINLI_OK)
        rv = invite_rights(w, in, &rights);
    if (rv == LINLI_OK)
        rv = grant_issuer(w, &path, rights, &issuer);
    if (rv == LINLI_OK)
        rv = invites_sweep(w);
    return rv == LINLI_OK ? invite_keep(w, in) : rv;
}

static int addresses_take(const struct linli_invite *invite, struct invitation *out, struct buf *list)
{
    if (invite->address_count > ADDRESSES_MAX)
        return LINLI_E_LIMIT;
    write_array(list, invite->address_count);
    for (size_t i = 0; i < invite->address_count; i++) {
        size_t size = strlen(invite->addresses[i]);
        if (size >= ADDRESS_BYTES)
            return LINLI_E_LIMIT;
        memcpy(out->addresses[i], invite->addresses[i], size + 1);
        write_text(list, invite->addresses[i], size);
    }
    out->address_count = invite->address_count;
    return list->failed;
}

int replica_invite(struct replica *r, const struct linli_invite *invite, char *uri)
{
    struct invited in = {.scope = invite->scope, .role = (unsigned)invite->role, .confirm = invite->confirm,
                         .blind = invite->blind};
    struct invitation inv = {.network = r->self.network};
    struct buf addresses = {0}, text = {.cap = LINLI_URI_BYTES};
    const char *name = invite->name == NULL ? "" : invite->name;
    int rv;

    if (invite->role < LINLI_NODE || invite->role > LINLI_VIEWER || strlen(name) > INVITE_NAME_BYTES_MAX)
        return LINLI_E_ARG;
    rng_fill(&r->rng, inv.secret, sizeof(inv.secret));
    inv.expires_ms = invite->expires_ms != 0 ? invite->expires_ms : clock_now_ms(&r->clock) + INVITE_TERM_MS;
    rv = addresses_take(invite, &inv, &addresses);
    if (rv == LINLI_OK)
        rv = invitation_text(&inv, &text);
    if (rv != LINLI_OK)
        goto done;
    memcpy(in.secret, inv.secret, sizeof(inv.secret));
    in.expires_ms = inv.expires_ms;
    in.name = span_of(name, strlen(name));
    in.addresses = buf_span(&addresses);
    rv = work_run(r, invite_step, &in);
    invites_forget(r); /* they are read again when one is looked for */
    if (rv == LINLI_OK)
        (void)snprintf(uri, LINLI_URI_BYTES, "%s", (const char *)text.at);

done:
    crypto_wipe(&inv, sizeof(inv));
    crypto_wipe(&in, sizeof(in));
    if (text.size > 0)
        crypto_wipe(text.at, text.size);
    buf_free(&text);
    buf_free(&addresses);
    return rv;
}

/* --- the open invitation of a hint (proto/noise.md) --- */

void invites_forget(struct replica *r)
{
    secret_free(r->invites);
    r->invites = NULL;
    r->invite_count = 0;
}

struct loading {
    struct replica *r;
    struct arena a;
    struct open_invite *at;
    size_t count, room;
    int failed;
};

static bool load_one(void *ctx, span key, span sealed)
{
    struct loading *l = ctx;
    struct invited v = {.role = 0};

    l->failed = invite_read(l->r, &l->a, key, sealed, &v);
    if (l->failed == LINLI_OK && l->count == l->room)
        l->failed = LINLI_E_LIMIT;
    if (l->failed == LINLI_OK) {
        memcpy(l->at[l->count].secret, v.secret, sizeof(v.secret));
        l->at[l->count++].expires_ms = v.expires_ms;
    }
    crypto_wipe(&v, sizeof(v));
    arena_reset(&l->a);
    return l->failed == LINLI_OK;
}

static bool count_one(void *ctx, span key, span sealed)
{
    (void)key;
    (void)sealed;
    ++*(size_t *)ctx;
    return true;
}

/* Strangers come often and invitations seldom: the notes are opened once for all of them. */
static int invites_load(struct replica *r)
{
    struct loading l = {.r = r};
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = note_each(txn, NOTE_INVITE, count_one, &l.room);
    if (rv == LINLI_OK) {
        l.at = secret_alloc((l.room + 1) * sizeof(*l.at));
        rv = l.at == NULL ? LINLI_E_NOMEM : note_each(txn, NOTE_INVITE, load_one, &l);
    }
    rv = store_end(txn, rv);
    arena_free(&l.a);
    r->invites = l.at;
    r->invite_count = l.count;
    rv = rv == LINLI_OK ? l.failed : rv;
    if (rv != LINLI_OK)
        invites_forget(r);
    return rv;
}

int replica_invite_find(struct replica *r, const uint8_t hint[16], uint8_t secret[32])
{
    uint8_t text[4 + HINT_NONCE_BYTES] = {'h', 'i', 'n', 't'};
    linli_hash mac;
    int rv = r->invites == NULL ? invites_load(r) : LINLI_OK;

    memcpy(text + 4, hint, HINT_NONCE_BYTES);
    for (size_t i = 0; i < r->invite_count && rv == LINLI_OK; i++) {
        const struct open_invite *invite = &r->invites[i];
        crypto_mac(invite->secret, span_of(text, sizeof(text)), &mac);
        if (!crypto_equal(mac.b, hint + HINT_NONCE_BYTES, 16 - HINT_NONCE_BYTES))
            continue;
        if (clock_now_ms(&r->clock) >= invite->expires_ms)
            return LINLI_E_EXPIRED;
        memcpy(secret, invite->secret, sizeof(invite->secret));
        return LINLI_OK;
    }
    return rv != LINLI_OK ? rv : LINLI_E_NOT_FOUND;
}
