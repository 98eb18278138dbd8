/*
 * replica: the digests of a scope, of it with what is below it, and of everything held, and the figures beside them that only
 * grow (proto/receipts.md 1). Made from our own rows alone.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/certificate.h"
#include "replica/internal.h"

/* Rows as they are hashed: fixed bytes, in the order of those bytes. */
enum { HEAD_BYTES = AUTHOR_BYTES + 8 + HASH_BYTES + 1, HELD_BYTES = ID_BYTES + HASH_BYTES };

/* What a log counts that is frozen after `seq`: more than while it grew, and the more the earlier. */
static const uint64_t FROZEN_WEIGHT = UINT64_C(1) << 40;

struct rows {
    const struct replica *r;
    struct buf bytes;
    struct buf full;             /* issuers that have reached a bound in the scope: what they said counts as one sum */
    struct digest_figures figures;
    int failed;
};

static bool author_row(struct rows *rows, uint32_t author)
{
    uint8_t encoded[AUTHOR_BYTES];
    linli_author name;

    rows->failed = author_known(rows->r, author, &name);
    if (rows->failed != LINLI_OK)
        return false;
    author_encode(&name, encoded);
    buf_append(&rows->bytes, encoded, sizeof(encoded));
    return true;
}

static bool head_row_add(void *ctx, uint32_t author, const struct head_row *head)
{
    struct rows *rows = ctx;
    uint8_t seq[8];

    if (!author_row(rows, author))
        return false;
    rows->figures.weight += head->frozen ? FROZEN_WEIGHT - head->seq : head->seq;
    be64_put(seq, head->seq);
    buf_append(&rows->bytes, seq, sizeof(seq));
    buf_append(&rows->bytes, head->id.b, HASH_BYTES);
    return buf_byte(&rows->bytes, head->frozen) == LINLI_OK;
}

/* Has whoever said this reached a bound? */
static bool is_full(const struct rows *rows, span certificate)
{
    linli_hash issuer;

    if (rows->full.size == 0 || !certificate_issuer(certificate, &issuer))
        return false;
    for (size_t at = 0; at < rows->full.size; at += HASH_BYTES)
        if (memcmp(rows->full.at + at, issuer.b, HASH_BYTES) == 0)
            return true;
    return false;
}

static bool grant_id_add(void *ctx, const linli_hash *id, span certificate)
{
    struct rows *rows = ctx;

    if (certificate_kind(certificate) == STATEMENT_GRANT)
        rows->figures.weight++;
    else
        rows->figures.statements += !is_full(rows, certificate);
    return buf_append(&rows->bytes, id->b, HASH_BYTES) == LINLI_OK;
}

static int head_compare(const void *x, const void *y)
{
    return span_compare(span_of(x, HEAD_BYTES), span_of(y, HEAD_BYTES));
}

static int held_compare(const void *x, const void *y)
{
    return span_compare(span_of(x, HELD_BYTES), span_of(y, HELD_BYTES));
}

/* Rows that follow are a section: a place for their count, which section_end fills in. */
static size_t section_start(struct rows *rows)
{
    uint8_t count[4] = {0};

    buf_append(&rows->bytes, count, sizeof(count));
    return rows->bytes.size;
}

/* Sort what was added since `from` (`compare` NULL: it is in order), and say how much it is. */
static void section_end(struct rows *rows, size_t from, size_t row_bytes, int (*compare)(const void *, const void *))
{
    if (rows->bytes.failed != LINLI_OK)
        return;
    size_t count = (rows->bytes.size - from) / row_bytes;
    if (compare != NULL && count > 1)
        qsort(rows->bytes.at + from, count, row_bytes, compare);
    be32_put(rows->bytes.at + from - 4, (uint32_t)count);
}

static int rows_code(const struct rows *rows, int rv)
{
    if (rv != LINLI_OK)
        return rv;
    return rows->failed != LINLI_OK ? rows->failed : rows->bytes.failed;
}

