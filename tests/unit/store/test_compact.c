/* tests: the store written anew: every row is there, nothing else is, and whatever was left of an earlier try does no harm. */
#include "canary.h"
#include "rows.h"
#include "store_tool.h"

#include <errno.h>

enum { RECORDS = 400, BYTES = 3000, MAP_BYTES = 16 << 20 };
#define CANARY "CANARY-ROW-"

static linli_id row_id(unsigned n)
{
    linli_id id = {{0}};

    be32_put(id.b, n * 2654435761u);
    be32_put(id.b + 4, n);
    return id;
}

/* Stands in for libc's: the folder's may fail, and there is no way to make a disk do so. */
static bool folder_sync_fails;

int fsync(int fd)
{
    struct stat st;

    if (folder_sync_fails && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EIO;
        return -1;
    }
    return fdatasync(fd);
}

/* A view row of each size from a few bytes to several pages. */
static void row_make(unsigned n, uint8_t out[BYTES + 32], size_t *size)
{
    memset(out, 'r', BYTES + 32);
    int at = snprintf((char *)out, 32, CANARY "%u.", n);
    *size = (size_t)at + (size_t)n * BYTES / RECORDS;
}

static void rows_put(struct place *p, unsigned from, unsigned to)
{
    struct store_txn *txn = NULL;
    uint8_t row[BYTES + 32];
    size_t size;

    assert_ok(store_begin(p->store, true, &txn));
    for (unsigned n = from; n < to; n++) {
        linli_id id = row_id(n);
        row_make(n, row, &size);
        assert_ok(view_put(txn, 1, &id, span_of(row, size)));
    }
    assert_ok(meta_put(txn, "name", span_of("value", 5)));
    assert_ok(meta_secret_put(txn, "secret", span_of("hidden", 6)));
    assert_ok(store_commit(txn));
}

/* Every second row goes; what it was stays on free pages, until the store is written anew. */
static void rows_delete(struct place *p)
{
    struct store_txn *txn = NULL;

    assert_ok(store_begin(p->store, true, &txn));
    for (unsigned n = 0; n < RECORDS; n += 2) {
        linli_id id = row_id(n);
        assert_ok(view_delete(txn, 1, &id));
    }
    assert_ok(store_stale(txn));
    assert_ok(store_stale(txn)); /* said twice */
    assert_ok(store_commit(txn));
}

static bool stale(struct place *p)
{
    struct store_txn *txn = NULL;
    bool is = false;

    assert_ok(store_begin(p->store, false, &txn));
    assert_ok(store_stale_get(txn, &is));
    store_abort(txn);
    return is;
}

static void assert_rows(struct place *p)
{
    struct store_txn *txn = NULL;
    struct buf secret = {0};
    uint8_t row[BYTES + 32];
    size_t size;
    span held = {NULL, 0};

    assert_ok(store_begin(p->store, false, &txn));
    for (unsigned n = 0; n < RECORDS; n++) {
        linli_id id = row_id(n);
        int rv = view_get(txn, 1, &id, &held);
        row_make(n, row, &size);
        assert_code(rv, n % 2 == 0 ? LINLI_E_NOT_FOUND : LINLI_OK);
        if (rv == LINLI_OK)
            assert_true(span_equal(held, span_of(row, size)));
    }
    assert_ok(meta_get(txn, "name", &held));
    assert_true(span_equal(held, span_of("value", 5)));
    assert_ok(meta_secret_get(txn, "secret", &secret));
    assert_true(span_equal(buf_span(&secret), span_of("hidden", 6)));
    store_abort(txn);
    buf_free(&secret);
}

static unsigned traces(const struct place *p)
{
    char text[32];
    unsigned count = 0;

    for (unsigned n = 0; n < RECORDS; n += 2) {
        snprintf(text, sizeof(text), CANARY "%u.", n);
        count += canary_in_folder(p->dir, text);
    }
    return count;
}

static void filled(struct place *p)
{
    place_make(p);
    p->config.map_bytes = MAP_BYTES;
    assert_ok(place_open(p, true));
    rows_put(p, 0, RECORDS);
}

