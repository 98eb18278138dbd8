/* replica: entries of the audit: whether this store writes them, where, under which id, and when one has been said already. */
#include "replica/disclose.h"

#include <string.h>

#include "codec/reader.h"
#include "codec/writer.h"

enum { RIGHT_RECORD = RIGHT_WRITE_PUBLIC | RIGHT_WRITE_PERSONAL };

static const struct audit_actor nobody = {.name = ""};

void replica_actor(struct replica *r, const struct audit_actor *actor)
{
    r->actor = actor;
}

static const struct audit_actor *actor_of(const struct replica *r)
{
    return r->actor != NULL ? r->actor : &nobody;
}

bool audit_form(const struct part *part)
{
    struct reader r;
    bool good = part->type == TYPE_AUDIT;

    reader_start(&r, part->ops);
    for (size_t left = reader_array(&r, LIMIT_OPS); left > 0 && good; left--) {
        size_t items = reader_array(&r, SIZE_MAX);
        uint64_t group = items > 0 ? reader_uint(&r, UINT32_MAX) : UINT32_MAX;
        good = r.failed == LINLI_OK && (group == GROUP_LIFE || group == audit_group());
        for (; items > 1; items--)
            reader_skip(&r);
    }
    return good && reader_end(&r) == LINLI_OK;
}

/* --- who records --- */

static bool of_office(const struct grant *g)
{
    return g->role == ROLE_NODE || g->role == ROLE_CLERK;
}

/* Our grants that can be used now. */
struct recorder {
    bool found, there; /* one under which an entry can be written; one for the scope that is wanted */
    linli_id home;     /* the scope of the first that was found */
};

static int recorder_find(struct replica *r, struct store_txn *txn, const struct scope_path *wanted, bool office_only,
                         struct recorder *out)
{
    uint64_t now = clock_now_ms(&r->clock);
    int rv = LINLI_OK;

    *out = (struct recorder){.found = false};
    for (size_t i = 0; i < r->own_count && rv == LINLI_OK; i++) {
        const struct held_grant *held = &r->own[i];
        bool usable = false;
        if (now < held->term_end_ms)
            rv = standing_usable(txn, &held->grant, &usable);
        if (!usable || (held->grant.rights & RIGHT_RECORD) != RIGHT_RECORD || (office_only && !of_office(&held->grant)))
            continue;
        if (!out->found)
            out->home = held->grant.scope;
        out->found = true;
        out->there = out->there || (wanted != NULL && path_contains(&held->grant.path, wanted));
    }
    return rv;
}

static bool ever_of_office(const struct replica *r)
{
    for (size_t i = 0; i < r->own_count; i++)
        if (of_office(&r->own[i].grant))
            return true;
    return false;
}

int disclosure_start(struct replica *r, const struct audit_entry *what, struct disclosure *out)
{
    struct recorder by = {.found = false};
    struct store_txn *txn = NULL;

    *out = (struct disclosure){.r = r, .entry = *what, .quarter = clock_now_ms(&r->clock) / AUDIT_QUARTER_MS, .keys = r->ring.count};
    if (out->keys == 0 || !ever_of_office(r))
        return LINLI_OK;
    int rv = store_begin(r->store, false, &txn);
    if (rv == LINLI_OK)
        rv = recorder_find(r, txn, NULL, true, &by);
    out->office_only = by.found;
    if (rv == LINLI_OK && !by.found) /* its ring still opens what the office's did */
        rv = recorder_find(r, txn, NULL, false, &by);
    rv = store_end(txn, rv);
    if (rv != LINLI_OK)
        return rv;
    out->kept = by.found;
    if (!by.found)
        out->keys = 0; /* once of the office, and nothing can be recorded now: nothing is opened */
    return out->kept ? store_spare(r->store) : LINLI_OK;
}

/* --- an entry --- */

static void entry_id(const struct replica *r, const struct audit_entry *e, uint64_t quarter, linli_id *out)
{
    const struct audit_actor *actor = actor_of(r);
    uint8_t author[AUTHOR_BYTES], numbers[8 + 1 + 4];
    const span parts[] = {span_of(author, sizeof(author)), span_of(numbers, sizeof(numbers)), span_of(e->scope.b, ID_BYTES),
                          span_of(e->record.b, ID_BYTES), span_of(actor->name, strlen(actor->name) + 1),
                          span_of(e->format, strlen(e->format) + 1), span_of(actor->reason, strlen(actor->reason))};

    author_encode(&r->author, author);
    be64_put(numbers, quarter);
    numbers[8] = (uint8_t)e->act;
    be32_put(numbers + 9, e->type);
    crypto_hash16("linli/audit/1", parts, COUNT_OF(parts), out);
    record_id_make_fit(out, TYPE_AUDIT);
}

