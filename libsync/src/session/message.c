/* session: messages to and from bytes, all but the detail (detail.c), and how a round is settled (settle_message.c). */
#include "session/message.h"

#include <linli/error.h>
#include <string.h>

#include "codec/scan.h"
#include "codec/squeeze.h"
#include "session/fields.h"

int message_open(span bytes, uint64_t *kind, span *body)
{
    struct reader r;
    int rv = scan_item(bytes, LIMIT_DEPTH, LIMIT_MESSAGE_ITEMS);

    if (rv != LINLI_OK)
        return rv;
    reader_start(&r, bytes);
    if (reader_array(&r, 2) != 2)
        reader_fail(&r);
    *kind = reader_uint(&r, UINT64_MAX);
    if (reader_peek(&r) != ITEM_MAP)
        reader_fail(&r);
    *body = reader_item(&r);
    return reader_end(&r);
}

int message_wrap(struct buf *out, enum message_kind kind, span body)
{
    write_array(out, 2);
    write_uint(out, kind);
    write_raw(out, body);
    return out->failed;
}

static void start(struct buf *out, enum message_kind kind, size_t pairs)
{
    write_array(out, 2);
    write_uint(out, kind);
    write_map(out, pairs);
}

int hello_decode(span body, struct hello *out)
{
    struct fields f;
    uint64_t key;

    *out = (struct hello){0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        switch (key) {
        case 1: out->version_low = reader_uint(&f.r, UINT32_MAX); break;
        case 2: out->version_high = reader_uint(&f.r, UINT32_MAX); break;
        case 3: out->clock_ms = reader_uint(&f.r, UINT64_MAX >> 1); break;
        case 4: reader_fixed(&f.r, out->store_epoch.b, ID_BYTES); break;
        case 5: out->credit_bytes = reader_uint(&f.r, UINT32_MAX); break;
        case 6: out->live = reader_bool(&f.r); break;
        case 7: reader_fixed(&f.r, out->heard, sizeof(out->heard)); break;
        case 8:
            out->signs = true;
            out->run = (uint16_t)reader_uint(&f.r, UINT16_MAX);
            break;
        case 9:
            out->counts = true;
            out->met = (uint32_t)reader_uint(&f.r, UINT32_MAX);
            break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4) | FIELD(5) | FIELD(6));
}

int hello_encode(struct buf *out, const struct hello *hello)
{
    static const uint8_t nothing[HEARD_BYTES];
    bool heard = memcmp(hello->heard, nothing, sizeof(nothing)) != 0;

    start(out, MESSAGE_HELLO, 6u + heard + hello->signs + hello->counts);
    write_uint(out, 1);
    write_uint(out, hello->version_low);
    write_uint(out, 2);
    write_uint(out, hello->version_high);
    write_uint(out, 3);
    write_uint(out, hello->clock_ms);
    write_uint(out, 4);
    write_bin(out, hello->store_epoch.b, ID_BYTES);
    write_uint(out, 5);
    write_uint(out, hello->credit_bytes);
    write_uint(out, 6);
    write_bool(out, hello->live);
    if (heard) {
        write_uint(out, 7);
        write_bin(out, hello->heard, sizeof(hello->heard));
    }
    if (hello->signs) {
        write_uint(out, 8);
        write_uint(out, hello->run);
    }
    if (hello->counts) {
        write_uint(out, 9);
        write_uint(out, hello->met);
    }
    return out->failed;
}

void summary_next(struct list *list, struct summary_item *out)
{
    if (reader_array(&list->at, 3) != 3)
        reader_fail(&list->at);
    reader_fixed(&list->at, out->scope.b, ID_BYTES);
    out->subtree = reader_bool(&list->at);
    reader_fixed(&list->at, out->digest.b, HASH_BYTES);
}

void summary_want_next(struct list *list, struct session_want *out)
{
    if (reader_array(&list->at, 4) != 4)
        reader_fail(&list->at);
    reader_fixed(&list->at, out->scope.b, ID_BYTES);
    read_author(&list->at, &out->author);
    out->seq = reader_uint(&list->at, UINT64_MAX);
    out->part = (uint32_t)reader_uint(&list->at, LIMIT_PARTS - 1);
}

