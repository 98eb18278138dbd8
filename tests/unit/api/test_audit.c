/*
 * api: the audit: whatever opens sealed values at the office says so first. The table of calls below is held against the public
 * headers by tests/gates/opened.py: a new way to read must come into it.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "canary.h"
#include "heap.h"
#include "story.h"

enum { RES_PHONE = 7, RES_NOTE = 12, AUDIT = 13 << 1, AUDIT_FIELDS = 9, QUARTER_MS = 15 * 60 * 1000 };
enum { CONTACT = 1 << (LINLI_SEAL_CONTACT - 1), IDENTITY = 1 << (LINLI_SEAL_IDENTITY - 1), NOTES = 1 << (LINLI_SEAL_NOTES - 1) };

static const char phone[] = "19900000201", number[] = "530111199001010010", note[] = "canary-note";

/* A community that stands alone, a clerk of it, a captain of its patch, and one resident of whom much is sealed. */
struct lane {
    struct town town;
    linli_store *office, *clerk, *captain;
    linli_id root, patch, person;
};

static int set_shown(linli_store *store, const linli_id *id, linli_field field, const char *text)
{
    linli_record *record = NULL;
    assert_ok(linli_record_get_closed(store, id, &record));
    int rv = story_set(store, id, linli_record_token(record), field, linli_text(text));

    linli_record_free(record);
    return rv;
}

static void lane_meet(struct lane *l)
{
    for (int i = 0; i < 2; i++) {
        story_meet(l->office, l->captain);
        story_meet(l->office, l->clerk);
    }
}

static void lane_start(struct lane *l)
{
    memset(l, 0, sizeof(*l));
    town_start(&l->town);
    l->office = story_root(&l->town);
    l->root = story_root_scope(l->office);
    l->patch = story_scope(l->office, &l->root, "1");
    l->captain = story_join(&l->town, l->office, &l->patch, LINLI_CAPTAIN);
    l->clerk = story_join(&l->town, l->office, &l->root, LINLI_CLERK);
    lane_meet(l);
    l->person = story_new(l->captain, &l->patch, RESIDENT, RES_NAME, linli_text("Made-up Person"));
    assert_ok(set_shown(l->captain, &l->person, RES_PHONE, phone));
    assert_ok(set_shown(l->captain, &l->person, RES_NUMBER, number));
    assert_ok(set_shown(l->captain, &l->person, RES_NOTE, note));
    lane_meet(l);
    l->town.now_ms += QUARTER_MS;
}

static void lane_end(struct lane *l)
{
    linli_store_close(l->office);
    linli_store_close(l->clerk);
    linli_store_close(l->captain);
    town_end(&l->town);
}

/* ---- what was recorded ---- */

struct seen {
    struct linli_audit last;
    char actor[80], reason[300], state[32];
    size_t count;
};

static bool seen_one(void *ctx, const struct linli_audit *audit)
{
    struct seen *s = ctx;

    s->last = *audit;
    snprintf(s->actor, sizeof(s->actor), "%s", audit->actor);
    snprintf(s->reason, sizeof(s->reason), "%s", audit->reason);
    snprintf(s->state, sizeof(s->state), "%s", audit->state);
    s->count++;
    return true;
}

/* Readings and exports of one kind, or of all (0), from a moment on. */
static struct seen audited(linli_store *store, enum linli_audit_act act, uint64_t since_ms)
{
    struct linli_audit_query query = {.act = act, .since_ms = since_ms};
    struct seen seen = {.count = 0};

    assert_ok(linli_audit_each(store, &query, seen_one, &seen));
    return seen;
}

static void as(linli_store *store, const char *name, const char *reason)
{
    assert_ok(linli_audit_actor(store, &(struct linli_actor){.name = name, .reason = reason}));
}

/* ---- every call that hands out sealed values ---- */

static bool any_record(void *ctx, const linli_record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return true;
}

