/* session: what two say when they have settled, and of receipts (proto/session.md 2, kinds 10, 17, 18): to and from bytes. */
#include <linli/error.h>

#include "session/fields.h"

static void start(struct buf *out, enum message_kind kind, size_t pairs)
{
    write_array(out, 2);
    write_uint(out, kind);
    write_map(out, pairs);
}

int settle_decode(span body, struct settle *out)
{
    struct fields f;
    uint64_t key;

    *out = (struct settle){.round = 0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        switch (key) {
        case 1: out->round = reader_uint(&f.r, UINT32_MAX); break;
        case 2: reader_fixed(&f.r, out->digest.b, HASH_BYTES); break;
        case 3: out->asks = reader_bool(&f.r); break;
        case 4: out->known = reader_bin(&f.r, LIMIT_STATEMENT_BYTES); break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1) | FIELD(2));
}

int settle_encode(struct buf *out, const struct settle *settle)
{
    bool known = settle->asks && settle->known.size > 0;

    start(out, MESSAGE_SETTLE, 2u + settle->asks + known);
    write_uint(out, 1);
    write_uint(out, settle->round);
    write_uint(out, 2);
    write_bin(out, settle->digest.b, HASH_BYTES);
    if (settle->asks) {
        write_uint(out, 3);
        write_bool(out, true);
    }
    if (known) {
        write_uint(out, 4);
        write_bin(out, settle->known.at, settle->known.size);
    }
    return out->failed;
}

int receipt_message_decode(span body, span *certificate)
{
    struct fields f;
    uint64_t key;

    *certificate = (span){NULL, 0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        if (key == 1)
            *certificate = reader_bin(&f.r, LIMIT_STATEMENT_BYTES);
        else
            fields_skip(&f);
    }
    return fields_end(&f, 0);
}

int receipt_message_encode(struct buf *out, span certificate)
{
    start(out, MESSAGE_RECEIPT, certificate.size > 0 ? 1 : 0);
    if (certificate.size > 0) {
        write_uint(out, 1);
        write_bin(out, certificate.at, certificate.size);
    }
    return out->failed;
}

int heard_decode(span body, span *certificates)
{
    struct fields f;
    uint64_t key;

    *certificates = (span){NULL, 0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        if (key != 1) {
            fields_skip(&f);
            continue;
        }
        const uint8_t *from = f.r.at;
        size_t count = reader_array(&f.r, HEARD_MAX);
        for (size_t i = 0; i < count; i++)
            (void)reader_bin(&f.r, LIMIT_STATEMENT_BYTES);
        *certificates = span_of(from, (size_t)(f.r.at - from));
    }
    return fields_end(&f, FIELD(1));
}

int heard_encode(struct buf *out, span certificates)
{
    start(out, MESSAGE_HEARD, 1);
    write_uint(out, 1);
    write_raw(out, certificates);
    return out->failed;
}
