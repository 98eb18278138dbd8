/* auth: a certificate taken apart and put together. */
#include "auth/certificate.h"
#include "codec/limits.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>

int certificate_split(span certificate, size_t max, span *body, uint8_t signature[SIGNATURE_BYTES])
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
    *body = reader_bin(&r, max);
    reader_fixed(&r, signature, SIGNATURE_BYTES);
    rv = reader_end(&r);
    return rv == LINLI_OK ? scan_item(*body, CERTIFICATE_DEPTH, CERTIFICATE_ITEMS) : rv;
}

int certificate_sign(const uint8_t secret[SIGN_SECRET_BYTES], const char *context, span body, struct buf *certificate)
{
    uint8_t signature[SIGNATURE_BYTES];
    size_t start = certificate->size;
    int rv = sign_make(secret, context, body, signature);

    if (rv != LINLI_OK)
        return rv;
    write_array(certificate, 2);
    write_bin(certificate, body.at, body.size);
    write_bin(certificate, signature, sizeof(signature));
    if (certificate->failed != LINLI_OK)
        certificate->size = start;
    return certificate->failed;
}

unsigned certificate_kind(span certificate)
{
    uint8_t signature[SIGNATURE_BYTES];
    struct reader r;
    span body;

    if (certificate_split(certificate, LIMIT_STATEMENT_BYTES, &body, signature) != LINLI_OK)
        return 0;
    reader_start(&r, body);
    reader_array(&r, SIZE_MAX);
    return (unsigned)reader_uint(&r, UINT32_MAX);
}