static size_t entry_fields(const struct audit_entry *e, const struct audit_actor *actor)
{
    return 1u + (actor->name[0] != '\0') + !id_is_zero(&e->record) + (e->type != 0) + !id_is_zero(&e->scope) +
           (e->classes != 0) + (e->count != 0) + (e->format[0] != '\0') + (actor->reason[0] != '\0');
}

static void write_words(struct buf *out, linli_field field, const char *text)
{
    if (text[0] == '\0')
        return;
    write_uint(out, field);
    write_text(out, text, strlen(text));
}

static void write_number(struct buf *out, linli_field field, uint64_t number)
{
    if (number == 0)
        return;
    write_uint(out, field);
    write_uint(out, number);
}

static void write_id(struct buf *out, linli_field field, const linli_id *id)
{
    if (id_is_zero(id))
        return;
    write_uint(out, field);
    write_bin(out, id->b, ID_BYTES);
}

static void entry_write(const struct audit_entry *e, const struct audit_actor *actor, struct buf *out)
{
    write_map(out, entry_fields(e, actor));
    write_number(out, AUDIT_ACT, e->act);
    write_words(out, AUDIT_ACTOR, actor->name);
    write_id(out, AUDIT_RECORD, &e->record);
    write_number(out, AUDIT_OF_TYPE, e->type);
    write_id(out, AUDIT_SCOPE, &e->scope);
    write_number(out, AUDIT_CLASSES, e->classes);
    write_number(out, AUDIT_COUNT, e->count);
    write_words(out, AUDIT_FORMAT, e->format);
    write_words(out, AUDIT_REASON, actor->reason);
}

/* --- said already? --- */

/* What this store's own entries under one id say together; `now`: one of them does not date from before. */
struct said {
    bool any, now;
    unsigned classes;
    uint64_t count;
};

static uint64_t number_of(span value, linli_field field)
{
    struct reader r;

    reader_start(&r, reading_field(value, field));
    return reader_uint(&r, UINT64_MAX);
}

/*
 * Before this moment nothing was said that counts: else whoever turns the clock back to when they last looked could look again
 * unseen. A clock that runs is never further behind what was signed than that.
 */
static uint64_t said_since_ms(const struct replica *r)
{
    uint64_t now = clock_now_ms(&r->clock), signed_ms = hlc_ms(r->stamp_signed);
    uint64_t latest = now > signed_ms ? now : signed_ms;

    return latest > AUDIT_QUARTER_MS ? latest - AUDIT_QUARTER_MS : 0;
}

