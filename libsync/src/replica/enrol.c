/* replica: invitations and the devices that come with them (proto/authority.md 5, session.md 6). */
#include <stdio.h>
#include <string.h>

#include "codec/scan.h"
#include "codec/writer.h"
#include "replica/internal.h"

enum {
    INVITE_TERM_MS = 24 * 60 * 60 * 1000, INVITES_MAX = 1024, INVITE_KEY_BYTES = ID_BYTES, NAME_BYTES_MAX = 256, HINT_NONCE_BYTES = 8,
    ADDRESSES_MAX = 8, ADDRESS_BYTES = 64, INVITE_FIELDS = 8, SEALED_MORE_BYTES = XNONCE_BYTES + AEAD_TAG_BYTES
};

/* An invitation as the node keeps it. Text is lent by the note that it was read from. */
struct invited {
    uint8_t secret[32];
    linli_id scope;
    unsigned role;
    uint64_t expires_ms;
    span name, addresses;          /* addresses: a MessagePack array of text */
    bool bound;                    /* a device has used it: */
    uint8_t device[KEY_BYTES];
    linli_hash grant;
};

static void invite_key(const uint8_t secret[32], linli_id *key)
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
}

static int invite_keep(struct work *w, const struct invited *v)
{
    struct buf plain = {0}, sealed = {0};
    linli_id key;
    uint8_t *at;
    int rv;

    invite_key(v->secret, &key);
    invite_write(v, &plain);
    rv = plain.failed;
    at = rv == LINLI_OK ? buf_extend(&sealed, plain.size + SEALED_MORE_BYTES) : NULL;
    if (rv == LINLI_OK && at == NULL)
        rv = LINLI_E_NOMEM;
    if (rv == LINLI_OK) {
        box_seal(w->r->note_key, &w->r->rng, span_of(key.b, ID_BYTES), buf_span(&plain), at);
        rv = note_put(w->txn, NOTE_INVITE, span_of(key.b, ID_BYTES), buf_span(&sealed));
    }
    if (plain.size > 0)
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
    reader_array(&reader, INVITE_FIELDS);
    reader_fixed(&reader, out->secret, sizeof(out->secret));
    reader_fixed(&reader, out->scope.b, ID_BYTES);
    out->role = (unsigned)reader_uint(&reader, UINT32_MAX);
    out->expires_ms = reader_uint(&reader, UINT64_MAX);
    out->name = reader_text(&reader, NAME_BYTES_MAX);
    out->addresses = reader_item(&reader);
    device = reader_bin(&reader, KEY_BYTES);
    grant = reader_bin(&reader, HASH_BYTES);
    out->bound = device.size == KEY_BYTES && grant.size == HASH_BYTES;
    if (out->bound) {
        memcpy(out->device, device.at, KEY_BYTES);
        memcpy(out->grant.b, grant.at, HASH_BYTES);
    }
    return reader_end(&reader) == LINLI_OK ? LINLI_OK : LINLI_E_CORRUPT;
}

/* --- inviting --- */

