/*
 * sim: somebody is erased: by who may, and by who may not and tries all the same, with an order of their own making, too. When all
 * has healed nothing of it is in a file that was written anew, nor in anything that is said to whoever asks, and whoever comes
 * back with it is refused.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replica/erasing.h"
#include "sim.h"

/* --- what was typed --- */

/* The number behind "typed " or "secret " at the start of this text, as one MessagePack item; false: it is no such text. */
static bool typed_number(const uint8_t *at, const uint8_t *end, uint64_t *number)
{
    static const char *const words[] = {"typed ", CANARY_SENSITIVE};
    size_t size = at < end && (at[0] & 0xe0) == 0xa0 ? at[0] & 0x1fu : 0;

    if (size == 0 || (size_t)(end - at) <= size)
        return false;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t length = strlen(words[i]);
        char digits[32] = "";
        if (size <= length || memcmp(at + 1, words[i], length) != 0)
            continue;
        memcpy(digits, at + 1 + length, size - length);
        char *rest;
        *number = strtoull(digits, &rest, 10);
        return *rest == '\0';
    }
    return false;
}

/* Numbers are drawn so that each is of one save (users.c). */
static void typed_keep(struct world *w, uint64_t number, const struct typed_text *said)
{
    size_t before = w->typed_count;

    ALWAYS(number < 1000000 && mem_grow(&w->typed, &w->typed_room, (size_t)number + 1, sizeof(*w->typed)) == LINLI_OK);
    if (number >= before) {
        memset(w->typed + before, 0, ((size_t)number + 1 - before) * sizeof(*w->typed));
        w->typed_count = (size_t)number + 1;
    }
    struct typed_text *t = &w->typed[number];
    bool other = t->classes != 0 && (!id_equal(&t->record, &said->record) || !id_equal(&t->scope, &said->scope));
    unsigned classes = t->classes | said->classes;
    *t = *said;
    t->classes = other ? 1 : classes; /* what is public stays */
}

void erasers_typed(struct world *w, const struct typed_text *said, span item)
{
    bool own = heap_own(true);
    uint64_t number;

    if (w->mix.erases > 0 && typed_number(item.at, item.at + item.size, &number))
        typed_keep(w, number, said);
    (void)heap_own(own);
}

/* A run that its author may still have when everybody else has lost it. */
void erasers_saved(struct world *w, struct place *p, const linli_id *scope, uint64_t seq)
{
    struct offer *o = &w->offers[w->offer_count];
    uint64_t last;

    if (w->mix.erases == 0 || w->offer_count == COUNT_OF(w->offers) || !chance(w, 300))
        return;
    bool own = heap_own(true);
    o->scope = *scope;
    o->place = p->number;
    int rv = replica_read_run(p->store->replica, scope, &p->author, seq, 7, LIMIT_RUN_BYTES, &o->run, &last);
    w->offer_count += rv == LINLI_OK;
    (void)heap_own(own);
}

void erasers_free(struct world *w)
{
    for (size_t i = 0; i < COUNT_OF(w->offers); i++)
        buf_free(&w->offers[i].run);
    mem_free(w->typed);
}

/* --- acts --- */

static const linli_id *somebody_written_of(struct world *w)
{
    size_t recent = w->record_count > 6 && chance(w, 600) ? 6 : w->record_count;

    return &w->records[w->record_count - 1 - draw(w, recent)];
}

static bool of_office(const struct place *p)
{
    return p->role == LINLI_NODE || p->role == LINLI_CLERK;
}

static void erase(struct world *w, struct place *p)
{
    struct linli_erase order = {.records = somebody_written_of(w), .count = 1, .note = "a made-up reason",
                                .reason = (enum linli_erase_reason)draw(w, LINLI_ERASE_ROUND_OVER + 1), .dry_run = chance(w, 100)};
    struct linli_erased done = {.records = 0};
    int rv = linli_erase(p->store, &order, &done);

    world_log(w, "%u erases %02x%02x: %s, %u parts, %u orders, %u left", p->number, order.records->b[0], order.records->b[1],
              linli_code_name(rv), (unsigned)done.parts, (unsigned)done.orders, (unsigned)done.left);
    bool known = rv == LINLI_OK || rv == LINLI_E_REFUSED || rv == LINLI_E_NOT_FOUND || rv == LINLI_E_CLOCK ||
                 (rv == LINLI_E_FORK && !p->honest);
    if (!known)
        world_fail(w, "%u erases: %s: %s", p->number, linli_code_name(rv), linli_store_error(p->store));
    if (done.orders > 0 && !of_office(p))
        world_fail(w, "%u erased what it may not", p->number);
    w->faults[of_office(p) ? FAULT_ERASE : FAULT_ERASE_BAD] += of_office(p) ? done.orders > 0 : rv == LINLI_E_REFUSED;
}

