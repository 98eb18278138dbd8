/* auth: orders to erase: what was written about a record leaves every replica (proto/authority.md 8). */
#include "auth/erasure.h"
#include "auth/statement_form.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <stdlib.h>
#include <string.h>

enum { ERASURE_FIELDS = 4, ERASURE_REASON_MAX = 255 };

int erasure_part_compare(const struct erasure_part *a, const struct erasure_part *b)
{
    int order = author_compare(&a->author, &b->author);

    if (order != 0)
        return order;
    if (a->seq != b->seq)
        return a->seq < b->seq ? -1 : 1;
    return (a->part > b->part) - (a->part < b->part);
}

static int part_compare(const void *x, const void *y)
{
    return erasure_part_compare(x, y);
}

/* How many of these are of one log: they stand behind its author. */
static size_t of_one_log(const struct erasure_part *parts, size_t count)
{
    size_t n = 1;

    while (n < count && author_equal(&parts[n].author, &parts[0].author))
        n++;
    return n;
}

static size_t logs_count(const struct erasure_part *parts, size_t count)
{
    size_t logs = 0;

    for (size_t i = 0; i < count; i += of_one_log(parts + i, count - i))
        logs++;
    return logs;
}

static void body_write(const struct erasure *e, const struct erasure_part *parts, size_t count, struct buf *out)
{
    uint8_t author[AUTHOR_BYTES];

    statement_head_write(&e->head, ERASURE_FIELDS, out);
    write_bin(out, e->record.b, ID_BYTES);
    write_uint(out, e->classes);
    write_uint(out, e->reason);
    write_array(out, logs_count(parts, count));
    for (size_t i = 0; i < count;) {
        size_t end = i + of_one_log(parts + i, count - i);
        author_encode(&parts[i].author, author);
        write_array(out, 1 + 2 * (end - i));
        write_bin(out, author, sizeof(author));
        for (; i < end; i++) {
            write_uint(out, parts[i].seq);
            write_uint(out, parts[i].part);
        }
    }
}

static bool classes_fit(uint64_t classes)
{
    return classes != 0 && (classes & ~(uint64_t)ERASABLE) == 0;
}

int erasure_make(const uint8_t *secret, struct erasure *e, struct erasure_part *parts, size_t count,
                 struct buf *certificate)
{
    struct buf body = {.cap = LIMIT_STATEMENT_BYTES};

    e->head.kind = STATEMENT_ERASURE;
    if (count > 1)
        qsort(parts, count, sizeof(*parts), part_compare);
    for (size_t i = 1; i < count; i++)
        if (part_compare(&parts[i - 1], &parts[i]) == 0)
            return LINLI_E_ARG;
    if (!classes_fit(e->classes) || e->reason > ERASURE_REASON_MAX)
        return LINLI_E_ARG;
    if (count > ERASURE_PARTS_MAX)
        return LINLI_E_LIMIT;
    body_write(e, parts, count, &body);
    int rv = body.failed;
    if (rv == LINLI_OK)
        rv = statement_sign(secret, &e->head, buf_span(&body), certificate);
    buf_free(&body);
    return rv;
}

/* The parts in order, handed to `fn` until that says false. What is not of the form fails the reader. */
static void parts_walk(struct reader *r, bool (*fn)(void *ctx, const struct erasure_part *part), void *ctx)
{
    struct erasure_part part = {.seq = 0}, last = {.seq = 0};
    size_t logs = reader_array(r, SIZE_MAX), count = 0;

    for (; logs > 0 && r->failed == LINLI_OK; logs--) {
        uint8_t author[AUTHOR_BYTES] = {0};
        size_t items = reader_array(r, SIZE_MAX);
        if (items < 3 || items % 2 == 0)
            reader_fail(r);
        reader_fixed(r, author, sizeof(author));
        author_decode(author, &part.author);
        if (count > 0 && author_compare(&last.author, &part.author) >= 0)
            reader_fail(r); /* one log stands once */
        for (; items > 2 && r->failed == LINLI_OK; items -= 2) {
            part.seq = reader_uint(r, UINT64_MAX);
            part.part = (uint32_t)reader_uint(r, LIMIT_PARTS - 1);
            if (part.seq == 0 || count == ERASURE_PARTS_MAX || (count > 0 && part_compare(&last, &part) >= 0))
                reader_fail(r);
            if (r->failed == LINLI_OK && !fn(ctx, &part))
                return;
            last = part;
            count++;
        }
    }
}

static bool passed_over(void *ctx, const struct erasure_part *part)
{
    (void)ctx;
    (void)part;
    return true;
}

int erasure_decode(span certificate, struct erasure *out)
{
    struct certified bytes;
    struct reader r, parts;
    size_t fields;

    *out = (struct erasure){.classes = 0};
    int rv = statement_open(certificate, &r, &out->head, &fields, &bytes);
    if (rv != LINLI_OK)
        return rv;
    if (out->head.kind != STATEMENT_ERASURE || fields != ERASURE_FIELDS)
        return LINLI_E_FORMAT;
    reader_fixed(&r, out->record.b, ID_BYTES);
    out->classes = (unsigned)reader_uint(&r, ERASABLE);
    out->reason = (unsigned)reader_uint(&r, ERASURE_REASON_MAX);
    parts = r;
    out->parts = reader_item(&r);
    parts_walk(&parts, passed_over, NULL);
    return parts.failed == LINLI_OK && classes_fit(out->classes) ? reader_end(&r) : LINLI_E_FORMAT;
}

void erasure_each(const struct erasure *e, bool (*fn)(void *ctx, const struct erasure_part *part), void *ctx)
{
    struct reader r;

    reader_start(&r, e->parts);
    parts_walk(&r, fn, ctx);
}

static bool is_other(void *ctx, const struct erasure_part *part)
{
    struct erasure_part *wanted = ctx;
    bool found = part_compare(part, wanted) == 0;

    if (found)
        wanted->seq = 0; /* no part has it */
    return !found;
}

bool erasure_names(const struct erasure *e, const struct erasure_part *part)
{
    struct erasure_part wanted = *part;

    erasure_each(e, is_other, &wanted);
    return wanted.seq == 0 && part->seq != 0;
}
