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

int quota_count(struct work *w, const struct log *log, const struct changeset *changesets, size_t count)
{
    uint8_t key[KEY_OF_TAKEN], value[8];
    uint64_t taken;

    key_of(log, key);
    int rv = taken_get(w->txn, key, &taken);
    for (size_t i = 0; i < count; i++)
        taken += takes(&changesets[i]);
    be64_put(value, taken);
    return rv == LINLI_OK ? note_put(w->txn, NOTE_TAKEN, span_of(key, sizeof(key)), span_of(value, sizeof(value))) : rv;
}