/* An order as an altered program makes it: under whatever grant it has, naming whatever its victim holds. */
static int order_forge(struct world *w, struct place *p, const linli_id *scope, struct buf *certificate)
{
    struct replica *r = p->store->replica;
    struct erasure e = {.record = *somebody_written_of(w), .classes = ERASABLE, .reason = LINLI_ERASE_ERROR};
    struct erasure_part parts[8];
    size_t count = 0;
    struct scope_path path;
    int rv = r->own_count == 0 ? LINLI_E_REFUSED : replica_scope_path(r, scope, &path);

    if (rv != LINLI_OK)
        return rv;
    for (uint64_t seq = 1 + draw(w, 3); count < COUNT_OF(parts); count++)
        parts[count] = (struct erasure_part){w->places[0].author, seq + count / 2, (uint32_t)(count % 2)};
    statement_start(r, &r->own[0].grant, &path, &e.head);
    return erasure_make(r->self.sign_secret, &e, parts, count, certificate);
}

static void forged_order_try(struct world *w, struct place *p)
{
    struct place *victim = &w->places[draw(w, w->place_count)];
    struct buf certificate = {0};
    size_t added = 0;
    int rv = order_forge(w, p, &w->scopes[draw(w, w->scope_count)].id, &certificate);

    if (rv == LINLI_OK && victim->up && !victim->sick && victim != p) {
        span one = buf_span(&certificate);
        rv = replica_grants_add(victim->store->replica, &one, 1, &added);
        world_log(w, "%u brings %u an order of its own: %s", p->number, victim->number, linli_code_name(rv));
        if (rv == LINLI_OK && added > 0)
            world_fail(w, "%u took in an order of %u, who may give none", victim->number, p->number);
        w->faults[FAULT_ERASE_BAD]++;
    }
    buf_free(&certificate);
}

void eraser_act(struct world *w, struct place *p)
{
    if (p->sick || w->record_count == 0 || !chance(w, w->mix.erases))
        return;
    struct place *before = place_runs(p);
    if (!p->honest && !of_office(p) && chance(w, 500))
        forged_order_try(w, p);
    else
        erase(w, p);
    w->runs = before;
}

/* One of them is away from some moment on: it works on, and meets nobody before all heal. */
void erasers_leave(struct world *w, uint64_t span_ms)
{
    struct place *p = &w->places[draw(w, w->place_count)];

    if (w->mix.erases == 0 || p->number == 0 || !chance(w, 600))
        return;
    p->away_ms = w->now_ms + draw(w, span_ms);
    w->faults[FAULT_AWAY]++;
    world_log(w, "%u will be away", p->number);
}

bool is_away(const struct place *p)
{
    return p->away_ms != 0 && p->world->now_ms >= p->away_ms;
}

/* --- what was ordered, as a place knows it --- */

struct orders {
    bool any;
};

static bool order_seen(void *ctx, const struct linli_erasure *erasure)
{
    struct orders *o = ctx;

    (void)erasure;
    o->any = true;
    return false;
}

bool erased_at(struct place *p, const linli_id *record)
{
    struct orders o = {false};

    if (p->world->mix.erases == 0)
        return false;
    bool own = heap_own(true); /* it is the simulator that looks */
    int rv = linli_erasure_each(p->store, record, order_seen, &o);
    (void)heap_own(own);
    if (rv != LINLI_OK && !trouble_excuses(p, rv))
        world_fail(p->world, "orders held by %u: %s", p->number, linli_code_name(rv));
    return o.any;
}

/* --- when all has healed --- */

/* By orders that count, as the root sees it; and of somebody to whom everybody listens. */
static int erased_find(struct world *w)
{
    struct store_txn *txn = NULL;
    struct arena a = {0};
    int rv = store_begin(w->places[0].store->replica->store, false, &txn);

    for (size_t i = 0; i < w->typed_count && rv == LINLI_OK; i++) {
        struct typed_text *t = &w->typed[i];
        struct erased_cover cover = {.classes = 0};
        if (t->classes == 0 || !w->places[t->place].honest || touched(w, &w->places[t->place]))
            continue;
        arena_reset(&a);
        rv = erased_covers(txn, &a, &t->scope, &t->record, &cover);
        t->erased = t->erased || (t->classes & ~cover.classes) == 0;
        w->erased += t->erased;
    }
    store_abort(txn);
    arena_free(&a);
    return rv;
}

static bool listens(const struct world *w, const struct place *p, const linli_id *scope)
{
    for (unsigned s = 0; s < w->scope_count; s++)
        if (id_equal(&w->scopes[s].id, scope))
            return p->honest && p->enrolled && p->up && !touched(w, p) && place_reads(p, s) != 0;
    return false;
}

