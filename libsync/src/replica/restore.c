/*
 * replica: a store made from a backup. What it holds goes in by the door that a stranger's runs come by; who it is is taken over, but
 * for its incarnation.
 */
#include "replica/backup.h"

#include <string.h>

#include "replica/founding.h"
#include "replica/internal.h"
#include "replica/root_key.h"

enum { BATCH_ITEMS = 64, BATCH_BYTES = 2 << 20 };

/* --- what both readings share --- */

static int end_check(const struct backup_reader *b, const linli_author *author, const struct backup_end *end)
{
    linli_hash hash;

    backup_hash(&b->before, &hash);
    return sign_check(author->key, "linli/backup/1", span_of(hash.b, HASH_BYTES), end->signature);
}

/* What one has to say besides the rest: the first entry, the last, and that there is one of each. */
static int told_take(const struct backup_reader *b, const struct backup_entry *entry, struct linli_backup_report *told, bool *ended)
{
    struct root root;
    int rv = LINLI_OK;

    if (*ended || (entry->kind == BACKUP_SELF) != (told->made_ms == 0))
        return LINLI_E_FORMAT; /* something follows the end; or who made it is said twice, or not first */
    if (entry->kind == BACKUP_SELF) {
        rv = root_open(entry->self.root_file, &root);
        told->network = root.network;
        told->device = entry->self.author;
        told->made_ms = entry->self.made_ms > 0 ? entry->self.made_ms : 1;
    } else if (entry->kind == BACKUP_END) {
        rv = end_check(b, &told->device, &entry->end);
        told->changesets = entry->end.changesets;
        told->certificates = entry->end.certificates;
        told->digest = entry->end.digest;
        *ended = true;
    }
    return rv;
}

static int read_through(struct backup_reader *b, struct linli_backup_report *told)
{
    struct backup_entry entry;
    bool ended = false;
    int rv = LINLI_OK;

    while (rv == LINLI_OK) {
        rv = backup_reader_next(b, &entry);
        if (rv == LINLI_OK)
            rv = told_take(b, &entry, told, &ended);
    }
    crypto_wipe(&entry, sizeof(entry));
    told->bytes = b->at;
    return rv != LINLI_E_NOT_FOUND ? rv : ended ? LINLI_OK : LINLI_E_FORMAT;
}

int replica_backup_check(const struct linli_backup_source *source, const uint8_t store_key[32], struct linli_backup_report *out)
{
    struct backup_reader b = {.used = 0};
    int rv = backup_reader_start(&b, source, store_key);

    memset(out, 0, sizeof(*out));
    if (rv == LINLI_OK)
        rv = read_through(&b, out);
    backup_reader_free(&b);
    return rv;
}

/* --- making a store of it --- */

struct restoring {
    struct replica *r;
    struct backup_reader reader;
    const struct linli_backup_source *source;
    const uint8_t *key;
    struct buf bytes;                     /* of what waits to go in */
    size_t ends[BATCH_ITEMS];              /* in `bytes` */
    size_t count;
    bool certificates;                    /* they are; else runs */
    uint64_t news;                        /* that went in during this pass */
    uint64_t left;                        /* that could not */
};

static span batch_at(const struct restoring *s, size_t i)
{
    size_t from = i == 0 ? 0 : s->ends[i - 1];

    return span_of(s->bytes.at + from, s->ends[i] - from);
}

static int certificates_enter(struct restoring *s, const span *all)
{
    size_t added = 0;
    int rv = replica_grants_add(s->r, all, s->count, &added);

    s->news += added;
    return rv;
}

static int runs_enter(struct restoring *s, const span *all)
{
    struct ingested outs[BATCH_ITEMS];
    int codes[BATCH_ITEMS];
    int rv = replica_ingest(s->r, all, s->count, outs, codes);

    for (size_t i = 0; i < s->count && rv == LINLI_OK; i++) {
        s->news += outs[i].advanced;
        s->left += codes[i] != LINLI_OK || outs[i].outcome == INGEST_WAITING || outs[i].outcome == INGEST_GAP;
    }
    return rv;
}

static int batch_enter(struct restoring *s)
{
    span all[BATCH_ITEMS];
    int rv = LINLI_OK;

    for (size_t i = 0; i < s->count; i++)
        all[i] = batch_at(s, i);
    if (s->count > 0)
        rv = s->certificates ? certificates_enter(s, all) : runs_enter(s, all);
    s->count = 0;
    buf_clear(&s->bytes);
    return rv;
}

static int batch_add(struct restoring *s, bool certificate, span item)
{
    int rv = LINLI_OK;

    if (s->certificates != certificate || s->count == BATCH_ITEMS || s->bytes.size + item.size > BATCH_BYTES)
        rv = batch_enter(s);
    s->certificates = certificate;
    if (rv == LINLI_OK)
        rv = buf_append(&s->bytes, item.at, item.size);
    if (rv == LINLI_OK)
        s->ends[s->count++] = s->bytes.size;
    return rv;
}

/* Of a scope that nothing told of so far: what is batched may, else the run itself does. */
static int run_below(struct restoring *s, const struct backup_entry *entry, const linli_id *scope)
{
    struct scope_path held;
    struct ingested out;
    int code = LINLI_OK, rv = batch_enter(s);

    if (rv == LINLI_OK)
        rv = replica_scope_path(s->r, scope, &held);
    if (rv == LINLI_OK)
        return batch_add(s, false, entry->run);
    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    rv = replica_ingest_below(s->r, &entry->path, entry->run, &out, &code);
    s->news += rv == LINLI_OK && code == LINLI_OK ? out.advanced : 0;
    s->left += code != LINLI_OK || out.outcome != INGEST_STORED;
    return rv;
}

