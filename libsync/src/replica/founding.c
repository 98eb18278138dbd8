/* replica: founding a network, or a replica of one that let us in or that was ours; and the identity that each leaves in meta. */
#include "replica/founding.h"

#include <string.h>

#include "codec/writer.h"
#include "replica/root_key.h"

/* --- the identity in meta --- */

/* "self" is sealed; "device" is not secret; "root" is the root file. */
struct secrets {
    uint8_t sign[SIGN_SECRET_BYTES], seal[32], network[32], index[32], note[32];
};
struct device {
    uint8_t sign[KEY_BYTES], seal[KEY_BYTES], incarnation[8], epoch[ID_BYTES];
};

static int root_take(struct replica *r, span file)
{
    buf_clear(&r->root_file);
    int rv = buf_append(&r->root_file, file.at, file.size);

    if (rv == LINLI_OK)
        rv = root_open(file, &r->self.root);
    r->self.root_file = buf_span(&r->root_file);
    r->self.network = r->self.root.network;
    r->self.root_scope = r->self.root.scope;
    return rv;
}

static void author_take(struct replica *r)
{
    memcpy(r->author.key, r->self.sign_public, KEY_BYTES);
    r->author.incarnation = r->self.incarnation;
}

static void device_take(struct replica *r, const struct device *d)
{
    memcpy(r->self.sign_public, d->sign, KEY_BYTES);
    memcpy(r->self.seal_public, d->seal, KEY_BYTES);
    memcpy(r->self.store_epoch.b, d->epoch, ID_BYTES);
    r->self.incarnation = be64_get(d->incarnation);
    author_take(r);
}

static int secrets_load(struct replica *r, struct store_txn *txn)
{
    struct secrets s;
    struct buf bytes = {0};
    int rv = meta_secret_get(txn, "self", &bytes);

    if (rv == LINLI_OK && bytes.size != sizeof(s))
        rv = LINLI_E_CORRUPT;
    if (rv == LINLI_OK) {
        memcpy(&s, bytes.at, sizeof(s));
        memcpy(r->self.sign_secret, s.sign, sizeof(s.sign));
        memcpy(r->self.seal_secret, s.seal, sizeof(s.seal));
        memcpy(r->self.network_key, s.network, sizeof(s.network));
        memcpy(r->index_key, s.index, sizeof(s.index));
        memcpy(r->note_key, s.note, sizeof(s.note));
        crypto_wipe(&s, sizeof(s));
    }
    if (bytes.size > 0)
        crypto_wipe(bytes.at, bytes.size);
    buf_free(&bytes);
    return rv;
}

