/* tests: maps that grow, disks that are full, and processes that are killed: what was committed stays. */
#include "store_tool.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* `count` rows of a kilobyte from `first` on. */
static int put_rows(struct store_txn *txn, uint64_t first, uint64_t count)
{
    uint8_t entry[1024];
    int rv = LINLI_OK;

    for (uint64_t i = first; i < first + count && rv == LINLI_OK; i++) {
        struct log_row row = {.arrival = i, .id = hash_of(i), .entry = span_of(entry, sizeof(entry))};
        memset(entry, (int)(i % 251), sizeof(entry));
        rv = log_put(txn, 1, 1, i, &row);
    }
    return rv;
}

struct tally {
    uint64_t next, wrong;
};

static bool tally_row(void *ctx, uint64_t seq, const struct log_row *row)
{
    struct tally *t = ctx;

    t->wrong += seq != t->next || row->entry.size != 1024 || row->entry.at[1023] != seq % 251;
    t->next = seq + 1;
    return true;
}

/* Rows 0, 1, 2, ... without a gap: how many. */
static uint64_t rows_held(struct place *p)
{
    struct store_txn *txn = begin(p, false);
    struct tally t = {0};

    assert_ok(log_each(txn, 1, 1, 0, tally_row, &t));
    assert_int_equal(t.wrong, 0);
    store_abort(txn);
    return t.next;
}

static void a_map_grows_before_it_is_full(void **state)
{
    struct place *p = *state;

    assert_ok(place_open(p, true)); /* 1 MiB */
    for (uint64_t i = 0; i < 20000; i += 100) {
        struct store_txn *txn = begin(p, true);
        assert_ok(put_rows(txn, i, 100));
        assert_ok(store_commit(txn));
    }
    assert_true(store_disk_bytes(p->store) > 20 << 20);
    assert_int_equal(rows_held(p), 20000);
    place_close(p);
    assert_ok(place_open(p, false)); /* with 1 MiB again: the file is larger, and that counts */
    struct store_txn *txn = begin(p, true);
    assert_ok(put_rows(txn, 20000, 1));
    assert_ok(store_commit(txn));
    assert_int_equal(rows_held(p), 20001);
}

static void one_transaction_larger_than_the_map_goes_in_after_growing(void **state)
{
    struct place *p = *state;
    struct store_txn *txn = NULL;
    unsigned tries = 0;
    int rv;
    span value;

    assert_ok(place_open(p, true));
    txn = begin(p, true);
    assert_ok(put_rows(txn, 0, 10));
    assert_ok(store_commit(txn));
    do {
        txn = begin(p, true);
        rv = put_rows(txn, 10, 20000);
        if (rv == LINLI_OK) {
            rv = store_commit(txn);
        } else {
            assert_code(rv, LINLI_E_FULL);
            assert_code(meta_put(txn, "more", text("x")), LINLI_E_FULL); /* once failed, always failed */
            assert_code(meta_get(txn, "more", &value), LINLI_E_FULL);
            if (tries == 0) {
                assert_code(store_grow(p->store), LINLI_E_BUSY);
                store_abort(txn);
            } else {
                assert_code(store_commit(txn), LINLI_E_FULL);
            }
            assert_int_equal(rows_held(p), 10);
        }
    } while (rv == LINLI_E_FULL && ++tries < 20 && store_grow(p->store) == LINLI_OK);
    assert_ok(rv);
    assert_true(tries >= 4);
    assert_int_equal(rows_held(p), 20010);
}