static int said_read(struct replica *r, struct store_txn *txn, const linli_id *scope, const linli_id *record, struct said *out)
{
    struct arena a = {0};
    struct record_state state = {0};
    const struct group_state *g;
    uint32_t number, author = 0;
    span bytes;
    int rv = scope_number(txn, scope, &number);

    *out = (struct said){.any = false};
    if (rv == LINLI_OK)
        rv = author_number(txn, &r->author, false, &author);
    if (rv == LINLI_OK)
        rv = view_get(txn, number, record, &bytes);
    if (rv == LINLI_OK)
        rv = record_decode(&a, bytes, &state);
    g = rv == LINLI_OK ? record_group(&state, audit_group()) : NULL;
    for (size_t i = 0; g != NULL && g->count > 0 && i < g->cells[0].count; i++) {
        const struct cell_value *v = &g->cells[0].values[i];
        if (v->author != author)
            continue; /* anybody who can guess the id may write there: that speaks for nobody else */
        out->any = true;
        if (hlc_ms(v->stamp) < said_since_ms(r))
            continue;
        uint64_t count = number_of(v->bytes, AUDIT_COUNT);
        out->now = true;
        out->classes |= (unsigned)number_of(v->bytes, AUDIT_CLASSES);
        out->count = count > out->count ? count : out->count;
    }
    arena_free(&a);
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

/* --- saying it --- */

struct saying {
    const struct audit_entry *entry;
    const struct audit_actor *actor;
    linli_id home, record;
    bool first;
};

static int say_step(struct work *w, void *ctx)
{
    struct saying *s = ctx;
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    struct buf value = {0};
    int rv;

    entry_write(s->entry, s->actor, &value);
    rv = value.failed;
    if (rv == LINLI_OK && s->first)
        rv = edit_life(&edit, &s->home, &s->record, TYPE_AUDIT);
    if (rv == LINLI_OK)
        rv = edit_add(&edit, &s->home, &s->record, TYPE_AUDIT, audit_group(), (span){NULL, 0}, buf_span(&value));
    if (rv == LINLI_OK)
        rv = commit_edits(w, edits, 1, NULL);
    buf_free(&value);
    edit_free(&edit);
    return rv;
}

/* The scope of this id as a path; *wanted NULL where there is none, or none such is held. */
static int path_wanted(struct store_txn *txn, const linli_id *scope, struct scope_path *path, const struct scope_path **wanted)
{
    uint32_t number;
    int rv = id_is_zero(scope) ? LINLI_E_NOT_FOUND : scope_number(txn, scope, &number);

    *wanted = NULL;
    if (rv == LINLI_OK)
        rv = tree_path(txn, number, path);
    if (rv == LINLI_OK)
        *wanted = path;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

/* Durable when this comes back: by this call, or by an earlier one of this quarter hour. */
static int entry_say(struct replica *r, const struct audit_entry *e, uint64_t quarter, bool office_only)
{
    struct saying s = {.entry = e, .actor = actor_of(r)};
    const struct scope_path *wanted;
    struct scope_path path;
    struct store_txn *txn = NULL;
    struct recorder by = {.found = false};
    struct said said = {.any = false};
    int rv = store_begin(r->store, false, &txn);

    if (rv == LINLI_OK)
        rv = path_wanted(txn, &e->scope, &path, &wanted);
    if (rv == LINLI_OK)
        rv = recorder_find(r, txn, wanted, office_only, &by);
    if (rv == LINLI_OK && !by.found)
        rv = LINLI_E_REFUSED;
    if (rv == LINLI_OK) {
        s.home = by.there ? e->scope : by.home;
        entry_id(r, e, quarter, &s.record);
        rv = said_read(r, txn, &s.home, &s.record, &said);
    }
    rv = store_end(txn, rv);
    if (rv != LINLI_OK || (said.now && (e->classes & ~said.classes) == 0 && e->count <= said.count))
        return rv;
    s.first = !said.any;
    return work_run(r, say_step, &s);
}

void disclosure_one(struct disclosure *d, const linli_id *scope, const linli_id *record, linli_type type)
{
    d->one = true;
    d->entry.scope = *scope;
    d->entry.type = type;
    if (actor_of(d->r)->bulk)
        d->entry.act = LINLI_AUDIT_LIST;
    else
        d->entry.record = *record;
}

int disclose_search(struct disclosure *d, unsigned classes)
{
    if (!d->kept || classes == 0)
        return LINLI_OK;
    d->entry.classes |= classes;
    return entry_say(d->r, &d->entry, d->quarter, d->office_only);
}

int disclose(struct disclosure *d)
{
    unsigned fresh = d->opened & ~d->entry.classes;

    if (!d->kept || d->opened == 0)
        return LINLI_OK;
    d->opened = 0;
    d->count++;
    if (fresh == 0)
        return LINLI_OK;
    d->entry.classes |= fresh;
    return entry_say(d->r, &d->entry, d->quarter, d->office_only);
}

int disclosure_end(struct disclosure *d, int rv)
{
    if (rv != LINLI_OK || d->count == 0 || d->one)
        return rv;
    d->entry.count = d->count;
    return entry_say(d->r, &d->entry, d->quarter, d->office_only);
}

int replica_audit_note(struct replica *r, const struct linli_audit_note *note)
{
    struct audit_entry entry = {.act = note->act, .type = note->type, .count = note->count,
                                .format = note->format};

    if (note->scope != NULL)
        entry.scope = *note->scope;
    return entry_say(r, &entry, clock_now_ms(&r->clock) / AUDIT_QUARTER_MS, false);
}
