/*
 * replica: the audit as it is read: entries out of the logs, and the certificates that say who was given rights, lost them, or was
 * ruled on. The index only tells which records to look at: what is shown is what was signed.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/certificate.h"
#include "auth/erasure.h"
#include "codec/reader.h"
#include "replica/reading.h"

struct line {
    struct linli_audit is;
    linli_id act;                /* a revocation's: its certificates are one act */
};

struct auditing {
    struct replica *r;
    struct store_txn *txn;
    const struct linli_audit_query *asked;
    struct scope_list scopes;
    struct arena arena, scratch; /* what lines lend; of one record */
    struct line *at;
    size_t count, room;
    size_t first;                /* of the record that is walked over */
    int rv;
};

static const char *state_of(const struct log *log, enum verdict verdict)
{
    return verdict_aside(verdict) ? verdict_reason(verdict) : log->head.frozen ? "forked" : "signed";
}

static bool wanted(const struct auditing *au, const struct linli_audit *a)
{
    const struct linli_audit_query *q = au->asked;
    uint64_t ms = hlc_ms(a->stamp);

    return (q->act == 0 || q->act == a->act) && (q->record == NULL || id_equal(q->record, &a->record)) &&
           ms >= q->since_ms && (q->until_ms == 0 || ms < q->until_ms);
}

static int line_add(struct auditing *au, const struct linli_audit *is, const linli_id *act)
{
    int rv = mem_grow(&au->at, &au->room, au->count + 1, sizeof(*au->at));

    if (rv != LINLI_OK)
        return rv;
    struct line *line = &au->at[au->count++];
    *line = (struct line){.is = *is};
    if (act != NULL)
        line->act = *act;
    return LINLI_OK;
}

/* ---- entries ---- */

/* A text of an entry, in the arena; "" when it is not there. */
static int text_field(struct auditing *au, span value, linli_field field, const char **out)
{
    struct reader r;
    char *copy;

    *out = "";
    reader_start(&r, reading_field(value, field));
    span text = reader_text(&r, SIZE_MAX);
    if (reader_end(&r) != LINLI_OK)
        return LINLI_OK;
    copy = arena_alloc(&au->arena, text.size + 1);
    if (copy == NULL)
        return LINLI_E_NOMEM;
    if (text.size > 0)
        memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';
    *out = copy;
    return LINLI_OK;
}

static uint64_t number_field(span value, linli_field field)
{
    struct reader r;

    reader_start(&r, reading_field(value, field));
    uint64_t number = reader_uint(&r, UINT64_MAX);
    return reader_end(&r) == LINLI_OK ? number : 0;
}

static void id_field(span value, linli_field field, linli_id *out)
{
    struct reader r;

    reader_start(&r, reading_field(value, field));
    reader_fixed(&r, out->b, ID_BYTES);
    if (reader_end(&r) != LINLI_OK)
        memset(out, 0, sizeof(*out));
}

static bool apart(linli_stamp a, linli_stamp b)
{
    return (a > b ? hlc_ms(a) - hlc_ms(b) : hlc_ms(b) - hlc_ms(a)) >= AUDIT_QUARTER_MS;
}

/* One author's entries under one id, of one quarter hour, are read as one: the classes of all, the greatest count, the place of the first. */
static bool line_join(struct auditing *au, const struct linli_audit *is)
{
    for (size_t i = au->first; i < au->count; i++) {
        struct linli_audit *there = &au->at[i].is;
        if (!author_equal(&there->dot.author, &is->dot.author) || strcmp(there->state, is->state) != 0 ||
            apart(there->stamp, is->stamp))
            continue;
        there->classes |= is->classes;
        there->count = is->count > there->count ? is->count : there->count;
        if (is->dot.seq < there->dot.seq) {
            there->dot.seq = is->dot.seq;
            there->stamp = is->stamp;
        }
        return true;
    }
    return false;
}

