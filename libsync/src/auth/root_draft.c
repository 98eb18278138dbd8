/* auth: a draft of what the root says: written, read, signed by one key after the other. */
#include "auth/root_draft.h"
#include "base/check.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <string.h>

static const char MARK[] = "linli root draft";

enum { DRAFT_VERSION = 1, DRAFT_FIELDS = 4, SIGNER_FIELDS = 4, ITEM_FIELDS = 3, DRAFT_DEPTH = 4, DRAFT_ITEMS = 1024 };

int root_draft_start(struct root_draft *d, struct arena *a, const struct root_document *under)
{
    *d = (struct root_draft){.arena = a, .signer_count = 1};
    d->signers[0] = *under;
    d->items = arena_array(a, DRAFT_ITEMS_MAX, sizeof(*d->items));
    return d->items != NULL ? LINLI_OK : LINLI_E_NOMEM;
}

/* Who says it; what kind it is. */
static int said_read(span certificate, struct issuer *by, unsigned *kind)
{
    struct statement st;
    struct grant g;

    *kind = certificate_kind(certificate);
    int rv = *kind == STATEMENT_GRANT ? grant_decode(certificate, &g) : statement_decode(certificate, &st);
    if (rv != LINLI_OK)
        return rv;
    *by = *kind == STATEMENT_GRANT ? (struct issuer){g.by_root, g.root_version, g.issuer}
                                   : (struct issuer){st.by_root, st.root_version, st.issuer};
    return by->by_root ? LINLI_OK : LINLI_E_FORMAT;
}

int root_draft_add(struct root_draft *d, span certificate)
{
    struct root_draft_item item = {.issuer = 0};
    struct root_version version;
    struct issuer by;
    int rv = said_read(certificate, &by, &item.kind);

    if (rv != LINLI_OK)
        return rv;
    while (item.issuer < d->signer_count && !hash_equal(&d->signers[item.issuer].id, &by.id))
        item.issuer++;
    if (item.issuer == d->signer_count || d->signers[item.issuer].version != by.version)
        return LINLI_E_FORMAT;
    if (d->count == DRAFT_ITEMS_MAX || (item.kind == STATEMENT_ROOT && d->signer_count == DRAFT_SIGNERS_MAX))
        return LINLI_E_LIMIT;
    item.certificate = arena_copy(d->arena, certificate);
    if (item.certificate.at == NULL)
        return LINLI_E_NOMEM;
    item.signers = d->signers[item.issuer].threshold;
    if (item.kind == STATEMENT_ROOT) {
        ALWAYS(root_version_decode(item.certificate, &version) == LINLI_OK); /* said_read took it apart */
        d->signers[d->signer_count++] = version.document;
        item.signers = version.signers > 0 ? version.signers : item.signers;
    }
    d->items[d->count++] = item;
    return LINLI_OK;
}

static span body_of(const struct root_draft_item *item)
{
    struct certified said = {{NULL, 0}, {NULL, 0}};

    (void)certificate_split(item->certificate, LIMIT_STATEMENT_BYTES, &said); /* it was taken apart when it came in */
    return said.body;
}

/* --- bytes --- */

static void set_write(const struct signature_set *set, struct buf *out)
{
    size_t size = 0;
    uint8_t bytes[ROOT_KEYS_MAX * ROOT_SIGNATURE_BYTES];

    for (unsigned i = 0; i < ROOT_KEYS_MAX; i++) {
        if (!set->has[i])
            continue;
        bytes[size] = (uint8_t)i;
        memcpy(bytes + size + 1, set->at[i], SIGNATURE_BYTES);
        size += ROOT_SIGNATURE_BYTES;
    }
    write_bin(out, bytes, size);
}

static void set_read(struct reader *r, struct signature_set *out)
{
    span bytes = reader_bin(r, (size_t)ROOT_KEYS_MAX * ROOT_SIGNATURE_BYTES);
    unsigned next = 0;

    if (bytes.size % ROOT_SIGNATURE_BYTES != 0)
        reader_fail(r);
    for (size_t at = 0; at < bytes.size && r->failed == LINLI_OK; at += ROOT_SIGNATURE_BYTES) {
        unsigned index = bytes.at[at];
        if (index < next || index >= ROOT_KEYS_MAX) {
            reader_fail(r);
            return;
        }
        next = index + 1;
        out->has[index] = true;
        memcpy(out->at[index], bytes.at + at + 1, SIGNATURE_BYTES);
    }
}