/* Take one list, and walk it once so that later walks cannot fail. */
static void summary_list(struct fields *f, uint64_t key, struct list *out)
{
    struct summary_item item;
    struct session_want want;

    fields_list(f, out);
    struct list walk = *out;
    for (size_t i = 0; i < walk.count && walk.at.failed == LINLI_OK; i++) {
        if (key == 1)
            summary_next(&walk, &item);
        else
            summary_want_next(&walk, &want);
    }
    fields_walked(f, &walk);
}

int summary_decode(span body, struct list *out, struct list *wants)
{
    struct fields f;
    uint64_t key;

    *out = *wants = (struct list){0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        switch (key) {
        case 1: summary_list(&f, key, out); break;
        case 2: summary_list(&f, key, wants); break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1));
}

static int summary_begin(struct buf *out, size_t pairs, size_t count)
{
    start(out, MESSAGE_SUMMARY, pairs);
    write_uint(out, 1);
    write_array(out, count);
    return out->failed;
}

int summary_start(struct buf *out, size_t count)
{
    return summary_begin(out, 1, count);
}

int summary_start_wanting(struct buf *out, size_t count)
{
    return summary_begin(out, 2, count);
}

int summary_wants(struct buf *out, const struct session_want *wants, size_t count)
{
    write_uint(out, 2);
    write_array(out, count);
    for (size_t i = 0; i < count; i++) {
        write_array(out, 4);
        write_bin(out, wants[i].scope.b, ID_BYTES);
        write_author(out, &wants[i].author);
        write_uint(out, wants[i].seq);
        write_uint(out, wants[i].part);
    }
    return out->failed;
}

int summary_add(struct buf *out, const struct summary_item *item)
{
    write_array(out, 3);
    write_bin(out, item->scope.b, ID_BYTES);
    write_bool(out, item->subtree);
    write_bin(out, item->digest.b, HASH_BYTES);
    return out->failed;
}

int grants_decode(span body, span *certificates)
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
        size_t count = reader_array(&f.r, LIMIT_CERTIFICATES);
        for (size_t i = 0; i < count; i++)
            (void)reader_bin(&f.r, LIMIT_STATEMENT_BYTES);
        *certificates = span_of(from, (size_t)(f.r.at - from));
    }
    return fields_end(&f, FIELD(1));
}

/* Who wrote what, from the head of the run. */
static int run_head_read(struct run_head *out)
{
    struct reader r;

    reader_start(&r, out->run);
    if (reader_array(&r, 6) != 6)
        reader_fail(&r);
    reader_fixed(&r, out->scope.b, ID_BYTES);
    read_author(&r, &out->author);
    out->first = reader_uint(&r, UINT64_MAX - LIMIT_RUN_CHANGESETS);
    reader_skip(&r);
    out->count = reader_array(&r, LIMIT_RUN_CHANGESETS);
    if (r.failed == LINLI_OK && (out->first == 0 || out->count == 0))
        reader_fail(&r);
    return r.failed;
}

int run_message_decode(struct arena *a, span body, struct run_head *out)
{
    struct fields f;
    span squeezed = {NULL, 0};
    uint64_t key;

    *out = (struct run_head){0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        if (key == 1)
            out->run = reader_item(&f.r);
        else if (key == 2)
            squeezed = reader_bin(&f.r, LIMIT_MESSAGE_BYTES);
        else
            fields_skip(&f);
    }
    int rv = fields_end(&f, 0);
    if (rv != LINLI_OK)
        return rv;
    out->squeezed = (f.met & FIELD(2)) != 0;
    if (out->squeezed == ((f.met & FIELD(1)) != 0))
        return LINLI_E_FORMAT;
    if (out->squeezed)
        rv = unsqueeze(a, squeezed, LIMIT_RUN_BYTES, &out->run);
    if (rv != LINLI_OK)
        return rv;
    return out->run.size > LIMIT_RUN_BYTES ? LINLI_E_LIMIT : run_head_read(out);
}

enum { SQUEEZE_FROM_BYTES = 160 }; /* below, it gains nothing worth its time */

