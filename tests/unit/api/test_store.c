/* api: a store's life: made, opened, busy, locked by a key or a passphrase, suspended, closed; and whom it tells. */
#include <sys/stat.h>

#include "story.h"

static void create_makes_a_root_and_leaves_its_key_sealed(void **state)
{
    struct town town;
    struct linli_status status;
    char path[96];
    struct stat st;
    (void)state;
    town_start(&town);
    linli_store *store = story_root(&town);

    assert_ok(linli_store_status(store, &status));
    assert_int_equal(status.role, LINLI_NODE);
    assert_int_equal(status.scopes, 1);
    assert_memory_equal(status.scope.b, status.root_scope.b, 16);
    snprintf(path, sizeof(path), "%s/root.key", town.houses[0].dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(st.st_size > 64 + 24);
    assert_verifies(store);
    linli_store_close(store);
    town_end(&town);
}

static void create_refuses_a_folder_that_has_a_store_and_leaves_it_alone(void **state)
{
    struct town town;
    linli_store *again = (linli_store *)&town;
    (void)state;
    town_start(&town);
    linli_store *store = story_root(&town);
    struct linli_options options = story_options(&town, town.houses[0].dir);

    assert_code(linli_store_create(&options, LINLI_CITY, "Other", NULL, &again), LINLI_E_EXISTS);
    assert_null(again);
    linli_store_close(store);
    assert_ok(linli_store_open(&options, &store));
    assert_verifies(store);
    linli_store_close(store);
    town_end(&town);
}

static void open_tells_missing_busy_and_wrong_keys_apart(void **state)
{
    struct town town;
    linli_store *other = NULL;
    uint8_t wrong[32] = {1};
    (void)state;
    town_start(&town);
    linli_store *store = story_root(&town);
    struct linli_options options = story_options(&town, town.houses[0].dir);

    assert_true(linli_store_exists(options.dir));
    assert_code(linli_store_open(&options, &other), LINLI_E_BUSY);
    linli_store_close(store);
    options.key = wrong;
    assert_code(linli_store_open(&options, &other), LINLI_E_KEY);
    options.key = NULL;
    assert_code(linli_store_open(&options, &other), LINLI_E_ARG);
    options.passphrase = "no passphrase made it";
    assert_code(linli_store_open(&options, &other), LINLI_E_KEY);
    options = story_options(&town, "/tmp/linli-there-is-no-such-folder");
    assert_code(linli_store_open(&options, &other), LINLI_E_NOT_FOUND);
    assert_false(linli_store_exists(options.dir));
    options.size--;
    assert_code(linli_store_open(&options, &other), LINLI_E_ARG);
    town_end(&town);
}

static void passphrase_opens_what_it_made(void **state)
{
    struct town town;
    linli_store *store = NULL;
    (void)state;
    town_start(&town);
    struct house *house = town_house(&town);
    struct linli_options options = story_options(&town, house->dir);

    options.key = NULL;
    options.passphrase = "made-up words";
    assert_ok(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &store));
    linli_store_close(store);
    options.passphrase = "other words";
    assert_code(linli_store_open(&options, &store), LINLI_E_KEY);
    options.passphrase = "made-up words";
    assert_ok(linli_store_open(&options, &store));
    linli_store_close(store);
    town_end(&town);
}

static void failed_create_leaves_nothing_behind(void **state)
{
    struct town town;
    linli_store *store = NULL;
    struct stat st;
    char name[4096];
    (void)state;
    town_start(&town);
    struct house *house = town_house(&town);
    struct linli_options options = story_options(&town, house->dir);

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    name[0] = (char)0xff; /* no UTF-8 */
    options.key = NULL;
    options.passphrase = "made-up words";
    assert_int_not_equal(linli_store_create(&options, LINLI_CITY, name, NULL, &store), LINLI_OK);
    assert_null(store);
    assert_int_not_equal(stat(house->dir, &st), 0);
    assert_code(linli_store_create(&options, LINLI_PATCH, "a patch is no root", NULL, &store), LINLI_E_ARG);
    assert_int_not_equal(stat(house->dir, &st), 0);
    town_end(&town);
}