int digest_own(struct replica *r, struct store_txn *txn, uint32_t scope, struct digest_row *out)
{
    struct rows rows = {.r = r};
    struct scope_row row;
    int rv = scope_get(txn, scope, &row);

    if (rv == LINLI_OK)
        rv = full_issuers(txn, &row.id, &rows.full);
    rows.figures.statements = rows.full.size / HASH_BYTES * RECEIPT_FULL;
    if (rv == LINLI_OK)
        rv = rows_code(&rows, buf_append(&rows.bytes, row.id.b, ID_BYTES));
    size_t from = section_start(&rows);
    if (rv == LINLI_OK)
        rv = rows_code(&rows, head_each(txn, scope, head_row_add, &rows));
    section_end(&rows, from, HEAD_BYTES, head_compare);
    from = section_start(&rows);
    if (rv == LINLI_OK)
        rv = rows_code(&rows, grant_row_each(txn, &row.id, grant_id_add, &rows));
    section_end(&rows, from, HASH_BYTES, NULL);
    if (rv == LINLI_OK) {
        span all = buf_span(&rows.bytes);
        crypto_hash("linli/scope/1", &all, 1, &out->own);
        out->own_figures = rows.figures;
    }
    buf_free(&rows.full);
    buf_free(&rows.bytes);
    return rv;
}

/* The own digest of a scope of which nothing is held but its place in the tree. */
static void digest_empty(const linli_id *scope, linli_hash *out)
{
    static const uint8_t no_rows[2 * 4] = {0};
    const span parts[] = {span_of(scope->b, ID_BYTES), span_of(no_rows, sizeof(no_rows))};

    crypto_hash("linli/scope/1", parts, 2, out);
}

bool digest_none(const linli_hash *digest)
{
    static const linli_hash none;

    return hash_equal(digest, &none);
}

struct children {
    struct store_txn *txn;
    struct buf bytes;
    struct digest_figures figures;
    int failed;
};

void digest_figures_add(struct digest_figures *sum, const struct digest_figures *more)
{
    sum->statements += more->statements;
    sum->weight += more->weight;
}

static bool child_add(void *ctx, uint32_t child, const linli_id *id)
{
    struct children *children = ctx;
    struct digest_row row;

    children->failed = digest_get(children->txn, child, &row);
    if (children->failed != LINLI_OK)
        return false;
    if (digest_none(&row.subtree))
        return true;
    digest_figures_add(&children->figures, &row.subtree_figures);
    buf_append(&children->bytes, id->b, ID_BYTES);
    return buf_append(&children->bytes, row.subtree.b, HASH_BYTES) == LINLI_OK;
}

bool digest_settle(const linli_id *scope, bool below, struct digest_row *row)
{
    linli_hash empty;

    digest_empty(scope, &empty);
    if (below || !hash_equal(&row->own, &empty))
        return false;
    *row = (struct digest_row){.own = {{0}}};
    return true;
}

/* own, then each child of which, or below which, something is held, by id: id, subtree. */
static int subtree_make(struct store_txn *txn, uint32_t scope, struct digest_row *row)
{
    struct children children = {.txn = txn, .figures = row->own_figures};
    struct scope_row at;
    int rv = scope_get(txn, scope, &at);

    if (rv == LINLI_OK)
        rv = buf_append(&children.bytes, row->own.b, HASH_BYTES);
    if (rv == LINLI_OK)
        rv = scope_children(txn, scope, child_add, &children);
    if (rv == LINLI_OK)
        rv = children.failed != LINLI_OK ? children.failed : children.bytes.failed;
    if (rv == LINLI_OK && !digest_settle(&at.id, children.bytes.size > HASH_BYTES, row)) {
        span all = buf_span(&children.bytes);
        crypto_hash("linli/subtree/1", &all, 1, &row->subtree);
        row->subtree_figures = children.figures;
    }
    buf_free(&children.bytes);
    return rv;
}

/* A scope whose row must be made again; deeper ones first, so that a parent finds its children done. */
struct stale {
    uint32_t scope, depth;
    bool own; /* touched itself, not only something below it */
};

static int stale_compare(const void *x, const void *y)
{
    const struct stale *a = x, *b = y;

    if (a->depth != b->depth)
        return a->depth > b->depth ? -1 : 1;
    if (a->scope != b->scope)
        return a->scope < b->scope ? -1 : 1;
    return (int)b->own - (int)a->own;
}