static bool any_write(void *ctx, const struct linli_write *write)
{
    (void)write;
    ++*(size_t *)ctx;
    return true;
}

static bool any_conflict(void *ctx, const struct linli_conflict *conflict)
{
    (void)conflict;
    ++*(size_t *)ctx;
    return true;
}

static int call_get(linli_store *store, const struct lane *l, size_t *handed)
{
    linli_record *record = NULL;
    int rv = linli_record_get(store, &l->person, &record);

    *handed += record != NULL;
    linli_record_free(record);
    return rv;
}

static int call_list(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true};

    return linli_query_each(store, &query, any_record, handed);
}

static int call_sorted(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .sort = RES_NAME};

    return linli_query_each(store, &query, any_record, handed);
}

static int call_search(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_where where = {RES_NUMBER, linli_text(number)};
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .where = &where, .where_count = 1};

    return linli_query_each(store, &query, any_record, handed);
}

/* Only an id comes out: that there is one with this telephone is told all the same. */
static int call_first(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_where where = {RES_PHONE, linli_text(phone)};
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .where = &where, .where_count = 1};
    linli_id id;
    int rv = linli_query_first(store, &query, &id);

    *handed += rv == LINLI_OK;
    return rv;
}

/* So is that there is none. */
static int call_first_none(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_where where = {RES_PHONE, linli_text("19900000299")};
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .where = &where, .where_count = 1};
    linli_id id;
    int rv = linli_query_first(store, &query, &id);

    *handed += 1;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

/* And who comes first in its order. */
static int call_first_sorted(linli_store *store, const struct lane *l, size_t *handed)
{
    struct linli_query query = {.type = RESIDENT, .scope = &l->root, .subtree = true, .sort = RES_NOTE};
    linli_id id;
    int rv = linli_query_first(store, &query, &id);

    *handed += rv == LINLI_OK;
    return rv;
}

static int call_history(linli_store *store, const struct lane *l, size_t *handed)
{
    return linli_history_each(store, &l->person, any_write, handed);
}

static int call_conflict(linli_store *store, const struct lane *l, size_t *handed)
{
    return linli_conflict_each(store, NULL, &l->person, any_conflict, handed);
}

static int call_conflicts(linli_store *store, const struct lane *l, size_t *handed)
{
    return linli_conflict_each(store, &l->root, NULL, any_conflict, handed);
}

static const struct call {
    const char *name;
    int (*run)(linli_store *store, const struct lane *l, size_t *handed);
    enum linli_audit_act act;
    bool one;                /* it names the record */
    unsigned classes;
    uint64_t count;
} calls[] = {
    {"linli_record_get", call_get, LINLI_AUDIT_READ, true, CONTACT | IDENTITY | NOTES, 0},
    {"linli_query_each", call_list, LINLI_AUDIT_LIST, false, CONTACT | IDENTITY | NOTES, 1},
    {"linli_query_each, sorted", call_sorted, LINLI_AUDIT_LIST, false, CONTACT | IDENTITY | NOTES, 1},
    {"linli_query_each, where", call_search, LINLI_AUDIT_SEARCH, false, CONTACT | IDENTITY | NOTES, 1},
    {"linli_query_first", call_first, LINLI_AUDIT_SEARCH, false, CONTACT, 0},
    {"linli_query_first, none", call_first_none, LINLI_AUDIT_SEARCH, false, CONTACT, 0},
    {"linli_query_first, sorted", call_first_sorted, LINLI_AUDIT_LIST, false, NOTES, 0},
    {"linli_history_each", call_history, LINLI_AUDIT_HISTORY, true, CONTACT | IDENTITY | NOTES, 0},
    {"linli_conflict_each", call_conflict, LINLI_AUDIT_CONFLICTS, true, CONTACT, 0},
    {"linli_conflict_each, scope", call_conflicts, LINLI_AUDIT_CONFLICTS, false, CONTACT, 1},
};