static void what_was_deleted_is_on_no_page_afterwards(void **state)
{
    struct place p;

    (void)state;
    filled(&p);
    assert_false(stale(&p));
    rows_delete(&p);
    assert_true(stale(&p));
    assert_true(traces(&p) > 10); /* the reason for all this */
    assert_ok(store_compact(p.store));
    assert_int_equal(traces(&p), 0);
    assert_false(stale(&p));
    assert_rows(&p);
    rows_put(&p, RECORDS - 1, RECORDS); /* and it goes on being a store */
    place_close(&p);
    assert_ok(place_open(&p, false));
    assert_rows(&p);
    assert_int_equal(traces(&p), 0);
    place_drop(&p);
}

/* One transaction does not take it all: the copy is made in several. */
static void a_store_of_many_megabytes_is_copied_in_batches(void **state)
{
    struct place p;
    struct store_txn *txn = NULL;
    uint8_t *large = malloc(1 << 20);
    span held;

    (void)state;
    assert_non_null(large);
    memset(large, 'L', 1 << 20);
    place_make(&p);
    p.config.map_bytes = 8 * MAP_BYTES;
    assert_ok(place_open(&p, true));
    rows_put(&p, 0, RECORDS);
    rows_delete(&p);
    for (unsigned n = 0; n < 20; n++) {
        linli_id id = row_id(1000 + n);
        assert_ok(store_begin(p.store, true, &txn));
        assert_ok(view_put(txn, 2, &id, span_of(large, 1 << 20)));
        assert_ok(store_commit(txn));
    }
    assert_ok(store_compact(p.store));
    assert_rows(&p);
    assert_ok(store_begin(p.store, false, &txn));
    for (unsigned n = 0; n < 20; n++) {
        linli_id id = row_id(1000 + n);
        assert_ok(view_get(txn, 2, &id, &held));
        assert_true(span_equal(held, span_of(large, 1 << 20)));
    }
    store_abort(txn);
    free(large);
    place_drop(&p);
}

static void nobody_may_be_reading_it_meanwhile(void **state)
{
    struct place p;
    struct store_txn *txn = NULL;

    (void)state;
    filled(&p);
    rows_delete(&p);
    assert_ok(store_begin(p.store, false, &txn));
    assert_code(store_compact(p.store), LINLI_E_BUSY);
    store_abort(txn);
    assert_true(stale(&p));
    assert_ok(store_compact(p.store));
    assert_rows(&p);
    place_drop(&p);
}