int root_draft_write(const struct root_draft *d, struct buf *out)
{
    const struct root_document *under = &d->signers[0];

    write_array(out, DRAFT_FIELDS);
    write_text(out, MARK, sizeof(MARK) - 1);
    write_uint(out, DRAFT_VERSION);
    write_array(out, SIGNER_FIELDS);
    write_bin(out, under->id.b, HASH_BYTES);
    write_uint(out, under->version);
    write_uint(out, under->threshold);
    write_array(out, under->key_count);
    for (unsigned i = 0; i < under->key_count; i++)
        write_bin(out, under->keys[i], KEY_BYTES);
    write_array(out, d->count);
    for (size_t i = 0; i < d->count; i++) {
        write_array(out, ITEM_FIELDS);
        write_bin(out, d->items[i].certificate.at, d->items[i].certificate.size);
        set_write(&d->items[i].by_issuer, out);
        set_write(&d->items[i].by_itself, out);
    }
    return out->failed;
}

static void signer_read(struct reader *r, struct root_document *out)
{
    if (reader_array(r, SIGNER_FIELDS) != SIGNER_FIELDS)
        reader_fail(r);
    reader_fixed(r, out->id.b, HASH_BYTES);
    out->version = reader_uint(r, LIMIT_ROOT_VERSIONS);
    out->threshold = (unsigned)reader_uint(r, ROOT_KEYS_MAX);
    out->key_count = (unsigned)reader_array(r, ROOT_KEYS_MAX);
    for (unsigned i = 0; i < out->key_count; i++)
        reader_fixed(r, out->keys[i], KEY_BYTES);
    if (!root_keys_sound(out))
        reader_fail(r);
}

/* A signature that is not good is as if it were not there: it must not take the place of one that is. */
static int set_check(struct signature_set *set, const struct root_draft_item *item, const struct root_document *by)
{
    int rv = LINLI_OK;

    for (unsigned i = 0; i < ROOT_KEYS_MAX && rv == LINLI_OK; i++) {
        set->has[i] = i < by->key_count && set->has[i];
        if (set->has[i])
            rv = sign_check(by->keys[i], statement_context(item->kind), body_of(item), set->at[i]);
        set->has[i] = set->has[i] && rv == LINLI_OK;
        rv = rv == LINLI_E_SIGNATURE ? LINLI_OK : rv;
    }
    return rv;
}

static int item_check(const struct root_draft *d, struct root_draft_item *item)
{
    static const struct root_document nobody = {.key_count = 0};
    int rv = set_check(&item->by_issuer, item, &d->signers[item->issuer]);

    return rv == LINLI_OK
               ? set_check(&item->by_itself, item, item->kind == STATEMENT_ROOT ? &d->signers[d->signer_count - 1] : &nobody)
               : rv;
}

static int item_read(struct reader *r, struct root_draft *d)
{
    struct signature_set by_issuer = {{false}, {{0}}}, by_itself = {{false}, {{0}}};

    if (reader_array(r, ITEM_FIELDS) != ITEM_FIELDS)
        reader_fail(r);
    span certificate = reader_bin(r, LIMIT_STATEMENT_BYTES);
    set_read(r, &by_issuer);
    set_read(r, &by_itself);
    int rv = r->failed == LINLI_OK ? root_draft_add(d, certificate) : LINLI_E_FORMAT;
    if (rv == LINLI_OK) {
        d->items[d->count - 1].by_issuer = by_issuer;
        d->items[d->count - 1].by_itself = by_itself;
        rv = item_check(d, &d->items[d->count - 1]);
    }
    return rv;
}

int root_draft_read(struct root_draft *d, struct arena *a, span bytes)
{
    struct root_document under = {.oldest = 1};
    struct reader r;

    if (bytes.size > DRAFT_BYTES_MAX)
        return LINLI_E_LIMIT;
    int rv = scan_item(bytes, DRAFT_DEPTH, DRAFT_ITEMS);
    if (rv != LINLI_OK)
        return rv;
    reader_start(&r, bytes);
    size_t fields = reader_array(&r, SIZE_MAX);
    span mark = reader_text(&r, sizeof(MARK));
    uint64_t version = reader_uint(&r, UINT64_MAX);
    if (r.failed != LINLI_OK || !span_equal(mark, span_of(MARK, sizeof(MARK) - 1)))
        return LINLI_E_FORMAT;
    if (version != DRAFT_VERSION)
        return LINLI_E_VERSION;
    signer_read(&r, &under);
    if (r.failed != LINLI_OK || fields != DRAFT_FIELDS)
        return LINLI_E_FORMAT;
    rv = root_draft_start(d, a, &under);
    for (size_t left = reader_array(&r, DRAFT_ITEMS_MAX); left > 0 && rv == LINLI_OK; left--)
        rv = item_read(&r, d);
    if (rv == LINLI_OK)
        rv = reader_end(&r);
    return rv == LINLI_OK && d->count == 0 ? LINLI_E_FORMAT : rv;
}