/* Two telephones and two names side by side. */
static void quarrel(struct lane *l)
{
    assert_ok(set_shown(l->captain, &l->person, RES_PHONE, phone));
    assert_ok(set_shown(l->office, &l->person, RES_PHONE, "19900000202"));
    assert_ok(set_shown(l->captain, &l->person, RES_NAME, "Made-up Name"));
    assert_ok(set_shown(l->office, &l->person, RES_NAME, "Another Name"));
    lane_meet(l);
}

static void every_call_that_opens_is_recorded_at_the_office_and_none_on_a_phone(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    quarrel(&l);
    as(l.office, "made-up-clerk", "a made-up reason");
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        const struct call *c = &calls[i];
        size_t handed = 0;
        l.town.now_ms += QUARTER_MS;
        print_message("%s\n", c->name);
        assert_ok(c->run(l.captain, &l, &handed));
        assert_true(handed > 0);
        assert_int_equal(audited(l.captain, 0, l.town.now_ms).count, 0);
        handed = 0;
        assert_ok(c->run(l.office, &l, &handed));
        assert_true(handed > 0);
        struct seen seen = audited(l.office, 0, l.town.now_ms);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.last.act, c->act);
        assert_int_equal(seen.last.classes, c->classes);
        assert_int_equal(seen.last.count, c->count);
        assert_memory_equal(&seen.last.scope, c->one ? &l.patch : &l.root, sizeof(linli_id));
        assert_memory_equal(&seen.last.record, c->one ? &l.person : &(linli_id){{0}}, sizeof(linli_id));
        assert_int_equal(seen.last.type, c->act == LINLI_AUDIT_CONFLICTS && !c->one ? 0 : RESIDENT);
        assert_string_equal(seen.actor, "made-up-clerk");
        assert_string_equal(seen.reason, "a made-up reason");
        assert_string_equal(seen.state, "signed");
        assert_true(seen.last.dot.seq > 0);
    }
    assert_verifies(l.office);
    lane_end(&l);
}

static void what_is_left_closed_is_no_reading(void **state)
{
    struct lane l;
    linli_record *record = NULL;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    struct linli_where where = {RES_PHONE, linli_text(phone)};
    struct linli_query all = {.type = RESIDENT, .closed = true}, by = all;
    by.where = &where;
    by.where_count = 1;
    assert_ok(linli_query_each(l.office, &all, any_record, &handed));
    assert_int_equal(handed, 1);
    assert_ok(linli_query_each(l.office, &by, any_record, &handed));
    assert_int_equal(handed, 1); /* what is closed matches nothing */
    assert_ok(linli_record_get_closed(l.office, &l.person, &record));
    assert_int_equal(linli_record_field(record, RES_PHONE)->value.kind, LINLI_KIND_SEALED);
    assert_true(shows_text(record, RES_NAME, "Made-up Person"));
    linli_record_free(record);
    assert_int_equal(audited(l.office, 0, l.town.now_ms).count, 0);
    lane_end(&l);
}

/* ---- nothing recorded, nothing shown ---- */

static void what_cannot_be_recorded_is_not_handed_out(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    quarrel(&l);
    l.town.now_ms -= UINT64_C(3) * 24 * 60 * 60 * 1000; /* a clock that commits refuse */
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        size_t handed = 0;
        int rv = calls[i].run(l.office, &l, &handed);
        print_message("%s\n", calls[i].name);
        assert_code(rv, LINLI_E_CLOCK);
        assert_true(handed == 0 || calls[i].run == call_conflicts || calls[i].run == call_conflict ||
                    calls[i].run == call_first_none); /* the open half of a record may have been told before */
    }
    lane_end(&l);
}