static void suspended_store_answers_closed_until_it_resumes(void **state)
{
    struct town town;
    struct linli_status status;
    linli_txn *txn = NULL;
    (void)state;
    town_start(&town);
    linli_store *store = story_root(&town), *other = NULL;
    linli_id lane = story_root_scope(store);
    linli_id id = story_new(store, &lane, HOUSEHOLD, HH_HEAD, linli_text("kept"));
    struct linli_options options = story_options(&town, town.houses[0].dir);
    struct linli_value value = linli_text("after");

    assert_ok(linli_txn_begin(store, &txn));
    assert_ok(linli_store_suspend(store));
    assert_ok(linli_store_suspend(store));
    assert_code(linli_store_status(store, &status), LINLI_E_CLOSED);
    assert_string_not_equal(linli_store_error(store), "");
    assert_code(linli_record_set(txn, &id, no_token, HH_HEAD, &value), LINLI_E_CLOSED);
    assert_ok(linli_store_open(&options, &other)); /* its files are free meanwhile */
    assert_code(linli_store_resume(store), LINLI_E_BUSY);
    linli_store_close(other);
    assert_ok(linli_store_resume(store));
    assert_ok(linli_store_resume(store));
    assert_string_equal(linli_store_error(store), "");
    assert_ok(linli_record_set(txn, &id, no_token, HH_FLOOR, &value));
    assert_ok(linli_txn_commit(txn, NULL));
    assert_shows_text(store, &id, HH_HEAD, "kept");
    assert_shows_text(store, &id, HH_FLOOR, "after");
    linli_store_close(store);
    town_end(&town);
}

/* The system that suspends gives us a moment only: the store is written anew when there is time. */
static void suspending_leaves_for_later_what_takes_long(void **state)
{
    struct town town;
    struct linli_erase order = {.count = 1, .reason = LINLI_ERASE_ERROR};
    struct stat before, after;
    char path[128];

    (void)state;
    town_start(&town);
    linli_store *store = story_root(&town);
    linli_id lane = story_root_scope(store);
    linli_id id = story_new(store, &lane, RESIDENT, RES_NAME, linli_text("Made-up Person"));
    order.records = &id;
    assert_ok(linli_erase(store, &order, NULL));
    assert_true(replica_stale(store->replica));
    snprintf(path, sizeof(path), "%s/data.mdb", town.houses[0].dir);
    assert_int_equal(stat(path, &before), 0);
    assert_ok(linli_store_suspend(store));
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_ok(linli_store_resume(store));
    assert_int_equal(stat(path, &after), 0);
    assert_int_not_equal(after.st_ino, before.st_ino);
    assert_false(replica_stale(store->replica));
    linli_store_close(store);
    town_end(&town);
}

/* ---- observers ---- */

struct ear {
    linli_store *store;
    size_t records, heads;
    linli_id last;
    uint64_t seq;
    bool write_back;
};

static void hear(void *ctx, const struct linli_event *event)
{
    struct ear *ear = ctx;
    linli_record *record = NULL;

    if (event->kind == LINLI_EVENT_SCOPE_HEADS) {
        ear->heads++;
        ear->seq = event->seq;
        return;
    }
    ear->records++;
    ear->last = event->record;
    assert_ok(linli_record_get(ear->store, &event->record, &record)); /* outside the lock, and it is there */
    bool again = ear->write_back;
    ear->write_back = false;
    if (again) {
        struct linli_value value = linli_text("written by the observer");
        assert_ok(story_set(ear->store, &event->record, linli_record_token(record), HH_HEAD, value));
    }
    linli_record_free(record);
}

static void observers_hear_of_commits_and_may_write(void **state)
{
    struct town town;
    struct ear ear = {.write_back = true};
    (void)state;
    town_start(&town);
    linli_store *store = story_root(&town);
    linli_id lane = story_root_scope(store);

    ear.store = store;
    assert_ok(linli_observe(store, hear, &ear));
    linli_id id = story_new(store, &lane, HOUSEHOLD, HH_HEAD, linli_text("a"));
    assert_int_equal(ear.records, 2);
    assert_memory_equal(ear.last.b, id.b, 16);
    assert_true(ear.heads >= 2);
    assert_shows_text(store, &id, HH_HEAD, "written by the observer");
    linli_unobserve(store, hear, &ear);
    story_new(store, &lane, HOUSEHOLD, HH_HEAD, linli_text("b"));
    assert_int_equal(ear.records, 2);
    for (size_t i = 0; i < 8; i++)
        assert_ok(linli_observe(store, hear, &ear));
    assert_code(linli_observe(store, hear, &ear), LINLI_E_LIMIT);
    linli_store_close(store);
    town_end(&town);
}

static bool write_in_callback(void *ctx, const linli_record *record)
{
    linli_store *store = ctx;
    linli_txn *txn = NULL;
    linli_record *again = NULL;
    linli_id id;

    assert_ok(linli_record_get(store, linli_record_id(record), &again)); /* reading is allowed */
    linli_record_free(again);
    assert_ok(linli_txn_begin(store, &txn));
    assert_ok(linli_record_create(txn, linli_record_scope(record), HOUSEHOLD, &id));
    assert_code(linli_txn_commit(txn, NULL), LINLI_E_ARG);
    assert_code(linli_store_suspend(store), LINLI_E_ARG);
    return true;
}

