/* auth: receipts: to and from bytes, with and without entries of their list (proto/receipts.md). */
#include "auth/receipt.h"
#include "auth/certificate.h"
#include "base/check.h"
#include "codec/limits.h"
#include "codec/reader.h"
#include "codec/scan.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION_PLAIN = 1, VERSION_LISTS, /* the second says the top of a list, too */
    BODY_FIELDS = 9, ELEMENT_FIELDS = 5,
    TOLD_DEPTH = 3, TOLD_ITEMS = 3 + RECEIPT_ENTRIES_MAX * 8
};
static const char CONTEXT[] = "linli/receipt/1";

static int element_compare(const void *x, const void *y)
{
    const struct receipt_element *a = x, *b = y;

    return id_compare(&a->scope, &b->scope);
}

/* --- to bytes --- */

static void body_write(const struct receipt *r, const struct receipt_element *elements, size_t count, struct buf *out)
{
    uint8_t incarnation[8], run[8];

    be64_put(incarnation, r->incarnation);
    be64_put(run, r->mark.run);
    write_array(out, BODY_FIELDS + r->lists);
    write_uint(out, r->lists ? VERSION_LISTS : VERSION_PLAIN);
    write_bin(out, r->network.b, HASH_BYTES);
    write_bin(out, r->node, KEY_BYTES);
    write_bin(out, incarnation, sizeof(incarnation));
    write_uint(out, r->mark.opened);
    write_bin(out, run, sizeof(run));
    write_uint(out, r->mark.number);
    write_uint(out, r->issued_ms);
    write_array(out, count);
    for (size_t i = 0; i < count; i++) {
        write_array(out, ELEMENT_FIELDS);
        write_bin(out, elements[i].scope.b, ID_BYTES);
        write_bool(out, elements[i].subtree);
        write_bin(out, elements[i].digest.b, HASH_BYTES);
        write_uint(out, elements[i].statements);
        write_uint(out, elements[i].weight);
    }
    if (r->lists)
        write_bin(out, r->list.b, HASH_BYTES);
}

int receipt_make(const uint8_t secret[SIGN_SECRET_BYTES], struct receipt *r, struct receipt_element *elements, size_t count,
                 struct buf *certificate)
{
    static const struct issuer node = {.by_root = false}; /* one signature, the node's */
    struct buf body = {.cap = LIMIT_STATEMENT_BYTES};

    if (count == 0 || count > RECEIPT_ELEMENTS_MAX || r->mark.number < r->mark.opened)
        return LINLI_E_ARG;
    qsort(elements, count, sizeof(*elements), element_compare);
    for (size_t i = 1; i < count; i++)
        if (id_equal(&elements[i - 1].scope, &elements[i].scope))
            return LINLI_E_ARG;
    body_write(r, elements, count, &body);
    int rv = body.failed;
    if (rv == LINLI_OK)
        rv = certificate_sign(secret, &node, CONTEXT, buf_span(&body), certificate);
    if (rv == LINLI_OK) {
        span all = buf_span(&body);
        crypto_hash(CONTEXT, &all, 1, &r->id);
    }
    buf_free(&body);
    return rv;
}

/* --- from bytes --- */

static void element_read(struct reader *r, struct receipt_element *out)
{
    if (reader_array(r, ELEMENT_FIELDS) != ELEMENT_FIELDS)
        reader_fail(r);
    reader_fixed(r, out->scope.b, ID_BYTES);
    out->subtree = reader_bool(r);
    reader_fixed(r, out->digest.b, HASH_BYTES);
    out->statements = reader_uint(r, UINT64_MAX);
    out->weight = reader_uint(r, UINT64_MAX);
}