/* Run in a process of its own: the limit must not stay with the tests that follow. */
static int on_a_full_disk(void)
{
    struct lane l;
    struct rlimit limit;
    linli_record *record = NULL;
    size_t handed = 0;

    lane_start(&l);
    signal(SIGXFSZ, SIG_IGN);
    limit = (struct rlimit){1, 1};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    if (linli_record_get(l.office, &l.person, &record) == LINLI_OK || record != NULL)
        return 2;
    if (call_list(l.office, &l, &handed) == LINLI_OK || handed != 0)
        return 3;
    if (linli_record_get_closed(l.office, &l.person, &record) != LINLI_OK)
        return 4;
    linli_record_free(record);
    return 0;
}

static void on_a_full_disk_sealed_values_stay_sealed(void **state)
{
    int status = 0;

    (void)state;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(on_a_full_disk());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void who_was_of_the_office_and_may_record_nothing_sees_nothing(void **state)
{
    struct lane l;
    linli_record *record = NULL;
    struct linli_revoke revoke = {.reason = LINLI_REASON_LEFT};

    (void)state;
    lane_start(&l);
    memcpy(revoke.device, replica_identity(l.clerk->replica)->sign_public, 32);
    assert_ok(linli_record_get(l.clerk, &l.person, &record));
    assert_true(shows_text(record, RES_PHONE, phone));
    linli_record_free(record);
    assert_ok(linli_revoke(l.office, &revoke, NULL));
    lane_meet(&l);
    assert_ok(linli_record_get(l.clerk, &l.person, &record));
    assert_int_equal(linli_record_field(record, RES_PHONE)->value.kind, LINLI_KIND_SEALED);
    assert_true(shows_text(record, RES_NAME, "Made-up Person"));
    linli_record_free(record);
    lane_end(&l);
}

/* ---- how much of it ---- */

static void the_same_again_within_a_quarter_hour_is_one_record(void **state)
{
    struct lane l;
    struct linli_status before, after;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    as(l.office, "made-up-clerk", NULL);
    for (int i = 0; i < 3; i++) {
        assert_ok(call_get(l.office, &l, &handed));
        assert_ok(call_list(l.office, &l, &handed));
        if (i == 0)
            assert_ok(linli_store_status(l.office, &before));
    }
    assert_ok(linli_store_status(l.office, &after));
    assert_int_equal(after.changesets, before.changesets); /* not one byte more */
    assert_int_equal(audited(l.office, 0, l.town.now_ms).count, 2);
    as(l.office, "another-clerk", NULL);
    assert_ok(call_get(l.office, &l, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, l.town.now_ms).count, 2);
    as(l.office, "another-clerk", "another reason");
    assert_ok(call_get(l.office, &l, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, l.town.now_ms).count, 3);
    uint64_t first = l.town.now_ms;
    l.town.now_ms += QUARTER_MS;
    assert_ok(call_get(l.office, &l, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, first).count, 4);
    lane_end(&l);
}

static void a_longer_list_is_not_hidden_behind_a_short_one(void **state)
{
    struct lane l;
    size_t handed = 0;
    struct linli_query query = {.type = RESIDENT, .limit = 1};

    (void)state;
    lane_start(&l);
    for (int i = 0; i < 4; i++)
        (void)story_new(l.office, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000203"));
    assert_ok(linli_query_each(l.office, &query, any_record, &handed));
    assert_int_equal(audited(l.office, LINLI_AUDIT_LIST, l.town.now_ms).last.count, 1);
    query.limit = 0;
    assert_ok(linli_query_each(l.office, &query, any_record, &handed));
    struct seen seen = audited(l.office, LINLI_AUDIT_LIST, l.town.now_ms);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.count, 5);
    lane_end(&l);
}

static void a_program_that_goes_through_many_is_recorded_by_scope_and_type(void **state)
{
    struct lane l;
    linli_record *record = NULL;

    (void)state;
    lane_start(&l);
    assert_ok(linli_audit_actor(l.office, &(struct linli_actor){.name = "import", .bulk = true}));
    for (int i = 0; i < 4; i++) {
        linli_id id = story_new(l.office, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000203"));
        assert_ok(linli_record_get(l.office, &id, &record));
        linli_record_free(record);
    }
    struct seen seen = audited(l.office, 0, l.town.now_ms);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.act, LINLI_AUDIT_LIST);
    assert_memory_equal(&seen.last.scope, &l.patch, sizeof(l.patch));
    lane_end(&l);
}

/* A clerk of one building asks for the whole lane: that it may not write to. */
static void an_entry_that_may_not_stand_where_was_asked_stands_where_the_device_belongs(void **state)
{
    struct lane l;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    linli_store *clerk = story_join(&l.town, l.office, &l.patch, LINLI_CLERK);
    for (int i = 0; i < 2; i++)
        story_meet(l.office, clerk);
    assert_ok(call_list(clerk, &l, &handed));
    assert_int_equal(handed, 1);
    struct seen seen = audited(clerk, LINLI_AUDIT_LIST, 0);
    assert_int_equal(seen.count, 1);
    assert_memory_equal(&seen.last.scope, &l.root, sizeof(l.root));
    assert_memory_equal(&seen.last.home, &l.patch, sizeof(l.patch));
    story_meet(l.office, clerk);
    assert_int_equal(audited(l.office, LINLI_AUDIT_LIST, 0).count, 1);
    linli_store_close(clerk);
    lane_end(&l);
}

/* The outer call reads while the entry of the inner one is written. */
static bool get_within(void *ctx, const linli_record *record)
{
    const struct lane *l = ctx;
    linli_record *again = NULL;

    assert_ok(linli_record_get(l->office, linli_record_id(record), &again));
    linli_record_free(again);
    return true;
}

static void a_callback_may_read_and_that_is_recorded(void **state)
{
    struct lane l;
    struct linli_query query = {.type = RESIDENT};

    (void)state;
    lane_start(&l);
    for (int i = 0; i < 4; i++)
        (void)story_new(l.office, &l.patch, RESIDENT, RES_PHONE, linli_text("19900000203"));
    assert_ok(linli_query_each(l.office, &query, get_within, &l));
    assert_int_equal(audited(l.office, LINLI_AUDIT_LIST, l.town.now_ms).last.count, 5);
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, l.town.now_ms).count, 5);
    assert_verifies(l.office);
    lane_end(&l);
}

