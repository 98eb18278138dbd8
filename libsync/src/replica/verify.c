/*
 * replica: the whole store looked over: every log from its first changeset, every record made again from the logs, and
 * everything that is kept beside them made again and compared. One record is in memory at a time.
 */
#include "replica/verify.h"

void verify_bad(struct verify *v, const char *what, const linli_author *author, uint64_t seq,
                const linli_id *record)
{
    struct linli_bad bad = {.what = what, .scope = v->scope_id, .seq = seq};

    if (author != NULL)
        bad.author = *author;
    if (record != NULL)
        bad.record = *record;
    v->asked->bad++;
    if (v->asked->on_bad != NULL)
        v->asked->on_bad(v->asked->ctx, &bad);
}

int verify_fault(struct verify *v, int rv, const char *what, const linli_author *author, uint64_t seq,
                 const linli_id *record)
{
    bool of_data = rv == LINLI_E_CORRUPT || rv == LINLI_E_FORMAT || rv == LINLI_E_LIMIT ||
                   rv == LINLI_E_SIGNATURE || rv == LINLI_E_NOT_FOUND || rv == LINLI_E_WAIT ||
                   rv == LINLI_E_NETWORK || rv == LINLI_E_REFUSED || rv == LINLI_E_VERSION;

    if (!of_data || store_failed(v->txn) != LINLI_OK) /* what cannot be read is not known to be bad */
        return rv;
    verify_bad(v, what, author, seq, record);
    return LINLI_OK;
}

int verify_step(struct verify *v)
{
    v->done++;
    if (v->asked->on_progress == NULL)
        return LINLI_OK;
    uint64_t done = v->done < v->total ? v->done : v->total;
    return v->asked->on_progress(v->asked->ctx, done, v->total) ? LINLI_OK : LINLI_E_CANCELLED;
}

/* The scope's number, its id, which commits to its place, and its place. */
static int scope_check(struct verify *v, const struct scope_row *row)
{
    struct scope_row above;
    linli_id id;
    uint32_t number;
    bool good;
    int rv = scope_number(v->txn, &row->id, &number);

    if (rv != LINLI_OK || number != v->scope)
        return rv == LINLI_OK ? verify_fault(v, LINLI_E_CORRUPT, "scope", NULL, 0, NULL)
                              : verify_fault(v, rv, "scope", NULL, 0, NULL);
    if (row->parent == 0) {
        good = id_equal(&row->id, &v->r->self.root_scope) && row->depth == 0;
    } else {
        rv = scope_get(v->txn, row->parent, &above);
        if (rv != LINLI_OK)
            return verify_fault(v, rv, "scope", NULL, 0, NULL);
        scope_child(&above.id, row->nonce, &id);
        good = id_equal(&id, &row->id) && row->depth == above.depth + 1;
    }
    if (!good)
        verify_bad(v, "scope", NULL, 0, NULL);
    return LINLI_OK;
}

/* ---- digests ---- */

static bool child_digest(void *ctx, uint32_t child, const linli_id *id)
{
    struct verify *v = ctx;
    struct scope_row scope;
    struct digest_row row;

    v->children++;
    v->rv = scope_get(v->txn, child, &scope);
    if (v->rv == LINLI_OK && (scope.parent != v->scope || !id_equal(&scope.id, id)))
        v->rv = LINLI_E_CORRUPT;
    v->rv = verify_fault(v, v->rv, "scope", NULL, 0, NULL);
    if (v->rv == LINLI_OK)
        v->rv = digest_get(v->txn, child, &row);
    if (v->rv != LINLI_OK)
        return false;
    if (digest_none(&row.subtree))
        return true;
    digest_figures_add(&v->figures, &row.subtree_figures);
    buf_append(&v->bytes, id->b, ID_BYTES);
    buf_append(&v->bytes, row.subtree.b, HASH_BYTES);
    return true;
}

static bool figures_equal(const struct digest_figures *x, const struct digest_figures *y)
{
    return x->statements == y->statements && x->weight == y->weight;
}

static int digest_check(struct verify *v, const linli_id *id)
{
    struct digest_row row, made = {.own = {{0}}};
    int rv = digest_get(v->txn, v->scope, &row);

    if (rv == LINLI_OK)
        rv = digest_own(v->r, v->txn, v->scope, &made);
    buf_clear(&v->bytes);
    v->figures = made.own_figures;
    v->rv = LINLI_OK;
    if (rv == LINLI_OK)
        rv = buf_append(&v->bytes, made.own.b, HASH_BYTES);
    if (rv == LINLI_OK)
        rv = scope_children(v->txn, v->scope, child_digest, v);
    if (rv == LINLI_OK)
        rv = v->rv != LINLI_OK ? v->rv : v->bytes.failed;
    if (rv != LINLI_OK)
        return verify_fault(v, rv, "digest", NULL, 0, NULL);
    span all = buf_span(&v->bytes);
    crypto_hash("linli/subtree/1", &all, 1, &made.subtree);
    made.subtree_figures = v->figures;
    (void)digest_settle(id, v->bytes.size > HASH_BYTES, &made);
    if (!hash_equal(&made.own, &row.own) || !hash_equal(&made.subtree, &row.subtree) ||
        !figures_equal(&made.own_figures, &row.own_figures) || !figures_equal(&made.subtree_figures, &row.subtree_figures))
        verify_bad(v, "digest", NULL, 0, NULL);
    return LINLI_OK;
}

