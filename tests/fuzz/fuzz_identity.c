/* fuzz: the payload of handshake messages 2 and 3. What decodes without unknown keys encodes back to the same bytes. */
#include <linli/error.h>
#include <string.h>

#include "codec/writer.h"
#include "fuzz.h"
#include "noise/identity.h"

static void must_encode_back(span payload, const struct channel_identity *identity, const uint8_t *signature)
{
    uint8_t incarnation[8];
    struct buf out = {0};
    be64_put(incarnation, identity->incarnation);
    write_map(&out, 4);
    write_uint(&out, 1);
    write_bin(&out, identity->sign_public, KEY_BYTES);
    write_uint(&out, 2);
    write_bin(&out, incarnation, sizeof(incarnation));
    write_uint(&out, 3);
    if (identity->chain.size == 0)
        write_array(&out, 0);
    else
        write_raw(&out, buf_span(&identity->chain));
    write_uint(&out, 4);
    write_bin(&out, signature, SIGNATURE_BYTES);
    CLAIM(out.failed != LINLI_OK || span_equal(buf_span(&out), payload));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t h[NOISE_HASH_BYTES];
    struct channel_identity identity;
    uint8_t signature[SIGNATURE_BYTES] = {0};
    CLAIM(crypto_start() == LINLI_OK);
    if (identity_decode(span_of(data, size), &identity, signature) != LINLI_OK) {
        CLAIM(identity.chain.at == NULL);
        return 0;
    }
    if (data[0] == 0x84) /* a map of four: nothing but what we know */
        must_encode_back(span_of(data, size), &identity, signature);
    (void)identity_check(&identity, ROLE_RESPONDER, h, signature);
    identity_free(&identity);
    return 0;
}