/* ---- who can change it ---- */

static bool id_keep(void *ctx, const linli_record *record)
{
    *(linli_id *)ctx = *linli_record_id(record);
    return true;
}

static linli_id audit_record(linli_store *store)
{
    struct linli_query query = {.type = AUDIT};
    linli_id id = {{0}};

    assert_ok(linli_query_each(store, &query, id_keep, &id));
    assert_false(id_is_zero(&id));
    return id;
}

/* A captain who knows an entry's id says beforehand that all has been read. */
static void what_another_writes_there_hides_nothing(void **state)
{
    struct lane l;
    size_t handed = 0;
    linli_txn *txn = NULL;
    struct linli_value all = linli_int(63);
    linli_id person;

    (void)state;
    lane_start(&l);
    person = story_new(l.captain, &l.patch, RESIDENT, RES_PHONE, linli_text(phone));
    lane_meet(&l);
    l.person = person;
    assert_ok(call_get(l.office, &l, &handed));
    lane_meet(&l);
    linli_id id = audit_record(l.captain);
    assert_ok(linli_txn_begin(l.captain, &txn));
    assert_ok(linli_record_set(txn, &id, no_token, 6, &all));
    assert_ok(linli_txn_commit(txn, NULL));
    assert_ok(set_shown(l.captain, &person, RES_NOTE, note));
    lane_meet(&l);
    assert_ok(call_get(l.office, &l, &handed));
    bool found = false;
    struct linli_audit_query query = {.record = &person};
    struct seen seen = {.count = 0};
    assert_ok(linli_audit_each(l.office, &query, seen_one, &seen));
    found = seen.count == 1 && seen.last.classes == (CONTACT | NOTES);
    assert_true(found);
    assert_memory_equal(seen.last.dot.author.key, replica_identity(l.office->replica)->sign_public, 32);
    lane_end(&l);
}

