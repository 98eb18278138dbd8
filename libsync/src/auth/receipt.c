/* auth: receipts: to and from bytes, and what two of them tell (proto/receipts.md). */
#include "auth/receipt.h"
#include "auth/certificate.h"
#include "base/check.h"
#include "codec/limits.h"
#include "codec/reader.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

enum { RECEIPT_VERSION = 1, BODY_FIELDS = 9, ELEMENT_FIELDS = 5 };
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
    write_array(out, BODY_FIELDS);
    write_uint(out, RECEIPT_VERSION);
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
    if (r.failed == LINLI_OK && version > RECEIPT_VERSION)
        return LINLI_E_VERSION;
    if (version != RECEIPT_VERSION || fields != BODY_FIELDS)
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
    if (out->mark.number < out->mark.opened)
        reader_fail(&r);
    crypto_hash(CONTEXT, &said.body, 1, &out->id);
    return reader_end(&r);
}

int receipt_verify(const struct receipt *r)
{
    struct certified said;
    int rv = certificate_split(r->certificate, LIMIT_STATEMENT_BYTES, &said);

    return rv == LINLI_OK ? sign_check(r->node, CONTEXT, said.body, said.signatures.at) : rv;
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

static bool at_least(const struct receipt *r, const struct receipt_element *other)
{
    struct receipt_element said;
    struct rows rows;

    rows_start(&rows, r);
    while (rows_next(&rows, &said))
        if (id_equal(&said.scope, &other->scope) && said.subtree == other->subtree)
            return said.statements >= other->statements && said.weight >= other->weight;
    return false;
}

bool receipt_covers(const struct receipt *x, const struct receipt *y, const linli_id *scopes, size_t count)
{
    struct receipt_element said;
    struct rows rows;

    rows_start(&rows, y);
    while (rows_next(&rows, &said))
        for (size_t i = 0; i < count; i++)
            if (id_equal(&scopes[i], &said.scope) && !at_least(x, &said))
                return false;
    return true;
}

/* --- what two of them tell --- */

bool receipt_marks_agree(const struct receipt_mark *x, const struct receipt_mark *y)
{
    if (x->opened == y->opened)
        return x->run == y->run;
    return x->opened < y->opened ? x->number < y->opened : y->number < x->opened;
}

/* One element as the earlier and as the later says it. */
static enum receipt_verdict element_verdict(const struct receipt_element *before, const struct receipt_element *after)
{
    bool bounded = before->statements >= RECEIPT_FULL || after->statements >= RECEIPT_FULL;

    if (after->statements < before->statements)
        return RECEIPTS_RIGHTS_WITHHELD;
    if (after->weight < before->weight)
        return RECEIPTS_RECORDS_WITHHELD;
    bool grew = bounded || after->statements > before->statements || after->weight > before->weight;
    return grew || hash_equal(&after->digest, &before->digest) ? RECEIPTS_AGREE : RECEIPTS_FORKED;
}

/* The first in the order of the table of proto/receipts.md 2, over all elements that both speak of. Both rise by scope. */
static enum receipt_verdict elements_verdict(const struct receipt *before, const struct receipt *after)
{
    bool found[RECEIPTS_ANEW] = {false};
    struct receipt_element b, a;
    struct rows befores, afters;

    rows_start(&befores, before);
    rows_start(&afters, after);
    ALWAYS(rows_next(&befores, &b) && rows_next(&afters, &a)); /* a receipt of nothing is neither made nor read */
    for (bool more = true; more;) {
        int order = id_compare(&b.scope, &a.scope);
        if (order == 0 && b.subtree == a.subtree)
            found[element_verdict(&b, &a)] = true;
        more = order <= 0 ? rows_next(&befores, &b) : rows_next(&afters, &a);
    }
    if (found[RECEIPTS_RIGHTS_WITHHELD])
        return RECEIPTS_RIGHTS_WITHHELD;
    if (found[RECEIPTS_RECORDS_WITHHELD])
        return RECEIPTS_RECORDS_WITHHELD;
    return found[RECEIPTS_FORKED] ? RECEIPTS_FORKED : RECEIPTS_AGREE;
}

enum receipt_verdict receipt_compare(const struct receipt *x, const struct receipt *y)
{
    if (x->incarnation != y->incarnation)
        return RECEIPTS_ANEW;
    if (x->mark.number == y->mark.number)
        return hash_equal(&x->id, &y->id) ? RECEIPTS_AGREE : RECEIPTS_FORKED;
    if (!receipt_marks_agree(&x->mark, &y->mark))
        return RECEIPTS_ROLLED_BACK;
    return x->mark.number < y->mark.number ? elements_verdict(x, y) : elements_verdict(y, x);
}