/* ---- the whole ---- */

static void tallies_clear(struct verify *v)
{
    v->changesets = v->forks = v->asides = v->touches = v->touches_found = 0;
    v->views = v->index_rows = v->conflicts = v->records = 0;
    v->type_count = 0;
}

/* Counters over all scopes stand under scope number 0. */
static int totals_check(struct verify *v, const uint64_t totals[COUNT_FORKS + 1])
{
    uint64_t count;

    for (uint32_t what = 1; what <= COUNT_FORKS; what++) {
        int rv = count_get(v->txn, SCOPE_TOTAL, what, &count);
        if (rv != LINLI_OK)
            return rv;
        if (count != totals[what])
            verify_bad(v, "count", NULL, 0, NULL);
    }
    return LINLI_OK;
}

static int scope_verify(struct verify *v, const struct scope_row *row, uint64_t totals[COUNT_FORKS + 1])
{
    int rv;

    v->scope_id = row->id;
    tallies_clear(v);
    rv = scope_check(v, row);
    if (rv == LINLI_OK)
        rv = verify_logs(v);
    if (rv == LINLI_OK)
        rv = verify_tables(v);
    if (rv == LINLI_OK)
        rv = verify_tallies(v);
    if (rv == LINLI_OK)
        rv = digest_check(v, &row->id);
    totals[COUNT_CHANGESETS] += v->changesets;
    totals[COUNT_RECORDS] += v->records;
    totals[COUNT_CONFLICTS] += v->conflicts;
    totals[COUNT_ASIDE] += v->asides;
    totals[COUNT_FORKS] += v->forks;
    return rv;
}

static int scopes_verify(struct verify *v)
{
    uint64_t totals[COUNT_FORKS + 1] = {0};
    struct scope_row row;
    int rv = LINLI_OK;

    for (v->scope = 1; rv == LINLI_OK; v->scope++) {
        rv = scope_get(v->txn, v->scope, &row);
        if (rv == LINLI_E_NOT_FOUND)
            break; /* after the last one */
        if (rv == LINLI_OK)
            rv = scope_verify(v, &row, totals);
    }
    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    v->scope_id = (linli_id){{0}};
    if (v->children + 2 != v->scope) /* each but the root stands below another, once */
        verify_bad(v, "scope", NULL, 0, NULL);
    rv = verify_arrivals(v, totals[COUNT_CHANGESETS]);
    if (rv == LINLI_OK)
        rv = verify_sums(v);
    return rv == LINLI_OK ? totals_check(v, totals) : rv;
}

/* Authors by number and numbers by author, and the list that ties are broken with. */
static int authors_verify(struct verify *v)
{
    linli_author author;
    uint32_t number = 1, found;
    int rv = author_get(v->txn, number, &author);

    for (; rv == LINLI_OK; rv = author_get(v->txn, ++number, &author)) {
        rv = author_number(v->txn, &author, false, &found);
        if (rv == LINLI_E_NOT_FOUND)
            found = 0;
        else if (rv != LINLI_OK)
            return rv;
        if (found != number || number > v->r->author_count ||
            !author_equal(&author, &v->r->authors[number - 1]))
            verify_bad(v, "author", &author, 0, NULL);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int total_work(struct verify *v)
{
    uint64_t changesets = 0, records = 0;
    int rv = count_get(v->txn, SCOPE_TOTAL, COUNT_CHANGESETS, &changesets);

    if (rv == LINLI_OK)
        rv = count_get(v->txn, SCOPE_TOTAL, COUNT_RECORDS, &records);
    v->total = changesets + records;
    return rv;
}

int replica_verify(struct replica *r, struct linli_verify *verify)
{
    struct verify v = {.r = r, .asked = verify};
    int rv = store_begin(r->store, false, &v.txn);

    verify->changesets = verify->records = verify->bad = 0;
    if (rv == LINLI_OK)
        rv = total_work(&v);
    if (rv == LINLI_OK)
        rv = authors_verify(&v);
    if (rv == LINLI_OK)
        rv = verify_grants(&v);
    if (rv == LINLI_OK)
        rv = scopes_verify(&v);
    if (rv == LINLI_OK)
        rv = verify_where(&v);
    rv = store_end(v.txn, rv);
    arena_free(&v.step);
    arena_free(&v.scratch);
    rebuild_end(&v.rebuild);
    buf_free(&v.bytes);
    mem_free(v.types);
    mem_free(v.tallies.at);
    if (rv == LINLI_OK && verify->bad > 0)
        rv = replica_fail(r, LINLI_E_CORRUPT, "%llu findings", (unsigned long long)verify->bad);
    return rv;
}
