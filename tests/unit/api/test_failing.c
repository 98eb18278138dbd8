/* api: what an application asks for and writes, when the heap or the disk fails at any point, and when a row is damaged. */
#include "story.h"

#include "../replica/failing.h"

enum { HH_TENURE = 6, HAZ_KIND = 1 };

/*
 * A lane of which the office, a captain and a device that was turned out wrote: households with every kind of field, one in
 * conflict, one deleted, one that somebody removed while another wrote on, late work that lies aside.
 */
struct lane {
    struct town town;
    linli_store *office, *captain;
    linli_id root, patch, plain, full, gone, hazard, resident;
    linli_record *old, *old_hazard, *old_gone; /* readings; of `full` from before the last writes */
    size_t seen;
    struct linli_query query;
    const char *text;
};

static void set_all(linli_store *store, const linli_id *id, const char *head, int64_t visited)
{
    linli_record *seen = story_get(store, id);
    linli_span token = linli_record_token(seen);
    linli_txn *txn = NULL;
    struct linli_value values[] = {linli_text(head), linli_text("2"), linli_text("made-up remark"), linli_text("elderly"),
                                   linli_text("stairs"), linli_int(visited), linli_text("made-up care"), linli_int(1)};

    assert_ok(linli_txn_begin(store, &txn));
    assert_ok(linli_record_set(txn, id, token, HH_HEAD, &values[0]));
    assert_ok(linli_record_set(txn, id, token, HH_ROOM, &values[1]));
    assert_ok(linli_record_set(txn, id, token, HH_REMARKS, &values[2]));
    assert_ok(linli_record_add(txn, id, token, HH_TAGS, &values[3]));
    assert_ok(linli_record_add(txn, id, token, HH_TAGS, &values[4]));
    assert_ok(linli_record_set(txn, id, token, HH_VISITED, &values[5]));
    assert_ok(linli_record_set(txn, id, token, HH_CARE, &values[6]));
    assert_ok(linli_record_set(txn, id, token, HH_TENURE, &values[7]));
    assert_ok(linli_txn_commit(txn, NULL));
    linli_record_free(seen);
}

static void lane_start(struct lane *l)
{
    linli_txn *txn = NULL;
    struct linli_value tag = linli_text("stairs");

    memset(l, 0, sizeof(*l));
    town_start(&l->town);
    l->office = story_root(&l->town);
    l->root = story_root_scope(l->office);
    l->patch = story_scope(l->office, &l->root, "Block 1");
    l->captain = story_join(&l->town, l->office, &l->patch, LINLI_CAPTAIN);
    story_meet(l->office, l->captain);
    l->plain = story_new(l->office, &l->patch, HOUSEHOLD, HH_HEAD, linli_text("A made-up"));
    l->full = story_new(l->office, &l->patch, HOUSEHOLD, HH_HEAD, linli_text("B made-up"));
    set_all(l->office, &l->full, "C made-up", 20);
    l->gone = story_new(l->office, &l->patch, HOUSEHOLD, HH_HEAD, linli_text("D made-up"));
    l->resident = story_new(l->office, &l->patch, RESIDENT, RES_NAME, linli_text("Made-up Person"));
    assert_ok(story_set(l->office, &l->resident, no_token, RES_HOUSEHOLD, linli_ref(&l->full)));
    assert_ok(story_set(l->office, &l->resident, no_token, RES_NUMBER, linli_text("NOT-A-NUMBER-1")));
    l->hazard = story_new(l->office, &l->patch, HAZARD, HAZ_NOTE, linli_text("made-up hazard"));
    assert_ok(story_set(l->office, &l->hazard, no_token, HAZ_STATE, linli_int(1)));
    story_meet(l->office, l->captain);
    l->old = story_get(l->office, &l->full);
    set_all(l->captain, &l->full, "E made-up", 30); /* apart, so that both stand */
    set_all(l->office, &l->full, "F made-up", 10);
    assert_ok(linli_txn_begin(l->office, &txn));
    assert_ok(linli_record_remove(txn, &l->full, linli_record_token(l->old), HH_TAGS, &tag));
    assert_ok(linli_record_delete(txn, &l->gone, no_token));
    assert_ok(linli_txn_commit(txn, NULL));
    story_meet(l->captain, l->office);
    l->old_hazard = story_get(l->office, &l->hazard);
    l->old_gone = story_get(l->office, &l->gone);
}

static void lane_end(struct lane *l)
{
    linli_record_free(l->old);
    linli_record_free(l->old_hazard);
    linli_record_free(l->old_gone);
    linli_store_close(l->office);
    linli_store_close(l->captain);
    town_end(&l->town);
}

