/* fuzz: certificates, root files, invitations, receipts and orders to erase; the first byte says which. */
#include <linli/error.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/certificate.h"
#include "auth/erasure.h"
#include "fuzz.h"

static int find_none(void *ctx, const linli_hash *id, struct grant *out)
{
    (void)ctx;
    (void)id;
    (void)out;
    return LINLI_E_NOT_FOUND;
}

static void certificate(span bytes)
{
    struct grant g;
    struct root root = {.first = {.version = 1, .threshold = 1, .key_count = 1}};
    struct grant_source none = {find_none, NULL, NULL};
    uint64_t end_ms;

    if (grant_decode(bytes, &g) != LINLI_OK)
        return;
    root.network = g.network;
    root.first.id = g.by_root ? g.issuer : g.network;
    (void)grant_check(&root, &g, &none);
    (void)grant_term(&g, &none, &end_ms);
    struct certified said, made;
    struct grant copy = g;
    struct buf again = {0};
    CLAIM(grant_make(NULL, &copy, &again) == LINLI_OK); /* one encoding: the body comes out as it went in */
    CLAIM(certificate_split(bytes, LIMIT_GRANT_BYTES, &said) == LINLI_OK);
    CLAIM(certificate_split(buf_span(&again), LIMIT_GRANT_BYTES, &made) == LINLI_OK);
    CLAIM(span_equal(said.body, made.body) && hash_equal(&copy.id, &g.id));
    buf_free(&again);
}

/* What came with it is said, and comes out as it went in. */
static void receipt_entries_again(const struct receipt *r, span bytes)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    struct receipt again = *r;
    struct receipt_said said;
    struct buf out = {0}, told = {0};
    size_t count = receipt_entries(r, entries);

    receipt_said(r, &said);
    for (size_t i = 0; i < count; i++)
        CLAIM(receipt_said_find(&said, &entries[i].element.scope, entries[i].element.subtree) != NULL);
    if (count > 0)
        CLAIM(receipt_entries_write(entries, count, &out) == LINLI_OK);
    again.entries = buf_span(&out);
    CLAIM(receipt_told_write(&again, &told) == LINLI_OK && span_equal(buf_span(&told), bytes));
    buf_free(&out);
    buf_free(&told);
}

static void receipt(span bytes)
{
    struct receipt_element elements[RECEIPT_ELEMENTS_MAX];
    const uint8_t secret[SIGN_SECRET_BYTES] = {1};
    struct certified said, made;
    struct receipt r, copy;
    struct buf again = {0};
    size_t count = 0;

    if (receipt_told_decode(bytes, &r) != LINLI_OK)
        return;
    (void)receipt_verify(&r);
    CLAIM(receipt_compare(&r, &r) == RECEIPTS_AGREE);
    receipt_entries_again(&r, bytes);
    while (count < RECEIPT_ELEMENTS_MAX && receipt_element(&r, count, &elements[count]))
        count++;
    CLAIM(receipt_says(&r, elements, count));
    copy = r;
    CLAIM(receipt_make(secret, &copy, elements, count, &again) == LINLI_OK); /* one encoding: the body comes out as it went in */
    CLAIM(certificate_split(r.certificate, LIMIT_STATEMENT_BYTES, &said) == LINLI_OK);
    CLAIM(certificate_split(buf_span(&again), LIMIT_STATEMENT_BYTES, &made) == LINLI_OK);
    CLAIM(span_equal(said.body, made.body) && hash_equal(&copy.id, &r.id));
    buf_free(&again);
}

static bool part_take(void *ctx, const struct erasure_part *part)
{
    struct erasure_part **next = ctx;

    *(*next)++ = *part;
    return true;
}

/* What decodes comes out as it went in; with other signatures it may be too large. */
static void order(span bytes)
{
    static const uint8_t secret[SIGN_SECRET_BYTES];
    static struct erasure_part parts[ERASURE_PARTS_MAX];
    struct erasure_part *next = parts;
    struct erasure e;
    struct certified said, made;
    struct buf again = {0};

    if (erasure_decode(bytes, &e) != LINLI_OK)
        return;
    erasure_each(&e, part_take, &next);
    for (const struct erasure_part *p = parts; p < next; p++)
        CLAIM(erasure_names(&e, p));
    CLAIM(certificate_split(bytes, LIMIT_STATEMENT_BYTES, &said) == LINLI_OK);
    int rv = erasure_make(secret, &e, parts, (size_t)(next - parts), &again);
    CLAIM(rv == LINLI_OK || rv == LINLI_E_LIMIT);
    if (rv == LINLI_OK) {
        CLAIM(certificate_split(buf_span(&again), LIMIT_STATEMENT_BYTES, &made) == LINLI_OK);
        CLAIM(span_equal(said.body, made.body));
    }
    buf_free(&again);
}

static void invitation(span bytes)
{
    struct invitation inv;
    struct buf text = {0}, again = {0};

    buf_append(&text, bytes.at, bytes.size);
    buf_byte(&text, 0);
    if (text.failed == LINLI_OK && invitation_parse((const char *)text.at, &inv) == LINLI_OK) {
        CLAIM(invitation_text(&inv, &again) == LINLI_OK);
        CLAIM(strcmp((const char *)again.at, (const char *)text.at) == 0);
    }
    buf_free(&text);
    buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct root root;

    if (size == 0)
        return 0;
    span bytes = span_of(data + 1, size - 1);
    switch (data[0] % 5) {
    case 0:
        certificate(bytes);
        break;
    case 1:
        (void)root_open(bytes, &root);
        break;
    case 2:
        invitation(bytes);
        break;
    case 3:
        receipt(bytes);
        break;
    case 4:
        order(bytes);
        break;
    default:
        break;
    }
    return 0;
}
