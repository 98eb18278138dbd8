/*
 * replica: what an act on a device lists. A thief dates what he signs as he likes, so no date of the device's own is believed: what counts
 * is what this store had when it last wrote something of its own, and where there is too much, what came here first.
 */
#include "replica/revoking.h"

#include <stdlib.h>
#include <string.h>

#include "auth/certificate.h"

struct log_found {
    struct cut_row row;
    uint32_t scope, author;      /* numbers */
    uint64_t came;               /* arrival number of its first changeset; UINT64_MAX: nothing of it is accepted */
};
struct said_found {
    linli_hash id;
    uint64_t came;               /* of the changeset with its record; UINT64_MAX: in none that is accepted */
};
struct finding {
    struct work *w;
    struct revoke_lists *lists;
    uint64_t vouched;            /* the last arrival number that is accepted */
    uint32_t scope;              /* whose heads are looked at */
    linli_id scope_id;
    struct log_found *logs;
    size_t log_count, log_room;
    struct said_found *said;
    size_t said_count, said_room;
    size_t held_count;           /* so many of them are held, in the order of their ids; the others were put out */
    int failed;
};

/* --- what this store can vouch for --- */

/* The last changeset of ours in this scope that was written before then. */
static int vouched_by(struct finding *f, uint32_t scope, uint32_t author)
{
    struct head_row head = {.seq = 0};
    struct log_row row;
    int rv = head_get(f->w->txn, scope, author, &head);

    if (rv == LINLI_E_NOT_FOUND)
        return LINLI_OK;
    for (uint64_t seq = head.seq; rv == LINLI_OK && seq > 0; seq--) {
        rv = log_get(f->w->txn, scope, author, seq, &row);
        if (rv == LINLI_OK && hlc_ms(row.stamp) < f->lists->asked->since_ms) {
            f->vouched = row.arrival > f->vouched ? row.arrival : f->vouched;
            break;
        }
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

/*
 * In our present incarnation alone: what we wrote in another may have come back to this store from others, after what it is to
 * vouch for.
 */
static int vouched_find(struct finding *f)
{
    struct scope_row row;
    uint32_t author;

    f->vouched = f->lists->asked->since_ms == 0 ? UINT64_MAX : 0;
    if (f->vouched > 0)
        return LINLI_OK;
    int rv = author_number(f->w->txn, &f->w->r->author, false, &author);
    for (uint32_t scope = 1; rv == LINLI_OK; scope++) {
        rv = scope_get(f->w->txn, scope, &row);
        if (rv == LINLI_OK)
            rv = vouched_by(f, scope, author);
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one, or we wrote nothing */
}

/* --- its logs --- */

static int row_of(struct finding *f, const struct log_found *log, uint64_t seq, struct log_row *row)
{
    int rv = log_get(f->w->txn, log->scope, log->author, seq, row);

    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

/* The last changeset of the log that came in time; none when its `seq` is 0, as is that of a log that forked at its start. */
static int cut_back(struct finding *f, struct log_found *log)
{
    struct log_row row = {.arrival = UINT64_MAX};
    int rv = LINLI_OK;

    for (; log->row.seq > 0; log->row.seq--) {
        rv = row_of(f, log, log->row.seq, &row);
        if (rv != LINLI_OK || row.arrival <= f->vouched)
            break;
    }
    log->row.id = log->row.seq > 0 && rv == LINLI_OK ? row.id : (linli_hash){{0}};
    log->came = UINT64_MAX;
    if (log->row.seq == 0 || rv != LINLI_OK)
        return rv;
    rv = row_of(f, log, 1, &row);
    log->came = row.arrival;
    return rv;
}

static bool log_add(void *ctx, uint32_t author, const struct head_row *head)
{
    struct finding *f = ctx;
    linli_author name;

    f->failed = author_known(f->w->r, author, &name);
    if (f->failed != LINLI_OK)
        return false;
    if (memcmp(name.key, f->lists->asked->device, KEY_BYTES) != 0)
        return true;
    struct log_found log = {{f->scope_id, name.incarnation, head->seq, head->id}, f->scope, author, 0};
    f->failed = cut_back(f, &log);
    if (f->failed == LINLI_OK)
        f->failed = mem_grow(&f->logs, &f->log_room, f->log_count + 1, sizeof(*f->logs));
    if (f->failed == LINLI_OK)
        f->logs[f->log_count++] = log;
    return f->failed == LINLI_OK;
}

/* Every log of the device in the scope of the act and below it. */
static int logs_find(struct finding *f)
{
    struct store_txn *txn = f->w->txn;
    int rv = LINLI_OK;

    for (f->scope = 1; rv == LINLI_OK; f->scope++) {
        struct scope_path at;
        struct scope_row row;
        rv = scope_get(txn, f->scope, &row);
        if (rv == LINLI_OK)
            rv = tree_path(txn, f->scope, &at);
        if (rv != LINLI_OK || !path_contains(f->lists->path, &at))
            continue;
        f->scope_id = row.id;
        rv = head_each(txn, f->scope, log_add, f);
        rv = rv == LINLI_OK ? f->failed : rv;
    }
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last one */
}

/* --- what it granted, revoked and ruled --- */

/* Said with the device's key, in the scope of the act or below it. */
static bool is_its(struct finding *f, span certificate, struct statement *st)
{
    struct grant g, issuer;
    span above;

    if (grant_decode(certificate, &g) == LINLI_OK)
        *st = (struct statement){.id = g.id, .by_root = g.by_root, .issuer = g.issuer, .path = g.path};
    else if (statement_decode(certificate, st) != LINLI_OK)
        return false;
    return !st->by_root && path_contains(f->lists->path, &st->path) && grant_row_get(f->w->txn, &st->issuer, &above) == LINLI_OK &&
           grant_decode(above, &issuer) == LINLI_OK && memcmp(issuer.subject, f->lists->asked->device, KEY_BYTES) == 0;
}

static int found_add(struct finding *f, const linli_hash *id, uint64_t came)
{
    int rv = mem_grow(&f->said, &f->said_room, f->said_count + 1, sizeof(*f->said));

    if (rv == LINLI_OK)
        f->said[f->said_count++] = (struct said_found){*id, came};
    return rv;
}

static bool held_add(void *ctx, const linli_hash *id, span certificate)
{
    struct finding *f = ctx;
    struct statement st;

    if (is_its(f, certificate, &st))
        f->failed = found_add(f, id, UINT64_MAX);
    return f->failed == LINLI_OK;
}

static int by_id(const void *x, const void *y)
{
    const struct said_found *a = x, *b = y;

    return hash_compare(&a->id, &b->id);
}

static int by_id_first(const void *x, const void *y)
{
    const struct said_found *a = x, *b = y;
    int order = by_id(x, y);

    return order != 0 ? order : (a->came > b->came) - (a->came < b->came);
}

static struct said_found *held_find(struct finding *f, const linli_hash *id)
{
    struct said_found sought = {.id = *id};

    return f->held_count > 0 ? bsearch(&sought, f->said, f->held_count, sizeof(sought), by_id) : NULL;
}

/* What was put out and stands in several changesets came with the first of them. */
static void said_once(struct finding *f)
{
    size_t count = 0;

    if (f->said_count > 1)
        qsort(f->said, f->said_count, sizeof(*f->said), by_id_first);
    for (size_t i = 0; i < f->said_count; i++)
        if (count == 0 || !hash_equal(&f->said[count - 1].id, &f->said[i].id))
            f->said[count++] = f->said[i];
    f->said_count = count;
}

/* A record of it stands in an accepted log: when it came; and what a bound had put out is among them again. */
static int record_add(void *ctx, span certificate, uint64_t arrival)
{
    struct finding *f = ctx;
    struct grant_source source = authority_source(f->w->txn);
    struct statement st;

    if (!is_its(f, certificate, &st))
        return LINLI_OK;
    struct said_found *found = held_find(f, &st.id);
    if (found != NULL)
        found->came = arrival < found->came ? arrival : found->came;
    if (found != NULL || certificate_kind(certificate) == STATEMENT_GRANT)
        return LINLI_OK;
    int rv = statement_check(&f->w->r->self.root, certificate, &source);
    if (rv == LINLI_OK)
        return found_add(f, &st.id, arrival);
    return authority_fault(rv) ? LINLI_OK : rv;
}

static int said_gather(struct finding *f)
{
    const struct linli_revoke *asked = f->lists->asked;
    bool full = false;
    int rv = grant_row_each(f->w->txn, NULL, held_add, f);

    rv = rv == LINLI_OK ? f->failed : rv;
    if (rv == LINLI_OK)
        rv = full_of(f->w->txn, asked->device, &full);
    f->held_count = f->said_count;
    if (f->held_count > 1)
        qsort(f->said, f->held_count, sizeof(*f->said), by_id);
    if (asked->since_ms == 0 && !full && f->said_count <= f->lists->kept_most)
        return rv; /* all of it is kept: it does not matter when it came */
    for (size_t i = 0; i < f->log_count && rv == LINLI_OK; i++)
        if (f->logs[i].row.seq > 0)
            rv = recall_each(f->w, f->logs[i].scope, f->logs[i].author, f->logs[i].row.seq, record_add, f);
    said_once(f);
    return rv;
}

/* --- what of it is listed --- */

static int first_said(const void *x, const void *y)
{
    const struct said_found *a = x, *b = y;

    return (a->came > b->came) - (a->came < b->came);
}

static int first_log(const void *x, const void *y)
{
    const struct log_found *a = x, *b = y;

    return (a->came > b->came) - (a->came < b->came);
}

static int cuts_list(struct finding *f)
{
    struct revoke_lists *lists = f->lists;

    lists->logs = f->log_count;
    lists->cut_count = f->log_count < lists->cuts_most ? f->log_count : lists->cuts_most;
    if (f->log_count > 1)
        qsort(f->logs, f->log_count, sizeof(*f->logs), first_log);
    lists->cuts = arena_array(&f->w->arena, lists->cut_count + 1, sizeof(*lists->cuts));
    if (lists->cuts == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < lists->cut_count; i++)
        lists->cuts[i] = f->logs[i].row;
    return LINLI_OK;
}

static int kept_list(struct finding *f)
{
    struct revoke_lists *lists = f->lists;
    size_t most = lists->asked->keep == LINLI_KEEP_NONE ? 0 : f->said_count;
    bool chosen = lists->asked->since_ms != 0 || most > lists->kept_most; /* then by its record */

    most = most < lists->kept_most ? most : lists->kept_most;
    if (chosen && f->said_count > 1)
        qsort(f->said, f->said_count, sizeof(*f->said), first_said);
    lists->kept = arena_array(&f->w->arena, most + 1, sizeof(*lists->kept));
    if (lists->kept == NULL)
        return LINLI_E_NOMEM;
    for (lists->kept_count = 0; lists->kept_count < most && !(chosen && f->said[lists->kept_count].came == UINT64_MAX); lists->kept_count++)
        lists->kept[lists->kept_count] = f->said[lists->kept_count].id;
    lists->left = f->said_count - lists->kept_count;
    return LINLI_OK;
}

int revoke_lists_find(struct work *w, struct revoke_lists *lists)
{
    struct finding f = {.w = w, .lists = lists};
    int rv = vouched_find(&f);

    if (rv == LINLI_OK)
        rv = logs_find(&f);
    if (rv == LINLI_OK)
        rv = said_gather(&f);
    if (rv == LINLI_OK)
        rv = cuts_list(&f);
    if (rv == LINLI_OK)
        rv = kept_list(&f);
    mem_free(f.logs);
    mem_free(f.said);
    return rv;
}