static void a_map_that_cannot_grow_says_full_and_keeps_working(void **state)
{
    struct place *p = *state;
    int status = 0;

    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) { /* the limit must not stay with the tests that follow */
        if (place_open(p, true) != LINLI_OK)
            _exit(1);
        struct store_txn *txn = begin(p, true);
        if (put_rows(txn, 0, 100) != LINLI_OK || store_commit(txn) != LINLI_OK)
            _exit(2);
        while (store_grow(p->store) == LINLI_OK)
            ;
        _exit(store_grow(p->store) == LINLI_E_FULL && rows_held(p) == 100 ? 0 : 3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- a full disk --- */

/* Fill until it says so. Every acknowledged row must be there, in this opening and in the next. */
static void fill_until_full(struct place *p)
{
    uint64_t held = 0;
    unsigned refused = 0;

    assert_ok(place_open(p, true));
    while (refused < 5) {
        struct store_txn *txn = NULL;
        int rv = store_begin(p->store, true, &txn);
        if (rv == LINLI_OK) {
            rv = put_rows(txn, held, 20);
            if (rv == LINLI_OK)
                rv = store_commit(txn);
            else
                store_abort(txn);
        }
        if (rv == LINLI_OK) {
            held += 20;
            continue;
        }
        assert_true(rv == LINLI_E_FULL || rv == LINLI_E_DISK);
        if (rv == LINLI_E_FULL)
            assert_code(store_grow(p->store), LINLI_E_FULL); /* a greater map is no help */
        refused++;
        assert_int_equal(rows_held(p), held);
        if (rv == LINLI_E_DISK) { /* unknown: what the caller does is reopen and compare */
            place_close(p);
            assert_ok(place_open(p, false));
            assert_true(rows_held(p) == held || rows_held(p) == held + 20);
            held = rows_held(p);
        }
    }
    print_message("%u rows held\n", (unsigned)held);
    assert_true(held > 0);
    place_close(p);
    assert_ok(place_open(p, false));
    assert_int_equal(rows_held(p), held);
}

static void a_full_disk_keeps_what_was_committed(void **state)
{
    struct place *p = *state;

    if (mount("none", p->parent, "tmpfs", 0, "size=1m") != 0) {
        print_message("SKIP a_full_disk_keeps_what_was_committed: no tmpfs can be mounted here\n");
        return;
    }
    fill_until_full(p);
    /* Room again: it goes on, without reopening. */
    struct store_txn *txn = begin(p, true);
    assert_ok(meta_put(txn, "small", text("x")));
    assert_ok(store_commit(txn));
    place_drop(p);
    assert_int_equal(umount(p->parent), 0);
    (void)rmdir(p->parent);
}

/* --- the reserve --- */

static off_t reserve_of(const struct place *p)
{
    char name[96];
    struct stat st;

    snprintf(name, sizeof(name), "%s/reserve", p->dir);
    return stat(name, &st) == 0 ? st.st_size : 0;
}

/* A small row; the map is large enough. */
static int put_one(struct place *p, uint64_t seq)
{
    struct store_txn *txn = begin(p, true);
    int rv = put_rows(txn, seq, 1);

    if (rv == LINLI_OK)
        return store_commit(txn);
    store_abort(txn);
    return rv;
}

/* All that the disk has left, into one file. */
static void take_all_room(const struct place *p)
{
    static const uint8_t nothing[4096];
    char name[96];

    snprintf(name, sizeof(name), "%s/fill", p->parent);
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (off_t step = 16 << 20; step >= 4096; step /= 2)
        while (posix_fallocate(fd, lseek(fd, 0, SEEK_END), step) == 0)
            ;
    assert_true(write(fd, nothing, sizeof(nothing)) <= 0);
    close(fd);
}

static void give_room_back(const struct place *p)
{
    char name[96];

    snprintf(name, sizeof(name), "%s/fill", p->parent);
    assert_int_equal(unlink(name), 0);
}

static void a_full_disk_has_a_reserve_for_what_must_not_wait(void **state)
{
    struct place *p = *state;
    uint64_t held = 0;
    int rv;

    if (mount("none", p->parent, "tmpfs", 0, "size=80m") != 0) {
        print_message("SKIP a_full_disk_has_a_reserve_for_what_must_not_wait: no tmpfs can be mounted here\n");
        return;
    }
    assert_ok(place_open(p, true));
    assert_int_equal(reserve_of(p), 1 << 20);
    assert_code(store_reserve_spend(p->store), LINLI_E_FULL); /* the disk is not full */
    take_all_room(p);
    for (rv = LINLI_OK; rv == LINLI_OK; held += rv == LINLI_OK)
        rv = put_one(p, held);
    assert_code(rv, LINLI_E_FULL);
    assert_int_equal(reserve_of(p), 1 << 20); /* what may wait does not get it */
    for (off_t left = 1 << 19; left >= 1 << 14; left /= 2) {
        assert_ok(store_reserve_spend(p->store));
        assert_int_equal(reserve_of(p), 0);
        assert_ok(put_one(p, held++));
        assert_in_range(reserve_of(p), 1 << 14, left); /* and not what it leaves */
        for (rv = LINLI_OK; rv == LINLI_OK; held += rv == LINLI_OK)
            rv = put_one(p, held);
        assert_code(rv, LINLI_E_FULL);
    }
    assert_int_equal(rows_held(p), held);
    give_room_back(p);
    assert_ok(put_one(p, held++));
    assert_int_equal(reserve_of(p), 1 << 20);
    assert_int_equal(rows_held(p), held);
    place_drop(p);
    assert_int_equal(umount(p->parent), 0);
    (void)rmdir(p->parent);
}

static int full_by_limit(struct place *p)
{
    struct rlimit limit = {1 << 20, 1 << 20};

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    fill_until_full(p);
    place_close(p);
    return 0;
}

static void a_file_that_may_not_grow_keeps_what_was_committed(void **state)
{
    int status = 0;

    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(full_by_limit(*state));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* --- kill -9 --- */

/* Commit for ever, a number down the pipe after each one. */
static void write_and_tell(struct place *p, bool create, int fd)
{
    if (place_open(p, create) != LINLI_OK)
        _exit(1);
    for (uint64_t held = rows_held(p);;) {
        struct store_txn *txn = NULL;
        if (store_begin(p->store, true, &txn) != LINLI_OK || put_rows(txn, held, 3) != LINLI_OK ||
            store_commit(txn) != LINLI_OK)
            _exit(2);
        held += 3;
        if (write(fd, &held, sizeof(held)) != sizeof(held))
            _exit(3);
    }
}

static void what_was_acknowledged_outlives_a_kill(void **state)
{
    struct place *p = *state;
    uint64_t acknowledged = 0;

    assert_ok(place_open(p, true));
    place_close(p);
    for (unsigned i = 0; i < 50; i++) {
        int ends[2], status = 0;
        uint64_t told = 0;
        uint64_t until = acknowledged + 3 * rng_below(&p->rng, 8) + 3;
        assert_int_equal(pipe(ends), 0);
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            close(ends[0]);
            write_and_tell(p, false, ends[1]);
        }
        close(ends[1]);
        while (acknowledged < until && read(ends[0], &told, sizeof(told)) == sizeof(told))
            acknowledged = told;
        for (volatile uint64_t spin = rng_below(&p->rng, 200000); spin > 0; spin--)
            ; /* into the middle of a commit, without a clock */
        assert_int_equal(kill(pid, SIGKILL), 0);
        while (read(ends[0], &told, sizeof(told)) == sizeof(told))
            acknowledged = told;
        close(ends[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_ok(place_open(p, false));
        uint64_t held = rows_held(p);
        assert_true(held == acknowledged || held == acknowledged + 3);
        acknowledged = held;
        place_close(p);
    }
}

#define LIMIT_TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIMIT_TEST(a_map_grows_before_it_is_full),
        LIMIT_TEST(one_transaction_larger_than_the_map_goes_in_after_growing),
        LIMIT_TEST(a_map_that_cannot_grow_says_full_and_keeps_working),
        LIMIT_TEST(a_full_disk_keeps_what_was_committed),
        LIMIT_TEST(a_full_disk_has_a_reserve_for_what_must_not_wait),
        LIMIT_TEST(a_file_that_may_not_grow_keeps_what_was_committed),
        LIMIT_TEST(what_was_acknowledged_outlives_a_kill),
    };
    return UNIT_RUN(tests);
}
