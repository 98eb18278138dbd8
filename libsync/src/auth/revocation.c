/* auth: revocations: how far a device's logs are accepted, and which of its statements are kept (proto/authority.md 6). */
#include "auth/statement_form.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

enum { REVOCATION_FIELDS = 7, CUT_FIELDS = 4, REASON_MAX = 255 };

static int cut_compare(const void *x, const void *y)
{
    const struct cut_row *a = x, *b = y;
    int order = id_compare(&a->scope, &b->scope);

    return order != 0 ? order : (a->incarnation > b->incarnation) - (a->incarnation < b->incarnation);
}

static int kept_compare(const void *x, const void *y)
{
    return hash_compare(x, y);
}

static void cut_write(const struct cut_row *cut, struct buf *out)
{
    uint8_t incarnation[8];

    be64_put(incarnation, cut->incarnation);
    write_array(out, CUT_FIELDS);
    write_bin(out, cut->scope.b, ID_BYTES);
    write_bin(out, incarnation, sizeof(incarnation));
    write_uint(out, cut->seq);
    write_bin(out, cut->id.b, HASH_BYTES);
}

static void cut_read(struct reader *r, struct cut_row *out)
{
    uint8_t incarnation[8];

    if (reader_array(r, CUT_FIELDS) != CUT_FIELDS)
        reader_fail(r);
    reader_fixed(r, out->scope.b, ID_BYTES);
    reader_fixed(r, incarnation, sizeof(incarnation));
    out->incarnation = be64_get(incarnation);
    out->seq = reader_uint(r, UINT64_MAX);
    reader_fixed(r, out->id.b, HASH_BYTES);
}

static void body_write(const struct revocation *r, const struct cut_row *cuts, size_t cut_count, const linli_hash *kept,
                       size_t kept_count, struct buf *out)
{
    statement_head_write(&r->head, REVOCATION_FIELDS, out);
    write_bin(out, r->act.b, ID_BYTES);
    write_bin(out, r->device, KEY_BYTES);
    write_uint(out, r->reason);
    write_bool(out, r->strict);
    if (r->admits)
        write_bin(out, r->admitted.b, HASH_BYTES);
    else
        write_nil(out);
    write_array(out, cut_count);
    for (size_t i = 0; i < cut_count; i++)
        cut_write(&cuts[i], out);
    write_array(out, kept_count);
    for (size_t i = 0; i < kept_count; i++)
        write_bin(out, kept[i].b, HASH_BYTES);
}

int revocation_make(const uint8_t *secret, struct revocation *r, struct cut_row *cuts, size_t cut_count,
                    linli_hash *kept, size_t kept_count, struct buf *certificate)
{
    struct buf body = {.cap = LIMIT_STATEMENT_BYTES};

    r->head.kind = STATEMENT_REVOCATION;
    if (cut_count > 1)
        qsort(cuts, cut_count, sizeof(*cuts), cut_compare);
    if (kept_count > 1)
        qsort(kept, kept_count, sizeof(*kept), kept_compare);
    for (size_t i = 1; i < cut_count; i++)
        if (cut_compare(&cuts[i - 1], &cuts[i]) == 0)
            return LINLI_E_ARG;
    for (size_t i = 1; i < kept_count; i++)
        if (hash_equal(&kept[i - 1], &kept[i]))
            return LINLI_E_ARG;
    if (r->reason > REASON_MAX)
        return LINLI_E_ARG;
    body_write(r, cuts, cut_count, kept, kept_count, &body);
    int rv = body.failed;
    if (rv == LINLI_OK)
        rv = statement_sign(secret, &r->head, buf_span(&body), certificate);
    buf_free(&body);
    return rv;
}

/* The array of cuts, in order and without repeats; lent whole. */
static span cuts_read(struct reader *r)
{
    struct reader rows = *r;
    span all = reader_item(r);
    struct cut_row last = {.seq = 0}, cut = {.seq = 0};
    size_t count = reader_array(&rows, SIZE_MAX);

    for (size_t i = 0; i < count && rows.failed == LINLI_OK; i++) {
        cut_read(&rows, &cut);
        if (i > 0 && cut_compare(&last, &cut) >= 0)
            reader_fail(&rows);
        last = cut;
    }
    if (rows.failed != LINLI_OK)
        reader_fail(r);
    return all;
}

static span kept_read(struct reader *r)
{
    struct reader rows = *r;
    span all = reader_item(r);
    linli_hash last = {{0}}, id = {{0}};
    size_t count = reader_array(&rows, SIZE_MAX);

    for (size_t i = 0; i < count && rows.failed == LINLI_OK; i++) {
        reader_fixed(&rows, id.b, HASH_BYTES);
        if (i > 0 && hash_compare(&last, &id) >= 0)
            reader_fail(&rows);
        last = id;
    }
    if (rows.failed != LINLI_OK)
        reader_fail(r);
    return all;
}

int revocation_decode(span certificate, struct revocation *out)
{
    struct certified said;
    struct reader r;
    size_t fields;

    *out = (struct revocation){.reason = 0};
    int rv = statement_open(certificate, &r, &out->head, &fields, &said);
    if (rv != LINLI_OK)
        return rv;
    if (out->head.kind != STATEMENT_REVOCATION || fields != REVOCATION_FIELDS)
        return LINLI_E_FORMAT;
    reader_fixed(&r, out->act.b, ID_BYTES);
    reader_fixed(&r, out->device, KEY_BYTES);
    out->reason = (unsigned)reader_uint(&r, REASON_MAX);
    out->strict = reader_bool(&r);
    out->admits = !reader_nil(&r);
    if (out->admits)
        reader_fixed(&r, out->admitted.b, HASH_BYTES);
    out->cuts = cuts_read(&r);
    out->kept = kept_read(&r);
    return reader_end(&r);
}

/* --- looking things up --- */

bool revocation_cut(const struct revocation *r, const linli_id *scope, uint64_t incarnation, struct cut_row *out)
{
    struct reader rows;

    reader_start(&rows, r->cuts);
    for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
        cut_read(&rows, out);
        if (out->incarnation == incarnation && id_equal(&out->scope, scope))
            return true;
    }
    return false;
}

bool revocation_closes(const struct revocation *r, uint64_t incarnation)
{
    struct cut_row cut;
    struct reader rows;

    reader_start(&rows, r->cuts);
    for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
        cut_read(&rows, &cut);
        if (cut.incarnation == incarnation)
            return true;
    }
    return false;
}

bool revocation_keeps(const struct revocation *r, const linli_hash *statement)
{
    struct reader rows;
    linli_hash id;

    reader_start(&rows, r->kept);
    for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
        reader_fixed(&rows, id.b, HASH_BYTES);
        if (hash_equal(&id, statement))
            return true;
    }
    return false;
}
