/*
 * fuzz: each session message alone. What a decoder takes can be walked to its end, and what is written from it says the same
 * when it is read again; a squeezed run never becomes more than a run may be.
 */
#include "fuzz.h"

#include <linli/error.h>
#include <string.h>

#include "session/message.h"

/* What was written of a message; the body that it says. */
static span body_of(const struct buf *message, enum message_kind kind)
{
    uint64_t said = 0;
    span body = {NULL, 0};

    CLAIM(message->failed == LINLI_OK);
    CLAIM(message_open(buf_span(message), &said, &body) == LINLI_OK && said == kind);
    return body;
}

static void hello(span body, struct buf *out)
{
    struct hello in, again;

    if (hello_decode(body, &in) != LINLI_OK)
        return;
    CLAIM(hello_encode(out, &in) == LINLI_OK);
    CLAIM(hello_decode(body_of(out, MESSAGE_HELLO), &again) == LINLI_OK);
    CLAIM(in.version_low == again.version_low && in.version_high == again.version_high && in.live == again.live);
    CLAIM(in.clock_ms == again.clock_ms && in.credit_bytes == again.credit_bytes);
    CLAIM(id_equal(&in.store_epoch, &again.store_epoch));
    CLAIM(memcmp(in.heard, again.heard, sizeof(in.heard)) == 0);
    CLAIM(in.signs == again.signs && in.run == again.run);
}

static void summary(span body, struct buf *out)
{
    struct list list, wants, list_again, wants_again;
    struct summary_item item, item_again;
    struct session_want want;

    if (summary_decode(body, &list, &wants) != LINLI_OK)
        return;
    struct list walk = list;
    CLAIM(summary_start(out, list.count) == LINLI_OK);
    for (size_t i = 0; i < list.count; i++) {
        summary_next(&walk, &item);
        CLAIM(summary_add(out, &item) == LINLI_OK);
    }
    CLAIM(walk.at.failed == LINLI_OK);
    for (size_t i = 0; i < wants.count; i++)
        summary_want_next(&wants, &want);
    CLAIM(wants.at.failed == LINLI_OK);
    CLAIM(summary_decode(body_of(out, MESSAGE_SUMMARY), &list_again, &wants_again) == LINLI_OK);
    CLAIM(list_again.count == list.count && wants_again.count == 0);
    for (size_t i = 0; i < list.count; i++) {
        summary_next(&list, &item);
        summary_next(&list_again, &item_again);
        CLAIM(id_equal(&item.scope, &item_again.scope) && hash_equal(&item.digest, &item_again.digest));
        CLAIM(item.subtree == item_again.subtree);
    }
}

static void detail(span body)
{
    struct detail d;
    struct detail_head head;
    struct detail_child child;
    linli_hash grant;

    if (detail_decode(body, &d) != LINLI_OK)
        return;
    CLAIM(d.path.depth < LIMIT_SCOPE_DEPTH);
    for (size_t i = 0; i < d.heads.count; i++)
        detail_head_next(&d.heads, &head);
    for (size_t i = 0; i < d.grants.count; i++)
        detail_grant_next(&d.grants, &grant);
    for (size_t i = 0; i < d.children.count; i++)
        detail_child_next(&d.children, &child);
    CLAIM(d.heads.at.failed == LINLI_OK && d.grants.at.failed == LINLI_OK && d.children.at.failed == LINLI_OK);
}

static void run(span body, struct arena *a)
{
    struct run_head in, again;
    struct buf out = {0};

    if (run_message_decode(a, body, &in) != LINLI_OK)
        return;
    CLAIM(in.run.size <= LIMIT_RUN_BYTES);
    CLAIM(run_message_encode(&out, in.run) == LINLI_OK);
    CLAIM(run_message_decode(a, body_of(&out, MESSAGE_RUN), &again) == LINLI_OK);
    CLAIM(span_equal(in.run, again.run) && in.first == again.first && in.count == again.count);
    CLAIM(id_equal(&in.scope, &again.scope) && author_equal(&in.author, &again.author));
    buf_free(&out);
}

static void ask(span body, struct buf *out)
{
    struct ask in, again;

    if (ask_decode(body, &in) != LINLI_OK)
        return;
    CLAIM(ask_encode(out, &in) == LINLI_OK && ask_decode(body_of(out, MESSAGE_ASK), &again) == LINLI_OK);
    CLAIM(id_equal(&in.scope, &again.scope) && author_equal(&in.author, &again.author) && in.from == again.from);
}

static void part(span body, struct buf *out)
{
    struct part_message in, again;

    if (part_message_decode(body, &in) != LINLI_OK)
        return;
    CLAIM(part_message_encode(out, &in) == LINLI_OK);
    CLAIM(part_message_decode(body_of(out, MESSAGE_PART), &again) == LINLI_OK);
    CLAIM(id_equal(&in.scope, &again.scope) && author_equal(&in.author, &again.author) && in.seq == again.seq);
    CLAIM(in.part == again.part && span_equal(in.bytes, again.bytes));
}