/* Our grant under which we may grant these rights there. */
static const struct held_grant *issuer_for(const struct replica *r, const struct scope_path *path, unsigned rights)
{
    uint64_t now_ms = clock_now_ms(&r->clock);

    for (size_t i = 0; i < r->own_count; i++) {
        const struct held_grant *held = &r->own[i];
        if ((held->grant.rights & RIGHT_MANAGE) != 0 && (rights & ~held->grant.rights) == 0 &&
            now_ms < held->term_end_ms && path_contains(&held->grant.path, path))
            return held;
    }
    return NULL;
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

struct inviting {
    struct invited v;
    struct scope_path path;
};

static int invite_step(struct work *w, void *ctx)
{
    const struct inviting *in = ctx;
    uint32_t scope;
    struct scope_path path;
    int rv = scope_number(w->txn, &in->v.scope, &scope);

    if (rv == LINLI_OK)
        rv = tree_path(w->txn, scope, &path);
    if (rv == LINLI_OK && issuer_for(w->r, &path, grant_rights_of_role((enum grant_role)in->v.role)) == NULL)
        rv = LINLI_E_REFUSED;
    if (rv == LINLI_OK)
        rv = invites_sweep(w);
    return rv == LINLI_OK ? invite_keep(w, &in->v) : rv;
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
    struct inviting in = {.v = {.scope = invite->scope, .role = (unsigned)invite->role}};
    struct invitation inv = {.network = r->self.network};
    struct buf addresses = {0}, text = {.cap = LINLI_URI_BYTES};
    const char *name = invite->name == NULL ? "" : invite->name;
    int rv;

    if (invite->role < LINLI_NODE || invite->role > LINLI_VIEWER || strlen(name) > NAME_BYTES_MAX)
        return LINLI_E_ARG;
    rng_fill(&r->rng, inv.secret, sizeof(inv.secret));
    inv.expires_ms = invite->expires_ms != 0 ? invite->expires_ms : clock_now_ms(&r->clock) + INVITE_TERM_MS;
    rv = addresses_take(invite, &inv, &addresses);
    if (rv == LINLI_OK)
        rv = invitation_text(&inv, &text);
    if (rv != LINLI_OK)
        goto done;
    memcpy(in.v.secret, inv.secret, sizeof(inv.secret));
    in.v.expires_ms = inv.expires_ms;
    in.v.name = span_of(name, strlen(name));
    in.v.addresses = buf_span(&addresses);
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
    if (r->invites != NULL)
        crypto_wipe(r->invites, r->invite_count * sizeof(*r->invites));
    mem_free(r->invites);
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
        l.at = mem_zalloc(l.room + 1, sizeof(*l.at));
        rv = l.at == NULL ? LINLI_E_NOMEM : note_each(txn, NOTE_INVITE, load_one, &l);
    }
    store_abort(txn);
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

/* --- enrolling --- */

struct enrolling {
    const uint8_t *secret;
    uint8_t sign[KEY_BYTES], seal[KEY_BYTES];
    span device_name;
    struct buf *answer;
    size_t answer_start;
};

static int request_read(span request, struct enrolling *e)
{
    struct reader r;
    uint8_t incarnation[8];
    uint64_t seen = 0;

    if (scan_item(request, 2, 64) != LINLI_OK)
        return LINLI_E_FORMAT;
    reader_start(&r, request);
    for (size_t left = reader_map(&r, 32); left > 0 && r.failed == LINLI_OK; left--) {
        uint64_t key = reader_uint(&r, UINT64_MAX);
        seen |= key < 64 ? UINT64_C(1) << key : 0;
        if (key == 1)
            reader_fixed(&r, e->sign, KEY_BYTES);
        else if (key == 2)
            reader_fixed(&r, e->seal, KEY_BYTES);
        else if (key == 3)
            reader_fixed(&r, incarnation, sizeof(incarnation));
        else if (key == 4)
            e->device_name = reader_text(&r, NAME_BYTES_MAX);
        else
            reader_skip(&r);
    }
    return reader_end(&r) == LINLI_OK && (seen & 6) == 6 ? LINLI_OK : LINLI_E_FORMAT;
}

static int grant_issue(struct work *w, const struct invited *v, const struct enrolling *e, struct grant *g,
                       struct buf *certificate)
{
    struct replica *r = w->r;
    const struct held_grant *issuer;
    bool added = false;
    uint32_t scope;
    int rv = scope_number(w->txn, &v->scope, &scope);

    *g = (struct grant){.network = r->self.network, .role = v->role, .issued_ms = clock_now_ms(&r->clock),
                        .rights = grant_rights_of_role((enum grant_role)v->role)};
    if (rv == LINLI_OK)
        rv = tree_path(w->txn, scope, &g->path);
    if (rv != LINLI_OK)
        return rv;
    issuer = issuer_for(r, &g->path, g->rights);
    if (issuer == NULL)
        return LINLI_E_REFUSED;
    g->issuer = issuer->grant.id;
    memcpy(g->subject, e->sign, KEY_BYTES);
    memcpy(g->seal, e->seal, KEY_BYTES);
    rng_fill(&r->rng, g->salt, sizeof(g->salt));
    rv = grant_make(r->self.sign_secret, g, certificate);
    return rv == LINLI_OK ? authority_enter(w, buf_span(certificate), &added) : rv;
}

static int text_field(struct edit *e, const linli_id *scope, const linli_id *record, linli_field field, span text)
{
    struct buf item = {0};

    if (text.size == 0)
        return LINLI_OK;
    write_text(&item, (const char *)text.at, text.size);
    int rv = item.failed;
    if (rv == LINLI_OK)
        rv = edit_field(e, scope, record, TYPE_GRANT, field, buf_span(&item));
    buf_free(&item);
    return rv;
}

/* The grant's record in the scope that it speaks of: so it travels like everything else. */
static int grant_record(struct work *w, const struct invited *v, const struct enrolling *en, const struct grant *g,
                        span certificate)
{
    struct edit e = {.count = 0}, *edits[] = {&e};
    linli_id record;
    int rv;

    grant_record_id(&g->id, &record);
    rv = edit_life(&e, &v->scope, &record, TYPE_GRANT);
    if (rv == LINLI_OK)
        rv = edit_bin(&e, &v->scope, &record, TYPE_GRANT, GRANT_CERTIFICATE, certificate);
    if (rv == LINLI_OK)
        rv = text_field(&e, &v->scope, &record, GRANT_NAME, v->name);
    if (rv == LINLI_OK)
        rv = text_field(&e, &v->scope, &record, GRANT_DEVICE, en->device_name);
    if (rv == LINLI_OK)
        rv = commit_edits(w, edits, 1, NULL);
    edit_free(&e);
    return rv;
}

/* The first device to come: bind the invitation to it. */
static int bind_device(struct work *w, const struct enrolling *e, struct invited *v)
{
    struct buf certificate = {0};
    struct grant g;
    int rv = grant_issue(w, v, e, &g, &certificate);

    if (rv == LINLI_OK)
        rv = grant_record(w, v, e, &g, buf_span(&certificate));
    if (rv == LINLI_OK) {
        v->bound = true;
        v->grant = g.id;
        memcpy(v->device, e->sign, KEY_BYTES);
        rv = invite_keep(w, v);
    }
    buf_free(&certificate);
    return rv;
}

static int answer_write(struct work *w, const struct invited *v, struct buf *out)
{
    const struct identity *self = &w->r->self;
    span chain[LIMIT_CHAIN];
    size_t count;
    int rv = authority_chain(w->txn, &v->grant, chain, &count);

    if (rv != LINLI_OK)
        return rv;
    write_map(out, 4);
    write_uint(out, 1);
    write_bin(out, self->root_file.at, self->root_file.size);
    write_uint(out, 2);
    write_bin(out, self->network_key, sizeof(self->network_key));
    write_uint(out, 3);
    write_array(out, count);
    for (size_t i = 0; i < count; i++)
        write_bin(out, chain[i].at, chain[i].size);
    write_uint(out, 4);
    write_raw(out, v->addresses);
    return out->failed;
}

static int enrol_step(struct work *w, void *ctx)
{
    const struct enrolling *e = ctx;
    struct invited v = {.role = 0};
    linli_id key;
    span sealed;

    e->answer->size = e->answer_start; /* a first try may have been given up */
    invite_key(e->secret, &key);
    int rv = note_get(w->txn, NOTE_INVITE, span_of(key.b, ID_BYTES), &sealed);
    if (rv == LINLI_OK)
        rv = invite_read(w->r, &w->arena, span_of(key.b, ID_BYTES), sealed, &v);
    if (rv == LINLI_OK && clock_now_ms(&w->r->clock) >= v.expires_ms)
        rv = LINLI_E_EXPIRED;
    if (rv == LINLI_OK && v.bound && memcmp(v.device, e->sign, KEY_BYTES) != 0)
        rv = LINLI_E_USED;
    if (rv == LINLI_OK && !v.bound)
        rv = bind_device(w, e, &v);
    if (rv == LINLI_OK)
        rv = answer_write(w, &v, e->answer);
    crypto_wipe(&v, sizeof(v));
    return rv;
}

int replica_enrol(struct replica *r, const uint8_t secret[32], span request, struct buf *answer)
{
    struct enrolling e = {.secret = secret, .answer = answer, .answer_start = answer->size};
    int rv = request_read(request, &e);

    if (rv == LINLI_OK)
        rv = work_run(r, enrol_step, &e);
    if (rv != LINLI_OK)
        answer->size = e.answer_start;
    return rv;
}
