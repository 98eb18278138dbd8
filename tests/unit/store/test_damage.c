/* tests: files that are damaged or not ours are refused or read, and never end the process. */
#include "store_tool.h"

#define FORMAT_1 "linli-store 1\n"

/* A store with every depth of tree that LMDB makes: a few thousand rows and values over a page. */
static void fill(struct place *p)
{
    char big[9000];
    struct store_txn *txn = begin(p, true);

    memset(big, 'b', sizeof(big));
    for (uint64_t i = 0; i < 3000; i++) {
        struct log_row row = {.arrival = i, .id = hash_of(i), .entry = span_of(big, 200)};
        linli_id record = id_of(i);
        assert_ok(log_put(txn, 1, 1, i, &row));
        assert_ok(view_put(txn, 1, &record, span_of(big, i % 100 == 0 ? sizeof(big) : 100)));
    }
    assert_ok(store_commit(txn));
    txn = begin(p, true);
    for (uint64_t i = 0; i < 3000; i += 3) /* and a list of free pages */
        assert_ok(log_delete(txn, 1, 1, i));
    assert_ok(store_commit(txn));
}

static int filled_setup(void **state)
{
    place_setup(state);
    struct place *p = *state;
    p->config.map_bytes = 16 << 20;
    assert_ok(place_open(p, true));
    fill(p);
    place_close(p);
    return 0;
}

static bool count_log(void *ctx, uint64_t seq, const struct log_row *row)
{
    (void)row;
    *(uint64_t *)ctx += seq != 0;
    return true;
}

static bool count_view(void *ctx, const linli_id *record, span state)
{
    (void)record;
    for (size_t i = 0; i < state.size; i++)
        *(uint64_t *)ctx += state.at[i];
    return true;
}

static int read_all(struct store_txn *txn)
{
    uint64_t sum = 0;
    int rv = log_each(txn, 1, 1, 0, count_log, &sum);

    return rv == LINLI_OK ? view_each(txn, 1, count_view, &sum) : rv;
}

/* Open in a child, read it all and write one row. Gives the code of the opening; minus the signal when it died. */
static int open_in_child(struct place *p)
{
    int status = 0;

    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(30); /* a loop without end is a death too */
        int rv = place_open(p, false);
        struct store_txn *txn = NULL;
        if (rv == LINLI_OK && store_begin(p->store, false, &txn) == LINLI_OK) {
            (void)read_all(txn);
            store_abort(txn);
            txn = NULL;
            if (store_begin(p->store, true, &txn) == LINLI_OK) {
                (void)meta_put(txn, "after", text("x"));
                (void)store_commit(txn);
            }
        }
        if (rv == LINLI_OK)
            store_close(p->store);
        _exit(rv);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

struct image {
    char path[128], opening[128];
    uint8_t *bytes, *copy;
    size_t size;
};

static void image_take(struct place *p, struct image *m)
{
    place_file(p, "opening", m->opening, sizeof(m->opening));
    m->bytes = file_read(place_file(p, "data.mdb", m->path, sizeof(m->path)), &m->size);
    m->copy = malloc(m->size);
    assert_non_null(m->copy);
    memcpy(m->copy, m->bytes, m->size);
}

static void image_free(struct image *m)
{
    free(m->bytes);
    free(m->copy);
}

static int image_try(struct place *p, struct image *m, size_t size)
{
    file_write(m->path, m->copy, size);
    (void)unlink(m->opening);
    int rv = open_in_child(p);
    memcpy(m->copy, m->bytes, m->size);
    return rv;
}

static void a_whole_file_opens(void **state)
{
    struct image m;

    image_take(*state, &m);
    assert_int_equal(image_try(*state, &m, m.size), LINLI_OK);
    image_free(&m);
}

/* LMDB leaves it so after a meta page that could not be written, and the store is whole. */
static void trees_of_the_older_meta_page_do_not_matter(void **state)
{
    enum { PAGE_HEAD = 16, TREE = 8 + 5 * sizeof(size_t), TREES = PAGE_HEAD + 8 + 2 * sizeof(size_t) };
    const size_t last_page = TREES + 2 * TREE, txn = last_page + sizeof(size_t), page = 4096, one = 1;
    size_t even, odd;
    struct image m;

    image_take(*state, &m);
    memcpy(&even, m.bytes + txn, sizeof(even));
    memcpy(&odd, m.bytes + page + txn, sizeof(odd));
    assert_true(even + 1 == odd || odd + 1 == even); /* or this is not where LMDB keeps them */
    size_t older = even < odd ? 0 : page;
    memcpy(m.copy + older + last_page, &one, sizeof(one));
    assert_int_equal(image_try(*state, &m, m.size), LINLI_OK);
    memcpy(m.copy + (page - older) + last_page, &one, sizeof(one)); /* those of the newest do */
    assert_int_equal(image_try(*state, &m, m.size), LINLI_E_FORMAT);
    image_free(&m);
}

static void garbage_is_refused(void **state)
{
    struct place *p = *state;
    struct image m;

    image_take(p, &m);
    for (unsigned i = 0; i < 20; i++) {
        rng_fill(&p->config.rng, m.copy, m.size);
        assert_int_equal(image_try(p, &m, i == 0 ? 0 : (size_t)rng_below(&p->rng, 40000)), LINLI_E_FORMAT);
    }
    memset(m.copy, 0, m.size);
    assert_int_equal(image_try(p, &m, m.size), LINLI_E_FORMAT);
    image_free(&m);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    struct place *p = *state;
    struct image m;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    image_take(p, &m);
    for (size_t i = 0; i < 60; i++) {
        size_t size = i < 20 ? i * 13 : i < 40 ? (i - 20) * page / 2 : (size_t)rng_below(&p->rng, m.size - page);
        int rv = image_try(p, &m, size);
        if (rv != LINLI_E_FORMAT)
            print_error("cut to %zu of %zu: %d\n", size, m.size, rv);
        assert_int_equal(rv, LINLI_E_FORMAT);
    }
    image_free(&m);
}

/* The trailing pages of a file may be free ones that were never written: such a file is whole. */
static void a_file_that_lacks_only_free_pages_opens(void **state)
{
    struct place *p = *state;
    struct image m;
    char big[200000];

    memset(big, 'z', sizeof(big));
    assert_ok(place_open(p, false));
    struct store_txn *txn = begin(p, true);
    assert_ok(note_put(txn, 'z', text("big"), span_of(big, sizeof(big))));
    assert_ok(store_commit(txn));
    txn = begin(p, true);
    assert_ok(note_delete(txn, 'z', text("big")));
    assert_ok(store_commit(txn));
    place_close(p);
    image_take(p, &m);
    size_t refused = 0, page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t cut = page; cut <= 40 * page; cut += 3 * page) {
        int rv = image_try(p, &m, m.size - cut);
        assert_true(rv == LINLI_OK || rv == LINLI_E_FORMAT);
        refused += rv != LINLI_OK;
    }
    assert_true(refused < 14); /* some were whole */
    image_free(&m);
}

