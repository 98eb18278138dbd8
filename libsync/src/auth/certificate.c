/* auth: a certificate taken apart and put together. */
#include "auth/certificate.h"
#include "codec/limits.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>

void issuer_write(struct buf *out, const struct issuer *issuer)
{
    if (issuer->by_root) {
        write_array(out, 2);
        write_uint(out, issuer->version);
    }
    write_bin(out, issuer->id.b, HASH_BYTES);
}

void issuer_read(struct reader *r, struct issuer *out)
{
    out->by_root = reader_peek(r) == ITEM_ARRAY;
    out->version = 0;
    if (out->by_root) {
        if (reader_array(r, 2) != 2)
            reader_fail(r);
        out->version = reader_uint(r, UINT64_MAX);
        if (out->version == 0)
            reader_fail(r);
    }
    reader_fixed(r, out->id.b, HASH_BYTES);
}

int certificate_split(span certificate, size_t max, struct certified *out)
{
    struct reader r;

    if (certificate.size > max)
        return LINLI_E_LIMIT;
    int rv = scan_item(certificate, CERTIFICATE_DEPTH, CERTIFICATE_ITEMS);
    if (rv != LINLI_OK)
        return rv;
    reader_start(&r, certificate);
    if (reader_array(&r, 2) != 2)
        return LINLI_E_FORMAT;
    out->body = reader_bin(&r, max);
    out->signatures = reader_bin(&r, max);
    rv = reader_end(&r);
    return rv == LINLI_OK ? scan_item(out->body, CERTIFICATE_DEPTH, CERTIFICATE_ITEMS) : rv;
}

bool signatures_fit(const struct issuer *issuer, span signatures)
{
    if (!issuer->by_root)
        return signatures.size == SIGNATURE_BYTES;
    return signatures.size % ROOT_SIGNATURE_BYTES == 0 && signatures.size <= (size_t)ROOT_SIGNATURES_MAX * ROOT_SIGNATURE_BYTES;
}

int certificate_sign(const uint8_t *secret, const struct issuer *issuer, const char *context, span body, struct buf *certificate)
{
    uint8_t signature[ROOT_SIGNATURE_BYTES] = {0}; /* the root's key 0, and room */
    size_t start = certificate->size, size = issuer->by_root ? ROOT_SIGNATURE_BYTES : SIGNATURE_BYTES;

    if (secret == NULL)
        size = 0;
    else {
        int rv = sign_make(secret, context, body, signature + size - SIGNATURE_BYTES);
        if (rv != LINLI_OK)
            return rv;
    }
    write_array(certificate, 2);
    write_bin(certificate, body.at, body.size);
    write_bin(certificate, signature, size);
    if (certificate->failed != LINLI_OK)
        certificate->size = start;
    return certificate->failed;
}

/* The first number of the body; `r` stands behind it. */
static unsigned kind_read(span certificate, struct reader *r)
{
    struct certified said;

    if (certificate_split(certificate, LIMIT_STATEMENT_BYTES, &said) != LINLI_OK)
        return 0;
    reader_start(r, said.body);
    reader_array(r, SIZE_MAX);
    return (unsigned)reader_uint(r, UINT32_MAX);
}

unsigned certificate_kind(span certificate)
{
    struct reader r;

    return kind_read(certificate, &r);
}

bool certificate_issuer(span certificate, linli_hash *issuer)
{
    struct issuer by;
    struct reader r;

    if (kind_read(certificate, &r) == 0)
        return false;
    reader_skip(&r); /* the network */
    issuer_read(&r, &by);
    *issuer = by.id;
    return r.failed == LINLI_OK;
}