static int line_read(struct auditing *au, struct linli_audit *is, span value)
{
    is->act = (enum linli_audit_act)number_field(value, AUDIT_ACT);
    is->type = (linli_type)number_field(value, AUDIT_OF_TYPE);
    is->classes = (unsigned)number_field(value, AUDIT_CLASSES);
    is->count = number_field(value, AUDIT_COUNT);
    id_field(value, AUDIT_SCOPE, &is->scope);
    id_field(value, AUDIT_RECORD, &is->record);
    if (line_join(au, is))
        return LINLI_OK;
    int rv = text_field(au, value, AUDIT_ACTOR, &is->actor);
    if (rv == LINLI_OK)
        rv = text_field(au, value, AUDIT_FORMAT, &is->format);
    if (rv == LINLI_OK)
        rv = text_field(au, value, AUDIT_REASON, &is->reason);
    return rv == LINLI_OK ? line_add(au, is, NULL) : rv;
}

static int entry_part(void *ctx, const struct log *log, const struct changeset *cs, const struct part *part, enum verdict verdict)
{
    struct auditing *au = ctx;
    struct op *ops = NULL;
    size_t count = 0;

    if (part->type != TYPE_AUDIT || verdict == VERDICT_PARTLY || verdict == VERDICT_CONTENT)
        return LINLI_OK;
    int rv = touch_ops(&au->scratch, log, cs, part, &ops, &count);
    if (rv == LINLI_E_FORMAT || rv == LINLI_E_REFUSED || rv == LINLI_E_LIMIT)
        return LINLI_OK; /* set aside for its scope or right, and unreadable besides */
    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        struct linli_audit is = {.stamp = cs->stamp, .dot = {log->name, cs->at.seq}, .home = log->scope_id,
                                 .state = state_of(log, verdict)};
        if (ops[i].group == audit_group())
            rv = line_read(au, &is, ops[i].value);
    }
    return rv;
}

static bool aside_add(void *ctx, const struct aside_row *row)
{
    return record_list_add(ctx, &row->record);
}

static int by_id(const void *x, const void *y)
{
    const struct record_at *a = x, *b = y;

    return id_compare(&a->record, &b->record);
}

static int entries_of(struct auditing *au, const struct record_at *at)
{
    arena_reset(&au->scratch);
    au->first = au->count;
    int rv = touch_walk(au->r, au->txn, &au->scratch, at->scope->number, &at->record, NULL, entry_part, au);
    size_t kept = au->first;

    for (size_t i = au->first; i < au->count; i++) /* only now is each of them whole */
        if (wanted(au, &au->at[i].is))
            au->at[kept++] = au->at[i];
    au->count = kept;
    return rv;
}

/* Records of the audit by the index, deleted ones too, and whatever is set aside: that may be one. */
static int scope_entries(struct auditing *au, const struct scope_at *scope)
{
    struct record_list list = {.scope = scope};
    int rv = index_each(au->txn, scope->number, TYPE_AUDIT, 0, (span){NULL, 0}, record_list_add, &list);

    if (rv == LINLI_OK && list.failed == LINLI_OK)
        rv = aside_each(au->txn, scope->number, aside_add, &list);
    rv = rv == LINLI_OK ? list.failed : rv;
    if (list.count > 1)
        qsort(list.at, list.count, sizeof(*list.at), by_id);
    for (size_t i = 0; i < list.count && rv == LINLI_OK; i++)
        if (i == 0 || !id_equal(&list.at[i].record, &list.at[i - 1].record))
            rv = entries_of(au, &list.at[i]);
    record_list_free(&list);
    return rv;
}

/* ---- certificates ---- */

/* Where a certificate was written down: by its issuer when that is known, else by whoever did first. */
struct written {
    struct auditing *au;
    struct linli_audit *is;
    bool known;
    uint8_t issuer[KEY_BYTES];
};

static int written_part(void *ctx, const struct log *log, const struct changeset *cs, const struct part *part,
                        enum verdict verdict)
{
    struct written *w = ctx;
    struct op *ops = NULL;
    size_t count = 0;
    int rv = LINLI_OK;

    if (w->known ? memcmp(log->name.key, w->issuer, KEY_BYTES) != 0 : w->is->dot.seq != 0 && w->is->stamp <= cs->stamp)
        return LINLI_OK;
    if (w->is->dot.seq == 0 || cs->stamp < w->is->stamp) {
        w->is->dot = (linli_dot){log->name, cs->at.seq};
        w->is->stamp = cs->stamp;
        w->is->state = state_of(log, verdict);
    }
    if (part->type == TYPE_STATEMENT && verdict == VERDICT_ACCEPTED)
        rv = touch_ops(&w->au->scratch, log, cs, part, &ops, &count);
    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        if (ops[i].group == group_number(STATEMENT_NOTE, RULE_REGISTER, CLASS_PERSONAL))
            rv = text_field(w->au, ops[i].value, STATEMENT_NOTE, &w->is->reason);
    return rv;
}