static void a_bit_flipped_in_a_meta_page_is_refused_or_harmless(void **state)
{
    struct place *p = *state;
    struct image m;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), refused = 0, tries = 0;

    image_take(p, &m);
    for (size_t which = 0; which < 2; which++) {
        for (size_t bit = 0; bit < 160 * 8; bit++) { /* a meta page uses 152 bytes */
            size_t step = 1 + (size_t)rng_below(&p->rng, 3);
            m.copy[which * page + bit / 8] ^= (uint8_t)(1u << bit % 8);
            int rv = image_try(p, &m, m.size);
            if (rv < 0)
                print_error("meta %zu byte %zu bit %zu: signal %d\n", which, bit / 8, bit % 8, -rv);
            assert_true(rv >= 0);
            refused += rv != LINLI_OK;
            tries++;
            bit += step - 1;
        }
    }
    print_message("%zu of %zu flips refused\n", refused, tries);
    assert_true(refused > tries / 4); /* the rest: counts and addresses that nothing here goes by */
    image_free(&m);
}

static void meta_pages_of_other_builds_are_refused(void **state)
{
    struct place *p = *state;
    struct image m;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    image_take(p, &m);
    memmove(m.copy + 12, m.copy + 16, 136); /* a 32-bit header is four bytes shorter */
    memmove(m.copy + page + 12, m.copy + page + 16, 136);
    assert_int_equal(image_try(p, &m, m.size), LINLI_E_FORMAT);
    for (size_t i = 0; i < 4; i++) { /* the other byte order */
        m.copy[16 + i] = m.bytes[16 + 3 - i];
        m.copy[page + 16 + i] = m.bytes[page + 16 + 3 - i];
    }
    assert_int_equal(image_try(p, &m, m.size), LINLI_E_FORMAT);
    m.copy[20] = m.copy[page + 20] = 2; /* a later LMDB format */
    assert_int_equal(image_try(p, &m, m.size), LINLI_E_FORMAT);
    memcpy(m.copy, m.copy + page, page); /* a page in the wrong place */
    assert_int_equal(image_try(p, &m, m.size), LINLI_E_FORMAT);
    image_free(&m);
}

/* What kills an opening is met again with a walk through every page, and then refused. */
static void after_a_death_every_page_is_walked(void **state)
{
    struct place *p = *state;
    struct image m;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), refused = 0;

    image_take(p, &m);
    for (size_t i = 0; i < 60; i++) {
        size_t at = 2 * page + (size_t)rng_below(&p->rng, m.size / page - 2) * page;
        memset(m.copy + at, i % 2 ? 0xff : 0, page);
        file_write(m.path, m.copy, m.size);
        file_write(m.opening, "x", 1);
        int rv = open_in_child(p);
        memcpy(m.copy, m.bytes, m.size);
        assert_true(rv >= 0); /* refused; or the page was a free one, or in the middle of a long value */
        refused += rv != LINLI_OK;
    }
    print_message("%zu of 60 damaged pages refused\n", refused);
    assert_true(refused > 20);
    image_free(&m);
}

static void a_store_of_another_program_is_refused(void **state)
{
    struct place *p = *state;
    char path[128];

    assert_int_equal(unlink(place_file(p, "format", path, sizeof(path))), 0);
    assert_int_equal(open_in_child(p), LINLI_E_FORMAT);
    file_write(path, FORMAT_1, strlen(FORMAT_1));
    assert_int_equal(open_in_child(p), LINLI_OK);
}

#define DAMAGE_TEST(f) cmocka_unit_test_setup_teardown(f, filled_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DAMAGE_TEST(a_whole_file_opens),
        DAMAGE_TEST(trees_of_the_older_meta_page_do_not_matter),
        DAMAGE_TEST(garbage_is_refused),
        DAMAGE_TEST(a_file_cut_anywhere_is_refused),
        DAMAGE_TEST(a_file_that_lacks_only_free_pages_opens),
        DAMAGE_TEST(a_bit_flipped_in_a_meta_page_is_refused_or_harmless),
        DAMAGE_TEST(meta_pages_of_other_builds_are_refused),
        DAMAGE_TEST(after_a_death_every_page_is_walked),
        DAMAGE_TEST(a_store_of_another_program_is_refused),
    };
    return UNIT_RUN(tests);
}