static void settle(span body, struct buf *out)
{
    struct settle in, again;

    if (settle_decode(body, &in) != LINLI_OK)
        return;
    CLAIM(settle_encode(out, &in) == LINLI_OK);
    CLAIM(settle_decode(body_of(out, MESSAGE_SETTLE), &again) == LINLI_OK);
    CLAIM(in.round == again.round && hash_equal(&in.digest, &again.digest) && in.asks == again.asks);
    CLAIM(!in.asks || span_equal(in.known, again.known));
}

static void receipt(span body, struct buf *out)
{
    span in, again;

    if (receipt_message_decode(body, &in) != LINLI_OK)
        return;
    CLAIM(receipt_message_encode(out, in) == LINLI_OK);
    CLAIM(receipt_message_decode(body_of(out, MESSAGE_RECEIPT), &again) == LINLI_OK && span_equal(in, again));
}

static void heard(span body, struct buf *out)
{
    struct heard_receipts in, again;

    if (heard_decode(body, &in) != LINLI_OK)
        return;
    CLAIM(heard_encode(out, &in) == LINLI_OK);
    CLAIM(heard_decode(body_of(out, MESSAGE_HEARD), &again) == LINLI_OK);
    CLAIM(span_equal(in.plain, again.plain) && span_equal(in.listing, again.listing));
}

static void number(span body, enum message_kind kind, struct buf *out)
{
    uint64_t in, again = 0;

    if (kind == MESSAGE_CREDIT && credit_decode(body, &in) == LINLI_OK)
        CLAIM(credit_encode(out, in) == LINLI_OK && credit_decode(body_of(out, kind), &again) == LINLI_OK && in == again);
    else if (kind == MESSAGE_SENT && sent_decode(body, &in) == LINLI_OK)
        CLAIM(sent_encode(out, in) == LINLI_OK && sent_decode(body_of(out, kind), &again) == LINLI_OK && in == again);
    else if (kind == MESSAGE_BYE)
        (void)bye_decode(body, &in);
    else if (kind == MESSAGE_DENIED)
        (void)denied_decode(body, &in);
}

static void pending(span body, struct buf *out)
{
    struct pending_message in, again;

    if (pending_decode(body, &in) != LINLI_OK)
        return;
    CLAIM(pending_encode(out, &in) == LINLI_OK && pending_decode(body_of(out, MESSAGE_PENDING), &again) == LINLI_OK);
    CLAIM(in.waits == again.waits && memcmp(in.reveal, again.reveal, sizeof(in.reveal)) == 0);
}

static void certificates(span body)
{
    struct reader r;
    span list;

    if (grants_decode(body, &list) != LINLI_OK)
        return;
    reader_start(&r, list);
    for (size_t left = reader_array(&r, LIMIT_MESSAGE_ITEMS); left > 0; left--)
        (void)reader_bin(&r, LIMIT_GRANT_BYTES);
    CLAIM(reader_end(&r) == LINLI_OK);
}

static void enrolment(span body)
{
    struct enrolled e;
    struct grant g;
    struct root root;
    uint8_t key[KEY_BYTES];

    (void)enrol_decode(body, key);
    if (enrolled_decode(body, &e) != LINLI_OK)
        return;
    CLAIM(e.certificate_count <= LIMIT_CHAIN_CERTIFICATES && e.root_file.size <= LIMIT_ROOT_BYTES);
    (void)root_open(e.root_file, &root);
    for (size_t i = 0; i < e.certificate_count; i++)
        (void)grant_decode(e.certificates[i], &g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena a; /* its first block is kept from run to run */
    struct buf out = {0};
    uint64_t kind;
    span body;

    if (size > LIMIT_MESSAGE_BYTES || message_open(span_of(data, size), &kind, &body) != LINLI_OK)
        return 0;
    switch (kind) {
    case MESSAGE_HELLO: hello(body, &out); break;
    case MESSAGE_SUMMARY: summary(body, &out); break;
    case MESSAGE_DETAIL: detail(body); break;
    case MESSAGE_GRANTS: certificates(body); break;
    case MESSAGE_RUN: run(body, &a); break;
    case MESSAGE_ASK: ask(body, &out); break;
    case MESSAGE_PART: part(body, &out); break;
    case MESSAGE_SETTLE: settle(body, &out); break;
    case MESSAGE_RECEIPT: receipt(body, &out); break;
    case MESSAGE_HEARD: heard(body, &out); break;
    case MESSAGE_ENROL:
    case MESSAGE_ENROLLED: enrolment(body); break;
    case MESSAGE_PENDING: pending(body, &out); break;
    default: number(body, (enum message_kind)kind, &out); break;
    }
    buf_free(&out);
    arena_reset(&a);
    return 0;
}
