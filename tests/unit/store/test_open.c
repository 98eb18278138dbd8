/* tests: making, opening and refusing a store: who holds it, under which key, in which format. */
#include "store_tool.h"

#include <sys/file.h>

#include "store/env.h"

static bool has_file(const struct place *p, const char *name)
{
    char path[128];

    return access(place_file(p, name, path, sizeof(path)), F_OK) == 0;
}

static void write_file(const struct place *p, const char *name, const char *bytes)
{
    char path[128];

    file_write(place_file(p, name, path, sizeof(path)), bytes, strlen(bytes));
}

static void put_and_commit(struct place *p, const char *name, span value)
{
    struct store_txn *txn = begin(p, true);

    assert_ok(meta_put(txn, name, value));
    assert_ok(store_commit(txn));
}

static void a_store_is_made_once_and_found_again(void **state)
{
    struct place *p = *state;
    struct stat st;
    span value;

    assert_code(place_open(p, false), LINLI_E_NOT_FOUND);
    assert_false(store_exists(p->dir));
    assert_ok(place_open(p, true));
    assert_true(store_exists(p->dir));
    assert_int_equal(stat(p->dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_false(has_file(p, "opening"));
    assert_false(has_file(p, "format.new"));
    put_and_commit(p, "name", text("kept"));
    assert_true(store_disk_bytes(p->store) > 0);
    place_close(p);
    assert_code(place_open(p, true), LINLI_E_EXISTS);
    assert_ok(place_open(p, false));
    struct store_txn *txn = begin(p, false);
    assert_ok(meta_get(txn, "name", &value));
    assert_true(span_equal(value, text("kept")));
    store_abort(txn);
}

static void a_folder_of_others_is_left_as_it_is(void **state)
{
    struct place *p = *state;

    assert_int_equal(mkdir(p->dir, 0700), 0);
    assert_code(place_open(p, false), LINLI_E_NOT_FOUND);
    assert_false(has_file(p, "held"));
    write_file(p, "data.mdb", "somebody's own");
    assert_true(store_exists(p->dir));
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    assert_code(place_open(p, true), LINLI_E_EXISTS);
    store_remove(p->dir);
    assert_true(has_file(p, "data.mdb"));
    assert_false(has_file(p, "held"));
}

static void a_store_that_was_half_made_is_made_again(void **state)
{
    struct place *p = *state;
    uint8_t salt[16], again[16];

    assert_ok(store_salt(p->dir, true, &p->config.rng, salt));
    write_file(p, "format.new", "linli-store 1\n");
    write_file(p, "data.mdb", "torn");
    assert_false(store_exists(p->dir));
    assert_code(place_open(p, false), LINLI_E_NOT_FOUND);
    assert_ok(place_open(p, true));
    place_close(p);
    assert_ok(place_open(p, false));
    assert_ok(store_salt(p->dir, false, &p->config.rng, again));
    assert_memory_equal(salt, again, sizeof(salt));
}

static void a_store_is_none_until_it_is_finished(void **state)
{
    struct place *p = *state;

    p->config.unfinished = true;
    assert_ok(place_open(p, true));
    put_and_commit(p, "name", text("half"));
    place_close(p); /* as if the process had been killed here */
    assert_false(store_exists(p->dir));
    assert_code(place_open(p, false), LINLI_E_NOT_FOUND);
    write_file(p, "root.key", "of the first try");
    assert_ok(place_open(p, true));
    assert_false(has_file(p, "root.key"));
    assert_ok(store_finish(p->store));
    place_close(p);
    assert_true(store_exists(p->dir));
    assert_ok(place_open(p, false));
}

static void a_root_key_whose_store_is_gone_is_left_alone(void **state)
{
    struct place *p = *state;
    uint8_t salt[16];

    assert_ok(store_salt(p->dir, true, &p->config.rng, salt));
    write_file(p, "root.key", "perhaps the last copy");
    assert_code(place_open(p, true), LINLI_E_EXISTS);
    assert_code(place_open(p, false), LINLI_E_NOT_FOUND);
    store_remove(p->dir);
    assert_true(has_file(p, "root.key") && has_file(p, "salt"));
    char path[128];
    assert_int_equal(unlink(place_file(p, "root.key", path, sizeof(path))), 0);
}

static void removing_takes_the_files_of_a_store_and_no_others(void **state)
{
    struct place *p = *state;
    uint8_t salt[16];

    assert_ok(store_salt(p->dir, true, &p->config.rng, salt));
    assert_ok(place_open(p, true));
    store_remove(p->dir); /* held: nothing happens */
    assert_true(has_file(p, "data.mdb"));
    place_close(p);
    write_file(p, "photo", "not ours");
    store_remove(p->dir);
    assert_true(has_file(p, "photo"));
    assert_false(has_file(p, "data.mdb") || has_file(p, "lock.mdb") || has_file(p, "format") || has_file(p, "salt") ||
                 has_file(p, "held"));
    char path[128];
    assert_int_equal(unlink(place_file(p, "photo", path, sizeof(path))), 0);
    store_remove(p->dir);
    assert_int_equal(access(p->dir, F_OK), -1);
    store_remove(p->dir);
}

static void a_salt_is_made_once(void **state)
{
    struct place *p = *state;
    uint8_t a[16], b[16];

    assert_code(store_salt(p->dir, false, &p->config.rng, a), LINLI_E_NOT_FOUND);
    assert_ok(store_salt(p->dir, true, &p->config.rng, a));
    assert_ok(store_salt(p->dir, true, &p->config.rng, b));
    assert_memory_equal(a, b, sizeof(a));
    write_file(p, "salt", "short");
    assert_code(store_salt(p->dir, false, &p->config.rng, a), LINLI_E_FORMAT);
    write_file(p, "salt", "seventeen bytes !");
    assert_code(store_salt(p->dir, true, &p->config.rng, a), LINLI_E_FORMAT);
}

static void a_wrong_key_is_told_and_changes_nothing(void **state)
{
    struct place *p = *state;

    assert_ok(place_open(p, true));
    place_close(p);
    p->config.key[31] ^= 1;
    assert_code(place_open(p, false), LINLI_E_KEY);
    p->config.key[31] ^= 1;
    assert_ok(place_open(p, false));
}

static void a_secret_is_nowhere_in_the_files(void **state)
{
    static const char secret[] = "secret-that-is-made-up-0123456789", plain[] = "plain-that-is-made-up-0123456789";
    struct place *p = *state;
    struct buf out = {0};
    char path[128];
    size_t size = 0, found = 0;

    assert_ok(place_open(p, true));
    struct store_txn *txn = begin(p, true);
    assert_ok(meta_secret_put(txn, "sign", span_of(secret, sizeof(secret) - 1)));
    assert_ok(meta_put(txn, "plain", span_of(plain, sizeof(plain) - 1)));
    assert_ok(store_commit(txn));
    place_close(p);
    uint8_t *bytes = file_read(place_file(p, "data.mdb", path, sizeof(path)), &size);
    for (size_t i = 0; i + sizeof(secret) <= size; i++) {
        assert_false(memcmp(bytes + i, secret, 8) == 0 || memcmp(bytes + i, p->config.key, 32) == 0);
        found += memcmp(bytes + i, plain, sizeof(plain) - 1) == 0;
    }
    assert_int_equal(found, 1); /* so the search does find what is there */
    free(bytes);
    assert_ok(place_open(p, false));
    txn = begin(p, false);
    assert_ok(meta_secret_get(txn, "sign", &out));
    assert_true(span_equal(buf_span(&out), span_of(secret, sizeof(secret) - 1)));
    store_abort(txn);
    buf_free(&out);
}

static void a_second_opening_in_one_process_is_refused(void **state)
{
    struct place *p = *state;
    struct store *second = NULL;
    char other[160], held[128];

    assert_ok(place_open(p, true));
    p->config.create = false;
    assert_code(store_open(&p->config, &second), LINLI_E_BUSY);
    snprintf(other, sizeof(other), "%s/../s/.", p->dir);
    p->config.dir = other;
    assert_code(store_open(&p->config, &second), LINLI_E_BUSY);
    p->config.dir = p->dir;
    unlink(place_file(p, "held", held, sizeof(held))); /* the list of this process knows the folder all the same */
    assert_code(store_open(&p->config, &second), LINLI_E_BUSY);
    place_close(p);
    assert_ok(place_open(p, false));
}

/* Run in a child; gives its exit code, or minus the signal that ended it. */
static int in_child(int (*work)(struct place *p), struct place *p)
{
    int status = 0;

    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(work(p));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int try_open(struct place *p)
{
    int rv = place_open(p, false);

    if (rv == LINLI_OK)
        place_close(p);
    return rv;
}

static void another_process_waits_for_the_holder_to_go(void **state)
{
    struct place *p = *state;
    struct store *ours = NULL;

    assert_ok(place_open(p, true));
    ours = p->store;
    assert_int_equal(in_child(try_open, p), LINLI_E_BUSY);
    p->store = ours;
    place_close(p);
    assert_int_equal(in_child(try_open, p), LINLI_OK);
    /* One that never knew this process: a lock taken by hand, as another program would hold it. */
    char path[128];
    int fd = open(place_file(p, "held", path, sizeof(path)), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(place_open(p, false), LINLI_E_BUSY);
    close(fd);
    assert_ok(place_open(p, false));
}

static void a_newer_format_is_refused_by_its_number(void **state)
{
    static const struct {
        const char *note;
        int code;
    } cases[] = {
        {"linli-store 1\n", LINLI_OK},           {"linli-store 2\n", LINLI_OK},
        {"linli-store 3\n", LINLI_E_VERSION},
        {"linli-store 3\nmore", LINLI_E_VERSION}, {"linli-store 999999999\n", LINLI_E_VERSION},
        {"linli-store 0\n", LINLI_E_FORMAT},     {"linli-store 1", LINLI_E_FORMAT},
        {"linli-store 01\n", LINLI_E_FORMAT},    {"linli-store 02\n", LINLI_E_FORMAT},
        {"linli-store 1\n\n", LINLI_E_FORMAT},   {"linli-store \n", LINLI_E_FORMAT},
        {"linli-store 9999999999\n", LINLI_E_FORMAT}, {"linli-stores 1\n", LINLI_E_FORMAT},
        {"", LINLI_E_FORMAT},                    {"linli", LINLI_E_FORMAT},
    };
    struct place *p = *state;

    assert_ok(place_open(p, true));
    place_close(p);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_file(p, "format", cases[i].note);
        assert_code(place_open(p, false), cases[i].code);
        place_close(p);
    }
}

/* The note beside the file may be another's: the file says its format itself. */
static void the_file_says_its_format_too(void **state)
{
    static const struct {
        uint8_t format[5];
        size_t size;
        int code;
    } cases[] = {{{0, 0, 0, 2}, 4, LINLI_OK},
                 {{0, 0, 0, 3}, 4, LINLI_E_VERSION},
                 {{0, 0, 0, 0}, 4, LINLI_E_FORMAT},
                 {{0, 0, 0, 2, 0}, 5, LINLI_E_FORMAT}};
    struct place *p = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_ok(place_open(p, true));
        struct store_txn *txn = begin(p, true);
        assert_ok(meta_internal_put(txn, "format", span_of(cases[i].format, cases[i].size)));
        assert_ok(store_commit(txn));
        place_close(p);
        assert_code(place_open(p, false), cases[i].code);
        place_close(p);
        store_remove(p->dir);
    }
}

/* What LMDB calls, in place of the C library's. */
static unsigned syncs;

int fdatasync(int fd)
{
    syncs++;
    return fsync(fd);
}

static void a_commit_is_synced_before_it_is_acknowledged(void **state)
{
    struct place *p = *state;

    assert_ok(place_open(p, true));
    for (unsigned i = 0; i < 3; i++) {
        struct store_txn *txn = begin(p, true);
        assert_ok(meta_put(txn, "name", text(i % 2 == 0 ? "even" : "odd")));
        unsigned before = syncs;
        assert_ok(store_commit(txn));
        assert_true(syncs > before);
    }
}

static void an_opening_that_died_is_tried_three_times(void **state)
{
    struct place *p = *state;

    assert_ok(place_open(p, true));
    place_close(p);
    write_file(p, "opening", "xx");
    assert_ok(place_open(p, false)); /* walked through first, found whole, and the count starts again */
    assert_false(has_file(p, "opening"));
    place_close(p);
    write_file(p, "opening", "xxx");
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    assert_true(has_file(p, "opening"));
    assert_true(store_exists(p->dir));
}

static void a_store_without_its_data_is_refused(void **state)
{
    struct place *p = *state;
    char path[128];

    assert_ok(place_open(p, true));
    place_close(p);
    assert_int_equal(unlink(place_file(p, "data.mdb", path, sizeof(path))), 0);
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    assert_false(has_file(p, "data.mdb"));
    assert_int_equal(mkdir(path, 0700), 0);
    assert_code(place_open(p, false), LINLI_E_FORMAT);
    assert_int_equal(rmdir(path), 0);
}

/* --- memory --- */

static int make_and_fill(void *ctx)
{
    struct place *p = ctx;
    struct store_txn *txn = NULL;
    struct cited_row cited[2] = {{1, 1}, {2, 2}};
    struct head_row head = {.seq = 1, .cited = cited, .cited_count = 2}, got;
    struct log_row row = {.arrival = 1, .entry = text("entry")};
    struct buf out = {0};

    store_remove(p->dir);
    int rv = place_open(p, true);
    if (rv == LINLI_OK) {
        place_close(p);
        rv = place_open(p, false);
    }
    if (rv == LINLI_OK)
        rv = store_begin(p->store, true, &txn);
    if (rv == LINLI_OK)
        rv = head_put(txn, 1, 1, &head);
    if (rv == LINLI_OK)
        rv = head_get(txn, 1, 1, &got);
    for (int i = 0; i < 2 && rv == LINLI_OK; i++)
        rv = log_put(txn, 1, 1, 1, &row);
    if (rv == LINLI_OK)
        rv = meta_secret_put(txn, "s", text("made-up"));
    if (rv == LINLI_OK)
        rv = meta_secret_get(txn, "s", &out);
    buf_free(&out);
    if (rv == LINLI_OK)
        rv = store_commit(txn);
    else
        store_abort(txn);
    place_close(p);
    return rv;
}

static void every_allocation_may_fail(void **state)
{
    assert_true(heap_each_failure(make_and_fill, *state) >= 6);
}

#define OPEN_TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN_TEST(a_store_is_made_once_and_found_again),
        OPEN_TEST(a_folder_of_others_is_left_as_it_is),
        OPEN_TEST(a_store_that_was_half_made_is_made_again),
        OPEN_TEST(a_store_is_none_until_it_is_finished),
        OPEN_TEST(a_root_key_whose_store_is_gone_is_left_alone),
        OPEN_TEST(removing_takes_the_files_of_a_store_and_no_others),
        OPEN_TEST(a_salt_is_made_once),
        OPEN_TEST(a_wrong_key_is_told_and_changes_nothing),
        OPEN_TEST(a_secret_is_nowhere_in_the_files),
        OPEN_TEST(a_second_opening_in_one_process_is_refused),
        OPEN_TEST(another_process_waits_for_the_holder_to_go),
        OPEN_TEST(a_newer_format_is_refused_by_its_number),
        OPEN_TEST(the_file_says_its_format_too),
        OPEN_TEST(a_commit_is_synced_before_it_is_acknowledged),
        OPEN_TEST(an_opening_that_died_is_tried_three_times),
        OPEN_TEST(a_store_without_its_data_is_refused),
        OPEN_TEST(every_allocation_may_fail),
    };
    return UNIT_RUN(tests);
}
