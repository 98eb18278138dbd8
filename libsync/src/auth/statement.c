/* auth: what all statements about grants have in common: their head, their id, and who may say them. */
#include "auth/statement_form.h"
#include "codec/reader.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <string.h>

static const char *const CONTEXTS[] = {
    [STATEMENT_REVOCATION] = "linli/revocation/1", [STATEMENT_RULING] = "linli/ruling/1"};
enum { KIND_MAX = STATEMENT_RULING, HEAD_FIELDS = 6 };

void statement_record_id(const linli_hash *statement, linli_id *record)
{
    memcpy(record->b, statement->b, ID_BYTES);
    id_of_managed(record);
}

void statement_head_write(const struct statement *head, size_t more, struct buf *out)
{
    write_array(out, HEAD_FIELDS + more);
    write_uint(out, head->kind);
    write_bin(out, head->network.b, HASH_BYTES);
    if (head->by_root)
        write_uint(out, head->root_key);
    else
        write_bin(out, head->issuer.b, HASH_BYTES);
    path_write(out, &head->path);
    write_uint(out, head->issued_ms);
    write_bin(out, head->salt, sizeof(head->salt));
}

static void names_fill(struct statement *head, span body)
{
    crypto_hash(CONTEXTS[head->kind], &body, 1, &head->id);
    path_scope(&head->network, &head->path, &head->scope);
}

int statement_sign(const uint8_t secret[SIGN_SECRET_BYTES], struct statement *head, span body, struct buf *certificate)
{
    size_t start = certificate->size;
    int rv = certificate_sign(secret, CONTEXTS[head->kind], body, certificate);

    if (rv == LINLI_OK && certificate->size - start > LIMIT_STATEMENT_BYTES) {
        certificate->size = start;
        rv = LINLI_E_LIMIT;
    }
    if (rv == LINLI_OK)
        names_fill(head, body);
    return rv;
}

int statement_open(span certificate, struct reader *r, struct statement *out, size_t *fields, struct statement_signed *proof)
{
    *out = (struct statement){.certificate = certificate};
    int rv = certificate_split(certificate, LIMIT_STATEMENT_BYTES, &proof->body, proof->signature);
    if (rv != LINLI_OK)
        return rv;
    reader_start(r, proof->body);
    *fields = reader_array(r, SIZE_MAX);
    uint64_t kind = reader_uint(r, UINT64_MAX);
    if (r->failed != LINLI_OK || kind <= STATEMENT_GRANT)
        return LINLI_E_FORMAT;
    if (kind > KIND_MAX)
        return LINLI_E_VERSION;
    out->kind = (unsigned)kind;
    reader_fixed(r, out->network.b, HASH_BYTES);
    out->by_root = reader_peek(r) == ITEM_UINT;
    if (out->by_root)
        out->root_key = (unsigned)reader_uint(r, ROOT_KEYS_MAX - 1);
    else
        reader_fixed(r, out->issuer.b, HASH_BYTES);
    path_read(r, &out->path);
    out->issued_ms = reader_uint(r, UINT64_MAX);
    reader_fixed(r, out->salt, sizeof(out->salt));
    if (r->failed != LINLI_OK)
        return LINLI_E_FORMAT;
    *fields -= HEAD_FIELDS; /* so many were read, and the body is one array */
    names_fill(out, proof->body);
    return LINLI_OK;
}

/* Every kind's own form, through its own decoder: what is not of that form is no statement. */
static int decode(span certificate, struct statement *out, struct statement_signed *proof)
{
    struct revocation revocation;
    struct ruling ruling;
    struct reader r;
    size_t fields;
    int rv = statement_open(certificate, &r, out, &fields, proof);

    if (rv != LINLI_OK)
        return rv;
    return out->kind == STATEMENT_REVOCATION ? revocation_decode(certificate, &revocation)
                                             : ruling_decode(certificate, &ruling);
}

int statement_decode(span certificate, struct statement *out)
{
    struct statement_signed proof;

    return decode(certificate, out, &proof);
}

int statement_check(const struct root *root, span certificate, const struct grant_source *source)
{
    struct statement said;
    struct statement_signed proof;
    struct grant issuer;
    int rv = decode(certificate, &said, &proof);

    if (rv != LINLI_OK)
        return rv;
    if (!hash_equal(&said.network, &root->network))
        return LINLI_E_NETWORK;
    const char *context = CONTEXTS[said.kind];
    if (said.by_root) {
        if (said.root_key >= root->key_count)
            return LINLI_E_SIGNATURE;
        return sign_check(root->keys[said.root_key], context, proof.body, proof.signature);
    }
    if (!source->find(source->ctx, &said.issuer, &issuer))
        return LINLI_E_WAIT;
    rv = sign_check(issuer.subject, context, proof.body, proof.signature);
    if (rv != LINLI_OK)
        return rv;
    return (issuer.rights & RIGHT_MANAGE) != 0 && path_contains(&issuer.path, &said.path) ? LINLI_OK : LINLI_E_REFUSED;
}