static void a_deletion_hides_nothing(void **state)
{
    struct lane l;
    size_t handed = 0;
    linli_record *record = NULL;
    linli_txn *txn = NULL;

    (void)state;
    lane_start(&l);
    assert_ok(call_get(l.office, &l, &handed));
    lane_meet(&l);
    linli_id id = audit_record(l.captain);
    assert_ok(linli_record_get(l.captain, &id, &record));
    assert_ok(linli_txn_begin(l.captain, &txn));
    assert_ok(linli_record_delete(txn, &id, linli_record_token(record)));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record_free(record);
    lane_meet(&l);
    assert_int_equal(audited(l.office, LINLI_AUDIT_READ, 0).count, 1);
    assert_int_equal(audited(l.clerk, LINLI_AUDIT_READ, 0).count, 1);
    lane_end(&l);
}

static void the_audit_of_two_devices_of_the_office_meets(void **state)
{
    struct lane l;
    size_t handed = 0;

    (void)state;
    lane_start(&l);
    as(l.office, "node", NULL);
    assert_ok(call_get(l.office, &l, &handed));
    l.town.now_ms += 1000;
    as(l.clerk, "clerk", NULL);
    assert_ok(call_get(l.clerk, &l, &handed));
    lane_meet(&l);
    for (int i = 0; i < 3; i++) {
        linli_store *store = i == 0 ? l.office : i == 1 ? l.clerk : l.captain;
        struct seen seen = audited(store, LINLI_AUDIT_READ, 0);
        assert_int_equal(seen.count, 2);
        assert_string_equal(seen.actor, "clerk");
        assert_memory_equal(seen.last.dot.author.key, replica_identity(l.clerk->replica)->sign_public, 32);
    }
    assert_verifies(l.office);
    assert_verifies(l.clerk);
    lane_end(&l);
}

/* ---- what it says ---- */

static bool no_value(void *ctx, const linli_record *record)
{
    for (size_t i = 0; i < linli_record_count(record); i++) {
        const struct linli_reading *reading = linli_record_at(record, i);
        assert_true(reading->field <= AUDIT_FIELDS);
        for (size_t j = 0; j < reading->count; j++) {
            linli_span bytes = reading->values[j].bytes;
            assert_false(canary_in(bytes.at, bytes.size, phone));
            assert_false(canary_in(bytes.at, bytes.size, number));
            assert_false(canary_in(bytes.at, bytes.size, note));
            assert_false(canary_in(bytes.at, bytes.size, "Made-up Person"));
        }
    }
    ++*(size_t *)ctx;
    return true;
}

static void no_entry_holds_a_value_or_what_was_searched_for(void **state)
{
    struct lane l;
    size_t handed = 0, count = 0;
    struct linli_query query = {.type = AUDIT};
    struct linli_query match = {.type = RESIDENT, .match = "canary-note"};

    (void)state;
    lane_start(&l);
    quarrel(&l);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        l.town.now_ms += QUARTER_MS;
        assert_ok(calls[i].run(l.office, &l, &handed));
    }
    assert_ok(linli_query_each(l.office, &match, any_record, &handed));
    assert_ok(linli_query_each(l.office, &query, no_value, &count));
    assert_true(count >= COUNT_OF(calls));
    for (size_t i = 0; i < l.town.count; i++) {
        assert_false(canary_in_folder(l.town.houses[i].dir, phone));
        assert_false(canary_in_folder(l.town.houses[i].dir, note));
    }
    lane_end(&l);
}

