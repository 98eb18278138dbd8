/* replica: grants and statements found in the log of whoever said them: their records are there for good, whatever bounds put out. */
#include "auth/certificate.h"
#include "replica/internal.h"

struct recalling {
    struct work *w;
    struct log log;
    struct arena arena;      /* of the log */
    struct arena step;       /* of one changeset */
    int (*fn)(void *ctx, span certificate, uint64_t arrival);
    void *ctx;
    uint64_t arrival;        /* of that changeset */
};

static int certificate_take(struct recalling *r, linli_type type, const struct op *op)
{
    struct reader in;
    span item;

    if (!op_field(op, type == TYPE_GRANT ? GRANT_CERTIFICATE : STATEMENT_CERTIFICATE, &item))
        return LINLI_OK;
    reader_start(&in, item);
    span certificate = reader_bin(&in, LIMIT_STATEMENT_BYTES);
    if (reader_end(&in) != LINLI_OK || certificate_kind(certificate) == 0)
        return LINLI_OK; /* a record like any other */
    return r->fn(r->ctx, certificate, r->arrival);
}

static int part_recall(struct recalling *r, const struct changeset *cs, const struct part *part)
{
    struct cited_tables tables;
    struct op *ops = NULL;
    size_t count = 0;
    int rv = log_tables(&r->step, &r->log, cs->at.seq, &tables);

    if (rv == LINLI_OK)
        rv = ops_decode(&r->step, part->ops, tables.authors, tables.cited, tables.count, part->cls, &ops, &count);
    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        rv = certificate_take(r, part->type, &ops[i]);
    return rv;
}

static int changeset_recall(struct recalling *r, uint64_t seq)
{
    struct log_row row;
    struct changeset cs;
    int rv = log_changeset(r->w->r, r->w->txn, &r->step, &r->log, seq, NULL, &row, &cs);

    r->arrival = rv == LINLI_OK ? row.arrival : 0;
    for (size_t i = 0; rv == LINLI_OK && i < cs.part_count; i++)
        if (cs.parts[i].carried == PART_HELD && (cs.parts[i].type == TYPE_STATEMENT || cs.parts[i].type == TYPE_GRANT) &&
            row.verdicts.at[i] == VERDICT_ACCEPTED)
            rv = part_recall(r, &cs, &cs.parts[i]);
    return rv;
}

int recall_each(struct work *w, uint32_t scope, uint32_t author, uint64_t last,
                int (*fn)(void *ctx, span certificate, uint64_t arrival), void *ctx)
{
    struct recalling r = {.w = w, .fn = fn, .ctx = ctx};
    int rv = log_load(w->r, w->txn, &r.arena, scope, author, &r.log);

    for (uint64_t seq = 1; rv == LINLI_OK && seq <= last && seq <= r.log.head.seq; seq++) {
        arena_reset(&r.step);
        rv = changeset_recall(&r, seq);
    }
    arena_free(&r.step);
    arena_free(&r.arena);
    return rv;
}