static void callback_may_read_and_may_not_write(void **state)
{
    struct town town;
    struct linli_query query = {.type = HOUSEHOLD};
    (void)state;
    town_start(&town);
    linli_store *store = story_root(&town);
    linli_id lane = story_root_scope(store);

    story_new(store, &lane, HOUSEHOLD, HH_HEAD, linli_text("a"));
    assert_ok(linli_query_each(store, &query, write_in_callback, store));
    linli_store_close(store);
    town_end(&town);
}

/* ---- memory ---- */

struct work_ctx {
    struct town *town;
    linli_store *store;
    linli_id lane, id;
};

static bool read_all(void *ctx, const linli_record *record)
{
    (void)ctx;
    (void)record;
    return true;
}

static bool read_write(void *ctx, const struct linli_write *write)
{
    (void)ctx;
    (void)write;
    return true;
}

/* What ran out of memory must say so, or have been done. */
static int some_calls(void *ctx)
{
    struct work_ctx *w = ctx;
    struct linli_query query = {.type = HOUSEHOLD, .match = "a", .sort = HH_HEAD};
    struct linli_verify verify = {.on_bad = NULL};
    struct linli_value value = linli_text("4");
    linli_record *record = NULL;
    linli_txn *txn = NULL;
    int rv = linli_record_get(w->store, &w->id, &record);

    if (rv == LINLI_OK)
        rv = linli_txn_begin(w->store, &txn);
    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &w->id, linli_record_token(record), HH_FLOOR, &value);
    if (rv == LINLI_OK)
        rv = linli_record_add(txn, &w->id, linli_record_token(record), HH_TAGS, &value);
    linli_txn_abort(txn);
    linli_record_free(record);
    if (rv == LINLI_OK)
        rv = linli_query_each(w->store, &query, read_all, NULL);
    if (rv == LINLI_OK)
        rv = linli_history_each(w->store, &w->id, read_write, NULL);
    return rv == LINLI_OK ? linli_store_verify(w->store, &verify) : rv;
}

static void reading_and_gathering_survive_any_failed_allocation(void **state)
{
    struct town town;
    struct work_ctx w = {.town = &town};
    (void)state;
    town_start(&town);
    w.store = story_root(&town);
    w.lane = story_root_scope(w.store);
    w.id = story_new(w.store, &w.lane, HOUSEHOLD, HH_HEAD, linli_text("a"));
    assert_true(heap_each_failure(some_calls, &w) > 20);
    assert_verifies(w.store);
    linli_store_close(w.store);
    town_end(&town);
}

static int one_commit(void *ctx)
{
    struct work_ctx *w = ctx;
    struct linli_value value = linli_text("4");
    linli_txn *txn = NULL;
    int rv = linli_txn_begin(w->store, &txn);

    if (rv == LINLI_OK)
        rv = linli_record_set(txn, &w->id, no_token, HH_FLOOR, &value);
    if (rv != LINLI_OK) {
        linli_txn_abort(txn);
        return rv;
    }
    return linli_txn_commit(txn, NULL);
}

/* The replica's caches may grow in a commit, so blocks are not counted here. */
static void commit_that_runs_out_of_memory_changes_nothing(void **state)
{
    struct town town;
    struct work_ctx w = {.town = &town};
    struct linli_status before, after;
    (void)state;
    town_start(&town);
    w.store = story_root(&town);
    w.lane = story_root_scope(w.store);
    w.id = story_new(w.store, &w.lane, HOUSEHOLD, HH_HEAD, linli_text("a"));
    assert_ok(linli_store_status(w.store, &before));
    for (size_t n = 1;; n++) {
        heap_fail_at(n);
        int rv = one_commit(&w);
        bool failed = heap_failed();
        heap_unwatch();
        if (!failed) {
            assert_ok(rv);
            break;
        }
        assert_code(rv, LINLI_E_NOMEM);
        assert_ok(linli_store_status(w.store, &after));
        assert_memory_equal(before.digest.b, after.digest.b, 32);
    }
    assert_verifies(w.store);
    linli_store_close(w.store);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_makes_a_root_and_leaves_its_key_sealed),
        cmocka_unit_test(create_refuses_a_folder_that_has_a_store_and_leaves_it_alone),
        cmocka_unit_test(open_tells_missing_busy_and_wrong_keys_apart),
        cmocka_unit_test(passphrase_opens_what_it_made),
        cmocka_unit_test(failed_create_leaves_nothing_behind),
        cmocka_unit_test(suspended_store_answers_closed_until_it_resumes),
        cmocka_unit_test(suspending_leaves_for_later_what_takes_long),
        cmocka_unit_test(observers_hear_of_commits_and_may_write),
        cmocka_unit_test(callback_may_read_and_may_not_write),
        cmocka_unit_test(reading_and_gathering_survive_any_failed_allocation),
        cmocka_unit_test(commit_that_runs_out_of_memory_changes_nothing),
    };

    return UNIT_RUN(tests);
}