/* Who said it, when, and in which entry of which log. `is->home` is the scope of its path. */
static int written_find(struct auditing *au, bool by_root, const linli_hash *issuer, const linli_id *record, uint64_t issued_ms,
                        struct linli_audit *is)
{
    struct written w = {.au = au, .is = is, .known = !by_root};
    struct held_grant by;
    uint32_t scope;
    int rv = by_root ? LINLI_OK : authority_get(au->txn, issuer, &by);

    is->actor = is->format = is->reason = "";
    is->state = "signed";
    is->stamp = hlc_make(issued_ms, 0);
    if (rv == LINLI_OK && !by_root) {
        memcpy(w.issuer, by.grant.subject, KEY_BYTES);
        memcpy(is->dot.author.key, by.grant.subject, KEY_BYTES);
    }
    if (rv == LINLI_OK)
        rv = scope_number(au->txn, &is->home, &scope);
    if (rv == LINLI_OK)
        rv = touch_walk(au->r, au->txn, &au->scratch, scope, record, NULL, written_part, &w);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int grant_line(struct auditing *au, span certificate)
{
    struct linli_audit is = {.act = LINLI_AUDIT_GRANT, .of_device = true};
    struct grant g;
    linli_id record;

    if (grant_decode(certificate, &g) != LINLI_OK)
        return LINLI_E_CORRUPT;
    is.home = is.scope = g.scope;
    is.role = (enum linli_role)g.role;
    memcpy(is.device, g.subject, KEY_BYTES);
    grant_record_id(&g.id, &record);
    int rv = written_find(au, g.by_root, &g.issuer, &record, g.issued_ms, &is);
    return rv == LINLI_OK && wanted(au, &is) ? line_add(au, &is, NULL) : rv;
}

static int revocation_line(struct auditing *au, span certificate)
{
    struct linli_audit is = {.act = LINLI_AUDIT_REVOKE, .of_device = true};
    struct revocation said;
    linli_id record;

    if (revocation_decode(certificate, &said) != LINLI_OK)
        return LINLI_E_CORRUPT;
    for (size_t i = 0; i < au->count; i++)
        if (au->at[i].is.act == LINLI_AUDIT_REVOKE && id_equal(&au->at[i].act, &said.act))
            return LINLI_OK;
    is.home = is.scope = said.head.scope;
    is.cause = (enum linli_reason)said.reason;
    memcpy(is.device, said.device, KEY_BYTES);
    statement_record_id(&said.head.id, &record);
    int rv = written_find(au, said.head.by_root, &said.head.issuer, &record, said.head.issued_ms, &is);
    return rv == LINLI_OK && wanted(au, &is) ? line_add(au, &is, &said.act) : rv;
}

/* The record that a ruling's item speaks of; left as it is when the log does not go so far here. */
static int ruled_on(struct auditing *au, const struct ruling *said, const struct ruling_item *item, struct linli_audit *is)
{
    struct log log;
    struct log_row row;
    struct changeset cs;
    uint32_t scope, author;
    int rv = scope_number(au->txn, &said->scope, &scope);

    if (rv == LINLI_OK)
        rv = author_number(au->txn, &said->author, false, &author);
    if (rv == LINLI_OK)
        rv = log_load(au->r, au->txn, &au->scratch, scope, author, &log);
    if (rv == LINLI_OK)
        rv = log_changeset(au->r, au->txn, &au->scratch, &log, item->seq, NULL, &row, &cs);
    if (rv == LINLI_OK && item->part < cs.part_count && cs.parts[item->part].carried == PART_HELD) {
        is->record = cs.parts[item->part].record;
        is->type = cs.parts[item->part].type;
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static int ruling_lines(struct auditing *au, span certificate)
{
    struct linli_audit is = {.of_device = true};
    struct ruling said;
    struct ruling_item item;
    linli_id record;

    if (ruling_decode(certificate, &said) != LINLI_OK)
        return LINLI_E_CORRUPT;
    is.act = said.adopt ? LINLI_AUDIT_ADOPT : LINLI_AUDIT_REJECT;
    is.home = said.head.scope;
    is.scope = said.scope;
    memcpy(is.device, said.author.key, KEY_BYTES);
    statement_record_id(&said.head.id, &record);
    int rv = written_find(au, said.head.by_root, &said.head.issuer, &record, said.head.issued_ms, &is);
    for (size_t i = 0; rv == LINLI_OK && ruling_item(&said, i, &item); i++) {
        rv = ruled_on(au, &said, &item, &is);
        if (rv == LINLI_OK && wanted(au, &is))
            rv = line_add(au, &is, NULL);
    }
    return rv;
}

static bool named_count(void *ctx, const struct erasure_part *part)
{
    (void)part;
    ++*(uint64_t *)ctx;
    return true;
}

static int erasure_line(struct auditing *au, span certificate)
{
    struct linli_audit is = {.act = LINLI_AUDIT_ERASE};
    struct erasure said;
    linli_id record;

    if (erasure_decode(certificate, &said) != LINLI_OK)
        return LINLI_E_CORRUPT;
    is.home = is.scope = said.head.scope;
    is.record = said.record;
    erasure_each(&said, named_count, &is.count);
    statement_record_id(&said.head.id, &record);
    int rv = written_find(au, said.head.by_root, &said.head.issuer, &record, said.head.issued_ms, &is);
    return rv == LINLI_OK && wanted(au, &is) ? line_add(au, &is, NULL) : rv;
}

static bool certificate_look(void *ctx, const linli_hash *id, span certificate)
{
    struct auditing *au = ctx;
    unsigned kind = certificate_kind(certificate);

    (void)id;
    arena_reset(&au->scratch);
    if (kind == STATEMENT_GRANT)
        au->rv = grant_line(au, certificate);
    else if (kind == STATEMENT_REVOCATION)
        au->rv = revocation_line(au, certificate);
    else if (kind == STATEMENT_RULING)
        au->rv = ruling_lines(au, certificate);
    else if (kind == STATEMENT_ERASURE)
        au->rv = erasure_line(au, certificate);
    return au->rv == LINLI_OK;
}

/* Without a scope: of every one, held or only known by what was said of it. */
static int certificates(struct auditing *au)
{
    int rv = LINLI_OK;

    if (au->asked->scope == NULL)
        rv = grant_row_each(au->txn, NULL, certificate_look, au);
    for (size_t i = 0; i < au->scopes.count && au->asked->scope != NULL && rv == LINLI_OK && au->rv == LINLI_OK; i++)
        rv = grant_row_each(au->txn, &au->scopes.at[i].id, certificate_look, au);
    return rv == LINLI_OK ? au->rv : rv;
}

/* ---- in order ---- */

static int line_compare(const void *x, const void *y)
{
    const struct linli_audit *a = &((const struct line *)x)->is, *b = &((const struct line *)y)->is;
    int order;

    if (a->stamp != b->stamp)
        return a->stamp < b->stamp ? -1 : 1;
    order = author_compare(&a->dot.author, &b->dot.author);
    if (order == 0 && a->dot.seq != b->dot.seq)
        order = a->dot.seq < b->dot.seq ? -1 : 1;
    return order != 0 ? order : id_compare(&a->record, &b->record);
}

int replica_audit_each(struct replica *r, const struct linli_audit_query *query, linli_audit_fn fn, void *ctx)
{
    struct auditing au = {.r = r, .asked = query, .rv = LINLI_OK};
    int rv = store_begin(r->store, false, &au.txn);

    if (rv == LINLI_OK)
        rv = scope_list_make(au.txn, query->scope, true, &au.scopes);
    for (size_t i = 0; i < au.scopes.count && rv == LINLI_OK; i++)
        rv = scope_entries(&au, &au.scopes.at[i]);
    if (rv == LINLI_OK)
        rv = certificates(&au);
    if (rv == LINLI_OK && au.count > 1)
        qsort(au.at, au.count, sizeof(*au.at), line_compare);
    for (size_t i = 0; i < au.count && rv == LINLI_OK; i++)
        if (!fn(ctx, &au.at[i].is))
            break;
    scope_list_free(&au.scopes);
    mem_free(au.at);
    arena_free(&au.arena);
    arena_free(&au.scratch);
    return store_end(au.txn, rv);
}