int run_message_encode(struct buf *out, span run)
{
    struct buf squeezed = {0};
    int rv = run.size < SQUEEZE_FROM_BYTES ? LINLI_OK : squeeze(run, &squeezed);
    bool gained = squeezed.size > 0 && squeezed.size < run.size - run.size / 16;

    start(out, MESSAGE_RUN, 1);
    write_uint(out, gained ? 2 : 1);
    if (gained)
        write_bin(out, squeezed.at, squeezed.size);
    else
        write_raw(out, run);
    buf_free(&squeezed);
    return rv != LINLI_OK ? rv : out->failed;
}

int ask_decode(span body, struct ask *out)
{
    struct fields f;
    uint64_t key;

    *out = (struct ask){0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        switch (key) {
        case 1: reader_fixed(&f.r, out->scope.b, ID_BYTES); break;
        case 2: read_author(&f.r, &out->author); break;
        case 3: out->from = reader_uint(&f.r, UINT64_MAX - 1); break;
        default: fields_skip(&f); break;
        }
    }
    int rv = fields_end(&f, FIELD(1) | FIELD(2) | FIELD(3));
    return rv == LINLI_OK && out->from == 0 ? LINLI_E_FORMAT : rv;
}

int ask_encode(struct buf *out, const struct ask *ask)
{
    start(out, MESSAGE_ASK, 3);
    write_uint(out, 1);
    write_bin(out, ask->scope.b, ID_BYTES);
    write_uint(out, 2);
    write_author(out, &ask->author);
    write_uint(out, 3);
    write_uint(out, ask->from);
    return out->failed;
}

int part_message_decode(span body, struct part_message *out)
{
    struct fields f;
    uint64_t key;

    *out = (struct part_message){0};
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        switch (key) {
        case 1: reader_fixed(&f.r, out->scope.b, ID_BYTES); break;
        case 2: read_author(&f.r, &out->author); break;
        case 3: out->seq = reader_uint(&f.r, UINT64_MAX); break;
        case 4: out->part = (uint32_t)reader_uint(&f.r, LIMIT_PARTS - 1); break;
        case 5: out->bytes = reader_item(&f.r); break;
        default: fields_skip(&f); break;
        }
    }
    return fields_end(&f, FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4) | FIELD(5));
}

int part_message_encode(struct buf *out, const struct part_message *part)
{
    start(out, MESSAGE_PART, 5);
    write_uint(out, 1);
    write_bin(out, part->scope.b, ID_BYTES);
    write_uint(out, 2);
    write_author(out, &part->author);
    write_uint(out, 3);
    write_uint(out, part->seq);
    write_uint(out, 4);
    write_uint(out, part->part);
    write_uint(out, 5);
    write_raw(out, part->bytes);
    return out->failed;
}

/* The messages that say one number. */
static int number_decode(span body, uint64_t *number, uint64_t max)
{
    struct fields f;
    uint64_t key;

    *number = 0;
    fields_start(&f, body);
    while (fields_next(&f, &key)) {
        if (key == 1)
            *number = reader_uint(&f.r, max);
        else
            fields_skip(&f);
    }
    return fields_end(&f, FIELD(1));
}

static int number_encode(struct buf *out, enum message_kind kind, uint64_t number)
{
    start(out, kind, 1);
    write_uint(out, 1);
    write_uint(out, number);
    return out->failed;
}

int credit_decode(span body, uint64_t *bytes)
{
    return number_decode(body, bytes, UINT32_MAX);
}

int credit_encode(struct buf *out, uint64_t bytes)
{
    return number_encode(out, MESSAGE_CREDIT, bytes);
}

int who_encode(struct buf *out)
{
    start(out, MESSAGE_WHO, 0);
    return out->failed;
}

int sent_decode(span body, uint64_t *round)
{
    return number_decode(body, round, UINT32_MAX);
}

int sent_encode(struct buf *out, uint64_t round)
{
    return number_encode(out, MESSAGE_SENT, round);
}

int bye_decode(span body, uint64_t *reason)
{
    return number_decode(body, reason, UINT64_MAX);
}

int bye_encode(struct buf *out, enum bye_reason reason)
{
    return number_encode(out, MESSAGE_BYE, reason);
}

int denied_decode(span body, uint64_t *reason)
{
    return number_decode(body, reason, UINT64_MAX);
}

int denied_encode(struct buf *out, enum denied_reason reason)
{
    return number_encode(out, MESSAGE_DENIED, reason);
}
