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
        case 5: out->lists = reader_bool(&f.r); break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1) | FIELD(2));
}

int settle_encode(struct buf *out, const struct settle *settle)
{
    bool known = settle->asks && settle->known.size > 0, lists = settle->asks && settle->lists;

    start(out, MESSAGE_SETTLE, 2u + settle->asks + known + lists);
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
    if (lists) {
        write_uint(out, 5);
        write_bool(out, true);
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

/* An array of bins, whole; how many more there may be goes down by as many. */
static span bins_read(struct reader *r, size_t *room, size_t bytes_max)
{
    const uint8_t *from = r->at;
    size_t count = reader_array(r, *room);

    for (size_t i = 0; i < count; i++)
        (void)reader_bin(r, bytes_max);
    *room -= count;
    return span_of(from, (size_t)(r->at - from));
}

int heard_decode(span body, struct heard_receipts *out)
{
    struct fields f;
    size_t room = HEARD_MAX;
    uint64_t key;

    *out = (struct heard_receipts){{NULL, 0}, {NULL, 0}};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        switch (key) {
        case 1: out->plain = bins_read(&f.r, &room, LIMIT_STATEMENT_BYTES); break;
        case 2: out->listing = bins_read(&f.r, &room, HEARD_LISTING_BYTES); break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1));
}

int heard_encode(struct buf *out, const struct heard_receipts *heard)
{
    start(out, MESSAGE_HEARD, 1u + (heard->listing.size > 0));
    write_uint(out, 1);
    write_raw(out, heard->plain);
    if (heard->listing.size > 0) {
        write_uint(out, 2);
        write_raw(out, heard->listing);
    }
    return out->failed;
}