/* The captain is turned out, and what he wrote since comes to lie aside. */
static void late_work_arrives(struct lane *l)
{
    struct linli_revoke order = {.reason = LINLI_REASON_LEFT};

    memcpy(order.device, l->captain->replica->self.sign_public, KEY_BYTES);
    assert_ok(linli_revoke(l->office, &order, NULL));
    assert_ok(story_set(l->captain, &l->plain, no_token, HH_HEAD, linli_text("late")));
    meet_scope(l->captain->replica, l->office->replica, &l->patch, 7);
}

static bool record_seen(void *ctx, const linli_record *record)
{
    *(size_t *)ctx += 1 + linli_record_count(record);
    return true;
}

static int query_work(void *ctx)
{
    struct lane *l = ctx;

    l->seen = 0;
    return linli_query_each(l->office, &l->query, record_seen, &l->seen);
}

/* The same as before the failures, and found. */
static void work_fails(struct lane *l, int (*work)(void *ctx))
{
    assert_ok(work(l));
    size_t seen = l->seen;
    assert_true(each_failure(l->office->replica, &l->patch, work, l) > 1);
    assert_int_equal(l->seen, seen);
}

static void a_query_finds_all_or_says_why_not(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    const struct linli_where wheres[] = {
        {HH_HEAD, linli_text("F made-up")},  {HH_ROOM, linli_text("2")},        {HH_TAGS, linli_text("elderly")},
        {HH_VISITED, linli_int(30)},         {HH_TENURE, linli_int(1)},         {HH_CARE, linli_text("made-up care")},
        {HH_REMARKS, linli_text("made-up remark")},
    };
    for (size_t i = 0; i < COUNT_OF(wheres); i++) {
        l.query = (struct linli_query){.type = HOUSEHOLD, .where = &wheres[i], .where_count = 1};
        work_fails(&l, query_work);
        assert_true(l.seen > 0);
    }
    l.query = (struct linli_query){.type = HOUSEHOLD, .where = wheres, .where_count = 3, .scope = &l.root, .subtree = true};
    work_fails(&l, query_work);
    static const linli_field sorts[] = {HH_HEAD, HH_VISITED, HH_TAGS, HH_TENURE};
    for (size_t i = 0; i < COUNT_OF(sorts); i++) {
        l.query = (struct linli_query){.type = HOUSEHOLD, .sort = sorts[i], .with_deleted = true};
        work_fails(&l, query_work);
        assert_true(l.seen > 3);
    }
    l.query = (struct linli_query){.type = HOUSEHOLD, .match = "ELDER", .scope = &l.patch};
    work_fails(&l, query_work);
    const struct linli_where state_is = {HAZ_STATE, linli_int(1)}, lives = {RES_HOUSEHOLD, linli_ref(&l.full)};
    l.query = (struct linli_query){.type = HAZARD, .where = &state_is, .where_count = 1, .sort = HAZ_STATE};
    work_fails(&l, query_work);
    l.query = (struct linli_query){.type = RESIDENT, .where = &lives, .where_count = 1, .sort = RES_HOUSEHOLD};
    work_fails(&l, query_work);
    assert_true(l.seen > 0);
    lane_end(&l);
}

static int get_work(void *ctx)
{
    struct lane *l = ctx;
    linli_record *record = NULL;
    int rv = linli_record_get(l->office, &l->full, &record);

    l->seen = rv == LINLI_OK ? linli_record_count(record) : 0;
    linli_record_free(record);
    return rv;
}

static int seen_work(void *ctx)
{
    struct lane *l = ctx;
    linli_record *record = NULL;
    int rv = linli_record_get_seen(l->office, &l->full, linli_record_token(l->old), &record);

    l->seen = rv == LINLI_OK && shows_text(record, HH_HEAD, "C made-up") ? linli_record_count(record) : 0;
    linli_record_free(record);
    return rv;
}

static bool write_seen(void *ctx, const struct linli_write *write)
{
    *(size_t *)ctx += 1u + write->superseded + write->removed;
    return true;
}

static int history_work(void *ctx)
{
    struct lane *l = ctx;

    l->seen = 0;
    return linli_history_each(l->office, &l->full, write_seen, &l->seen);
}

static bool conflict_seen(void *ctx, const struct linli_conflict *conflict)
{
    *(size_t *)ctx += conflict->count;
    return true;
}

static int conflict_work(void *ctx)
{
    struct lane *l = ctx;

    l->seen = 0;
    return linli_conflict_each(l->office, NULL, &l->full, conflict_seen, &l->seen);
}

static int conflicts_work(void *ctx)
{
    struct lane *l = ctx;

    l->seen = 0;
    return linli_conflict_each(l->office, &l->root, NULL, conflict_seen, &l->seen);
}

static bool aside_seen(void *ctx, const struct linli_aside *aside)
{
    *(size_t *)ctx += strcmp(aside->reason, "revoked") == 0;
    return true;
}

