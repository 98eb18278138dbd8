/* tests: byte programs as calls of the public API. Every code that comes back must be one that the headers name. */
#include "calls.h"

#include <linli/linli.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

enum { RECORDS = 8, SCOPES = 4, HELD = 4, NOW_MS = 1767225600 };

struct player {
    const uint8_t *at, *end;
    const char *broken;
    char base[32], dir[48];
    uint64_t now_ms;
    linli_store *store;
    linli_txn *txn;
    linli_id scopes[SCOPES], records[RECORDS];
    size_t scope_count, record_count;
    linli_record *held[HELD]; /* readings from before, whose tokens are still used */
    bool suspended;
    unsigned depth; /* calls from within callbacks */
};

static uint8_t next(struct player *p)
{
    return p->at < p->end ? *p->at++ : 0;
}

static void claim(struct player *p, bool holds, const char *text)
{
    if (!holds && p->broken == NULL)
        p->broken = text;
}

static bool any_code(int rv, const int *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rv == codes[i])
            return true;
    return false;
}

/* A suspended store answers CLOSED to everything; a reading that cannot be recorded says why (audit.h): here, the clock. */
#define EXPECT(p, rv, ...)                                                                                   \
    do {                                                                                                     \
        const int codes_[] = {LINLI_OK, __VA_ARGS__};                                                        \
        int rv_ = (rv);                                                                                      \
        claim(p,                                                                                             \
              (p)->suspended ? rv_ == LINLI_E_CLOSED                                                         \
                             : any_code(rv_, codes_, sizeof(codes_) / sizeof(codes_[0])),                    \
              #rv);                                                                                          \
    } while (0)

static uint64_t now(void *ctx)
{
    return ((const struct player *)ctx)->now_ms;
}

static const linli_id *record_next(struct player *p)
{
    static const linli_id nowhere = {{0xee}};
    uint8_t n = next(p);

    return n % 16 == 15 || p->record_count == 0 ? &nowhere : &p->records[n % p->record_count];
}

static const linli_id *scope_next(struct player *p)
{
    static const linli_id nowhere = {{0xdd}};
    uint8_t n = next(p);

    return n % 16 == 15 ? &nowhere : &p->scopes[n % p->scope_count];
}

static linli_span token_next(struct player *p)
{
    uint8_t n = next(p);
    linli_span none = {NULL, 0};

    if (n % 8 == 7 && p->end - p->at > 4)
        return (linli_span){p->at, 4}; /* junk */
    return n % 3 == 0 || p->held[n % HELD] == NULL ? none : linli_record_token(p->held[n % HELD]);
}

static struct linli_value value_next(struct player *p, const struct linli_schema_field *field)
{
    static const char *const texts[] = {"a", "made-up", "2001-02-03", "", "\xe6\xa5\xbc", "\xff"};
    enum linli_kind kind = field->kind;
    uint8_t n = next(p);

    if (n % 16 == 15)
        kind = (enum linli_kind)(next(p) % 10); /* maybe another kind */
    switch (kind) {
    case LINLI_KIND_NIL: return linli_nil();
    case LINLI_KIND_BOOL: return linli_bool(n & 1);
    case LINLI_KIND_INT:
    case LINLI_KIND_TIME:
    case LINLI_KIND_CHOICE: return linli_int((int64_t)(n % 8) - 1);
    case LINLI_KIND_TEXT: return linli_text(texts[n % 6]);
    case LINLI_KIND_DATE: return linli_text(n % 4 == 0 ? "2001-02-30" : "2001-02-03");
    case LINLI_KIND_BYTES: return linli_bytes("\0\1", 2);
    case LINLI_KIND_ID: return linli_ref(record_next(p));
    case LINLI_KIND_SEALED: return (struct linli_value){.kind = LINLI_KIND_SEALED, .number = n, .bytes = {(const uint8_t *)"\0\1", 2}};
    }
    return linli_nil();
}

static const struct linli_schema_type *type_next(struct player *p)
{
    size_t count;
    const struct linli_schema_type *types = linli_schema_types(&count);

    return &types[next(p) % count];
}

/* ---- writing ---- */

static void txn_need(struct player *p)
{
    if (p->txn == NULL)
        EXPECT(p, linli_txn_begin(p->store, &p->txn), LINLI_E_NOMEM);
}

static void play_create(struct player *p)
{
    const struct linli_schema_type *type = type_next(p);
    const linli_id *scope = scope_next(p);
    linli_id id;

    txn_need(p);
    if (p->txn == NULL)
        return;
    int rv = linli_record_create(p->txn, scope, type->number, &id);
    EXPECT(p, rv, LINLI_E_NOT_FOUND);
    if (rv == LINLI_OK)
        p->records[p->record_count < RECORDS ? p->record_count++ : next(p) % RECORDS] = id;
}

static const struct linli_schema_field *field_next(struct player *p)
{
    const struct linli_schema_type *type = type_next(p);

    return &type->fields[next(p) % type->field_count];
}

/* A field of the record's own type, mostly: where a reading is at hand. */
static const struct linli_schema_field *field_of(struct player *p, const linli_id *id)
{
    const struct linli_schema_type *type = NULL;
    linli_record *record = NULL;

    if (next(p) % 16 != 0 && linli_record_get(p->store, id, &record) == LINLI_OK)
        type = linli_schema_type_by_number(linli_record_type(record));
    linli_record_free(record);
    return type == NULL ? field_next(p) : &type->fields[next(p) % type->field_count];
}

static void play_write(struct player *p, unsigned how)
{
    const linli_id *id = record_next(p);
    const struct linli_schema_field *field = field_of(p, id);
    struct linli_value value = value_next(p, field);
    linli_span token = token_next(p);
    int rv = LINLI_OK;

    txn_need(p);
    if (p->txn == NULL)
        return;
    if (how == 0)
        rv = linli_record_set(p->txn, id, token, field->number, &value);
    else if (how == 1)
        rv = linli_record_add(p->txn, id, token, field->number, &value);
    else if (how == 2)
        rv = linli_record_remove(p->txn, id, token, field->number, &value);
    else if (how == 3)
        rv = linli_record_reopen(p->txn, id, token, field->number, next(p) % 6);
    else if (how == 4)
        rv = linli_record_delete(p->txn, id, token);
    else
        rv = linli_record_restore(p->txn, id, token);
    EXPECT(p, rv, LINLI_E_SCHEMA, LINLI_E_NOT_FOUND, LINLI_E_STALE, LINLI_E_REFUSED, LINLI_E_FORMAT,
           LINLI_E_LIMIT, LINLI_E_ARG);
}

struct choosing {
    struct player *p;
    linli_id record;
    linli_field field;
    linli_dot dot;
    bool any;
};

static bool conflict_take(void *ctx, const struct linli_conflict *conflict)
{
    struct choosing *c = ctx;

    claim(c->p, conflict->count >= 2, "a conflict has two values");
    if (conflict->value_count > 0) {
        c->record = conflict->record;
        c->field = conflict->field;
        c->dot = conflict->values[next(c->p) % conflict->value_count].dot;
        c->any = true;
    }
    return next(c->p) % 4 != 0;
}

static void play_resolve(struct player *p)
{
    struct choosing c = {.p = p};
    linli_span token = token_next(p);

    EXPECT(p, linli_conflict_each(p->store, NULL, NULL, conflict_take, &c), LINLI_E_NOMEM, LINLI_E_CLOCK);
    txn_need(p);
    if (p->txn != NULL && c.any)
        EXPECT(p, linli_record_resolve(p->txn, &c.record, token, c.field, &c.dot), LINLI_E_SCHEMA,
               LINLI_E_NOT_FOUND, LINLI_E_STALE, LINLI_E_FORMAT, LINLI_E_ARG);
}

static void play_end(struct player *p, bool commit)
{
    linli_txn *txn = p->txn;
    struct linli_committed committed;

    p->txn = NULL;
    if (txn == NULL)
        return;
    (void)linli_txn_size(txn);
    if (commit)
        EXPECT(p, linli_txn_commit(txn, &committed), LINLI_E_REFUSED, LINLI_E_LIMIT, LINLI_E_CLOCK);
    else
        linli_txn_abort(txn);
}

static void play_scope(struct player *p)
{
    static const char *const names[] = {"Block 1", "Block 2", "Stair"};
    struct linli_scope_spec spec = {.name = names[next(p) % 3], .kind = LINLI_PATCH};
    const linli_id *parent = scope_next(p);
    linli_id id;
    int rv = linli_scope_add(p->store, parent, &spec, &id);

    EXPECT(p, rv, LINLI_E_EXISTS, LINLI_E_NOT_FOUND, LINLI_E_LIMIT, LINLI_E_CLOCK, LINLI_E_REFUSED);
    if (rv == LINLI_OK && p->scope_count < SCOPES)
        p->scopes[p->scope_count++] = id;
}

/* ---- reading ---- */

static void play_get(struct player *p)
{
    uint8_t n = next(p) % HELD;
    linli_record *record = NULL;

    EXPECT(p, linli_record_get(p->store, record_next(p), &record), LINLI_E_NOT_FOUND, LINLI_E_CLOCK);
    for (size_t i = 0; record != NULL && i < linli_record_count(record); i++) {
        const struct linli_reading *reading = linli_record_at(record, i);
        claim(p, linli_record_field(record, reading->field) == reading,
              "a field is found where it is listed");
        claim(p, reading->count == 0 || linli_value_equal(&reading->value, &reading->values[0]),
              "the first value is the value");
    }
    if (record != NULL) {
        linli_record_free(p->held[n]);
        p->held[n] = record;
    }
}

struct order {
    struct player *p;
    linli_id last;
    size_t count;
    bool sorted;
};

static bool record_found(void *ctx, const linli_record *record)
{
    struct order *o = ctx;

    if (!o->sorted && o->count > 0)
        claim(o->p, memcmp(o->last.b, linli_record_id(record)->b, 16) < 0, "records come by id");
    o->last = *linli_record_id(record);
    o->count++;
    if (o->p->depth++ == 0 && next(o->p) % 4 == 0)
        play_get(o->p); /* a callback may read */
    o->p->depth--;
    return next(o->p) % 8 != 7;
}

static void play_query(struct player *p)
{
    const struct linli_schema_type *type = type_next(p);
    const struct linli_schema_field *field = &type->fields[next(p) % type->field_count];
    uint8_t how = next(p);
    struct linli_where where = {field->number, value_next(p, field)};
    struct linli_query query = {.type = type->number,
                                .scope = how & 1 ? scope_next(p) : NULL,
                                .subtree = (how & 2) != 0,
                                .where = &where,
                                .where_count = (how & 4) != 0,
                                .match = how & 8 ? "A" : NULL,
                                .sort = how & 16 ? field->number : 0,
                                .limit = how >> 6,
                                .with_deleted = (how & 32) != 0};
    struct order order = {.p = p, .sorted = (how & 16) != 0};

    EXPECT(p, linli_query_each(p->store, &query, record_found, &order), LINLI_E_SCHEMA, LINLI_E_NOT_FOUND,
           LINLI_E_ARG, LINLI_E_CLOCK);
    claim(p, query.limit == 0 || order.count <= query.limit, "a limit holds");
}

static bool write_seen(void *ctx, const struct linli_write *write)
{
    linli_stamp *last = ctx;
    bool rising = write->stamp >= *last;

    *last = write->stamp;
    return rising;
}

static bool scope_seen(void *ctx, const struct linli_scope *scope)
{
    (void)ctx;
    return scope->name != NULL && scope->path != NULL;
}

static bool audit_seen(void *ctx, const struct linli_audit *audit)
{
    linli_stamp *last = ctx;
    bool rising = audit->stamp >= *last && audit->actor != NULL && audit->reason != NULL && audit->format != NULL;

    *last = audit->stamp;
    return rising;
}

static void play_audit(struct player *p)
{
    static const char *const names[] = {NULL, "", "a", "made-up", "\xff"};
    struct linli_actor actor = {.name = names[next(p) % 5], .reason = names[next(p) % 5], .bulk = (next(p) & 1) != 0};
    struct linli_audit_note note = {.act = LINLI_AUDIT_EXPORT, .scope = (next(p) & 1) != 0 ? scope_next(p) : NULL, .count = next(p)};
    struct linli_audit_query query = {.act = (enum linli_audit_act)(next(p) % 24), .since_ms = next(p)};
    linli_stamp last = 0;
    int rv = linli_audit_actor(p->store, &actor);

    claim(p, rv == LINLI_OK || rv == LINLI_E_FORMAT, "an actor");
    EXPECT(p, linli_audit_note(p->store, &note), LINLI_E_CLOCK);
    EXPECT(p, linli_audit_each(p->store, &query, audit_seen, &last), LINLI_E_NOT_FOUND);
}

static void play_lists(struct player *p)
{
    linli_stamp last = 0;
    linli_id id;
    char prefix[8];

    EXPECT(p, linli_history_each(p->store, record_next(p), write_seen, &last), LINLI_E_NOT_FOUND, LINLI_E_CLOCK);
    EXPECT(p, linli_scope_each(p->store, scope_seen, NULL), LINLI_E_NOMEM);
    snprintf(prefix, sizeof(prefix), "%04x", (unsigned)next(p) << 8 | next(p));
    EXPECT(p, linli_id_find(p->store, prefix, &id), LINLI_E_NOT_FOUND, LINLI_E_EXISTS);
    EXPECT(p, linli_scope_find(p->store, prefix, &id), LINLI_E_NOT_FOUND, LINLI_E_EXISTS);
    if (next(p) % 4 == 0)
        play_audit(p);
}

/* ---- the store ---- */

static void verify(struct player *p)
{
    struct linli_verify verify = {.on_bad = NULL};

    claim(p, linli_store_verify(p->store, &verify) == LINLI_OK, "the store verifies");
}

static void play_store(struct player *p)
{
    uint8_t how = next(p);

    if (how % 4 == 0) {
        claim(p, linli_store_suspend(p->store) == LINLI_OK, "suspend");
        p->suspended = true;
    } else if (how % 4 < 3) {
        claim(p, linli_store_resume(p->store) == LINLI_OK, "resume");
        p->suspended = false;
    } else {
        p->now_ms += (uint64_t)(how - 100) * 1000000; /* the wall clock jumps, back too */
    }
}

static void play_one(struct player *p)
{
    uint8_t what = next(p) % 24;

    p->now_ms++;
    if (what < 6)
        play_write(p, 0);
    else if (what < 12)
        play_write(p, what - 6u);
    else if (what < 14)
        play_create(p);
    else if (what < 17)
        play_end(p, true);
    else if (what == 17)
        play_end(p, false);
    else if (what == 18)
        play_resolve(p);
    else if (what == 19)
        play_get(p);
    else if (what == 20)
        play_query(p);
    else if (what == 21)
        play_lists(p);
    else if (what == 22)
        play_scope(p);
    else
        play_store(p);
}

/* ---- the whole ---- */

static bool start(struct player *p, struct linli_options *options)
{
    static const uint8_t key[LINLI_KEY_BYTES] = {7};
    struct linli_status status;

    snprintf(p->base, sizeof(p->base), "%s/linli-calls-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(p->base) == NULL)
        return false;
    snprintf(p->dir, sizeof(p->dir), "%s/s", p->base);
    *options = (struct linli_options){.size = sizeof(*options),
                                      .dir = p->dir,
                                      .key = key,
                                      .map_bytes = 4 * 1024 * 1024,
                                      .now_ms = now,
                                      .now_ctx = p};
    if (linli_store_create(options, LINLI_COMMUNITY, "Made-up Lane", NULL, &p->store) != LINLI_OK ||
        linli_store_status(p->store, &status) != LINLI_OK)
        return false;
    p->scopes[p->scope_count++] = status.root_scope;
    return true;
}

static void finish(struct player *p, const struct linli_options *options)
{
    char path[64];

    play_end(p, false);
    for (size_t i = 0; i < HELD; i++)
        linli_record_free(p->held[i]);
    claim(p, linli_store_resume(p->store) == LINLI_OK, "resume");
    verify(p);
    linli_store_close(p->store);
    p->store = NULL;
    claim(p, linli_store_open(options, &p->store) == LINLI_OK, "open again");
    if (p->store != NULL)
        verify(p);
    linli_store_close(p->store);
    snprintf(path, sizeof(path), "%s/root.key", p->dir);
    (void)unlink(path);
    store_remove(p->dir);
    (void)rmdir(p->base);
}

const char *calls_play(const uint8_t *program, size_t size)
{
    struct player p = {.at = program, .end = program + size, .now_ms = (uint64_t)NOW_MS * 1000};
    struct linli_options options;

    if (!start(&p, &options))
        return "a store is made";
    for (size_t calls = 0; p.at < p.end && calls < CALLS_MAX && p.broken == NULL; calls++)
        play_one(&p);
    finish(&p, &options);
    return p.broken;
}