static int stale_list(struct work *w, struct stale **out, size_t *count)
{
    struct stale *list = arena_array(&w->arena, w->scope_count * LIMIT_SCOPE_DEPTH, sizeof(*list));
    size_t n = 0;

    if (list == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < w->scope_count; i++) {
        uint32_t scope = w->scopes[i];
        for (unsigned above = 0; scope != 0 && above < LIMIT_SCOPE_DEPTH; above++) {
            struct scope_row row;
            int rv = scope_get(w->txn, scope, &row);
            if (rv != LINLI_OK)
                return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
            list[n++] = (struct stale){scope, row.depth, above == 0};
            scope = row.parent;
        }
    }
    if (n > 1)
        qsort(list, n, sizeof(*list), stale_compare);
    *out = list;
    *count = n;
    return LINLI_OK;
}

int digest_refresh(struct work *w)
{
    struct stale *list = NULL;
    size_t count = 0;
    int rv = w->scope_count > 0 ? stale_list(w, &list, &count) : LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        struct digest_row row;
        if (i > 0 && list[i].scope == list[i - 1].scope)
            continue;
        rv = digest_get(w->txn, list[i].scope, &row);
        if (rv == LINLI_OK && (list[i].own || digest_none(&row.own)))
            rv = digest_own(w->r, w->txn, list[i].scope, &row);
        if (rv == LINLI_OK)
            rv = subtree_make(w->txn, list[i].scope, &row);
        if (rv == LINLI_OK)
            rv = digest_put(w->txn, list[i].scope, &row);
    }
    return rv;
}

int digest_all(struct store_txn *txn, linli_hash *out, uint64_t *scopes)
{
    struct rows rows = {0};
    struct scope_row scope;
    struct digest_row row;
    linli_hash empty;
    size_t from = section_start(&rows);
    int rv = LINLI_OK;

    *scopes = 0;
    for (uint32_t number = 1; rv == LINLI_OK; number++) {
        rv = scope_get(txn, number, &scope);
        if (rv == LINLI_OK)
            rv = digest_get(txn, number, &row);
        if (rv != LINLI_OK)
            break;
        *scopes += 1;
        digest_empty(&scope.id, &empty);
        if (hash_equal(&row.own, &empty) || digest_none(&row.own))
            continue; /* to know of a scope is not to hold anything of it */
        buf_append(&rows.bytes, scope.id.b, ID_BYTES);
        rv = buf_append(&rows.bytes, row.own.b, HASH_BYTES);
    }
    if (rv == LINLI_E_NOT_FOUND) { /* after the last one */
        section_end(&rows, from, HELD_BYTES, held_compare);
        span all = buf_span(&rows.bytes);
        crypto_hash("linli/replica/1", &all, 1, out);
        rv = rows.bytes.failed;
    }
    buf_free(&rows.bytes);
    return rv;
}

int digest_element(struct store_txn *txn, const linli_id *scope, bool subtree, struct receipt_element *out)
{
    struct digest_row row = {.own = {{0}}};
    uint32_t number;
    int rv = scope_number(txn, scope, &number);

    if (rv == LINLI_OK)
        rv = digest_get(txn, number, &row);
    const struct digest_figures *figures = subtree ? &row.subtree_figures : &row.own_figures;
    *out = (struct receipt_element){.scope = *scope,
                                    .subtree = subtree,
                                    .digest = subtree ? row.subtree : row.own,
                                    .statements = figures->statements,
                                    .weight = figures->weight};
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

int replica_element(struct replica *r, const linli_id *scope, bool subtree, struct receipt_element *out)
{
    struct store_txn *txn = NULL;
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = digest_element(txn, scope, subtree, out);
    return store_end(txn, rv);
}

int replica_digest(struct replica *r, const linli_id *scope, bool subtree, linli_hash *out)
{
    struct receipt_element element = {.subtree = subtree};
    int rv = replica_element(r, scope, subtree, &element);

    *out = element.digest;
    return rv;
}