static int aside_work(void *ctx)
{
    struct lane *l = ctx;

    l->seen = 0;
    return linli_aside_each(l->office, &l->patch, aside_seen, &l->seen);
}

static bool scope_seen(void *ctx, const struct linli_scope *scope)
{
    *(size_t *)ctx += strlen(scope->path) + (size_t)scope->households;
    return true;
}

static int scopes_work(void *ctx)
{
    struct lane *l = ctx;

    l->seen = 0;
    return linli_scope_each(l->office, scope_seen, &l->seen);
}

static int scope_find_work(void *ctx)
{
    struct lane *l = ctx;
    linli_id id = {{0}};
    int rv = linli_scope_find(l->office, l->text, &id);

    l->seen = rv == LINLI_OK && id_equal(&id, &l->patch);
    return rv;
}

static int id_find_work(void *ctx)
{
    struct lane *l = ctx;
    linli_id id = {{0}};
    int rv = linli_id_find(l->office, l->text, &id);

    l->seen = rv == LINLI_OK && (id_equal(&id, &l->full) || id_equal(&id, &l->patch));
    return rv;
}

static bool grant_seen(void *ctx, const struct linli_grant *grant)
{
    *(size_t *)ctx += 1u + grant->revoked;
    return true;
}

static int grants_work(void *ctx)
{
    struct lane *l = ctx;
    char name[64];

    l->seen = 0;
    int rv = linli_grant_each(l->office, grant_seen, &l->seen);
    return rv == LINLI_OK ? linli_device_name(l->office, l->captain->replica->self.sign_public, name, sizeof(name)) : rv;
}

static int verify_work(void *ctx)
{
    struct lane *l = ctx;
    struct linli_verify report = {.on_bad = NULL};
    int rv = linli_store_verify(l->office, &report);

    assert_true(report.bad == 0 || rows_spoilt()); /* what cannot be read is not known to be bad */
    l->seen = (size_t)report.records;
    return rv;
}

static void a_reading_tells_all_or_says_why_not(void **state)
{
    static int (*const readings[])(void *ctx) = {get_work, seen_work, history_work, conflict_work, conflicts_work,
                                                 aside_work, scopes_work, grants_work, verify_work};
    struct lane l;
    char hex[33];

    (void)state;
    lane_start(&l);
    late_work_arrives(&l);
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        work_fails(&l, readings[i]);
        assert_true(l.seen > 0);
    }
    l.text = "Made-up Lane/Block 1";
    work_fails(&l, scope_find_work);
    assert_true(l.seen);
    hex_encode(l.patch.b, 8, hex);
    l.text = hex;
    work_fails(&l, scope_find_work);
    assert_true(l.seen);
    work_fails(&l, id_find_work);
    assert_true(l.seen);
    hex_encode(l.full.b, 8, hex);
    hex[15] = '\0'; /* half a byte at the end */
    work_fails(&l, id_find_work);
    assert_true(l.seen);
    lane_end(&l);
}

/* From a reading that the record has left behind: what it showed is found in the logs. */
static int write_work(void *ctx)
{
    struct lane *l = ctx;
    linli_span token = linli_record_token(l->old);
    struct linli_value head = linli_text("G made-up"), tag = linli_text("elderly");
    linli_txn *txn = NULL;
    int rv = linli_txn_begin(l->office, &txn);

    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &l->full, token, HH_HEAD, &head);
    if (rv == LINLI_OK)
        rv = linli_record_remove(txn, &l->full, token, HH_TAGS, &tag);
    if (rv == LINLI_OK)
        rv = linli_record_reopen(txn, &l->hazard, linli_record_token(l->old_hazard), HAZ_STATE, 2);
    if (rv == LINLI_OK)
        rv = linli_record_delete(txn, &l->plain, no_token);
    if (rv == LINLI_OK)
        rv = linli_record_restore(txn, &l->gone, linli_record_token(l->old_gone));
    if (rv == LINLI_OK)
        return linli_txn_commit(txn, NULL);
    linli_txn_abort(txn);
    return rv;
}

static void a_form_that_was_open_for_long_is_saved_whole_or_not_at_all(void **state)
{
    struct lane l;

    (void)state;
    lane_start(&l);
    assert_true(each_failure(l.office->replica, &l.patch, write_work, &l) > 10);
    linli_record *gone = story_get(l.office, &l.gone);
    assert_false(linli_record_deleted(gone));
    linli_record_free(gone);
    assert_ok(history_work(&l));
    assert_verifies(l.office);
    lane_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_finds_all_or_says_why_not),
        cmocka_unit_test(a_reading_tells_all_or_says_why_not),
        cmocka_unit_test(a_form_that_was_open_for_long_is_saved_whole_or_not_at_all),
    };
    return UNIT_RUN(tests);
}
