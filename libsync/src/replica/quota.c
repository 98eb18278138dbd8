/*
 * replica: how much is taken of what one device writes in one scope (proto/changeset.md 8), so that none fills the disks of others. What is
 * held back stays with its author and is taken when time has passed: a quota delays, and nothing that is shown depends on it.
 */
#include <string.h>

#include "replica/internal.h"

enum { MANAGERS_TIMES = 16, NEEDED_TIMES = 4, KEY_OF_TAKEN = ID_BYTES + KEY_BYTES, CHANGESET_TAKES = 512, PART_TAKES = 64 };
const struct quota quota_usual = {.first_bytes = UINT64_C(64) << 20, .daily_bytes = UINT64_C(32) << 20};

static void key_of(const struct log *log, uint8_t out[KEY_OF_TAKEN])
{
    memcpy(out, log->scope_id.b, ID_BYTES);
    memcpy(out + ID_BYTES, log->name.key, KEY_BYTES);
}

static int taken_get(struct store_txn *txn, const uint8_t key[KEY_OF_TAKEN], uint64_t *out)
{
    span value;
    int rv = note_get(txn, NOTE_TAKEN, span_of(key, KEY_OF_TAKEN), &value);

    *out = 0;
    if (rv == LINLI_E_NOT_FOUND)
        return LINLI_OK;
    if (rv == LINLI_OK && value.size != 8)
        return LINLI_E_CORRUPT;
    if (rv == LINLI_OK)
        *out = be64_get(value.at);
    return rv;
}

/*
 * It grows from the day on that the device was first let in, by a date that its office signed: so a replica that begins anew takes at once
 * what it took before, and whatever one has taken any other takes from it. Only grants at or above the scope count: whoever reads it holds those.
 */
static int allowed(struct work *w, const struct log *log, uint64_t *out)
{
    const struct quota *quota = &w->r->quota;
    uint64_t now_ms = clock_now_ms(&w->r->clock), since_ms = now_ms, times = 1;
    struct grant g;
    span ids, certificate;
    linli_hash id;
    int rv = authority_of_device(w->txn, log->name.key, &ids);

    for (size_t at = 0; at < ids.size && rv == LINLI_OK; at += HASH_BYTES) {
        memcpy(id.b, ids.at + at, HASH_BYTES);
        rv = grant_row_get(w->txn, &id, &certificate);
        if (rv == LINLI_OK)
            rv = grant_decode(certificate, &g);
        if (rv != LINLI_OK || !path_contains(&g.path, &log->path))
            continue;
        since_ms = g.issued_ms < since_ms ? g.issued_ms : since_ms;
        if ((g.rights & RIGHT_MANAGE) != 0)
            times = MANAGERS_TIMES;
    }
    uint64_t minutes = (now_ms - since_ms) / 60000;
    *out = times * (quota->first_bytes + minutes * (quota->daily_bytes / (UINT64_C(24) * 60)));
    return rv;
}

/*
 * Who cites a log took it, under the quota too; so what others wait for is taken beyond it, or who shows each replica another log could
 * keep them from all that honest authors write upon those. There is an end to that as well: authors may be in league.
 */
static int allowed_if_needed(struct work *w, const struct log *log, uint64_t *most)
{
    uint64_t needed;
    int rv = waiting_needs(w->txn, &log->scope_id, &log->name, &needed);

    *most *= rv == LINLI_OK && needed > log->head.seq ? NEEDED_TIMES : 1;
    return rv;
}

int quota_reached(struct work *w, const struct log *log, bool *reached)
{
    uint8_t key[KEY_OF_TAKEN];
    uint64_t taken, most;

    *reached = false;
    if (memcmp(log->name.key, w->r->self.sign_public, KEY_BYTES) == 0)
        return LINLI_OK; /* our own comes back from others */
    key_of(log, key);
    int rv = taken_get(w->txn, key, &taken);
    if (rv != LINLI_OK || taken < w->r->quota.first_bytes)
        return rv;
    rv = allowed(w, log, &most);
    if (rv == LINLI_OK && taken >= most)
        rv = allowed_if_needed(w, log, &most);
    *reached = rv == LINLI_OK && taken >= most;
    return rv;
}

