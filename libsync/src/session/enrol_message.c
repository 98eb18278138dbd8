/* session: what a device that enrols asks, and what it is answered. */
#include <linli/error.h>

#include "session/fields.h"

int enrol_decode(span body, uint8_t key[KEY_BYTES])
{
    struct fields f;
    uint64_t number;

    fields_start(&f, body);
    while (fields_next(&f, &number)) {
        if (number == 1)
            reader_fixed(&f.r, key, KEY_BYTES);
        else
            fields_skip(&f);
    }
    return fields_end(&f, FIELD(1));
}

int enrolled_decode(span body, struct enrolled *out)
{
    struct fields f;
    uint64_t number;

    *out = (struct enrolled){.certificate_count = 0};
    fields_start(&f, body);
    while (fields_next(&f, &number)) {
        switch (number) {
        case 1: out->root_file = reader_bin(&f.r, LIMIT_ROOT_BYTES); break;
        case 2: reader_fixed(&f.r, out->network_key, sizeof(out->network_key)); break;
        case 3:
            out->certificate_count = reader_array(&f.r, LIMIT_CHAIN_CERTIFICATES);
            for (size_t i = 0; i < out->certificate_count; i++)
                out->certificates[i] = reader_bin(&f.r, LIMIT_STATEMENT_BYTES);
            break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1) | FIELD(2) | FIELD(3));
}

int pending_decode(span body, struct pending_message *out)
{
    struct fields f;
    uint64_t number;

    *out = (struct pending_message){.waits = false};
    fields_start(&f, body);
    while (fields_next(&f, &number)) {
        switch (number) {
        case 1: reader_fixed(&f.r, out->reveal, sizeof(out->reveal)); break;
        case 2: out->waits = reader_bool(&f.r); break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1));
}

int pending_encode(struct buf *out, const struct pending_message *pending)
{
    struct buf body = {0};

    write_map(&body, pending->waits ? 2 : 1);
    write_uint(&body, 1);
    write_bin(&body, pending->reveal, sizeof(pending->reveal));
    if (pending->waits) {
        write_uint(&body, 2);
        write_bool(&body, true);
    }
    int rv = body.failed != LINLI_OK ? body.failed : message_wrap(out, MESSAGE_PENDING, buf_span(&body));
    buf_free(&body);
    return rv;
}
