/*
 * tests: api: a core dump of a process with an open store holds none of its keys: what a core would take (every readable
 * mapping that is not marked to be left out) is searched for them.
 */
#include "unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linli/linli.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/handle.h"
#include "base/secret.h"
#include "replica/internal.h"

enum { CHUNK = 1 << 20, KEY = 32 };

struct searched {
    uint64_t dumped_bytes, left_out_bytes;
    unsigned found;
};

/* Occurrences of the key in these bytes; the key is read where it lies, so that looking for it makes no copy. */
static unsigned occurrences(const uint8_t *at, size_t size, const uint8_t *key)
{
    unsigned count = 0;

    for (const uint8_t *end = at + size; size >= KEY && (at = memchr(at, key[0], (size_t)(end - at))) != NULL; at++)
        count += (size_t)(end - at) >= KEY && memcmp(at, key, KEY) == 0;
    return count;
}

static void search_mapping(int memory, uint64_t start, uint64_t end, const uint8_t *key, struct searched *out)
{
    static uint8_t chunk[CHUNK];

    for (uint64_t at = start; at + KEY <= end; at += CHUNK - KEY) {
        size_t want = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
        if ((uintptr_t)chunk < at + want && at < (uintptr_t)chunk + CHUNK)
            continue; /* this very buffer */
        ssize_t got = pread(memory, chunk, want, (off_t)at);
        if (got > 0)
            out->found += occurrences(chunk, (size_t)got, key);
    }
    memset(chunk, 0, sizeof(chunk));
}

static struct searched search(const uint8_t *key)
{
    struct searched out = {0};
    char line[4096], rights[8];
    uint64_t start = 0, end = 0;
    bool readable = false;
    FILE *maps = fopen("/proc/self/smaps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

    assert_non_null(maps);
    assert_true(memory >= 0);
    while (fgets(line, sizeof(line), maps) != NULL) {
        uint64_t a, b;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &a, &b, rights) == 3) {
            start = a;
            end = b;
            readable = rights[0] == 'r';
        } else if (strncmp(line, "VmFlags:", 8) == 0 && readable) {
            if (strstr(line, " dd") != NULL) {
                out.left_out_bytes += end - start;
                continue;
            }
            out.dumped_bytes += end - start;
            search_mapping(memory, start, end, key, &out);
        }
    }
    fclose(maps);
    close(memory);
    return out;
}

static void expect_absent(const char *what, const uint8_t *key)
{
    struct searched s = search(key);

    if (s.found != 0)
        fail_msg("%s: %u copies in what a core dump would hold", what, s.found);
    assert_true(s.dumped_bytes > 100000 && s.left_out_bytes > 0);
}

static void a_core_dump_holds_no_key_of_an_open_store(void **state)
{
    char base[] = "/tmp/linli-core-XXXXXX", dir[64], command[128];
    uint8_t key[LINLI_KEY_BYTES];
    struct linli_options options = {.size = sizeof(options), .dir = dir, .key = key, .map_bytes = 1 << 20};
    struct rng rng = rng_system();
    linli_store *store = NULL;
    linli_id id;

    (void)state;
    assert_non_null(mkdtemp(base));
    snprintf(dir, sizeof(dir), "%s/store", base);
    rng_fill(&rng, key, sizeof(key));
    assert_ok(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &store));
    linli_store_close(store);
    assert_ok(linli_store_open(&options, &store));
    crypto_wipe(key, sizeof(key)); /* the application's own copy is its own affair */
    struct linli_scope_spec spec = {.name = "made-up patch", .kind = LINLI_PATCH};
    assert_ok(linli_scope_add(store, &store->replica->self.root_scope, &spec, &id)); /* signs */
    char uri[LINLI_URI_BYTES];
    static const char *const addresses[] = {"192.0.2.1:4711"};
    struct linli_invite invite = {.scope = id, .role = LINLI_CAPTAIN, .name = "Made-up Holder", .addresses = addresses,
                                  .address_count = 1};
    uint8_t hint[16] = {0}, secret[32];
    assert_ok(linli_invite_create(store, &invite, uri));
    assert_code(replica_invite_find(store->replica, hint, secret), LINLI_E_NOT_FOUND); /* opens the invitations */
    crypto_wipe(uri, sizeof(uri));
    expect_absent("the store key", store->config.store.key);
    expect_absent("the signing key", store->replica->self.sign_secret);
    expect_absent("the sealing key", store->replica->self.seal_secret);
    expect_absent("the network's key", store->replica->self.network_key);
    expect_absent("the key of notes", store->replica->note_key);
    expect_absent("the key of the index", store->replica->index_key);
    assert_true(store->replica->ring.count > 0);
    for (size_t i = 0; i < store->replica->ring.count; i++)
        expect_absent("a key of a class", store->replica->ring.at[i].key.key);
    assert_int_equal(store->replica->invite_count, 1);
    expect_absent("an invitation's secret", store->replica->invites[0].secret);
    linli_store_close(store);
    snprintf(command, sizeof(command), "rm -rf '%s'", base);
    assert_int_equal(system(command), 0);
}

/* So that the search is known to find what is there. */
static void a_key_elsewhere_is_found(void **state)
{
    uint8_t *plain = malloc(KEY), *guarded = secret_alloc(KEY);
    struct rng rng = rng_system();

    (void)state;
    assert_true(plain != NULL && guarded != NULL);
    rng_fill(&rng, guarded, KEY);
    assert_int_equal(search(guarded).found, 0);
    memcpy(plain, guarded, KEY);
    assert_true(search(guarded).found >= 1);
    crypto_wipe(plain, KEY);
    free(plain);
    secret_free(guarded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_core_dump_holds_no_key_of_an_open_store),
        cmocka_unit_test(a_key_elsewhere_is_found),
    };
    return UNIT_RUN(tests);
}