/* Something in these bytes that is erased where this place is concerned? */
static void bytes_look(struct world *w, const struct place *p, span bytes, const char *where)
{
    const uint8_t *end = bytes.at + bytes.size, *at = bytes.at;

    for (; !w->over && (at = memchr(at, ' ', (size_t)(end - at))) != NULL; at++) {
        for (size_t back = 6; back <= 7; back++) { /* "typed", "secret" and the byte that says how long it is */
            uint64_t number;
            if ((size_t)(at - bytes.at) < back || !typed_number(at - back, end, &number) || number >= w->typed_count)
                continue;
            const struct typed_text *t = &w->typed[number];
            if (t->erased && listens(w, p, &t->scope))
                world_fail(w, "%u has text %llu, of %02x%02x, %s, and it was erased", p->number, (unsigned long long)number,
                           t->record.b[0], t->record.b[1], where);
        }
    }
}

static void file_look(struct world *w, const struct place *p, const char *path)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    void *at = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at != MAP_FAILED) {
        bytes_look(w, p, span_of(at, (size_t)st.st_size), "in a file");
        (void)munmap(at, (size_t)st.st_size);
    }
    if (fd >= 0)
        close(fd);
}

static void files_look(struct world *w, const struct place *p)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/data.mdb", p->dir);
    file_look(w, p, path);
}

struct telling {
    struct world *w;
    struct place *p;
    const linli_id *scope;
};

/* All of a log, as whoever asks for it would be told it. */
static bool log_tell(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen)
{
    struct telling *t = ctx;
    struct buf run = {0};
    uint64_t last = 0;
    int rv = LINLI_OK;

    (void)id;
    (void)frozen;
    for (uint64_t from = 1; from <= seq && rv == LINLI_OK && !t->w->over; from = last + 1) {
        buf_clear(&run);
        rv = replica_read_run(t->p->store->replica, t->scope, author, from, 7, LIMIT_RUN_BYTES, &run, &last);
        if (rv == LINLI_OK)
            bytes_look(t->w, t->p, buf_span(&run), "in what it tells");
    }
    buf_free(&run);
    return !t->w->over;
}

/* As a device that was away longer than anybody would: what it has is offered again, and changes nothing. */
static void offers_make(struct world *w, struct place *p)
{
    struct linli_status before, after;

    if (linli_store_status(p->store, &before) != LINLI_OK)
        world_fail(w, "status of %u", p->number);
    for (size_t i = 0; i < w->offer_count && !w->over; i++) {
        const struct place *by = &w->places[w->offers[i].place];
        span run = buf_span(&w->offers[i].run);
        struct ingested out;
        int code = LINLI_OK;
        if (!listens(w, p, &w->offers[i].scope) || !by->honest || touched(w, by))
            continue;
        int rv = replica_ingest(p->store->replica, &run, 1, &out, &code);
        if (rv != LINLI_OK || code != LINLI_OK)
            world_fail(w, "%u is offered what it has: %s, %s", p->number, linli_code_name(rv), linli_code_name(code));
    }
    if (linli_store_status(p->store, &after) != LINLI_OK || !hash_equal(&before.digest, &after.digest) ||
        before.set_aside != after.set_aside || before.records != after.records)
        world_fail(w, "%u holds something else since it was offered what it had: %llu records of %llu, %llu set aside of %llu, %llu wanted of %llu",
                   p->number, (unsigned long long)after.records, (unsigned long long)before.records, (unsigned long long)after.set_aside,
                   (unsigned long long)before.set_aside, (unsigned long long)after.wants, (unsigned long long)before.wants);
}

static void place_look(struct world *w, struct place *p)
{
    struct linli_verify verify = {.on_bad = NULL};
    struct place *before = place_runs(p);

    offers_make(w, p);
    for (unsigned s = 0; s < w->scope_count && !w->over; s++) {
        struct telling t = {w, p, &w->scopes[s].id};
        (void)replica_head_each(p->store->replica, t.scope, log_tell, &t);
    }
    place_crash(p);
    if (!w->over && place_open(p) != LINLI_OK) /* what is due is done by then */
        world_fail(w, "%u does not open when it was written anew", p->number);
    if (!w->over && replica_stale(p->store->replica))
        world_fail(w, "%u was not written anew", p->number);
    if (!w->over)
        files_look(w, p);
    if (!w->over && linli_store_verify(p->store, &verify) != LINLI_OK)
        world_fail(w, "%u does not verify when it was written anew", p->number);
    w->runs = before;
}

void erasures_check(struct world *w)
{
    if (w->mix.erases == 0)
        return;
    if (erased_find(w) != LINLI_OK)
        world_fail(w, "what the root was ordered to erase");
    for (unsigned i = 0; i < w->place_count && !w->over; i++)
        if (w->places[i].honest && w->places[i].enrolled && w->places[i].up && !touched(w, &w->places[i]))
            place_look(w, &w->places[i]);
    world_log(w, "%llu texts are erased", (unsigned long long)w->erased);
}
