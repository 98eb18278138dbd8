/* auth: revocations: how far a device's logs are accepted, and which of its statements are kept (proto/authority.md 6). */
#include "auth/statement_form.h"
#include "codec/writer.h"

#include <linli/error.h>

enum { REVOCATION_FIELDS = 9, CUT_FIELDS = 4, REASON_MAX = 255 };

/* --- rows --- */

static int cut_compare(const void *x, const void *y)
{
    const struct cut_row *a = x, *b = y;
    int order = id_compare(&a->scope, &b->scope);

    return order != 0 ? order : (a->incarnation > b->incarnation) - (a->incarnation < b->incarnation);
}

static void cut_write(struct buf *out, const void *row)
{
    const struct cut_row *cut = row;
    uint8_t incarnation[8];

    be64_put(incarnation, cut->incarnation);
    write_array(out, CUT_FIELDS);
    write_bin(out, cut->scope.b, ID_BYTES);
    write_bin(out, incarnation, sizeof(incarnation));
    write_uint(out, cut->seq);
    write_bin(out, cut->id.b, HASH_BYTES);
}

static void cut_read(struct reader *r, void *row)
{
    struct cut_row *out = row;
    uint8_t incarnation[8];

    if (reader_array(r, CUT_FIELDS) != CUT_FIELDS)
        reader_fail(r);
    reader_fixed(r, out->scope.b, ID_BYTES);
    reader_fixed(r, incarnation, sizeof(incarnation));
    out->incarnation = be64_get(incarnation);
    out->seq = reader_uint(r, UINT64_MAX);
    reader_fixed(r, out->id.b, HASH_BYTES);
}

static int kept_compare(const void *x, const void *y)
{
    return hash_compare(x, y);
}

static void kept_write(struct buf *out, const void *row)
{
    write_bin(out, ((const linli_hash *)row)->b, HASH_BYTES);
}

static void kept_read(struct reader *r, void *row)
{
    reader_fixed(r, ((linli_hash *)row)->b, HASH_BYTES);
}

static const struct row_form CUT = {sizeof(struct cut_row), cut_write, cut_read, cut_compare};
static const struct row_form KEPT = {sizeof(linli_hash), kept_write, kept_read, kept_compare};

/* --- bytes --- */

static void body_write(const struct revocation *r, const struct cut_row *cuts, size_t cut_count, const linli_hash *kept,
                       size_t kept_count, struct buf *out)
{
    statement_head_write(&r->head, REVOCATION_FIELDS, out);
    write_bin(out, r->act.b, ID_BYTES);
    write_uint(out, r->page);
    write_uint(out, r->pages);
    write_bin(out, r->device, KEY_BYTES);
    write_uint(out, r->reason);
    write_bool(out, r->strict);
    if (r->admits)
        write_bin(out, r->admitted.b, HASH_BYTES);
    else
        write_nil(out);
    rows_write(out, cuts, cut_count, &CUT);
    rows_write(out, kept, kept_count, &KEPT);
}

static bool page_fits(const struct revocation *r)
{
    return r->page >= 1 && r->page <= r->pages && r->pages <= REVOCATION_PAGES_MAX;
}

int revocation_make(const uint8_t *secret, struct revocation *r, struct cut_row *cuts, size_t cut_count,
                    linli_hash *kept, size_t kept_count, struct buf *certificate)
{
    struct buf body = {.cap = LIMIT_STATEMENT_BYTES};

    r->head.kind = STATEMENT_REVOCATION;
    if (r->reason > REASON_MAX || !page_fits(r))
        return LINLI_E_ARG;
    int rv = rows_sort(cuts, cut_count, &CUT);
    if (rv == LINLI_OK)
        rv = rows_sort(kept, kept_count, &KEPT);
    if (rv != LINLI_OK)
        return rv;
    body_write(r, cuts, cut_count, kept, kept_count, &body);
    rv = body.failed;
    if (rv == LINLI_OK)
        rv = statement_sign(secret, &r->head, buf_span(&body), certificate);
    buf_free(&body);
    return rv;
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
    out->page = (unsigned)reader_uint(&r, REVOCATION_PAGES_MAX);
    out->pages = (unsigned)reader_uint(&r, REVOCATION_PAGES_MAX);
    reader_fixed(&r, out->device, KEY_BYTES);
    out->reason = (unsigned)reader_uint(&r, REASON_MAX);
    out->strict = reader_bool(&r);
    out->admits = !reader_nil(&r);
    if (out->admits)
        reader_fixed(&r, out->admitted.b, HASH_BYTES);
    out->cuts = rows_read(&r, &CUT);
    out->kept = rows_read(&r, &KEPT);
    rv = reader_end(&r);
    return rv == LINLI_OK && !page_fits(out) ? LINLI_E_FORMAT : rv;
}

/* --- looking things up --- */

static bool cut_of_log(const void *row, const void *sought)
{
    return cut_compare(row, sought) == 0;
}

static bool cut_of_incarnation(const void *row, const void *sought)
{
    return ((const struct cut_row *)row)->incarnation == *(const uint64_t *)sought;
}

static bool kept_is(const void *row, const void *sought)
{
    return hash_equal(row, sought);
}

bool revocation_cut(const struct revocation *r, const linli_id *scope, uint64_t incarnation, struct cut_row *out)
{
    const struct cut_row sought = {.scope = *scope, .incarnation = incarnation};

    return rows_find(r->cuts, &CUT, cut_of_log, &sought, out);
}

bool revocation_closes(const struct revocation *r, uint64_t incarnation)
{
    struct cut_row cut;

    return rows_find(r->cuts, &CUT, cut_of_incarnation, &incarnation, &cut);
}

bool revocation_keeps(const struct revocation *r, const linli_hash *statement)
{
    linli_hash kept;

    return rows_find(r->kept, &KEPT, kept_is, statement, &kept);
}