static span elements_read(struct reader *r)
{
    struct reader rows = *r;
    struct receipt_element last, element;
    span all = reader_item(r);
    size_t count = reader_array(&rows, RECEIPT_ELEMENTS_MAX);

    for (size_t i = 0; i < count && rows.failed == LINLI_OK; i++) {
        element_read(&rows, &element);
        if (i > 0 && id_compare(&last.scope, &element.scope) >= 0)
            reader_fail(&rows);
        last = element;
    }
    if (count == 0 || rows.failed != LINLI_OK)
        reader_fail(r);
    return all;
}

int receipt_decode(span certificate, struct receipt *out)
{
    static const struct issuer node = {.by_root = false};
    uint8_t incarnation[8], run[8];
    struct certified said;
    struct reader r;

    *out = (struct receipt){.certificate = certificate};
    int rv = certificate_split(certificate, LIMIT_STATEMENT_BYTES, &said);
    if (rv == LINLI_OK && !signatures_fit(&node, said.signatures))
        rv = LINLI_E_FORMAT;
    if (rv != LINLI_OK)
        return rv;
    reader_start(&r, said.body);
    size_t fields = reader_array(&r, SIZE_MAX);
    uint64_t version = reader_uint(&r, UINT64_MAX);
    if (r.failed == LINLI_OK && version > VERSION_LISTS)
        return LINLI_E_VERSION;
    out->lists = version == VERSION_LISTS;
    if (version < VERSION_PLAIN || fields != (size_t)BODY_FIELDS + out->lists)
        return LINLI_E_FORMAT;
    reader_fixed(&r, out->network.b, HASH_BYTES);
    reader_fixed(&r, out->node, KEY_BYTES);
    reader_fixed(&r, incarnation, sizeof(incarnation));
    out->incarnation = be64_get(incarnation);
    out->mark.opened = reader_uint(&r, UINT64_MAX);
    reader_fixed(&r, run, sizeof(run));
    out->mark.run = be64_get(run);
    out->mark.number = reader_uint(&r, UINT64_MAX);
    out->issued_ms = reader_uint(&r, UINT64_MAX);
    out->elements = elements_read(&r);
    if (out->lists)
        reader_fixed(&r, out->list.b, HASH_BYTES);
    if (out->mark.number < out->mark.opened)
        reader_fail(&r);
    crypto_hash(CONTEXT, &said.body, 1, &out->id);
    return reader_end(&r);
}

/* The elements one after the other. */
struct rows {
    struct reader at;
    size_t left;
};

static void rows_start(struct rows *rows, const struct receipt *r)
{
    reader_start(&rows->at, r->elements);
    rows->left = reader_array(&rows->at, RECEIPT_ELEMENTS_MAX);
}

static bool rows_next(struct rows *rows, struct receipt_element *out)
{
    if (rows->left == 0)
        return false;
    rows->left--;
    element_read(&rows->at, out);
    return true;
}

bool receipt_element(const struct receipt *r, size_t i, struct receipt_element *out)
{
    struct rows rows;

    rows_start(&rows, r);
    while (rows_next(&rows, out))
        if (i-- == 0)
            return true;
    return false;
}

static bool same(const struct receipt_element *a, const struct receipt_element *b)
{
    return id_equal(&a->scope, &b->scope) && a->subtree == b->subtree && hash_equal(&a->digest, &b->digest) &&
           a->statements == b->statements && a->weight == b->weight;
}

bool receipt_says(const struct receipt *r, const struct receipt_element *elements, size_t count)
{
    struct receipt_element said;
    struct rows rows;

    rows_start(&rows, r);
    if (rows.left != count)
        return false;
    while (rows_next(&rows, &said)) { /* no scope stands in it twice */
        bool found = false;
        for (size_t i = 0; i < count && !found; i++)
            found = same(&elements[i], &said);
        if (!found)
            return false;
    }
    return true;
}

/* --- with entries of its list --- */