static void exports_are_recorded_wherever_something_may_be_written(void **state)
{
    struct lane l;
    struct linli_audit_note export = {.act = LINLI_AUDIT_EXPORT, .format = "csv", .type = RESIDENT};

    (void)state;
    lane_start(&l);
    linli_store *viewer = story_join(&l.town, l.office, &l.root, LINLI_VIEWER);
    export.scope = &l.patch;
    as(l.captain, "made-up-captain", "for the made-up office");
    assert_ok(linli_audit_note(l.captain, &export));
    export.count = 12;
    assert_ok(linli_audit_note(l.captain, &export));
    lane_meet(&l);
    struct seen seen = audited(l.office, LINLI_AUDIT_EXPORT, 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.count, 12);
    assert_string_equal(seen.reason, "for the made-up office");
    assert_memory_equal(&seen.last.home, &l.patch, sizeof(l.patch));
    export.scope = NULL; /* all that is held: in the scope of its own grant */
    assert_ok(linli_audit_note(l.captain, &export));
    seen = audited(l.captain, LINLI_AUDIT_EXPORT, 0);
    assert_int_equal(seen.count, 2);
    assert_memory_equal(&seen.last.home, &l.patch, sizeof(l.patch));
    assert_code(linli_audit_note(viewer, &export), LINLI_E_REFUSED);
    export.act = LINLI_AUDIT_READ; /* that is the library's to say */
    assert_code(linli_audit_note(l.captain, &export), LINLI_E_ARG);
    linli_store_close(viewer);
    lane_end(&l);
}

static void what_the_office_did_with_rights_is_in_it(void **state)
{
    struct lane l;
    struct linli_revoke revoke = {.reason = LINLI_REASON_LOST, .note = "a made-up note"};
    struct linli_ruling ruling = {.any_device = true, .adopt = true};

    (void)state;
    lane_start(&l);
    assert_int_equal(audited(l.office, LINLI_AUDIT_GRANT, 0).count, 3); /* the root's, and two that joined */
    memcpy(revoke.device, replica_identity(l.captain->replica)->sign_public, 32);
    assert_ok(linli_revoke(l.office, &revoke, NULL));
    linli_id late = story_new(l.captain, &l.patch, HAZARD, HAZ_NOTE, linli_text("late"));
    lane_meet(&l);
    assert_ok(linli_aside_rule(l.office, &ruling, NULL));
    lane_meet(&l);
    for (int i = 0; i < 2; i++) {
        linli_store *store = i == 0 ? l.office : l.clerk;
        struct seen seen = audited(store, LINLI_AUDIT_REVOKE, 0);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.last.cause, LINLI_REASON_LOST);
        assert_string_equal(seen.reason, "a made-up note");
        assert_memory_equal(seen.last.device, revoke.device, 32);
        assert_memory_equal(seen.last.dot.author.key, replica_identity(l.office->replica)->sign_public, 32);
        assert_true(seen.last.dot.seq > 0);
        seen = audited(store, LINLI_AUDIT_ADOPT, 0);
        assert_true(seen.count > 0);
        assert_memory_equal(&seen.last.record, &late, sizeof(late));
        assert_int_equal(seen.last.type, HAZARD);
    }
    lane_end(&l);
}

static void an_entry_of_a_device_that_is_cut_off_says_so(void **state)
{
    struct lane l;
    size_t handed = 0;
    struct linli_revoke revoke = {.reason = LINLI_REASON_STOLEN};

    (void)state;
    lane_start(&l);
    memcpy(revoke.device, replica_identity(l.clerk->replica)->sign_public, 32);
    assert_ok(linli_revoke(l.office, &revoke, NULL));
    assert_ok(call_get(l.clerk, &l, &handed)); /* it has not heard of that yet */
    lane_meet(&l);
    struct seen seen = audited(l.office, LINLI_AUDIT_READ, 0);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.state, "revoked");
    lane_end(&l);
}