void root_draft_fingerprint(const struct root_draft *d, linli_hash *out)
{
    span bodies[DRAFT_ITEMS_MAX];

    for (size_t i = 0; i < d->count; i++)
        bodies[i] = d->items[i].certificate; /* each says how long it is, so that no two drafts are joined to the same bytes */
    crypto_hash("linli/root-draft/1", bodies, d->count, out);
}

/* --- signatures --- */

/* What an item asks of one of the signers, of whom there are two at most; NULL: nothing. */
static const struct signature_set *asked(const struct root_draft_item *item, size_t signer)
{
    if (item->issuer == signer)
        return &item->by_issuer;
    return item->kind == STATEMENT_ROOT ? &item->by_itself : NULL;
}

/* How many signatures that is. */
static unsigned needed(const struct root_draft_item *item, const struct root_draft *d, size_t signer)
{
    return item->issuer == signer ? item->signers : d->signers[signer].threshold;
}

static unsigned set_count(const struct signature_set *set)
{
    unsigned count = 0;

    for (unsigned i = 0; i < ROOT_KEYS_MAX; i++)
        count += set->has[i];
    return count;
}

static int item_sign(struct root_draft *d, struct root_draft_item *item, size_t signer, unsigned key, const uint8_t *secret, bool *added)
{
    struct signature_set *set = (struct signature_set *)(uintptr_t)asked(item, signer);

    if (set == NULL || set->has[key] || set_count(set) >= needed(item, d, signer))
        return LINLI_OK;
    int rv = sign_make(secret, statement_context(item->kind), body_of(item), set->at[key]);
    set->has[key] = rv == LINLI_OK;
    *added = *added || rv == LINLI_OK;
    return rv;
}

int root_draft_sign(struct root_draft *d, const uint8_t secret[SIGN_SECRET_BYTES])
{
    const uint8_t *public = secret + SEED_BYTES; /* libsodium keeps it there */
    bool known = false, added = false;
    int rv = LINLI_OK;

    for (size_t s = 0; s < d->signer_count; s++)
        for (unsigned k = 0; k < d->signers[s].key_count; k++) {
            if (memcmp(d->signers[s].keys[k], public, KEY_BYTES) != 0)
                continue;
            known = true;
            for (size_t i = 0; i < d->count && rv == LINLI_OK; i++)
                rv = item_sign(d, &d->items[i], s, k, secret, &added);
        }
    if (rv != LINLI_OK)
        return rv;
    return !known ? LINLI_E_KEY : added ? LINLI_OK : LINLI_E_EXISTS;
}

unsigned root_draft_missing(const struct root_draft *d, size_t signer)
{
    unsigned most = 0;

    for (size_t i = 0; i < d->count; i++) {
        const struct signature_set *set = asked(&d->items[i], signer);
        unsigned all = needed(&d->items[i], d, signer), count = set != NULL ? set_count(set) : all;
        if (count < all && all - count > most)
            most = all - count;
    }
    return most;
}

bool root_draft_signed(const struct root_draft *d, size_t signer, unsigned key)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct signature_set *set = asked(&d->items[i], signer);
        if (set != NULL && !set->has[key])
            return false;
    }
    return true;
}

static void set_append(const struct signature_set *set, struct buf *out)
{
    for (unsigned i = 0; i < ROOT_KEYS_MAX; i++)
        if (set->has[i]) {
            buf_byte(out, (uint8_t)i);
            (void)buf_append(out, set->at[i], SIGNATURE_BYTES);
        }
}

int root_draft_certificate(const struct root_draft *d, size_t item, struct buf *out)
{
    const struct root_draft_item *at = &d->items[item];
    struct buf signatures = {0};
    span body = body_of(at);

    if (set_count(&at->by_issuer) != at->signers ||
        (at->kind == STATEMENT_ROOT && set_count(&at->by_itself) != d->signers[d->signer_count - 1].threshold))
        return LINLI_E_WAIT;
    set_append(&at->by_issuer, &signatures);
    if (at->kind == STATEMENT_ROOT)
        set_append(&at->by_itself, &signatures);
    write_array(out, 2);
    write_bin(out, body.at, body.size);
    write_bin(out, signatures.at, signatures.size);
    int rv = signatures.failed != LINLI_OK ? signatures.failed : out->failed;
    buf_free(&signatures);
    return rv;
}
