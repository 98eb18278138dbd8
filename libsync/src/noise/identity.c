/* noise: the payload map of messages 2 and 3 (proto/noise.md 2): encode and sign, scan and decode, check. */
#include "noise/identity.h"

#include <linli/error.h>
#include <string.h>

#include "base/check.h"
#include "codec/limits.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"

enum {
    KEY_SIGN_PUBLIC = 1,
    KEY_INCARNATION = 2,
    KEY_CHAIN = 3,
    KEY_SIGNATURE = 4,
    FIELDS = 4,
    KEY_COMMITMENT = 5, /* not everybody's */
    PAYLOAD_ITEMS = 256, /* the five fields, LIMIT_CHAIN grants, and room for what a newer version adds */
    PAYLOAD_KEYS = 32
};

static const char CONTEXT[] = "linli/noise/1";

enum { SIGNED_BYTES = 1 + NOISE_HASH_BYTES };

static void signed_bytes(enum identity_role role, const uint8_t h[NOISE_HASH_BYTES],
                         uint8_t out[SIGNED_BYTES])
{
    out[0] = (uint8_t)role;
    memcpy(out + 1, h, NOISE_HASH_BYTES);
}

int identity_encode(const struct channel_identity *self, const uint8_t sign_secret[SIGN_SECRET_BYTES],
                    enum identity_role role, const uint8_t h[NOISE_HASH_BYTES], struct buf *out)
{
    uint8_t data[SIGNED_BYTES], signature[SIGNATURE_BYTES], incarnation[8];
    signed_bytes(role, h, data);
    int rv = sign_make(sign_secret, CONTEXT, span_of(data, sizeof(data)), signature);
    ALWAYS(rv == LINLI_OK); /* so few bytes are signed without reserving anything */
    be64_put(incarnation, self->incarnation);
    write_map(out, FIELDS + (self->has_commitment ? 1 : 0));
    write_uint(out, KEY_SIGN_PUBLIC);
    write_bin(out, self->sign_public, KEY_BYTES);
    write_uint(out, KEY_INCARNATION);
    write_bin(out, incarnation, sizeof(incarnation));
    write_uint(out, KEY_CHAIN);
    if (self->chain.size == 0)
        write_array(out, 0);
    else
        write_raw(out, buf_span(&self->chain));
    write_uint(out, KEY_SIGNATURE);
    write_bin(out, signature, SIGNATURE_BYTES);
    if (self->has_commitment) {
        write_uint(out, KEY_COMMITMENT);
        write_bin(out, self->commitment, HASH_BYTES);
    }
    return out->failed;
}

/* The chain as it came, once it is known to be an array of grants that are not too many and not too long. */
static span read_chain(struct reader *r)
{
    span raw = reader_item(r);
    struct reader grants;
    reader_start(&grants, raw);
    size_t count = reader_array(&grants, LIMIT_CHAIN);
    for (size_t i = 0; i < count; i++)
        (void)reader_bin(&grants, LIMIT_GRANT_BYTES);
    if (reader_end(&grants) != LINLI_OK)
        reader_fail(r);
    return count == 0 ? span_of(NULL, 0) : raw;
}

int identity_decode(span payload, struct channel_identity *out, uint8_t signature[SIGNATURE_BYTES])
{
    struct reader r;
    span chain = span_of(NULL, 0);
    uint8_t incarnation[8] = {0};
    size_t fields = 0;

    memset(out, 0, sizeof(*out));
    int rv = scan_item(payload, LIMIT_DEPTH, PAYLOAD_ITEMS);
    if (rv != LINLI_OK)
        return rv == LINLI_E_LIMIT ? rv : LINLI_E_PROTOCOL;
    reader_start(&r, payload);
    size_t count = reader_map(&r, PAYLOAD_KEYS);
    for (size_t i = 0; i < count; i++) {
        uint64_t key = reader_uint(&r, UINT64_MAX);
        fields +=
            key >= KEY_SIGN_PUBLIC && key <= KEY_SIGNATURE; /* the scan saw to it that none comes twice */
        if (key == KEY_SIGN_PUBLIC)
            reader_fixed(&r, out->sign_public, KEY_BYTES);
        else if (key == KEY_INCARNATION)
            reader_fixed(&r, incarnation, sizeof(incarnation));
        else if (key == KEY_CHAIN)
            chain = read_chain(&r);
        else if (key == KEY_SIGNATURE)
            reader_fixed(&r, signature, SIGNATURE_BYTES);
        else if (key == KEY_COMMITMENT) {
            out->has_commitment = true;
            reader_fixed(&r, out->commitment, HASH_BYTES);
        } else
            reader_skip(&r);
    }
    if (reader_end(&r) != LINLI_OK || fields != FIELDS)
        return LINLI_E_PROTOCOL;
    out->incarnation = be64_get(incarnation);
    if (chain.size == 0)
        return LINLI_OK;
    rv = buf_append(&out->chain, chain.at, chain.size);
    if (rv != LINLI_OK)
        identity_free(out);
    return rv;
}

int identity_check(const struct channel_identity *identity, enum identity_role role,
                   const uint8_t h[NOISE_HASH_BYTES], const uint8_t signature[SIGNATURE_BYTES])
{
    uint8_t data[SIGNED_BYTES];
    signed_bytes(role, h, data);
    return sign_check(identity->sign_public, CONTEXT, span_of(data, sizeof(data)), signature);
}

void identity_free(struct channel_identity *identity)
{
    buf_free(&identity->chain);
    memset(identity, 0, sizeof(*identity));
}