static void what_is_asked_for_is_what_comes(void **state)
{
    struct lane l;
    size_t handed = 0;
    linli_id nowhere = {{2}};
    char name[66];

    (void)state;
    lane_start(&l);
    assert_ok(call_get(l.office, &l, &handed));
    struct seen seen = {.count = 0};
    struct linli_audit_query query = {.scope = &l.patch, .since_ms = l.town.now_ms, .until_ms = l.town.now_ms + 1};
    assert_ok(linli_audit_each(l.office, &query, seen_one, &seen));
    assert_int_equal(seen.count, 1);
    query.until_ms = l.town.now_ms;
    assert_ok(linli_audit_each(l.office, &query, seen_one, &seen));
    query.until_ms = 0;
    query.record = &nowhere;
    assert_ok(linli_audit_each(l.office, &query, seen_one, &seen));
    assert_int_equal(seen.count, 1);
    query.scope = &nowhere;
    assert_code(linli_audit_each(l.office, &query, seen_one, &seen), LINLI_E_NOT_FOUND);
    memset(name, 'x', sizeof(name));
    name[65] = '\0';
    assert_code(linli_audit_actor(l.office, &(struct linli_actor){.name = name}), LINLI_E_LIMIT);
    assert_code(linli_audit_actor(l.office, &(struct linli_actor){.name = "\xff"}), LINLI_E_FORMAT);
    assert_code(linli_audit_actor(l.office, NULL), LINLI_E_ARG);
    assert_code(linli_audit_note(l.office, NULL), LINLI_E_ARG);
    assert_code(linli_audit_each(l.office, &query, NULL, NULL), LINLI_E_ARG);
    lane_end(&l);
}

/* ---- without memory ---- */

struct trying {
    struct lane *l;
    const struct call *call; /* NULL: the audit itself is read */
};

static int try_call(void *ctx)
{
    const struct trying *t = ctx;
    struct seen seen = {.count = 0};
    struct linli_audit_query query = {.act = 0};
    size_t handed = 0;

    t->l->town.now_ms += QUARTER_MS;
    return t->call != NULL ? t->call->run(t->l->office, t->l, &handed)
                           : linli_audit_each(t->l->office, &query, seen_one, &seen);
}

static void each_allocation_may_fail(void **state)
{
    struct lane l;
    struct trying t = {.l = &l};

    (void)state;
    lane_start(&l);
    assert_true(heap_each_failure(try_call, &t) > 0);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        t.call = &calls[i];
        if (calls[i].run == call_get || calls[i].run == call_first)
            assert_true(heap_each_failure(try_call, &t) > 0);
    }
    assert_verifies(l.office);
    lane_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_that_opens_is_recorded_at_the_office_and_none_on_a_phone),
        cmocka_unit_test(what_is_left_closed_is_no_reading),
        cmocka_unit_test(what_cannot_be_recorded_is_not_handed_out),
        cmocka_unit_test(on_a_full_disk_sealed_values_stay_sealed),
        cmocka_unit_test(who_was_of_the_office_and_may_record_nothing_sees_nothing),
        cmocka_unit_test(the_same_again_within_a_quarter_hour_is_one_record),
        cmocka_unit_test(a_longer_list_is_not_hidden_behind_a_short_one),
        cmocka_unit_test(a_program_that_goes_through_many_is_recorded_by_scope_and_type),
        cmocka_unit_test(an_entry_that_may_not_stand_where_was_asked_stands_where_the_device_belongs),
        cmocka_unit_test(a_callback_may_read_and_that_is_recorded),
        cmocka_unit_test(what_another_writes_there_hides_nothing),
        cmocka_unit_test(a_deletion_hides_nothing),
        cmocka_unit_test(the_audit_of_two_devices_of_the_office_meets),
        cmocka_unit_test(no_entry_holds_a_value_or_what_was_searched_for),
        cmocka_unit_test(exports_are_recorded_wherever_something_may_be_written),
        cmocka_unit_test(what_the_office_did_with_rights_is_in_it),
        cmocka_unit_test(an_entry_of_a_device_that_is_cut_off_says_so),
        cmocka_unit_test(what_is_asked_for_is_what_comes),
        cmocka_unit_test(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