/* They rise, and none says what an element says already. */
static int entries_decode(span entries, struct receipt *out)
{
    struct list_entry entry;
    struct receipt_element last;
    struct receipt_said elements;
    struct reader r;

    receipt_said(out, &elements);
    reader_start(&r, entries);
    size_t count = reader_array(&r, RECEIPT_ENTRIES_MAX);
    if (count == 0 || !out->lists)
        reader_fail(&r);
    for (size_t i = 0; i < count && r.failed == LINLI_OK; i++) {
        list_entry_read(&r, &entry);
        if ((i > 0 && element_order(&last, &entry.element) >= 0) ||
            receipt_said_find(&elements, &entry.element.scope, entry.element.subtree) != NULL)
            reader_fail(&r);
        last = entry.element;
    }
    out->entries = entries;
    return reader_end(&r);
}

int receipt_told_decode(span told, struct receipt *out)
{
    struct reader r;

    *out = (struct receipt){.certificate = told};
    if (told.size > RECEIPT_TOLD_BYTES)
        return LINLI_E_LIMIT;
    int rv = scan_item(told, TOLD_DEPTH, TOLD_ITEMS);
    if (rv != LINLI_OK)
        return rv;
    reader_start(&r, told);
    (void)reader_array(&r, 2);
    span certificate = reader_bin(&r, LIMIT_STATEMENT_BYTES);
    if (reader_peek(&r) != ITEM_ARRAY)
        return receipt_decode(told, out);
    span entries = reader_item(&r);
    ALWAYS(reader_end(&r) == LINLI_OK); /* of at most two, this was the second */
    rv = receipt_decode(certificate, out);
    return rv == LINLI_OK ? entries_decode(entries, out) : rv;
}

int receipt_told_write(const struct receipt *r, struct buf *out)
{
    if (r->entries.size == 0)
        return buf_append(out, r->certificate.at, r->certificate.size);
    write_array(out, 2);
    write_bin(out, r->certificate.at, r->certificate.size);
    write_raw(out, r->entries);
    return out->failed;
}

static int entry_compare(const void *x, const void *y)
{
    const struct list_entry *a = x, *b = y;

    return element_order(&a->element, &b->element);
}

int receipt_entries_write(struct list_entry *entries, size_t count, struct buf *out)
{
    qsort(entries, count, sizeof(*entries), entry_compare);
    write_array(out, count);
    for (size_t i = 0; i < count; i++)
        list_entry_write(&entries[i], out);
    return out->failed;
}

size_t receipt_entries(const struct receipt *r, struct list_entry out[RECEIPT_ENTRIES_MAX])
{
    struct reader at;

    reader_start(&at, r->entries);
    size_t count = r->entries.size > 0 ? reader_array(&at, RECEIPT_ENTRIES_MAX) : 0;
    for (size_t i = 0; i < count; i++)
        list_entry_read(&at, &out[i]);
    return count;
}

static int entries_verify(const struct receipt *r)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    size_t count = receipt_entries(r, entries);
    linli_hash top;

    for (size_t i = 0; i < count; i++) {
        list_entry_top(&entries[i], &top);
        if (!hash_equal(&top, &r->list))
            return LINLI_E_SIGNATURE;
    }
    return LINLI_OK;
}

int receipt_verify(const struct receipt *r)
{
    struct certified said;
    int rv = certificate_split(r->certificate, LIMIT_STATEMENT_BYTES, &said);

    if (rv == LINLI_OK)
        rv = sign_check(r->node, CONTEXT, said.body, said.signatures.at);
    return rv == LINLI_OK ? entries_verify(r) : rv;
}

/* --- all that it says --- */

void receipt_said(const struct receipt *r, struct receipt_said *out)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    size_t count = receipt_entries(r, entries);
    struct rows rows;

    out->count = 0;
    rows_start(&rows, r);
    while (rows_next(&rows, &out->at[out->count])) /* they rise */
        out->count++;
    for (size_t i = 0; i < count; i++)
        (void)receipt_said_add(out, &entries[i].element); /* there is room for as many as there may be */
}
