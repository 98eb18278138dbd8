/* tests: store: what each refusal of LMDB means, when a store is made, opened, grown, read and written. */
#include "rows.h"
#include "store_tool.h"

#include <errno.h>

#include "base/check.h"
#include "store/env.h"

static void each_code_of_lmdb_is_one_of_ours(void **state)
{
    static const struct {
        int mdb, ours;
    } codes[] = {
        {MDB_SUCCESS, LINLI_OK},           {MDB_NOTFOUND, LINLI_E_NOT_FOUND},     {MDB_KEYEXIST, LINLI_E_EXISTS},
        {MDB_MAP_FULL, LINLI_E_FULL},      {ENOSPC, LINLI_E_FULL},                {EDQUOT, LINLI_E_FULL},
        {EFBIG, LINLI_E_FULL},             {MDB_BAD_VALSIZE, LINLI_E_LIMIT},      {MDB_TXN_FULL, LINLI_E_LIMIT},
        {MDB_READERS_FULL, LINLI_E_LIMIT}, {MDB_PAGE_NOTFOUND, LINLI_E_CORRUPT},  {MDB_CORRUPTED, LINLI_E_CORRUPT},
        {MDB_PAGE_FULL, LINLI_E_CORRUPT},  {MDB_CURSOR_FULL, LINLI_E_CORRUPT},    {MDB_INVALID, LINLI_E_FORMAT},
        {MDB_INCOMPATIBLE, LINLI_E_FORMAT}, {MDB_VERSION_MISMATCH, LINLI_E_FORMAT}, {ENOMEM, LINLI_E_NOMEM},
        {MDB_BAD_TXN, LINLI_E_INTERNAL},   {MDB_BAD_DBI, LINLI_E_INTERNAL},       {MDB_DBS_FULL, LINLI_E_INTERNAL},
        {EINVAL, LINLI_E_INTERNAL},        {MDB_PANIC, LINLI_E_DISK},             {EIO, LINLI_E_DISK},
        {EACCES, LINLI_E_DISK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        assert_code(table_code(codes[i].mdb), codes[i].ours);
}

/* --- made and opened --- */

static void a_store_is_made_and_opened_whole_or_not_at_all(void **state)
{
    static const enum rows_call calls[] = {ROWS_ENV_CREATE, ROWS_ENV_MAXDBS, ROWS_ENV_MAPSIZE, ROWS_ENV_OPEN, ROWS_ENV_FD,
                                           ROWS_BEGIN, ROWS_DBI, ROWS_COMMIT, ROWS_GET, ROWS_PUT};
    struct place *p = *state;

    for (unsigned create = 1; create < 2; create--) {
        for (size_t i = 0; i < COUNT_OF(calls); i++)
            for (size_t n = 1; n < 4; n++) {
                rows_fail_call(calls[i], n, EIO);
                int rv = place_open(p, create);
                bool failed = rows_failed();
                rows_unwatch();
                if (!failed || (calls[i] == ROWS_ENV_FD && rv == LINLI_OK)) { /* after it is open: only for the file's length */
                    assert_ok(rv);
                    place_close(p);
                    if (create)
                        store_remove(p->dir);
                    continue;
                }
                assert_code(rv, LINLI_E_DISK);
                assert_null(p->store);
                assert_int_equal(store_exists(p->dir), !create);
            }
        if (create) {
            assert_ok(place_open(p, true));
            place_close(p);
        }
    }
}

static void a_table_that_is_not_there_makes_it_none_of_ours(void **state)
{
    struct place *p = *state;

    assert_ok(place_open(p, true));
    place_close(p);
    rows_fail_call(ROWS_DBI, 5, MDB_NOTFOUND);
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    rows_fail_at(ROWS_GONE, 1); /* the row that tells its format; then the one that tells its key */
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    rows_fail_at(ROWS_GONE, 2);
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    rows_fail_at(ROWS_SHORT, 1);
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    rows_fail_at(ROWS_SHORT, 2);
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    rows_fail_at(ROWS_LAST_CHANGED, 2);
    assert_code(place_open(p, false), LINLI_E_KEY);
    rows_fail_at(ROWS_FIRST_CHANGED, 1);
    assert_code(place_open(p, false), LINLI_E_VERSION);
    rows_unwatch();
    assert_ok(place_open(p, false));
}

static void where_there_is_little_room_for_a_map_it_is_smaller(void **state)
{
    struct place *p = *state;

    p->config.map_bytes = UINT64_C(8) << 20;
    rows_fail_call(ROWS_ENV_OPEN, 1, ENOMEM);
    assert_ok(place_open(p, true));
    assert_int_equal(p->store->map_bytes, UINT64_C(4) << 20);
    place_close(p);
    p->config.map_bytes = 1; /* and never smaller than can be worked with */
    assert_ok(place_open(p, false));
    assert_int_equal(p->store->map_bytes, UINT64_C(1) << 20);
    place_close(p);
    rows_fail_call(ROWS_ENV_OPEN, 1, ENOMEM);
    assert_code(place_open(p, false), LINLI_E_NOMEM);
    rows_unwatch();
}

/* --- grown --- */

static void a_map_that_cannot_grow_is_as_it_was_or_closed(void **state)
{
    struct place *p = *state;
    struct store_txn *txn = NULL;
    uint64_t before = p->store->map_bytes;

    rows_fail_call(ROWS_ENV_FD, 1, EINVAL);
    assert_code(store_grow(p->store), LINLI_E_FULL);
    rows_unwatch();
    assert_int_equal(p->store->map_bytes, before);
    assert_ok(store_grow(p->store));
    assert_int_equal(p->store->map_bytes, 2 * before);
    rows_fail_call(ROWS_ENV_MAPSIZE, 1, ENOMEM); /* LMDB has unmapped by then */
    assert_code(store_grow(p->store), LINLI_E_DISK);
    rows_unwatch();
    assert_code(store_grow(p->store), LINLI_E_DISK);
    assert_code(store_begin(p->store, false, &txn), LINLI_E_DISK);
    place_close(p);
    assert_ok(place_open(p, false));
}

/* --- read and written --- */

static void what_cannot_be_read_stays_with_its_transaction(void **state)
{
    struct place *p = *state;
    span value = {NULL, 0};
    uint64_t number;

    struct store_txn *txn = begin(p, false);
    assert_ok(store_failed(txn));
    rows_fail_call(ROWS_GET, 1, EIO);
    assert_code(meta_get(txn, "name", &value), LINLI_E_DISK);
    rows_unwatch();
    assert_code(meta_get(txn, "name", &value), LINLI_E_DISK);
    assert_code(store_failed(txn), LINLI_E_DISK);
    assert_code(store_end(txn, LINLI_OK), LINLI_E_DISK);
    txn = begin(p, false);
    assert_code(meta_get(txn, "name", &value), LINLI_E_NOT_FOUND); /* that is no failure */
    assert_code(store_end(txn, LINLI_E_NOT_FOUND), LINLI_E_NOT_FOUND);
    assert_code(store_end(NULL, LINLI_E_NOMEM), LINLI_E_NOMEM);

    txn = begin(p, true);
    rows_fail_call(ROWS_CURSOR, 1, EIO);
    const linli_author author = {{1}, 1};
    uint32_t given;
    assert_code(author_number(txn, &author, true, &given), LINLI_E_DISK); /* the last number is looked for */
    rows_unwatch();
    assert_code(arrival_next(txn, &number), LINLI_E_DISK);
    assert_code(meta_put(txn, "name", text("x")), LINLI_E_DISK);
    assert_code(store_commit(txn), LINLI_E_DISK);
    txn = begin(p, true); /* nothing was written, and nothing is unknown */
    assert_ok(meta_put(txn, "name", text("x")));
    assert_ok(store_commit(txn));
}

static void a_write_that_fails_ends_its_transaction_and_no_more(void **state)
{
    static const int codes[][2] = {{ENOSPC, LINLI_E_FULL}, {MDB_MAP_FULL, LINLI_E_FULL}, {EIO, LINLI_E_DISK},
                                   {MDB_TXN_FULL, LINLI_E_LIMIT}};
    struct place *p = *state;
    span value = {NULL, 0};

    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct store_txn *txn = begin(p, true);
        assert_ok(meta_put(txn, "name", text("not kept")));
        rows_fail_call(ROWS_PUT, 1, codes[i][0]);
        assert_code(meta_put(txn, "other", text("x")), codes[i][1]);
        rows_unwatch();
        assert_code(meta_get(txn, "name", &value), codes[i][1]);
        assert_code(store_commit(txn), codes[i][1]);
        txn = begin(p, false);
        assert_code(meta_get(txn, "name", &value), LINLI_E_NOT_FOUND);
        store_abort(txn);
    }
}

static int commit_with(struct place *p, int code)
{
    struct store_txn *txn = begin(p, true);

    assert_ok(meta_put(txn, "name", text("x")));
    rows_fail_call(ROWS_COMMIT, 1, code);
    int rv = store_commit(txn);
    rows_unwatch();
    return rv;
}

static void a_commit_that_fails_is_known_or_closes_the_store_to_writes(void **state)
{
    struct place *p = *state;
    struct store_txn *txn = NULL;
    span value = {NULL, 0};

    assert_code(commit_with(p, ENOSPC), LINLI_E_FULL); /* known: nothing was written, and why */
    assert_code(store_grow(p->store), LINLI_E_FULL);   /* a larger map does not help a full disk */
    assert_code(commit_with(p, MDB_MAP_FULL), LINLI_E_FULL);
    assert_ok(store_grow(p->store));
    assert_code(commit_with(p, EIO), LINLI_E_DISK); /* not known */
    assert_code(store_begin(p->store, true, &txn), LINLI_E_DISK);
    txn = begin(p, false); /* reading goes on */
    assert_code(meta_get(txn, "name", &value), LINLI_E_NOT_FOUND);
    store_abort(txn);
    place_close(p);
    assert_ok(place_open(p, false));
    assert_ok(commit_with(p, 0));
}

static void a_transaction_that_does_not_begin_is_none(void **state)
{
    static const int codes[][2] = {{ENOMEM, LINLI_E_NOMEM}, {MDB_READERS_FULL, LINLI_E_LIMIT}, {MDB_PANIC, LINLI_E_DISK}};
    struct place *p = *state;
    struct store_txn *txn = NULL;

    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        rows_fail_call(ROWS_BEGIN, 1, codes[i][0]);
        assert_code(store_begin(p->store, true, &txn), codes[i][1]);
        rows_unwatch();
        assert_null(txn);
        assert_int_equal(p->store->open_txns, 0);
    }
    assert_code(store_begin(p->store, true, &txn), LINLI_E_DISK); /* LMDB has panicked: nothing is written any more */
    store_abort(begin(p, false));
}

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, store_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_of_lmdb_is_one_of_ours),
        PLACE_TEST(a_store_is_made_and_opened_whole_or_not_at_all),
        PLACE_TEST(a_table_that_is_not_there_makes_it_none_of_ours),
        PLACE_TEST(where_there_is_little_room_for_a_map_it_is_smaller),
        STORE_TEST(a_map_that_cannot_grow_is_as_it_was_or_closed),
        STORE_TEST(what_cannot_be_read_stays_with_its_transaction),
        STORE_TEST(a_write_that_fails_ends_its_transaction_and_no_more),
        STORE_TEST(a_commit_that_fails_is_known_or_closes_the_store_to_writes),
        STORE_TEST(a_transaction_that_does_not_begin_is_none),
    };
    return UNIT_RUN(tests);
}