int identity_load(struct replica *r, struct store_txn *txn)
{
    struct device d;
    span bytes;
    int rv = meta_get(txn, "root", &bytes);

    if (rv == LINLI_OK)
        rv = root_take(r, bytes);
    if (rv == LINLI_OK)
        rv = meta_get(txn, "device", &bytes);
    if (rv == LINLI_OK && bytes.size != sizeof(d))
        rv = LINLI_E_CORRUPT;
    if (rv == LINLI_OK) {
        memcpy(&d, bytes.at, sizeof(d));
        device_take(r, &d);
        rv = secrets_load(r, txn);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv; /* a store that was made has all three */
}

int identity_keep(struct replica *r, struct store_txn *txn)
{
    struct secrets s;
    struct device d;

    memcpy(s.sign, r->self.sign_secret, sizeof(s.sign));
    memcpy(s.seal, r->self.seal_secret, sizeof(s.seal));
    memcpy(s.network, r->self.network_key, sizeof(s.network));
    memcpy(s.index, r->index_key, sizeof(s.index));
    memcpy(s.note, r->note_key, sizeof(s.note));
    memcpy(d.sign, r->self.sign_public, KEY_BYTES);
    memcpy(d.seal, r->self.seal_public, KEY_BYTES);
    memcpy(d.epoch, r->self.store_epoch.b, ID_BYTES);
    be64_put(d.incarnation, r->self.incarnation);
    int rv = meta_secret_put(txn, "self", span_of(&s, sizeof(s)));
    if (rv == LINLI_OK)
        rv = meta_put(txn, "device", span_of(&d, sizeof(d)));
    if (rv == LINLI_OK)
        rv = meta_put(txn, "root", r->self.root_file);
    if (rv == LINLI_OK)
        rv = index_mark(txn); /* of an index without rows */
    crypto_wipe(&s, sizeof(s));
    return rv;
}

/* --- what the ways of making one share --- */

static void fresh_secrets(struct replica *r)
{
    rng_fill(&r->rng, r->index_key, sizeof(r->index_key));
    rng_fill(&r->rng, r->note_key, sizeof(r->note_key));
    rng_fill(&r->rng, r->self.store_epoch.b, ID_BYTES);
}

static int root_scope_put(struct work *w)
{
    struct scope_row row = {.id = w->r->self.root_scope};
    uint32_t scope;
    int rv = scope_put(w->txn, &row, &scope);

    return rv == LINLI_OK ? work_touch(w, scope) : rv;
}

int founding_end(const struct replica_config *config, struct replica *r, int rv, struct replica **out)
{
    *out = NULL;
    if (r == NULL)
        return rv; /* what may be there is another's */
    if (rv == LINLI_OK)
        rv = store_finish(r->store);
    if (rv == LINLI_OK) {
        *out = r;
        return LINLI_OK;
    }
    replica_close(r);
    store_remove(config->store.dir);
    return rv;
}

/* --- founding a network --- */

struct founding {
    unsigned kind;
    const char *name, *division;
    uint8_t root_secret[SIGN_SECRET_BYTES];
};

static int root_fresh(struct replica *r, struct founding *f)
{
    uint8_t root_public[KEY_BYTES], secrets[1][SIGN_SECRET_BYTES], incarnation[8];
    struct buf file = {0};

    sign_keypair(&r->rng, root_public, f->root_secret);
    memcpy(secrets[0], f->root_secret, SIGN_SECRET_BYTES);
    sign_keypair(&r->rng, r->self.sign_public, r->self.sign_secret);
    dh_keypair(&r->rng, r->self.seal_public, r->self.seal_secret);
    rng_fill(&r->rng, incarnation, sizeof(incarnation));
    rng_fill(&r->rng, r->self.network_key, sizeof(r->self.network_key));
    r->self.incarnation = be64_get(incarnation);
    author_take(r);
    int rv = root_make(&r->rng, clock_now_ms(&r->clock), 1, (const uint8_t(*)[SIGN_SECRET_BYTES])secrets, 1, &file);
    if (rv == LINLI_OK)
        rv = root_take(r, buf_span(&file));
    crypto_wipe(secrets, sizeof(secrets));
    buf_free(&file);
    return rv;
}

/* The grant under which this device is the root's node, signed by the root itself. */
static int root_grant(struct work *w, const struct founding *f, struct grant *g, struct buf *certificate)
{
    struct replica *r = w->r;
    bool added = false;

    *g = (struct grant){.by_root = true, .root_version = 1, .issuer = r->self.network, .network = r->self.network, .role = ROLE_NODE,
                        .rights = grant_rights_of_role(ROLE_NODE), .issued_ms = clock_now_ms(&r->clock)};
    memcpy(g->subject, r->self.sign_public, KEY_BYTES);
    memcpy(g->seal, r->self.seal_public, KEY_BYTES);
    rng_fill(&r->rng, g->salt, sizeof(g->salt));
    int rv = grant_make(f->root_secret, g, certificate);
    return rv == LINLI_OK ? authority_enter(w, buf_span(certificate), &added) : rv;
}

static int root_records(const struct replica *r, const struct founding *f, const struct grant *g, span certificate,
                        struct edit *e)
{
    const linli_id *root = &r->self.root_scope;
    linli_id named;
    int rv = edit_life(e, root, root, TYPE_SCOPE);

    grant_record_id(&g->id, &named);
    if (rv == LINLI_OK)
        rv = edit_text(e, root, root, TYPE_SCOPE, SCOPE_NAME, f->name);
    if (rv == LINLI_OK)
        rv = edit_uint(e, root, root, TYPE_SCOPE, SCOPE_KIND, f->kind);
    if (rv == LINLI_OK && f->division != NULL)
        rv = edit_text(e, root, root, TYPE_SCOPE, SCOPE_DIVISION, f->division);
    if (rv == LINLI_OK)
        rv = edit_life(e, root, &named, TYPE_GRANT);
    if (rv == LINLI_OK)
        rv = edit_bin(e, root, &named, TYPE_GRANT, GRANT_CERTIFICATE, certificate);
    if (rv == LINLI_OK) /* who wrote is shown by the name of a grant: the founder's is that of what it founded */
        rv = edit_text(e, root, &named, TYPE_GRANT, GRANT_NAME, f->name);
    return rv;
}

static int found_step(struct work *w, void *ctx)
{
    const struct founding *f = ctx;
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    struct buf certificate = {0};
    struct grant g;
    int rv = identity_keep(w->r, w->txn);

    if (rv == LINLI_OK)
        rv = root_scope_put(w);
    if (rv == LINLI_OK)
        rv = root_grant(w, f, &g, &certificate);
    if (rv == LINLI_OK)
        rv = root_records(w->r, f, &g, buf_span(&certificate), &edit);
    if (rv == LINLI_OK)
        rv = commit_edits(w, edits, 1, NULL);
    if (rv == LINLI_OK)
        rv = keys_tend(w, SIZE_MAX); /* a community that stands alone makes its keys */
    edit_free(&edit);
    buf_free(&certificate);
    return rv;
}

int replica_create_root(const struct replica_config *config, unsigned scope_kind, const char *name, const char *division,
                        struct replica **out)
{
    struct founding f = {.kind = scope_kind, .name = name, .division = division};
    struct replica *r = NULL;

    *out = NULL;
    if (name == NULL || name[0] == '\0')
        return LINLI_E_ARG;
    int rv = replica_new(config, true, &r);
    if (rv != LINLI_OK)
        return rv;
    fresh_secrets(r);
    rv = root_fresh(r, &f);
    if (rv == LINLI_OK)
        rv = root_key_write(config->store.dir, config->store.key, &r->rng, f.root_secret);
    if (rv == LINLI_OK)
        rv = work_run(r, found_step, &f);
    crypto_wipe(f.root_secret, sizeof(f.root_secret));
    return founding_end(config, r, rv, out);
}

/* --- joining one --- */

static int identity_step(struct work *w, void *ctx)
{
    int rv = identity_keep(w->r, w->txn);

    (void)ctx;
    return rv == LINLI_OK ? root_scope_put(w) : rv;
}

static int join_step(struct work *w, void *ctx)
{
    const struct enrolment *e = ctx;
    int rv = LINLI_OK;

    for (size_t i = 0; i < e->certificate_count && rv == LINLI_OK; i++) {
        bool added;
        rv = authority_enter(w, e->certificates[i], &added);
        rv = rv == LINLI_E_WAIT ? LINLI_E_REFUSED : rv; /* root-most first, or it is no chain */
    }
    if (rv == LINLI_OK && w->r->own_count == 0)
        rv = LINLI_E_REFUSED; /* a chain for somebody else */
    return rv;
}

static int joined_take(struct replica *r, const struct enrolment *e)
{
    memcpy(r->self.sign_public, e->sign_public, KEY_BYTES);
    memcpy(r->self.sign_secret, e->sign_secret, SIGN_SECRET_BYTES);
    memcpy(r->self.seal_public, e->seal_public, KEY_BYTES);
    memcpy(r->self.seal_secret, e->seal_secret, sizeof(e->seal_secret));
    memcpy(r->self.network_key, e->network_key, sizeof(e->network_key));
    r->self.incarnation = e->incarnation;
    author_take(r);
    return root_take(r, e->root_file);
}

int founding_begin(const struct replica_config *config, const struct enrolment *enrolment, struct replica **out)
{
    int rv = replica_new(config, true, out);

    if (rv != LINLI_OK)
        return rv;
    fresh_secrets(*out);
    rv = joined_take(*out, enrolment);
    return rv == LINLI_OK ? work_run(*out, identity_step, NULL) : rv;
}

int replica_create_joined(const struct replica_config *config, const struct enrolment *enrolment, struct replica **out)
{
    struct replica *r = NULL;
    int rv = founding_begin(config, enrolment, &r);

    if (rv == LINLI_OK)
        rv = work_run(r, join_step, (void *)(uintptr_t)enrolment);
    return founding_end(config, r, rv, out);
}