static int run_enter(struct restoring *s, const struct backup_entry *entry)
{
    struct scope_path held;
    linli_id scope;

    path_scope(&s->r->self.network, &entry->path, &scope);
    int rv = replica_scope_path(s->r, &scope, &held);
    if (rv == LINLI_E_NOT_FOUND)
        return run_below(s, entry, &scope);
    return rv == LINLI_OK ? batch_add(s, false, entry->run) : rv;
}

/* It follows the run that it belongs to; where that waits, it is asked for by the next session. */
static int part_enter(struct restoring *s, const struct backup_part *part)
{
    int rv = batch_enter(s);

    if (rv == LINLI_OK)
        rv = replica_part_fill(s->r, &part->scope, &part->author, part->seq, part->part, part->content);
    return rv == LINLI_E_NOT_FOUND || rv == LINLI_E_REFUSED ? LINLI_OK : rv;
}

/* How far a pass goes: what stands before the first run, all certificates, or all. */
enum pass { PASS_FRONT, PASS_CERTIFICATES, PASS_ALL };

static int entry_enter(struct restoring *s, const struct backup_entry *entry, enum pass how)
{
    if (entry->kind == BACKUP_CERTIFICATE)
        return batch_add(s, true, entry->certificate);
    if (how != PASS_ALL)
        return LINLI_OK;
    switch (entry->kind) {
    case BACKUP_RUN:
        return run_enter(s, entry);
    case BACKUP_PART:
        return part_enter(s, &entry->part);
    case BACKUP_SELF:
    case BACKUP_CERTIFICATE:
    case BACKUP_END:
    case BACKUP_UNKNOWN:
        break;
    }
    return LINLI_OK;
}

static int pass(struct restoring *s, enum pass how)
{
    struct backup_entry entry;
    bool stop = false;
    int rv = backup_reader_start(&s->reader, s->source, s->key);

    s->news = s->left = 0;
    while (rv == LINLI_OK && !stop) {
        rv = backup_reader_next(&s->reader, &entry);
        stop = rv == LINLI_OK && how == PASS_FRONT && entry.kind == BACKUP_RUN;
        if (rv == LINLI_OK)
            rv = entry_enter(s, &entry, how);
    }
    crypto_wipe(&entry, sizeof(entry));
    if (rv == LINLI_OK || rv == LINLI_E_NOT_FOUND)
        rv = batch_enter(s);
    return rv;
}

/* Again and again until nothing is new. */
static int passes(struct restoring *s, enum pass how)
{
    int rv;

    do
        rv = pass(s, how);
    while (rv == LINLI_OK && s->news > 0 && (how != PASS_ALL || s->left > 0));
    return rv;
}

/* An issuer may stand behind whom it let in; and orders to erase, which may stand at the end, come before what they erase. */
static int fill(struct restoring *s)
{
    int rv = passes(s, PASS_FRONT);

    if (rv == LINLI_OK)
        rv = passes(s, PASS_CERTIFICATES);
    if (rv == LINLI_OK)
        rv = passes(s, PASS_ALL);
    return rv == LINLI_OK && s->r->own_count == 0 ? LINLI_E_REFUSED : rv;
}

/* Who it was, in a new incarnation. */
static int self_take(const struct replica_config *config, const struct backup_self *self, struct replica **out)
{
    struct enrolment as = {.root_file = self->root_file};

    memcpy(as.network_key, self->network_key, sizeof(as.network_key));
    memcpy(as.sign_public, self->author.key, KEY_BYTES);
    memcpy(as.sign_secret, self->sign_secret, sizeof(as.sign_secret));
    memcpy(as.seal_secret, self->seal_secret, sizeof(as.seal_secret));
    dh_public(as.seal_secret, as.seal_public);
    rng_fill(&config->rng, &as.incarnation, sizeof(as.incarnation));
    int rv = founding_begin(config, &as, out);
    if (rv == LINLI_OK && self->has_root_secret)
        rv = root_key_write(config->store.dir, config->store.key, &config->rng, self->root_secret);
    crypto_wipe(&as, sizeof(as));
    return rv;
}

static int make(const struct replica_config *config, const struct backup_head *head, struct restoring *s)
{
    struct backup_entry first;
    int rv = backup_reader_start(&s->reader, s->source, s->key);

    if (rv == LINLI_OK)
        rv = backup_reader_next(&s->reader, &first);
    if (rv == LINLI_OK)
        rv = first.kind == BACKUP_SELF ? self_take(config, &first.self, &s->r) : LINLI_E_FORMAT;
    if (rv == LINLI_OK && head->salted)
        rv = store_salt_put(config->store.dir, head->salt);
    crypto_wipe(&first, sizeof(first));
    if (rv != LINLI_OK)
        return rv;
    s->r->quota = (struct quota){.first_bytes = UINT64_MAX}; /* it was taken once */
    rv = fill(s);
    s->r->quota = quota_usual;
    return rv;
}

int replica_restore(const struct replica_config *config, const struct linli_backup_source *source, struct linli_backup_report *checked,
                    struct replica **out)
{
    struct restoring s = {.source = source, .key = config->store.key};
    struct linli_status status;
    struct backup_head head;
    int rv = backup_head_read(source, &head);

    if (rv == LINLI_OK)
        rv = make(config, &head, &s);

    if (rv == LINLI_OK)
        rv = replica_status(s.r, &status);
    checked->same = rv == LINLI_OK && hash_equal(&status.digest, &checked->digest);
    backup_reader_free(&s.reader);
    buf_free(&s.bytes);
    return founding_end(config, s.r, rv, out);
}