static void file_put(const struct place *p, const char *name, const char *text)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* What cut it off left half a copy: it is nobody's, holds what was erased, and goes at the next opening. */
static void what_is_left_of_a_try_is_thrown_away(void **state)
{
    struct place p;
    char path[128];

    (void)state;
    filled(&p);
    rows_delete(&p);
    place_close(&p);
    snprintf(path, sizeof(path), "%s/new", p.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    file_put(&p, "new/data.mdb", "half a copy with a LEFTOVER in it");
    file_put(&p, "new/lock.mdb", "");
    assert_ok(place_open(&p, false));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(stale(&p)); /* it was not done, so it still is to be */
    assert_int_equal(mkdir(path, 0700), 0); /* by a try in this very process */
    file_put(&p, "new/data.mdb", "half a copy with a LEFTOVER in it");
    assert_ok(store_compact(p.store));
    assert_false(canary_in_folder(p.dir, "LEFTOVER"));
    assert_rows(&p);
    place_drop(&p);
}

/* Where the copy cannot be made nothing is lost: the store goes on, and is tried again. */
static void a_copy_that_cannot_be_made_changes_nothing(void **state)
{
    struct place p;

    (void)state;
    filled(&p);
    rows_delete(&p);
    file_put(&p, "new", "a file where the folder should be");
    assert_code(store_compact(p.store), LINLI_E_DISK);
    assert_true(stale(&p));
    assert_rows(&p);
    place_close(&p);
    assert_ok(place_open(&p, false));
    assert_rows(&p);
    place_drop(&p);
}

/* Which file a power cut leaves is open: what would be written now might be lost. */
static void a_copy_of_which_it_is_not_known_whether_it_stays_is_not_written_to(void **state)
{
    struct place p;
    struct store_txn *txn = NULL;

    (void)state;
    filled(&p);
    rows_delete(&p);
    folder_sync_fails = true;
    assert_code(store_compact(p.store), LINLI_E_DISK);
    folder_sync_fails = false;
    assert_rows(&p);
    assert_code(store_begin(p.store, true, &txn), LINLI_E_DISK);
    assert_code(store_compact(p.store), LINLI_E_DISK);
    place_close(&p);
    assert_ok(place_open(&p, false));
    assert_rows(&p);
    rows_put(&p, RECORDS - 1, RECORDS);
    place_drop(&p);
}

/* Whichever call of LMDB it is: the store has its rows, nothing lies beside it, and it is done or still to be done. */
static void a_call_that_fails_in_the_middle_loses_nothing(void **state)
{
    enum { EACH = 11 };
    struct place p;
    char beside[128];
    bool failed = true;
    size_t rounds = 0;

    (void)state;
    filled(&p);
    rows_delete(&p);
    snprintf(beside, sizeof(beside), "%s/new", p.dir);
    for (size_t n = 1; failed; n += EACH, rounds++) {
        rows_fail_at(ROWS_UNREAD, n);
        int rv = store_compact(p.store);
        failed = rows_failed();
        rows_unwatch();
        if (failed)
            assert_code(rv, LINLI_E_DISK);
        else
            assert_ok(rv);
        assert_int_not_equal(access(beside, F_OK), 0);
        place_close(&p);
        assert_ok(place_open(&p, false));
        if (!stale(&p))
            assert_int_equal(traces(&p), 0);
        assert_rows(&p);
    }
    assert_true(rounds > 20);
    assert_int_equal(traces(&p), 0);
    place_drop(&p);
}

static void who_may_use_the_file_stays_as_it_was(void **state)
{
    enum { ANOTHER = 12345 };
    struct place p;
    struct stat before, after;
    char path[128];

    (void)state;
    filled(&p);
    rows_delete(&p);
    snprintf(path, sizeof(path), "%s/data.mdb", p.dir);
    if (geteuid() == 0) /* nobody else may give a file away */
        assert_int_equal(chown(path, ANOTHER, ANOTHER), 0);
    assert_int_equal(chmod(path, 0660), 0);
    assert_int_equal(stat(path, &before), 0);
    assert_ok(store_compact(p.store));
    assert_int_equal(stat(path, &after), 0);
    assert_int_not_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_uid, before.st_uid);
    assert_int_equal(after.st_gid, before.st_gid);
    assert_rows(&p);
    place_drop(&p);
}

static void the_working_folder_may_change(void **state)
{
    struct place p;
    char before[512];

    (void)state;
    place_make(&p);
    p.config.map_bytes = MAP_BYTES;
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(p.parent), 0);
    p.config.dir = "s"; /* relative */
    assert_ok(place_open(&p, true));
    rows_put(&p, 0, RECORDS);
    rows_delete(&p);
    assert_int_equal(chdir("/"), 0);
    assert_ok(store_compact(p.store));
    assert_int_equal(chdir(before), 0);
    assert_rows(&p);
    assert_int_equal(traces(&p), 0);
    place_drop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_deleted_is_on_no_page_afterwards),
        cmocka_unit_test(a_store_of_many_megabytes_is_copied_in_batches),
        cmocka_unit_test(nobody_may_be_reading_it_meanwhile),
        cmocka_unit_test(what_is_left_of_a_try_is_thrown_away),
        cmocka_unit_test(a_copy_that_cannot_be_made_changes_nothing),
        cmocka_unit_test(a_copy_of_which_it_is_not_known_whether_it_stays_is_not_written_to),
        cmocka_unit_test(a_call_that_fails_in_the_middle_loses_nothing),
        cmocka_unit_test(who_may_use_the_file_stays_as_it_was),
        cmocka_unit_test(the_working_folder_may_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
