/* auth: an invitation as the text of a QR code, and back. */
#include "auth/invitation.h"
#include "base/check.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <string.h>

static const char SCHEME[] = "linli:";

enum {
    VERSION = 1,
    FIELDS = 5,
    INVITATION_BYTES = 1024, /* more than the longest of this version */
    DEPTH = 2,
    ITEMS = 64
};

/* Addresses are dialled and logged: nothing that could break a line or hide a part of itself. */
static bool address_valid(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] <= ' ' || at[i] > '~')
            return false;
    return size > 0;
}

static int fields_write(const struct invitation *inv, struct buf *out)
{
    if (inv->address_count > COUNT_OF(inv->addresses))
        return LINLI_E_ARG;
    write_array(out, FIELDS);
    write_uint(out, VERSION);
    write_bin(out, inv->network.b, HASH_BYTES);
    write_bin(out, inv->secret, sizeof(inv->secret));
    write_uint(out, inv->expires_ms);
    write_array(out, inv->address_count);
    for (size_t i = 0; i < inv->address_count; i++) {
        const char *end = memchr(inv->addresses[i], '\0', sizeof(inv->addresses[i]));
        size_t size = end == NULL ? 0 : (size_t)(end - inv->addresses[i]);
        if (!address_valid(inv->addresses[i], size))
            return LINLI_E_ARG;
        write_text(out, inv->addresses[i], size);
    }
    return out->failed;
}

int invitation_text(const struct invitation *inv, struct buf *uri)
{
    struct buf fields = {.cap = INVITATION_BYTES};
    size_t start = uri->size;
    /* All of it at once: a buffer that grows leaves copies of the secret behind. */
    uint8_t *room = buf_extend(&fields, INVITATION_BYTES);
    int rv = fields.failed;

    if (room == NULL)
        goto done;
    buf_clear(&fields);
    rv = fields_write(inv, &fields);
    if (rv != LINLI_OK)
        goto done;
    buf_append(uri, SCHEME, sizeof(SCHEME) - 1);
    char *text = (char *)buf_extend(uri, base64_text_size(fields.size));
    rv = uri->failed;
    if (text == NULL) {
        uri->size = start;
        goto done;
    }
    base64_encode(buf_span(&fields), text);
    uri->size--; /* the NUL stays where it is, uncounted */

done:
    if (room != NULL)
        crypto_wipe(room, INVITATION_BYTES);
    buf_free(&fields);
    return rv;
}

static void addresses_read(struct reader *r, struct invitation *out)
{
    out->address_count = reader_array(r, COUNT_OF(out->addresses));
    for (size_t i = 0; i < out->address_count; i++) {
        span text = reader_text(r, sizeof(out->addresses[i]) - 1);
        if (!address_valid((const char *)text.at, text.size)) {
            reader_fail(r);
            return;
        }
        memcpy(out->addresses[i], text.at, text.size);
    }
}

static int fields_read(span bytes, struct invitation *out)
{
    struct reader r;

    if (scan_item(bytes, DEPTH, ITEMS) != LINLI_OK)
        return LINLI_E_FORMAT;
    reader_start(&r, bytes);
    size_t fields = reader_array(&r, SIZE_MAX);
    uint64_t version = reader_uint(&r, UINT64_MAX);
    if (r.failed != LINLI_OK || version < VERSION)
        return LINLI_E_FORMAT;
    if (version > VERSION)
        return LINLI_E_VERSION;
    if (fields != FIELDS)
        return LINLI_E_FORMAT;
    reader_fixed(&r, out->network.b, HASH_BYTES);
    reader_fixed(&r, out->secret, sizeof(out->secret));
    out->expires_ms = reader_uint(&r, UINT64_MAX);
    addresses_read(&r, out);
    return reader_end(&r);
}

int invitation_parse(const char *uri, struct invitation *out)
{
    uint8_t bytes[INVITATION_BYTES];
    size_t size = 0, scheme = sizeof(SCHEME) - 1;
    int rv = LINLI_E_FORMAT;

    *out = (struct invitation){0};
    if (strncmp(uri, SCHEME, scheme) != 0)
        return LINLI_E_FORMAT;
    if (base64_decode(uri + scheme, strlen(uri + scheme), bytes, sizeof(bytes), &size) == LINLI_OK)
        rv = fields_read(span_of(bytes, size), out);
    crypto_wipe(bytes, sizeof(bytes));
    if (rv != LINLI_OK)
        crypto_wipe(out, sizeof(*out));
    return rv;
}
