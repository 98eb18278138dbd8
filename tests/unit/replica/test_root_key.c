/* tests: replica: the root's key in the store's folder: who opens it, what a change that was cut off leaves, and disks that fail. */
#include "unit.h"

#include "base/rng.h"
#include "replica/root_key.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t OLD[32] = {1}, NEW[32] = {2};

struct place {
    char dir[64], file[96], next[96];
    struct rng rng;
    uint8_t secret[SIGN_SECRET_BYTES], read[SIGN_SECRET_BYTES];
};

static int start(void **state)
{
    static struct place p;
    uint8_t public[KEY_BYTES];

    p = (struct place){.dir = "/tmp/linli-rootkey-XXXXXX", .rng = rng_system()};
    assert_non_null(mkdtemp(p.dir));
    snprintf(p.file, sizeof(p.file), "%s/root.key", p.dir);
    snprintf(p.next, sizeof(p.next), "%s/root.key.new", p.dir);
    sign_keypair(&p.rng, public, p.secret);
    *state = &p;
    return 0;
}

static int stop(void **state)
{
    struct place *p = *state;

    (void)remove(p->file);
    (void)remove(p->next);
    return rmdir(p->dir);
}

static bool there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void write_key(struct place *p)
{
    assert_ok(root_key_write(p->dir, OLD, &p->rng, p->secret));
}

static void assert_opens(struct place *p, const uint8_t key[32])
{
    memset(p->read, 0, sizeof(p->read));
    assert_ok(root_key_read(p->dir, key, p->read));
    assert_memory_equal(p->read, p->secret, sizeof(p->secret));
}

static void it_opens_for_the_stores_own_key_until_it_is_taken_away(void **state)
{
    struct place *p = *state;

    assert_code(root_key_read(p->dir, OLD, p->read), LINLI_E_NOT_FOUND);
    write_key(p);
    assert_opens(p, OLD);
    assert_code(root_key_read(p->dir, NEW, p->read), LINLI_E_KEY);
    assert_code(root_key_write(p->dir, NEW, &p->rng, p->secret), LINLI_E_DISK); /* nothing is written over */
    assert_opens(p, OLD);
    assert_ok(root_key_remove(p->dir));
    assert_code(root_key_read(p->dir, OLD, p->read), LINLI_E_NOT_FOUND);
    assert_code(root_key_remove(p->dir), LINLI_E_DISK);
}

static void where_no_folder_is_there_is_no_key(void **state)
{
    struct place *p = *state;
    char away[96];

    snprintf(away, sizeof(away), "%s/away", p->dir);
    assert_code(root_key_write(away, OLD, &p->rng, p->secret), LINLI_E_DISK);
    assert_code(root_key_read(away, OLD, p->read), LINLI_E_DISK);
    assert_code(root_key_remove(away), LINLI_E_DISK);
    assert_code(root_key_prepare(away, OLD, NEW, &p->rng), LINLI_E_DISK);
    assert_code(root_key_settle(away, OLD), LINLI_E_DISK);
}

static void what_was_cut_short_or_is_no_file_opens_for_nobody(void **state)
{
    struct place *p = *state;

    write_key(p);
    assert_int_equal(truncate(p->file, 20), 0);
    assert_code(root_key_read(p->dir, OLD, p->read), LINLI_E_KEY);
    assert_int_equal(truncate(p->file, 4096), 0);
    assert_code(root_key_read(p->dir, OLD, p->read), LINLI_E_KEY);
    assert_int_equal(remove(p->file), 0);
    assert_int_equal(mkdir(p->file, 0700), 0); /* a folder can be opened, and not read */
    assert_code(root_key_read(p->dir, OLD, p->read), LINLI_E_DISK);
    assert_code(root_key_prepare(p->dir, OLD, NEW, &p->rng), LINLI_E_DISK);
    assert_int_equal(remove(p->file), 0);
    assert_int_equal(symlink(p->file, p->file), 0); /* it leads to itself */
    assert_code(root_key_read(p->dir, OLD, p->read), LINLI_E_DISK);
}

static void of_a_change_the_key_under_the_stores_own_stays(void **state)
{
    struct place *p = *state;

    write_key(p);
    assert_ok(root_key_settle(p->dir, OLD)); /* nothing was changed */
    assert_ok(root_key_prepare(p->dir, OLD, NEW, &p->rng));
    assert_true(there(p->next));
    assert_ok(root_key_settle(p->dir, OLD)); /* the store never took the new key */
    assert_false(there(p->next));
    assert_opens(p, OLD);
    assert_ok(root_key_prepare(p->dir, OLD, OLD, &p->rng));
    assert_ok(root_key_prepare(p->dir, OLD, NEW, &p->rng)); /* over what one that was cut off has left */
    assert_ok(root_key_settle(p->dir, NEW));
    assert_false(there(p->next));
    assert_opens(p, NEW);
}

static void what_is_not_ours_is_left_alone_by_a_change(void **state)
{
    struct place *p = *state;

    assert_ok(root_key_prepare(p->dir, OLD, NEW, &p->rng)); /* it was taken away */
    assert_false(there(p->next));
    write_key(p);
    assert_ok(root_key_prepare(p->dir, NEW, OLD, &p->rng)); /* another's */
    assert_false(there(p->next));
    assert_opens(p, OLD);
}

static void a_change_that_cannot_be_settled_says_so(void **state)
{
    struct place *p = *state;

    write_key(p);
    assert_ok(root_key_prepare(p->dir, OLD, NEW, &p->rng));
    assert_int_equal(remove(p->file), 0);
    assert_int_equal(mkdir(p->file, 0700), 0); /* no file takes the place of a folder */
    assert_code(root_key_settle(p->dir, NEW), LINLI_E_DISK);
    assert_int_equal(remove(p->file), 0);
    assert_ok(root_key_settle(p->dir, NEW));
    assert_opens(p, NEW);
    assert_int_equal(mkdir(p->next, 0700), 0);
    assert_code(root_key_settle(p->dir, NEW), LINLI_E_DISK);
    assert_code(root_key_prepare(p->dir, NEW, OLD, &p->rng), LINLI_E_DISK);
    assert_opens(p, NEW);
}

static void on_a_full_disk_it_is_not_written(void **state)
{
    struct place *p = *state;
    struct rlimit limit;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {.rlim_cur = 10, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int rv = root_key_write(p->dir, OLD, &p->rng, p->secret);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_code(rv, LINLI_E_DISK);
    assert_code(root_key_read(p->dir, OLD, p->read), LINLI_E_KEY);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(it_opens_for_the_stores_own_key_until_it_is_taken_away),
        CASE(where_no_folder_is_there_is_no_key),
        CASE(what_was_cut_short_or_is_no_file_opens_for_nobody),
        CASE(of_a_change_the_key_under_the_stores_own_stays),
        CASE(what_is_not_ours_is_left_alone_by_a_change),
        CASE(a_change_that_cannot_be_settled_says_so),
        CASE(on_a_full_disk_it_is_not_written),
    };
    return UNIT_RUN(tests);
}