/* As much as it takes where all of it is held: what a replica may not read counts there as it does elsewhere. */
static uint64_t takes(const struct changeset *cs)
{
    uint64_t bytes = CHANGESET_TAKES;

    for (size_t i = 0; i < cs->part_count; i++)
        bytes += PART_TAKES + cs->parts[i].size;
    return bytes;
}

static int taken_add(struct store_txn *txn, const struct log *log, uint64_t bytes)
{
    uint8_t key[KEY_OF_TAKEN], value[8];
    uint64_t taken;

    key_of(log, key);
    int rv = taken_get(txn, key, &taken);
    be64_put(value, taken + bytes);
    return rv == LINLI_OK ? note_put(txn, NOTE_TAKEN, span_of(key, sizeof(key)), span_of(value, sizeof(value))) : rv;
}

int quota_count(struct work *w, const struct log *log, const struct changeset *changesets, size_t count)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += takes(&changesets[i]);
    return taken_add(w->txn, log, bytes);
}

/* --- a store from before there was a quota: it has no counts --- */

static int log_recount(struct work *w, uint32_t scope, uint32_t author)
{
    struct arena a = {0}, step = {0};
    struct log log;
    uint64_t bytes = 0;
    int rv = log_load(w->r, w->txn, &a, scope, author, &log);

    for (uint64_t seq = 1; rv == LINLI_OK && seq <= log.head.seq; seq++) {
        struct log_row row;
        struct changeset cs;
        arena_reset(&step);
        rv = log_changeset(w->r, w->txn, &step, &log, seq, NULL, &row, &cs);
        bytes += rv == LINLI_OK ? takes(&cs) : 0;
    }
    if (rv == LINLI_OK)
        rv = taken_add(w->txn, &log, bytes);
    arena_free(&step);
    arena_free(&a);
    return rv;
}

static bool author_list(void *ctx, uint32_t author, const struct head_row *head)
{
    (void)head;
    return buf_append(ctx, &author, sizeof(author)) == LINLI_OK;
}

static int recount(struct work *w, void *ctx)
{
    struct buf authors = {0};
    struct scope_row row;
    int rv = LINLI_OK;

    (void)ctx;
    for (uint32_t scope = 1; rv == LINLI_OK; scope++) {
        rv = scope_get(w->txn, scope, &row);
        buf_clear(&authors);
        if (rv == LINLI_OK)
            rv = head_each(w->txn, scope, author_list, &authors);
        rv = rv == LINLI_OK ? authors.failed : rv;
        for (size_t at = 0; at < authors.size && rv == LINLI_OK; at += sizeof(uint32_t)) {
            uint32_t author;
            memcpy(&author, authors.at + at, sizeof(author));
            rv = log_recount(w, scope, author);
        }
    }
    buf_free(&authors);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv; /* after the last scope */
}

static bool counted_one(void *ctx, span key, span value)
{
    (void)key;
    (void)value;
    *(bool *)ctx = true;
    return false;
}

int quota_keep_up(struct replica *r)
{
    struct store_txn *txn = NULL;
    bool counted = true, others = false;
    int rv = LINLI_OK;

    for (size_t i = 0; i < r->author_count && !others; i++)
        others = memcmp(r->authors[i].key, r->self.sign_public, KEY_BYTES) != 0;
    if (others) {
        counted = false;
        rv = store_begin(r->store, false, &txn);
        if (rv == LINLI_OK)
            rv = note_each(txn, NOTE_TAKEN, counted_one, &counted);
        rv = store_end(txn, rv);
    }
    if (rv == LINLI_OK && !counted)
        rv = work_run(r, recount, NULL);
    return rv == LINLI_E_FULL ? LINLI_OK : rv; /* when it is opened with room */
}
